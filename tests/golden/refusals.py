"""Which golden tables are refused, and why: all others are read.

errors.tsv has what no reader may open, by table and version, with the code of the error and a word
that its message must have: the stated reason. not_yet.tsv has the reader features that Deltaic
lacks; whoever adds one deletes its line.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Refusal:
    """Versions of a table that must not open."""

    table: str
    versions: str  # "all", "latest", "3", "0-4" or "5-", which holds the latest.
    codes: frozenset[str]
    word: str
    why: str

    def covers(self, table: str, version: int | None) -> bool:
        """Whether it speaks of a version; None is the latest."""
        if table != self.table:
            return False
        if self.versions == "all":
            return True
        if self.versions == "latest":
            return version is None
        first, dash, last = self.versions.partition("-")
        if version is None:
            return bool(dash) and not last
        if not dash:
            return version == int(first)
        return int(first) <= version and (not last or version <= int(last))


def _lines(name: str) -> list[dict[str, str]]:
    with open(Path(__file__).with_name(name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def refusals() -> tuple[Refusal, ...]:
    """The lines of errors.tsv."""
    return tuple(
        Refusal(
            line["table"],
            line["versions"],
            frozenset(line["codes"].split(",")),
            line["word"],
            line["why"],
        )
        for line in _lines("errors.tsv")
    )


def refusal_of(table: str, version: int | None) -> Refusal | None:
    """Why a version must not open; None is the latest."""
    found = [refusal for refusal in refusals() if refusal.covers(table, version)]
    assert len(found) <= 1, f"{table} at {version}: {found}"
    return found[0] if found else None


@cache
def lacking_features() -> frozenset[str]:
    """The lines of not_yet.tsv."""
    return frozenset(line["feature"] for line in _lines("not_yet.tsv"))
