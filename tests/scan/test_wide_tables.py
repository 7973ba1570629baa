"""Tables of thousands of columns: their files are read in groups of columns, and right; tables of a
hundred thousand come to an end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pytest

from evolution.mapped_table import mapped
from evolution.mapped_table import metadata as mapped_metadata
from evolution.mapped_table import protocol as mapped_protocol
from harness.arrow import collect, query
from harness.child import run_python
from harness.deletion_vectors import inline
from harness.log_table import PROTOCOL, LogTable, field, metadata

COUNT = 2104
PARTITION = 1050
ROWS = 4
FILES = 3

STRUCT = {"type": "struct", "fields": [field("a", "long"), field("b", "string")]}
LIST = {"type": "array", "elementType": "integer", "containsNull": True}
KINDS: list[tuple[Any, pa.DataType, Callable[[int], Any]]] = [
    ("long", pa.int64(), lambda n: n),
    ("string", pa.string(), lambda n: f"text {n}" if n % 4 else None),
    ("double", pa.float64(), lambda n: n / 4),
    ("date", pa.date32(), lambda n: dt.date(1970, 1, 1) + dt.timedelta(days=n)),
    (
        "timestamp",
        pa.timestamp("us", "UTC"),
        lambda n: dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=n),
    ),
    (
        STRUCT,
        pa.struct([("a", pa.int64()), ("b", pa.string())]),
        lambda n: {"a": n, "b": f"{n}"} if n % 7 else None,
    ),
    (LIST, pa.list_(pa.int32()), lambda n: [n, None, n + 1]),
    ("integer", pa.int32(), lambda n: n),
]


def _names() -> list[str]:
    return [f"c{i}" for i in range(COUNT)]


def _value(column: int, row: int) -> Any:
    if column == PARTITION:
        return row // ROWS
    return KINDS[column % len(KINDS)][2](row * 10 + column % 3)


def _rows() -> list[dict[str, Any]]:
    return [
        {name: _value(i, row) for i, name in enumerate(_names())} for row in range(FILES * ROWS)
    ]


def _fields(is_mapped: bool) -> list[dict[str, Any]]:
    fields = []
    for i, name in enumerate(_names()):
        kind = "integer" if i == PARTITION else KINDS[i % len(KINDS)][0]
        if is_mapped and isinstance(kind, str):
            fields.append(mapped(name, kind, f"physical {i}", i + 1))
        elif is_mapped:
            fields.append(mapped(name, "long", f"physical {i}", i + 1))
        else:
            fields.append(field(name, kind))
    return fields


def _file(table: LogTable, number: int, **options: Any) -> dict[str, Any]:
    rows = range(number * ROWS, (number + 1) * ROWS)
    columns = {}
    for i, name in enumerate(_names()):
        if i != PARTITION:
            columns[name] = pa.array([_value(i, row) for row in rows], KINDS[i % len(KINDS)][1])
    # A file may have the columns in another order, and columns of its own.
    names = list(columns) if number == 0 else [*reversed(columns)]
    content = pa.table({"extra": pa.array([0] * ROWS), **{name: columns[name] for name in names}})
    partition = {f"c{PARTITION}": str(number)}
    return table.data(f"{number}.parquet", content, partition, row_group_size=2, **options)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = LogTable(tmp_path_factory.mktemp("wide") / "t")
    files = [_file(table, n, use_deprecated_int96_timestamps=n == 1) for n in range(FILES)]
    described = metadata(*_fields(False), partition_columns=[f"c{PARTITION}"])
    table.commit(0, PROTOCOL, described, *files)
    return table.root


def _sorted(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: row["c0"])


def _wheel(table: deltaic.DeltaTable, **settings: str) -> datafusion.SessionContext:
    config = datafusion.SessionConfig()
    for name, value in settings.items():
        config = config.set(f"datafusion.execution.{name.replace('__', '.')}", value)
    context = datafusion.SessionContext(config)
    context.register_table("t", table)
    return context


def test_every_column_is_read(wide: Path) -> None:
    table = deltaic.DeltaTable(str(wide))
    wanted = _rows()
    for route, found in {
        "to_pyarrow_table": table.to_pyarrow_table(),
        "scan": collect(table.scan()),
        "dataset": table.to_pyarrow_dataset().to_table(),
        "SQL": query("SELECT * FROM t", t=table),
        "wheel": collect(_wheel(table).table("t")),
    }.items():
        assert found.column_names == _names(), route
        assert _sorted(found) == wanted, route


def test_most_columns_in_another_order(wide: Path) -> None:
    table = deltaic.DeltaTable(str(wide))
    names = [name for name in reversed(_names()) if name not in ("c4", "c700", "c1800")]
    found = table.to_pyarrow_table(columns=names)
    assert found.column_names == names
    assert _sorted(found) == [{name: row[name] for name in names} for row in _rows()]


@pytest.mark.parametrize("pushdown", ["false", "true"])
@pytest.mark.parametrize(
    ("predicate", "holds"),
    [
        ("c0 = 50", lambda row: row["c0"] == 50),
        ("c8 > 32 AND c9 < 'text 8'", lambda row: row["c8"] > 32 and (row["c9"] or "z") < "text 8"),
        ("c5['a'] IN (22, 42)", lambda row: (row["c5"] or {}).get("a") in (22, 42)),
        (f"c{PARTITION} = 1", lambda row: row[f"c{PARTITION}"] == 1),
        ("c9 IS NULL", lambda row: row["c9"] is None),
        ("c2103 = 70", lambda row: row["c2103"] == 70),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_filters(
    wide: Path, predicate: str, holds: Callable[[dict[str, Any]], bool], pushdown: str
) -> None:
    table = deltaic.DeltaTable(str(wide))
    wanted = [row for row in _rows() if holds(row)]
    assert 0 < len(wanted) < FILES * ROWS
    assert _sorted(collect(table.scan(predicate=predicate))) == wanted
    wheel = _wheel(table, parquet__pushdown_filters=pushdown)
    assert _sorted(collect(wheel.table("t").filter(predicate))) == wanted


def test_filters_that_come_late(wide: Path) -> None:
    table = deltaic.DeltaTable(str(wide))
    for pushdown in ("false", "true"):
        ours = deltaic.QueryBuilder().register("t", table)
        collect(ours.execute(f"SET datafusion.execution.parquet.pushdown_filters = {pushdown}"))
        top = collect(ours.execute("SELECT * FROM t WHERE c1 <> 'x' ORDER BY c0 DESC LIMIT 3"))
        assert top.to_pylist() == _rows()[:-4:-1]
        joined = collect(
            ours.execute("SELECT t.* FROM (VALUES (30), (90)) AS k(x) JOIN t ON t.c0 = k.x")
        )
        assert _sorted(joined) == [row for row in _rows() if row["c0"] in (30, 90)]


def test_row_groups_are_skipped(wide: Path) -> None:
    table = deltaic.DeltaTable(str(wide))
    plan = query("EXPLAIN ANALYZE SELECT * FROM t WHERE c2103 = 70", t=table)
    assert "row_groups_pruned_statistics=6 total → 1 matched" in plan.column("plan")[0].as_py()


def test_deleted_rows_and_metadata(wide: Path, tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    described = metadata(*_fields(False), partition_columns=[f"c{PARTITION}"])
    features = {
        "protocol": {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": ["deletionVectors"],
            "writerFeatures": ["deletionVectors"],
        }
    }
    first, second = _file(table, 0), _file(table, 1)
    first["add"]["deletionVector"] = inline([1, 2])
    table.commit(0, features, described, first, second)
    opened = deltaic.DeltaTable(str(table.root))
    found = _sorted(collect(opened.scan(file_column="f", metadata=True)))
    left = [0, 3, 4, 5, 6, 7]
    assert [row["c0"] for row in found] == [10 * row for row in left]
    assert [row["_metadata"]["row_index"] for row in found] == [row % ROWS for row in left]
    assert [row["f"] for row in found] == [f"{row // ROWS}.parquet" for row in left]
    for row in found:
        del row["f"], row["_metadata"]
    assert found == [_rows()[row] for row in left]


@pytest.mark.parametrize("mode", ["name", "id"])
def test_mapped_columns(tmp_path: Path, mode: str) -> None:
    table = LogTable(tmp_path / "t")
    names = _names()
    fields = [mapped(name, "long", f"physical {i}", i + 1) for i, name in enumerate(names)]
    kinds = [
        pa.field(f"physical {i}", pa.int64(), metadata={"PARQUET:field_id": str(i + 1)})
        for i in range(COUNT)
    ]
    content = pa.table([pa.array([i, None, -i]) for i in range(COUNT)], schema=pa.schema(kinds))
    commit = [mapped_protocol(), mapped_metadata(*fields, mode=mode), table.data("a", content)]
    table.commit(0, *commit)
    opened = deltaic.DeltaTable(str(table.root))
    wanted = {name: [i, None, -i] for i, name in enumerate(names)}
    assert opened.to_pyarrow_table().to_pydict() == wanted
    assert collect(_wheel(opened).table("t")).to_pydict() == wanted


def test_columns_that_are_no_text_or_too_large_are_named(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    columns = [field(f"c{i}", "string" if i == 2100 else "byte") for i in range(COUNT)]
    content = {f"c{i}": pa.array([1], pa.int32()) for i in range(COUNT)}
    for number, wrong in enumerate(
        [{"c2100": pa.array([b"\xff"])}, {"c2100": pa.array(["a"]), "c7": pa.array([300])}]
    ):
        table.commit(
            number,
            *([PROTOCOL, metadata(*columns)] if number == 0 else []),
            table.data(f"wrong-{number}.parquet", {**content, **wrong}),
        )
    with pytest.raises(deltaic.exceptions.DeltaError, match=r"wrong-0\.parquet"):
        deltaic.DeltaTable(str(table.root), version=0).to_pyarrow_table()
    with pytest.raises(deltaic.exceptions.DeltaError, match=r"wrong-[01]\.parquet"):
        deltaic.DeltaTable(str(table.root)).to_pyarrow_table()


READERS = {
    "to_pyarrow_table": "table.to_pyarrow_table()",
    "to_pyarrow_table, filtered": 'table.to_pyarrow_table(filters=[("c1", ">=", 1)])',
    "to_pyarrow_table, named": "table.to_pyarrow_table(columns=names)",
    "scan": "collect(table.scan())",
    "stream": "collect(table)",
    "dataset": "table.to_pyarrow_dataset().to_table()",
}
USUAL = {"to_pyarrow_table", "dataset"}
PLANNED = {
    "frame of the wheel": "collect(wheel.table('t'))",
    "some columns": "collect(wheel.sql('SELECT ' + ', '.join(names[::1000]) + ' FROM t'))",
    "count": "collect(wheel.sql('SELECT count(c1), max(c5) FROM t'))",
}
CHILD = """
import sys
import datafusion, deltaic, pyarrow as pa
root, read = sys.argv[1:]
table = deltaic.DeltaTable(root)
names = [field.name for field in table.schema().fields]
wheel = datafusion.SessionContext()
wheel.register_table("t", table)
collect = lambda stream: pa.RecordBatchReader.from_stream(stream).read_all()
found = eval(read)
print(found.num_columns, found.num_rows)
if found.num_columns == len(names):
    assert found.column_names == names
    assert all(found.column(i).to_pylist() == [i, i + 1] for i in range(0, len(names), 997))
