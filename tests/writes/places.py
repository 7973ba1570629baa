"""Where tables are written: a folder of a file system, or of a store with a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from services.azurite import ACCOUNT, Azurite
from services.fault_proxy import FaultProxy
from services.moto import Moto
from services.seaweedfs import SeaweedFs
from services.stored_objects import StoredObjects

BUCKET = "written"


@dataclass(frozen=True)
class Place:
    """A folder of tables."""

    root: str
    options: dict[str, str]
    read: Callable[[str], StoredObjects] = field(repr=False)
    """The objects of the table of that name, by their locations in it."""
    put: Callable[[str, dict[str, bytes]], None] = field(repr=False)
    """Adds objects to the table of that name, past all code of ours."""

    def uri(self, table: str) -> str:
        return f"{self.root}/{table}"


def folder(root: Path) -> Place:
    def read(table: str) -> StoredObjects:
        top = root / table
        files = [path for path in top.rglob("*") if path.is_file()]
        sizes = {path.relative_to(top).as_posix(): path.stat().st_size for path in files}
        return StoredObjects(sizes, lambda name: (top / name).read_bytes())

    def put(table: str, objects: dict[str, bytes]) -> None:
        for name, body in objects.items():
            path = root / table / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)

    return Place(str(root), {"durability": "none"}, read, put)


def _of_s3(server: SeaweedFs | Moto, scheme: str, options: dict[str, str]) -> Place:
    def read(table: str) -> StoredObjects:
        return server.objects(BUCKET, f"{scheme}/{table}")

    def put(table: str, objects: dict[str, bytes]) -> None:
        for name, body in objects.items():
            server.client.put_object(Bucket=BUCKET, Key=f"{scheme}/{table}/{name}", Body=body)

    return Place(f"{scheme}://{BUCKET}/{scheme}", options, read, put)


def s3(server: SeaweedFs | Moto) -> Place:
    return _of_s3(server, "s3", server.options())


def azure(server: Azurite, scheme: str) -> Place:
    def read(table: str) -> StoredObjects:
        return server.objects(BUCKET, f"{scheme}/{table}")

    def put(table: str, objects: dict[str, bytes]) -> None:
        for name, body in objects.items():
            server.put(BUCKET, f"{scheme}/{table}/{name}", body)

    host = f"{BUCKET}@{ACCOUNT}.dfs.core.windows.net" if scheme == "abfss" else BUCKET
    return Place(f"{scheme}://{host}/{scheme}", server.options(), read, put)


def google(server: Moto, proxy: FaultProxy) -> Place:
    """The API of Google, as far as it is that of S3: `proxy` gives conditions their other names."""

    def rewrite(headers: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in headers.items() if not name.startswith("x-goog-")}
        if headers.get("x-goog-if-generation-match") == "0":
            kept["if-none-match"] = "*"
        # Anybody's signature: without one the server takes the client for the public.
        scope = "Credential=tests/20260101/us-east-1/s3/aws4_request"
        kept["authorization"] = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"
        return kept

    proxy.rewrite = rewrite
    account = {
        "gcs_base_url": proxy.url,
        "disable_oauth": True,
        "client_email": "",
        "private_key": "",
        "private_key_id": "",
    }
    options = {"google_service_account_key": json.dumps(account), "allow_http": "true"}
    return _of_s3(server, "gs", options)


def through(place: Place, proxy: FaultProxy) -> Place:
    """The same folder, reached through a proxy of its S3 server."""
    return Place(
        place.root, {**place.options, "AWS_ENDPOINT_URL": proxy.url}, place.read, place.put
    )
