"""Tells whether a storage is safe to write tables to by several writers."""

from __future__ import annotations

import os
from typing import NamedTuple

from deltaic import _internal
from deltaic._options import check_options
from deltaic.table import _location

__all__ = ["StoreCheck", "StoreReport", "check_store"]


class StoreCheck(NamedTuple):
    """Something that was tried."""

    name: str
    """What must hold: a sentence."""
    passed: bool
    detail: str
    """What was seen."""


class StoreReport(NamedTuple):
    """What came of all checks."""

    checks: list[StoreCheck]

    @property
    def is_safe(self) -> bool:
        """Whether tables can be written there by several writers."""
        return all(check.passed for check in self.checks)


def check_store(
    uri: str | os.PathLike[str],
    storage_options: dict[str, str] | None = None,
    *,
    rounds: int = 20,
    writers: int = 8,
) -> StoreReport:
    """Tries a storage with objects in a new folder, and removes them again.

    Args:
        uri: A folder: a path or URL.
        storage_options: Credentials, endpoints and client settings of the storage.
        rounds: How many races of writers for one object.
        writers: How many writers in each race.

    Raises:
        OSError: The storage cannot be written at all.
    """
    options = check_options("storage_options", storage_options)
    checks = _internal.check_store(_location(uri), options, rounds, writers)
    return StoreReport([StoreCheck(*check) for check in checks])
