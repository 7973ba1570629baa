"""What writers make of bounds, case by case: no row is lost, and no value comes from the log."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest
from deltalake import WriterProperties, write_deltalake

from harness.arrow import collect, query, read_both
from harness.log_table import PROTOCOL, LogTable, field, metadata, protocol


def _values(root: Path, sql: str) -> list[Any]:
    """The first column of a query, the same in our session and in one of datafusion."""
    return [next(iter(row.values())) for row in read_both(root, sql)]


def _one_file(
    root: Path, kind: str, values: pa.Array, low: Any, high: Any, nulls: int = 0
) -> deltaic.DeltaTable:
    """A table of one column "v" and one file, with those statistics."""
    table = LogTable(root)
    statistics = {
        "numRecords": len(values),
        "minValues": {"v": low},
        "maxValues": {"v": high},
        "nullCount": {"v": nulls},
    }
    action = table.data("f.parquet", {"v": values}, stats=statistics)
    features = protocol("timestampNtz") if kind == "timestamp_ntz" else PROTOCOL
    table.commit(0, features, metadata(field("v", kind)), action)
    return deltaic.DeltaTable(str(root))


# Decimals that deltalake takes through a double.

LARGE = [
    Decimal("1212092628029698053"),
    Decimal("1212092628029698061"),
    Decimal("54042109103592729709849"),
    Decimal("-3040118689109923159480"),
    Decimal("9223372036854775807"),
    Decimal("-9223372036854775808"),
]


@pytest.fixture(scope="module", params=[(38, 0), (38, 2)], ids=["whole", "with cents"])
def decimals(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for each of the numbers."""
    root = tmp_path_factory.mktemp("decimals") / "t"
    for i, number in enumerate(LARGE):
        values = pa.array([number], pa.decimal128(*request.param))
        write_deltalake(root, pa.table({"i": [i], "id": values}), mode="append")
    return root


def test_large_decimals_are_those_of_the_files(decimals: Path) -> None:
    assert _values(decimals, "SELECT id FROM t ORDER BY i") == LARGE
    table = deltaic.DeltaTable(str(decimals))
    assert table.to_pyarrow_table().sort_by("i")["id"].to_pylist() == LARGE
    assert collect(table).sort_by("i")["id"].to_pylist() == LARGE
    assert read_both(decimals, "SELECT min(id) AS low, max(id) AS high FROM t") == [
        {"low": min(LARGE), "high": max(LARGE)}
    ]
    assert _values(decimals, "SELECT id FROM t ORDER BY id DESC LIMIT 2") == sorted(LARGE)[:-3:-1]
    assert _values(decimals, "SELECT count(DISTINCT id) AS n FROM t") == [len(LARGE)]


@pytest.mark.parametrize("number", [*LARGE, Decimal("1212092628029698048")], ids=str)
def test_large_decimals_are_found(decimals: Path, number: Decimal) -> None:
    expected = [i for i, other in enumerate(LARGE) if other == number]
    sql = f"SELECT i FROM t WHERE id = CAST('{number}' AS DECIMAL(38, 2))"
    assert _values(decimals, sql) == expected
    table = deltaic.DeltaTable(str(decimals))
    condition = ds.field("id") == pa.scalar(
        number, table.to_pyarrow_dataset().schema.field("id").type
    )
    assert table.to_pyarrow_table(filters=condition)["i"].to_pylist() == expected
    assert table.to_pyarrow_table(filters=[("id", "=", number)])["i"].to_pylist() == expected
    assert table.to_pyarrow_dataset().to_table(filter=condition)["i"].to_pylist() == expected


# Strings.