"""


def _many_columns(root: Path, count: int) -> Path:
    table = LogTable(root)
    columns = [field(f"c{i}", "long") for i in range(count)]
    content = {f"c{i}": pa.array([i, i + 1], pa.int64()) for i in range(count)}
    stats = {"numRecords": 2, "minValues": {"c5": 5}, "maxValues": {"c5": 6}, "nullCount": {}}
    table.commit(0, PROTOCOL, metadata(*columns), table.data("a.parquet", content, stats=stats))
    return root


@pytest.fixture(scope="module")
def twenty_thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _many_columns(tmp_path_factory.mktemp("wide") / "t", 20_000)


@pytest.fixture(scope="module")
def hundred_thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _many_columns(tmp_path_factory.mktemp("wide") / "t", 100_000)


@pytest.mark.parametrize("reader", [*sorted(READERS.keys() - USUAL), *PLANNED])
def test_twenty_thousand_columns(twenty_thousand: Path, reader: str) -> None:
    code = (READERS | PLANNED)[reader]
    ended = run_python(CHILD, [str(twenty_thousand), code], timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.endswith(" 2\n") or reader == "count"


@pytest.mark.parametrize(
    "reader",
    [
        reader if reader in USUAL else pytest.param(reader, marks=pytest.mark.long)
        for reader in READERS
    ],
)
def test_a_hundred_thousand_columns(hundred_thousand: Path, reader: str) -> None:
    ended = run_python(CHILD, [str(hundred_thousand), READERS[reader]], timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "100000 2\n"
