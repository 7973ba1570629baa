"""Columns come in the order of the table's schema, partition columns among the others, wherever a
table is read."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import deltalake
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.arrow import collect, query
from scan.partitioned_table import Column, PartitionedTable

COLUMNS = (
    Column("country", "string", ("NO", "SE", None)),
    Column("id", "long", (1, 2, 3)),
    Column("day", "date", (dt.date(2024, 2, 29), None, dt.date(1969, 7, 20))),
    Column("name", "string", ("Oslo", "Lund", "Ghent")),
)
PARTITIONS = {
    "none": (),
    "first": ("country",),
    "middle": ("day",),
    "last": ("name",),
    "two, in another order": ("day", "country"),
    "all but one": ("name", "day", "country"),
}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "mapped by name": {"mode": "name"},
    "mapped by id": {"mode": "id"},
    "widened": {"widened": True},
    "mapped and widened": {"mode": "name", "widened": True},
}

Route = Callable[[], pa.Table]


def _routes(root: Path, made: PartitionedTable) -> dict[str, Route]:
    """The ways to read all of a table."""
    table = deltaic.DeltaTable(str(root))
    ours = deltaic.QueryBuilder().register("t", table).register("latest", table, refresh=True)
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table)
    described = ", ".join(column.sql for column in made.columns)

    def run(*statements: str) -> pa.Table:
        *before, last = statements
        for statement in before:
            collect(ours.execute(statement))
        return collect(ours.execute(last))

    routes = {
        "to_pyarrow_table": table.to_pyarrow_table,
        "scan": lambda: collect(table.scan()),
        "stream": lambda: collect(table),
        "SQL": lambda: run("SELECT * FROM t"),
        "SQL, newest": lambda: run("SELECT * FROM latest"),
        "SQL by path": lambda: run(f"SELECT * FROM '{root}'"),
        "function": lambda: run(f"SELECT * FROM delta_scan('{root}')"),
        "view": lambda: run("CREATE VIEW v AS SELECT * FROM t", "SELECT * FROM v"),
        "external table": lambda: run(
            f"CREATE EXTERNAL TABLE e ({described}) STORED AS DELTATABLE LOCATION '{root}'",
            "SELECT * FROM e",
        ),
        "wheel, SQL": lambda: collect(wheel.sql("SELECT * FROM t")),
        "wheel, frame": lambda: collect(wheel.table("t")),
    }
    if made.mode == "none":
        routes["dataset"] = table.to_pyarrow_dataset().to_table
    return routes


def _by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["id"])


def _check_routes(root: Path, made: PartitionedTable) -> None:
    for route, read in _routes(root, made).items():
        found = read()
        assert found.column_names == made.names, route
        assert _by_id(found.to_pylist()) == _by_id(made.rows()), route


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("partitions", PARTITIONS)
def test_all_is_read_in_order(tmp_path: Path, partitions: str, kind: str) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS[partitions], **KINDS[kind])
    root = made.write(tmp_path / "t")
    _check_routes(root, made)
    if kind == "plain":
        peer = deltalake.DeltaTable(root)
        assert peer.to_pyarrow_table().column_names == made.names
        found = deltalake.QueryBuilder().register("t", peer).execute("SELECT * FROM t")
        assert pa.table(found).column_names == made.names


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("partitions", PARTITIONS)
def test_some_columns_in_any_order(tmp_path: Path, partitions: str, kind: str) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS[partitions], **KINDS[kind])
    table = deltaic.DeltaTable(str(made.write(tmp_path / "t")))
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table)
    for names in permutations(made.names, 2):
        wanted = [{name: row[name] for name in names} for row in _by_id(made.rows())]
        sql = f"SELECT {', '.join(names)} FROM t ORDER BY id"
        assert query(sql, t=table).to_pylist() == wanted, names
        assert collect(wheel.sql(sql)).to_pylist() == wanted, names
        found = table.to_pyarrow_table(columns=[*names, "id"] if "id" not in names else list(names))
        rows = [{name: row[name] for name in names} for row in _by_id(found.to_pylist())]
        assert rows == wanted, names


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_the_engine_describes_them_in_order(tmp_path: Path, partitions: str) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS[partitions])
    table = deltaic.DeltaTable(str(made.write(tmp_path / "t")))
    in_schema = (
        "SELECT column_name FROM information_schema.columns WHERE table_name = 't' "
        "ORDER BY ordinal_position"
    )
    for sql in ("DESCRIBE t", in_schema):
        assert query(sql, t=table).column("column_name").to_pylist() == made.names
    assert list(table.to_pandas().columns) == made.names


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_the_shell_shows_them_in_order(shell: Path, tmp_path: Path, partitions: str) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS[partitions])
    root = made.write(tmp_path / "t")
    command = [str(shell), "--format", "csv", "-c", f"SELECT * FROM '{root}' ORDER BY id LIMIT 1"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert list(csv.reader(ended.stdout.splitlines())) == [
        made.names,
        ["NO", "1", "2024-02-29", "Oslo"],
    ]


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_set_operations_pair_the_same_columns(tmp_path: Path, partitions: str) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS[partitions])
    one = deltaic.DeltaTable(str(made.write(tmp_path / "one")))
    rows = _by_id(made.rows())
    for number, other in enumerate(PARTITIONS.values()):
        root = replace(made, partitions=other, mode="name").write(tmp_path / str(number))
        two = deltaic.DeltaTable(str(root))
        for operation, wanted in {
            "UNION": rows,
            "UNION ALL": [row for row in rows for _ in range(2)],
            "EXCEPT": [],
            "INTERSECT": rows,
        }.items():
            sql = f"SELECT * FROM one {operation} SELECT * FROM two"
            found = query(sql, one=one, two=two)
            assert found.column_names == made.names
            assert _by_id(found.to_pylist()) == wanted, (operation, other)
            wheel = datafusion.SessionContext()
            wheel.register_table("one", one)
            wheel.register_table("two", two)
            assert _by_id(collect(wheel.sql(sql)).to_pylist()) == wanted, (operation, other)


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_added_columns_come_last(tmp_path: Path, partitions: str) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS[partitions])
    table = deltaic.DeltaTable(str(made.write(tmp_path / "t")))
    names = [*made.names, "file", "_metadata"]
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table.with_scan_options(file_column="file", metadata=True))
    ours = deltaic.QueryBuilder().register("t", table, file_column="file", metadata=True)
    for found in (
        collect(table.scan(file_column="file", metadata=True)),
        collect(wheel.sql("SELECT * FROM t")),
        collect(ours.execute("SELECT * FROM t")),
    ):
        assert found.column_names == names
        for row in found.to_pylist():
            assert row["file"] == f"{row['id'] - 1}.parquet" == row["_metadata"]["file_name"]
            assert {name: row[name] for name in made.names} in made.rows()


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_no_projection_is_added(tmp_path: Path, partitions: str) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS[partitions])
    table = deltaic.DeltaTable(str(made.write(tmp_path / "t")))
    for sql in ("SELECT * FROM t", "SELECT name, day, country, id FROM t WHERE id > 0"):
        plan = "\n".join(query(f"EXPLAIN {sql}", t=table).column("plan").to_pylist())
        assert "DataSourceExec" in plan
        assert "ProjectionExec" not in plan


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_statistics_stay_with_their_columns(tmp_path: Path, partitions: str) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS[partitions])
    table = deltaic.DeltaTable(str(made.write(tmp_path / "t")))
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table)
    sql = "SELECT " + ", ".join(f"min({n}), max({n}), count({n})" for n in made.names) + " FROM t"
    wanted: list[Any] = []
    for column in made.columns:
        known = [value for value in column.values if value is not None]
        wanted += [min(known), max(known), len(known)]
    assert list(query(sql, t=table).to_pylist()[0].values()) == wanted
    assert list(collect(wheel.sql(sql)).to_pylist()[0].values()) == wanted
    for column in made.columns:
        for value in column.values:
            same = "IS NULL" if value is None else f"= '{value}'"
            counted = f"SELECT id FROM t WHERE {column.name} {same}"
            ids = [row["id"] for row in made.rows() if row[column.name] == value]
            assert query(counted, t=table).column("id").to_pylist() == ids
            assert collect(wheel.sql(counted)).column("id").to_pylist() == ids


def test_columns_in_another_order_are_refused(tmp_path: Path) -> None:
    made = PartitionedTable(COLUMNS, PARTITIONS["first"])
    root = made.write(tmp_path / "t")
    ours = deltaic.QueryBuilder()
    for columns in permutations(made.columns):
        described = ", ".join(column.sql for column in columns)
        statement = (
            f"CREATE OR REPLACE EXTERNAL TABLE e ({described}) STORED AS DELTATABLE "
            f"LOCATION '{root}'"
        )
        if columns == made.columns:
            collect(ours.execute(statement))
            continue
        with pytest.raises(deltaic.exceptions.DeltaError) as caught:
            collect(ours.execute(statement))
        place = next(i for i in range(4) if columns[i] != made.columns[i])
        assert str(caught.value).endswith(
            "The statement's columns must come in the table's order: column "
            f"{place + 1} is {made.names[place]} in the table, and {columns[place].name} in the "
            "statement"
        )


def _columns() -> st.SearchStrategy[tuple[Column, ...]]:
    name = st.text(alphabet="abXé_ -.", min_size=1, max_size=6)
    values = {
        "long": st.integers(-(2**31), 2**31 - 1),
        "string": st.text(alphabet="ab é=/%", min_size=1, max_size=5),
        "date": st.dates(),
        "double": st.floats(allow_nan=False, allow_infinity=False, width=32),
    }

    def column(kind: str) -> st.SearchStrategy[Column]:
        cells = st.tuples(*[st.none() | values[kind]] * 3)
        return st.builds(Column, name, st.just(kind), cells)

    others = st.lists(
        st.sampled_from(sorted(values)).flatmap(column),
        max_size=6,
        unique_by=lambda each: each.name.lower(),
    )
    key = Column("id", "long", (1, 2, 3))
    return others.flatmap(lambda found: st.permutations([key, *found]).map(tuple))


@st.composite
def _tables(draw: st.DrawFn) -> PartitionedTable:
    columns = draw(_columns())
    names = [column.name for column in columns]
    partitions = draw(st.lists(st.sampled_from(names), unique=True, max_size=len(names) - 1))
    mode = draw(st.sampled_from(["none", "name", "id"]))
    return PartitionedTable(columns, tuple(partitions), mode, draw(st.booleans()))


@given(_tables())
@settings(max_examples=60, deadline=None)
def test_any_table_is_read_in_order(made: PartitionedTable) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _check_routes(made.write(Path(folder) / "t"), made)