@pytest.mark.parametrize("length", [None, 8])
@pytest.mark.parametrize("texts", [["漢" * 40, "語" * 50], ["a" * 70, "b" * 80], ["a", "b"]])
def test_minimum_and_maximum_of_strings_are_rows(
    tmp_path: Path, texts: list[str], length: int | None
) -> None:
    properties = WriterProperties(statistics_truncate_length=length)
    rows = pa.table({"z": texts, "p": ["x", "x"]})
    write_deltalake(tmp_path, rows, partition_by=["p"], writer_properties=properties)
    for where in ("", " WHERE p = 'x'"):
        found = read_both(tmp_path, f"SELECT min(z) AS low, max(z) AS high FROM t{where}")
        assert found == [{"low": texts[0], "high": texts[1]}]
    largest = "SELECT count(*) AS n FROM t WHERE z = (SELECT max(z) FROM t)"
    assert _values(tmp_path, largest) == [1]


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("x" * 32 + "😀", "x" * 32, "x" * 32 + "\ufffd"),
        ("x" * 31 + "😀😀", "x" * 31 + "?", "x" * 31 + "?\ufffd"),
        ("x" * 31 + "😀😀", "x" * 31 + "?", "x" * 31 + "?"),
        ("x" * 31 + "😀", "x" * 31 + "\ufffd", "x" * 31 + "\ufffd"),
        ("https://example.org/articles/2024", "https://example.org", "https://example.org"),
        ("x" * 32 + "\U0010ffff" + "y", "x" * 32, "x" * 32 + "\U0010ffff"),
    ],
)
def test_cut_strings_are_read_and_found(tmp_path: Path, value: str, low: str, high: str) -> None:
    table = _one_file(tmp_path, "string", pa.array([value] * 3), low, high)
    assert _values(tmp_path, "SELECT v FROM t") == [value] * 3
    assert _values(tmp_path, f"SELECT v FROM t WHERE v = '{value}'") == [value] * 3
    assert _values(tmp_path, f"SELECT v FROM t WHERE v > '{value[:-1]}'") == [value] * 3
    assert _values(tmp_path, f"SELECT count(*) AS n FROM t WHERE v LIKE '{value}%'") == [3]
    assert _values(tmp_path, "SELECT count(DISTINCT v) AS n FROM t GROUP BY v") == [1]
    assert read_both(tmp_path, "SELECT min(v) AS low, max(v) AS high FROM t") == [
        {"low": value, "high": value}
    ]
    condition = ds.field("v") == value
    assert table.to_pyarrow_dataset().count_rows(condition) == 3
    assert table.to_pyarrow_table(filters=condition).num_rows == 3


# Bounds of the wrong values, even: they may leave files out, and are no values.


@pytest.mark.parametrize(
    ("kind", "values", "bound"),
    [
        ("long", pa.array([6, 7]), 5),
        ("long", pa.array([6, 7]), 2**63 - 1),
        ("integer", pa.array([6, 7], pa.int32()), 5),
        ("date", pa.array([date(2024, 1, 1), date(2024, 1, 2)]), "2023-01-01"),
        ("boolean", pa.array([True, False]), False),
        ("boolean", pa.array([True, False]), True),
        ("decimal(9,2)", pa.array([Decimal("6.00"), Decimal("7.00")], pa.decimal128(9, 2)), 5),
        ("string", pa.array(["b", "c"]), "a"),
        ("string", pa.array(["b", "c"]), ""),
        ("double", pa.array([6.0, 7.0]), 5.0),
        (
            "timestamp_ntz",
            pa.array([datetime(2024, 1, 1), datetime(2024, 1, 2)], pa.timestamp("us")),
            "2023-01-01T00:00:00",
        ),
    ],
)
@pytest.mark.parametrize("nulls", [0, 2])
def test_statistics_are_no_values(
    tmp_path: Path, kind: str, values: pa.Array, bound: Any, nulls: int
) -> None:
    """`nulls` as many as there are rows: all of them are said to be null."""
    table = _one_file(tmp_path, kind, values, bound, bound, nulls)
    expected = values.to_pylist()
    assert _values(tmp_path, "SELECT v FROM t") == expected
    assert table.to_pyarrow_table()["v"].to_pylist() == expected
    assert table.to_pyarrow_dataset().to_table()["v"].to_pylist() == expected
    assert collect(table)["v"].to_pylist() == expected
    assert collect(table.scan())["v"].to_pylist() == expected


