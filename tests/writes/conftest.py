"""The places that tables are written to. Servers are started once a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services import fault_proxy
from services.azurite import Azurite
from services.moto import Moto
from services.seaweedfs import SeaweedFs
from writes import places
from writes.places import BUCKET, Place

KINDS = ("folder", "seaweedfs", "moto", "az", "abfss", "gs")


@pytest.fixture(scope="session")
def seaweedfs_place(s3_server: SeaweedFs) -> Place:
    s3_server.make_bucket(BUCKET)
    return places.s3(s3_server)


@pytest.fixture(scope="session")
def moto_bucket(moto_server: Moto) -> Moto:
    moto_server.make_bucket(BUCKET)
    return moto_server


@pytest.fixture(scope="session")
def moto_place(moto_bucket: Moto) -> Place:
    return places.s3(moto_bucket)


@pytest.fixture(scope="session")
def azure_container(azure_server: Azurite) -> Azurite:
    azure_server.make_container(BUCKET)
    return azure_server


@pytest.fixture(scope="session")
def google_place(moto_bucket: Moto) -> Iterator[Place]:
    with fault_proxy.serve(moto_bucket.endpoint) as proxy:
        yield places.google(moto_bucket, proxy)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The place whose kind is the parameter: one of `KINDS`."""
    kind: str = request.param
    if kind == "folder":
        return places.folder(tmp_path)
    if kind in ("az", "abfss"):
        return places.azure(request.getfixturevalue("azure_container"), kind)
    fixture = {"seaweedfs": "seaweedfs_place", "moto": "moto_place", "gs": "google_place"}[kind]
    found: Place = request.getfixturevalue(fixture)
    return found
