"""Fixtures of the package's tests. They read the example tables that the repository carries."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from deltaic import DeltaTable, QueryBuilder

DATA = Path(__file__).resolve().parents[2] / "examples" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also the variants that take minutes")


def pytest_configure(config: pytest.Config) -> None:
    # What is started in the background ignores Ctrl-C, and so would all that the tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def data() -> Path:
    """The folder of the example tables."""
    return DATA


@pytest.fixture
def orders() -> DeltaTable:
    """120 rows in 12 files, partitioned by country; three versions."""
    return DeltaTable(DATA / "orders")


@pytest.fixture
def customers() -> DeltaTable:
    """Twelve rows in one file."""
    return DeltaTable(DATA / "customers")


@pytest.fixture
def session(orders: DeltaTable, customers: DeltaTable) -> QueryBuilder:
    """A session that knows both tables."""
    return QueryBuilder().register("orders", orders).register("customers", customers)


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of golden tables."""
    folder = os.environ.get("DELTAIC_GOLDEN")
    if folder:
        # The peer tells where links lead.
        return Path(folder).resolve()
    reason = "DELTAIC_GOLDEN does not name the folder of golden tables"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