def test_no_record_is_no_value_either(tmp_path: Path) -> None:
    table = LogTable(tmp_path)
    statistics = {"numRecords": 0, "nullCount": {"v": 0}}
    action = table.data("f.parquet", {"v": [1, 2]}, stats=statistics)
    table.commit(0, PROTOCOL, metadata(field("v", "long")), action)
    assert _values(tmp_path, "SELECT v FROM t") == [1, 2]


# Timestamps that were written in a zone with a mean local time.


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (datetime(1849, 12, 31, 23, 48, 49, tzinfo=UTC), "1850-01-01T01:01:01.000+01:12"),
        (datetime(1870, 1, 1, 4, 56, 2, tzinfo=UTC), "1870-01-01T00:00:00.000-04:56"),
        (datetime(1850, 1, 1, tzinfo=UTC), "1850-01-01T05:53:28.000+05:53"),
        (datetime(1960, 1, 1, 0, 44, 30, tzinfo=UTC), "1960-01-01T00:00:00.000-00:44"),
    ],
)
def test_offsets_that_were_cut_to_minutes(tmp_path: Path, value: datetime, bound: str) -> None:
    table = _one_file(
        tmp_path, "timestamp", pa.array([value], pa.timestamp("us", "UTC")), bound, bound
    )
    literal = f"TIMESTAMP '{value.isoformat()}'"
    for operator in ("=", "<=", ">="):
        assert _values(tmp_path, f"SELECT v FROM t WHERE v {operator} {literal}") == [value]
        assert table.to_pyarrow_table(filters=[("v", operator, value)]).num_rows == 1
    scalar = pa.scalar(value, pa.timestamp("us", "UTC"))
    for condition in (ds.field("v") == scalar, ds.field("v") <= scalar, ds.field("v") >= scalar):
        assert table.to_pyarrow_dataset().count_rows(condition) == 1
        assert table.to_pyarrow_table(filters=condition).num_rows == 1


# NaN, and nulls.

FLOATS: list[list[float | None]] = [[15.0, math.nan], [67.0, None], [3.0, math.nan], [8.0]]
X = ds.field("f")
CONDITIONS = {
    "f > 13": X > 13,
    "f < 10": X < 10,
    "f >= 3": X >= 3,
    "f <= 15": X <= 15,
    "f = 15": X == 15,
    "f != 15": X != 15,
    "is_nan": pc.is_nan(X),
    "not f <= 13": ~(X <= 13),
    "is_null": X.is_null(),
    "is_null or nan": X.is_null(nan_is_null=True),
    "is_valid": X.is_valid(),
    "in a struct, f > 13": ds.field("s", "f") > 13,
    "in a struct, is_nan": pc.is_nan(ds.field("s", "f")),
    "in a struct, is_null": ds.field("s", "f").is_null(),
    "struct is null": ds.field("s").is_null(),
    "by position": pc.field(1) != 15,
}


def _floats(root: Path, files: list[list[float | None]]) -> tuple[Path, pa.Table]:
    parts: list[pa.Table] = []
    for values in files:
        first = sum(part.num_rows for part in parts)
        column = pa.array(values, pa.float64())
        parts.append(
            pa.table(
                {
                    "id": pa.array(range(first, first + len(values)), pa.int64()),
                    "f": column,
                    "s": pa.StructArray.from_arrays([column], ["f"]),
                }
            )
        )
        write_deltalake(root, parts[-1], mode="append")
    return root, pa.concat_tables(parts)


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("one_file", [False, True])
def test_nan_in_expressions_of_pyarrow(tmp_path: Path, name: str, one_file: bool) -> None:
    files = [[value for part in FLOATS for value in part]] if one_file else FLOATS
    root, rows = _floats(tmp_path / "t", files)
    table = deltaic.DeltaTable(str(root))
    condition = CONDITIONS[name]
    expected = rows.filter(condition)["id"].to_pylist()
    found = table.to_pyarrow_table(filters=condition)
    assert found.schema.names == ["id", "f", "s"]
    assert sorted(found["id"].to_pylist()) == expected
    assert (
        sorted(table.to_pyarrow_table(columns=["id"], filters=condition)["id"].to_pylist())
        == expected
    )
    # What the dataset loses, pyarrow loses over the bare files.
    bare = ds.dataset(sorted(root.glob("*.parquet")), schema=rows.schema)
    of_bare = sorted(bare.to_table(filter=condition)["id"].to_pylist())
    dataset = table.to_pyarrow_dataset()
    assert sorted(dataset.to_table(filter=condition)["id"].to_pylist()) == of_bare
    assert dataset.count_rows(condition) == bare.count_rows(condition)


