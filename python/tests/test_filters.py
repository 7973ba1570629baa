"""Filters in disjunctive normal form: what each entry point makes of them, against Python."""

from __future__ import annotations

import math
import operator
import random
import sys
from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pytest

from deltaic import DeltaTable

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

# Columns, what they hold, and values to compare them with: as Python has them, and as written.
VALUES: dict[str, list[Any]] = {
    "p": [1, 2, 10, -3, None],
    "q": ["a", "b'c", "2022", None],
    "x": [1, 5, 7, None],
    "d": [Decimal("1.50"), Decimal("-0.05"), Decimal("7.00"), None],
    "f": [0.5, -1e300, 2022.0, None],
    "s": ["a", "", "it's", None],
    "t": [date(2020, 1, 31), date(1969, 12, 31), None],
    "b": [True, False, None],
}
KINDS = {"p": pa.int32(), "x": pa.int64(), "d": pa.decimal128(9, 2), "t": pa.date32()}
NUMBERS = [
    (1, 1),
    (2.0, 2),
    (2.5, Decimal("2.5")),
    ("10", 10),
    ("2.0", 2),
    (Decimal("7.00"), 7),
    (Decimal("1.505"), Decimal("1.505")),
    (3_000_000_000, 3_000_000_000),
    (-1e300, Decimal("-1e300")),
]
LITERALS: dict[str, list[tuple[Any, Any]]] = {
    **dict.fromkeys(("p", "x", "d"), NUMBERS),
    "f": [(0.5, 0.5), (2022, 2022.0), ("-1e300", -1e300), (Decimal("0.5"), 0.5)],
    "q": [("a", "a"), ("b'c", "b'c"), (2022, "2022"), ("z", "z")],
    "s": [("a", "a"), ("it's", "it's"), ("zz", "zz")],
    "t": [(date(2020, 1, 31), date(2020, 1, 31)), ("1970-01-01", date(1970, 1, 1))],
    "b": [(True, True), ("false", False)],
}
NOT_OF_THE_TYPE = {
    "p": ["x", "1x", "", True, date(2020, 1, 1), b"1", "2020-01-01", float("nan")],
    "d": ["x", True, "1.5.0"],
    "f": ["x", True, b"1"],
    "t": ["x", 1, True, "2020-13-01"],
    "b": ["maybe", 1, 1.0],
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> DeltaTable:
    root = tmp_path_factory.mktemp("filters") / "t"
    chooser = random.Random(7)
    for _ in range(6):
        rows = {name: chooser.choices(values, k=12) for name, values in VALUES.items()}
        columns = {name: pa.array(values, KINDS.get(name)) for name, values in rows.items()}
        deltalake.write_deltalake(root, pa.table(columns), mode="append", partition_by=["p", "q"])
    return DeltaTable(root)


def _is_true(row: dict[str, Any], comparison: tuple[str, str, Any], of_partitions: bool) -> bool:
    column, name, value = comparison
    held = row[column]
    if name in ("in", "not in"):
        if name == "in":
            return held in value
        if not of_partitions or not value:
            return held not in value
        return held is not None and held not in value
    if value is None:
        return (held is None) == (name in ("=", "==")) if name in ("=", "==", "!=") else False
    return held is not None and OPERATORS[name](held, value)


def _random_filters(chooser: random.Random, columns: list[str]) -> tuple[Any, Any]:
    """Filters as a caller writes them, and the same with the values of the columns' types."""
    written, meant = [], []
    for _ in range(chooser.randint(1, 3)):
        both = []
        for _ in range(chooser.randint(1, 2)):
            column = chooser.choice(columns)
            literals = [*LITERALS[column], (None, None)]
            if chooser.random() < 0.4:
                name = chooser.choice(["in", "not in"])
                some = chooser.sample(literals, chooser.randint(0, 3))
                both.append(
                    ((column, name, [w for w, _ in some]), (column, name, [m for _, m in some]))
                )
            else:
                names = ["=", "!="] if column == "b" else list(OPERATORS)
                name, one = chooser.choice(names), chooser.choice(literals)
                both.append(((column, name, one[0]), (column, name, one[1])))
        written.append([w for w, _ in both])
        meant.append([m for _, m in both])
    return written, meant


def _expected(rows: list[dict[str, Any]], meant: Any, of_partitions: bool) -> list[str]:
    return sorted(
        str(row)
        for row in rows
        if any(all(_is_true(row, one, of_partitions) for one in all_of) for all_of in meant)
    )


def _rows(table: pa.Table) -> list[str]:
    return sorted(str(row) for row in table.select(list(VALUES)).to_pylist())


def test_filters_of_rows(table: DeltaTable) -> None:
    chooser = random.Random(11)
    rows = table.to_pyarrow_table().select(list(VALUES)).to_pylist()
    for _ in range(150):
        written, meant = _random_filters(chooser, list(VALUES))
        expected = _expected(rows, meant, of_partitions=False)
        assert _rows(table.to_pyarrow_table(filters=written)) == expected, written
        files = set(table.file_uris(file_pruning_predicate=written))
        assert files <= set(table.file_uris())


def test_filters_of_partitions(table: DeltaTable) -> None:
    chooser = random.Random(13)
    rows = table.to_pyarrow_table().select(list(VALUES)).to_pylist()
    for _ in range(100):
        written, meant = _random_filters(chooser, ["p", "q"])
        expected = _expected(rows, meant, of_partitions=True)
        assert _rows(table.to_pyarrow_table(written)) == expected, written
        assert _rows(table.to_pyarrow_dataset(written).to_table()) == expected, written
        assert len(table.files(file_pruning_predicate=written)) == len(
            table.file_uris(file_pruning_predicate=written)
        )
        parts = table.partitions(file_pruning_predicate=written)
        kept = {(str(row["p"]), str(row["q"])) for row in rows if str(row) in set(expected)}
        assert {(str(part["p"]), str(part["q"])) for part in parts} == kept, written


def _entry_points(table: DeltaTable, filters: Any) -> dict[str, Callable[[], Any]]:
    own = table.table_uri.removeprefix("file://")
    return {
        "files": lambda: table.files(file_pruning_predicate=filters),
        "file_uris": lambda: table.file_uris(file_pruning_predicate=filters),
        "partitions": lambda: table.partitions(file_pruning_predicate=filters),
        "dataset": lambda: table.to_pyarrow_dataset(file_pruning_predicate=filters).to_table(),
        "rows": lambda: table.to_pyarrow_table(filters=filters),
        "pandas": lambda: table.to_pandas(filters=filters),
        "filesystem": lambda: table.to_pyarrow_table(filters=filters, filesystem=own),
    } | (
        {"partition rows": lambda: table.to_pyarrow_table(filters)}
        if all(column in ("p", "q") for column, _, _ in filters)
        else {}
    )


@pytest.mark.parametrize("column", NOT_OF_THE_TYPE)
def test_values_of_no_type_are_refused_everywhere(table: DeltaTable, column: str) -> None:
    for value in NOT_OF_THE_TYPE[column]:
        for filters in ([(column, "=", value)], [(column, "in", [None, value])]):
            if value == "" and column in ("p", "q"):
                continue
            for call in _entry_points(table, filters).values():
                with pytest.raises(ValueError, match=f"column '?{column}"):
                    call()


@pytest.mark.parametrize(
    "filters",
    [
        [("p", "in", [2, 10.0])],
        [("p", "=", 2.0)],
        [("x", "in", [5.0, 7])],
        [("x", "<", 5.5)],
        [("t", "<=", datetime(2020, 1, 31))],
        [("t", "<", datetime(2020, 1, 31, tzinfo=timezone.utc))],
    ],
    ids=str,
)
def test_values_of_like_types_are_taken_everywhere(table: DeltaTable, filters: Any) -> None:
    results = {name: call() for name, call in _entry_points(table, filters).items()}
    rows = _rows(results["rows"])
    assert rows
    assert _rows(results["filesystem"]) == rows
    assert len(results["pandas"]) == len(rows)
    assert sorted(results["files"]) == sorted(
        Path(uri).relative_to(table.table_uri.removeprefix("file://")).as_posix()
        for uri in results["file_uris"]
    )
    if "partition rows" in results:
        assert _rows(results["partition rows"]) == rows == _rows(results["dataset"])


SINGLE = [0.0, -0.5, 16777216.0, 16777218.0, 3.4028234663852886e38, 1.401298464324817e-45]
SINGLE += [0.10000000149011612, math.inf, -math.inf]
HELD: dict[str, tuple[pa.DataType, list[Any]]] = {
    "byte": (pa.int8(), [-128, 0, 127]),
    "short": (pa.int16(), [-32768, 0, 32767]),
    "integer": (pa.int32(), [-(2**31), 0, 16777217, 2**31 - 1]),
    "long": (pa.int64(), [-(2**63), 0, 2**53, 2**53 + 1, 2**63 - 1]),
    "float": (pa.float32(), SINGLE),
    "double": (pa.float64(), [*SINGLE, 0.1, 2.0**53, 5e-324, sys.float_info.max]),
    "decimal": (pa.decimal128(20, 2), [Decimal("0.10"), Decimal(2**53 + 1), Decimal("-0.5")]),
}
NOT_HELD: list[Any] = [128, -129, 32768, 2**31, 2**63, -(2**63) - 1, 10**40, 10**400, -(10**400)]
NOT_HELD += [-(2.0**63), 2.0**53, 2.0**53 + 2, 16777215.5, 16777216.5, 16777217, 16777217.0]
NOT_HELD += [0.1, 1e-45, 1e-46, 5e-324, 1e39, -1e39, 3.4028235e38, 1e308, math.inf, -math.inf]
NOT_HELD += [Decimal("0.105"), Decimal("16777216.5"), Decimal("1e400"), Decimal("-1e400")]


def _number_held(held: Any, value: Any) -> Any:
    """A value as it is compared with one that a column holds."""
    if isinstance(held, float) and not isinstance(value, float):
        try:
            number = float(value)
        except OverflowError:
            return value
        return value if math.isinf(number) else number
    if isinstance(held, Decimal) and isinstance(value, float):
        return Decimal(repr(value))
    return value


@pytest.mark.parametrize("kind", HELD)
def test_numbers_that_the_type_cannot_hold_are_numbers(tmp_path: Path, kind: str) -> None:
    arrow, values = HELD[kind]
    stored = pa.table({"n": pa.array([*values, None], arrow)})
    deltalake.write_deltalake(tmp_path, stored)
    table = DeltaTable(tmp_path)
    for value in NOT_HELD:
        for name, holds in OPERATORS.items():
            found = table.to_pyarrow_table(filters=[("n", name, value)])["n"].to_pylist()
            assert found == [v for v in values if holds(v, _number_held(v, value))], (name, value)
        for name in ("in", "not in"):
            found = table.to_pyarrow_table(filters=[("n", name, [value])])["n"].to_pylist()
            among = [v for v in values if (v == _number_held(v, value)) == (name == "in")]
            assert found == [*among, *([None] if name == "not in" else [])], (name, value)


def test_singles_are_told_from_doubles_by_a_filesystem_too(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path, pa.table({"n": pa.array([0.1, 0.5, None], pa.float32())}))
    table = DeltaTable(tmp_path)

    def found(*filters: Any) -> list[Any]:
        read = table.to_pyarrow_table(filters=list(filters), filesystem=str(tmp_path))
        return [value and round(value, 1) for value in read["n"].to_pylist()]

    assert found(("n", "=", 0.1)) == found(("n", "in", [0.1])) == []
    assert found(("n", "in", [0.1, 0.5])) == [0.5]
    assert found(("n", "not in", [0.1])) == [0.1, 0.5, None]
    assert found(("n", "!=", 0.1)) == [0.1, 0.5]
    assert found(("n", "<=", 0.1)) == []
    assert found(("n", "<", 1e39), ("n", ">", 0.1)) == [0.1, 0.5]


def test_a_list_without_numbers_that_a_partition_can_hold_leaves_nulls_out(tmp_path: Path) -> None:
    rows = pa.table({"n": pa.array([0.1, None], pa.float32()), "x": [1, 2]})
    deltalake.write_deltalake(tmp_path, rows, partition_by=["n"])
    table = DeltaTable(tmp_path)
    assert table.to_pyarrow_table([("n", "not in", [0.1])])["x"].to_pylist() == [1]
    assert len(table.files(file_pruning_predicate=[("n", "not in", [0.1])])) == 1
    assert table.files(file_pruning_predicate=[("n", "in", [0.1])]) == []
    assert len(table.files(file_pruning_predicate=[("n", "=", "0.1")])) == 1


def test_numbers_beyond_the_type_are_numbers(table: DeltaTable) -> None:
    assert table.to_pyarrow_table(filters=[("p", ">", 10**12)]).num_rows == 0
    assert table.to_pyarrow_table(filters=[("p", "<", 1e30)]).num_rows > 0
