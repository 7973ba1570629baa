"""A workload: tables, statements over them, and what they must answer."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

Value = str | float | None
Rows = list[list[Value]]

# Averages of decimals are cut at other places, or are floats.
TOLERANCE = 1e-6


@dataclass
class Workload:
    """Folders of tables, statements and answers, each by name."""

    tables: dict[str, str]
    statements: dict[str, str]
    answers: dict[str, Rows]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @staticmethod
    def load(path: Path) -> Workload:
        return Workload(**json.loads(path.read_text(encoding="utf-8")))

    def folders(self) -> Mapping[str, Path]:
        return {name: Path(folder) for name, folder in self.tables.items()}

    def check(self, statement: str, result: pa.Table) -> None:
        """Raises where the answer is another one: a wrong one must not look fast."""
        expected, rows = self.answers[statement], rows_of(result)
        if len(rows) != len(expected) or not all(map(_equal_rows, rows, expected)):
            raise RuntimeError(f"{statement}: {rows[:5]} instead of {expected[:5]}")


def rows_of(result: pa.Table) -> Rows:
    """The rows in types that JSON has."""
    columns = [column.to_pylist() for column in result.columns]
    return [[_value(value) for value in row] for row in zip(*columns, strict=True)]


def _value(value: Any) -> Value:
    if isinstance(value, int | float | Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def _equal_rows(row: list[Value], expected: list[Value]) -> bool:
    return len(row) == len(expected) and all(map(_equal, row, expected))


def _equal(value: Value, expected: Value) -> bool:
    if isinstance(value, float) and isinstance(expected, float):
        return math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return value == expected