def test_a_column_with_a_dot_is_not_a_field(tmp_path: Path) -> None:
    table = LogTable(tmp_path)
    inner = {"type": "struct", "fields": [field("b", "long")]}
    statistics = {
        "numRecords": 1,
        "minValues": {"a.b": 1, "a": {"b": 9}},
        "maxValues": {"a.b": 1, "a": {"b": 9}},
        "nullCount": {"a.b": 0, "a": {"b": 0}},
    }
    rows = {"a.b": pa.array([1]), "a": pa.array([{"b": 9}])}
    action = table.data("f.parquet", rows, stats=statistics)
    table.commit(0, PROTOCOL, metadata(field("a.b", "long"), field("a", inner)), action)
    dataset = deltaic.DeltaTable(str(tmp_path)).to_pyarrow_dataset()
    assert dataset.count_rows(ds.field("a.b") == 1) == 1
    assert dataset.count_rows(ds.field("a", "b") == 9) == 1


# Numbers of records that no file can have.


@pytest.mark.parametrize("count", [2**63 - 1, 2**62, 10**15])
@pytest.mark.parametrize("files", [1, 3])
def test_impossible_numbers_of_records_are_unknown(tmp_path: Path, count: int, files: int) -> None:
    table = LogTable(tmp_path)
    actions = [
        table.data(f"{i}.parquet", {"v": [1, 2, 3]}, stats={"numRecords": count})
        for i in range(files)
    ]
    table.commit(0, PROTOCOL, metadata(field("v", "long")), *actions)
    opened = deltaic.DeltaTable(str(tmp_path))
    assert opened.count() == 3 * files
    assert _values(tmp_path, "SELECT count(*) AS n FROM t") == [3 * files]
    assert _values(tmp_path, "SELECT count(v) AS n FROM t") == [3 * files]
    assert len(_values(tmp_path, f"SELECT v FROM t LIMIT {3 * files}")) == 3 * files
    assert opened.to_pyarrow_dataset().count_rows() == 3 * files
    # As the log has them.
    assert pa.table(opened.get_add_actions())["num_records"].to_pylist() == [count] * files


def test_numbers_of_records_without_a_sum_are_counted(tmp_path: Path) -> None:
    """A size that is as wrong makes any number possible."""
    table = LogTable(tmp_path)
    actions = [
        table.data(f"{i}.parquet", {"v": [1, 2, 3]}, stats={"numRecords": 2**63 - 1})
        for i in range(2)
    ]
    for action in actions:
        action["add"]["size"] = 2**62
    table.commit(0, PROTOCOL, metadata(field("v", "long")), *actions)
    opened = deltaic.DeltaTable(str(tmp_path))
    answers: list[Callable[[], object]] = [
        opened.count,
        lambda: query("SELECT count(*) AS n FROM t", t=opened),
        lambda: collect(_wheel(opened).sql("SELECT count(*) AS n FROM t")),
    ]
    for answer in answers:  # The files are read, and shorter than the log says.
        with pytest.raises(Exception, match="parquet"):
            answer()


def _wheel(table: deltaic.DeltaTable) -> datafusion.SessionContext:
    context = datafusion.SessionContext()
    context.register_table("t", table)
    return context
