"""The golden tables as their manifest describes them."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class GoldenTable:
    """A table, and what is known of it from others."""

    name: str
    kind: str  # The manifest's class, such as "readable".
    features: frozenset[str]
    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "delta"

    @property
    def expected(self) -> dict[str, Any]:
        """EXPECTED.json."""
        with open(self.folder / "EXPECTED.json", encoding="utf-8") as file:
            contents: dict[str, Any] = json.load(file)
        return contents

    @property
    def versions(self) -> list[int]:
        """Those of EXPECTED.json."""
        return sorted(int(version) for version in self.expected["versions"])

    def facts(self, version: int) -> dict[str, Any]:
        """What EXPECTED.json says about a version."""
        found: dict[str, Any] = self.expected["versions"][str(version)]
        return found


def golden_folder() -> Path | None:
    """The folder that DELTAIC_GOLDEN names."""
    folder = os.environ.get("DELTAIC_GOLDEN")
    return Path(folder) if folder else None


@cache
def golden_tables() -> tuple[GoldenTable, ...]:
    """All tables, by name; none where DELTAIC_GOLDEN is not set."""
    folder = golden_folder()
    if folder is None:
        return ()
    with open(folder / "MANIFEST.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    tables = (
        GoldenTable(
            row["path"], row["class"], frozenset(row["features"].split(",")), folder / row["path"]
        )
        for row in rows
    )
    return tuple(sorted(tables, key=lambda table: table.name))
