from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from interop.spark import Spark


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    """A session of Spark; its tests are skipped where scripts/setup/spark cannot install it."""
    try:
        session = Spark()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Spark cannot be installed here: {error.stderr[-300:]}")
    yield session
    session.close()
