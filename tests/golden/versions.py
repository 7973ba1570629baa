"""The versions that a line of expectations.tsv speaks of."""

from __future__ import annotations


def covers(versions: str, version: int | None) -> bool:
    """Whether `versions` ("all", "latest", "3", "0-4", "5-") holds a version; None = the latest."""
    if versions == "all":
        return True
    if versions == "latest":
        return version is None
    first, dash, last = versions.partition("-")
    if version is None:  # Only an open range reaches the newest version.
        return bool(dash) and not last
    if not dash:
        return version == int(first)
    return int(first) <= version and (not last or version <= int(last))
