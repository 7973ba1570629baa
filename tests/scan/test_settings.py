"""Every setting of DataFusion that is about scans has its effect on ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.arrow import collect
from harness.child import run_python
from harness.errors import error_of
from harness.log_table import PROTOCOL, LogTable, add, field, metadata
from scan.plans import plan, scan_of, session

PARQUET = "datafusion.execution.parquet."
FILTERED = "SELECT name FROM t WHERE id % 3 = 0 AND id > 2500"


@pytest.fixture
def paged(tmp_path: Path) -> Path:
    """One file of 20 row groups with page indexes and Bloom filters; the log has no statistics."""
    table = LogTable(tmp_path / "paged")
    rows = pa.table(
        {
            "id": pa.array(range(20000), pa.int64()),
            "k": [f"k{(i * 7919) % 20000}" for i in range(20000)],
        }
    )
    path = table.root / "0.parquet"
    pq.write_table(
        rows,
        path,
        row_group_size=1000,
        data_page_size=200,
        write_batch_size=50,
        write_page_index=True,
    )
    table.commit(
        0,
        PROTOCOL,
        metadata(field("id", "long"), field("k", "string")),
        add("0.parquet", path.stat().st_size, stats={"numRecords": 20000}),
    )
    return table.root


def _metric(text: str, column: str, name: str) -> str:
    match = re.search(rf"\b{name}=([^,\]]+)", scan_of(text, column))
    assert match is not None, f"{name}: {text}"
    return match.group(1)


def test_pushdown_filters(big: Path) -> None:
    assert "FilterExec" in plan(session(t=big), FILTERED)
    pushed = session({PARQUET + "pushdown_filters": "true"}, t=big)
    assert "FilterExec" not in plan(pushed, FILTERED)
    assert (
        collect(pushed.execute(FILTERED)).num_rows
        == collect(session(t=big).execute(FILTERED)).num_rows
    )


def test_pushdown_filters_set_by_a_statement_after_the_registration(big: Path) -> None:
    builder = session(t=big)
    collect(builder.execute(f"SET {PARQUET}pushdown_filters = true"))
    assert "FilterExec" not in plan(builder, FILTERED)


@pytest.mark.parametrize("pushed", ["true", "false"])
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("array_length(a) > 5 OR p IS NULL", []),
        ("array_length(a) > 1 OR p IS NULL", [1, 5]),
        ("a[1] = 2 OR p IS NULL", [5]),
        ("array_length(a) > 5 OR added IS NOT NULL", [4]),
        ("array_length(a) > 5 OR same IS NULL", []),
        ("CASE WHEN array_length(a) > 1 THEN added IS NULL ELSE same > 8 END", [1, 5]),
        ("s.y > 5 OR p IS NULL", []),
        ("s.y = 5 OR added IS NOT NULL", [4, 5]),
        ("s IS NULL OR p IS NULL", []),
    ],
)
def test_no_filter_is_lost_that_a_file_turns_into_another(
    tmp_path: Path, condition: str, expected: list[int], pushed: str
) -> None:
    """Constants of a file take the place of columns: of partitions, lacking ones, equal values."""
    struct = pa.struct([("y", pa.int64())])
    old: dict[str, Any] = {"id": [1, 2, 3], "a": [[1, 2], [1], []], "p": ["x"] * 3, "same": [7] * 3}
    new: dict[str, Any] = {
        "id": [4, 5],
        "a": [[1], [2, 3]],
        "p": ["y"] * 2,
        "same": [8, 8],
        "added": [1, None],
    }
    for rows in (old, new):
        rows["s"] = pa.array([{"y": number} for number in rows["id"]], struct)
        deltalake.write_deltalake(
            tmp_path, pa.table(rows), partition_by=["p"], mode="append", schema_mode="merge"
        )
    builder = session({PARQUET + "pushdown_filters": pushed}, t=tmp_path)
    found = collect(builder.execute(f"SELECT id FROM t WHERE {condition} ORDER BY id"))
    assert found.column("id").to_pylist() == expected


@pytest.mark.parametrize("name", ["reorder_filters", "force_filter_selections"])
def test_ways_to_filter_give_the_same_rows(big: Path, name: str) -> None:
    settings = {PARQUET + "pushdown_filters": "true", PARQUET + name: "true"}
    rows = collect(session(settings, t=big).execute(f"{FILTERED} ORDER BY 1"))
    assert rows == collect(session(t=big).execute(f"{FILTERED} ORDER BY 1"))


def test_pruning_and_page_index(paged: Path) -> None:
    sql = "SELECT k FROM t WHERE id = 12345"
    text = plan(session(t=paged), sql, analyze=True)
    assert _metric(text, "k", "row_groups_pruned_statistics").startswith("20 total → 1 matched")
    pages = re.search(r"page_index_rows_pruned=(.*?) matched", scan_of(text, "k"))
    assert pages is not None
    off = plan(session({PARQUET + "enable_page_index": "false"}, t=paged), sql, analyze=True)
    assert scan_of(off, "k") != scan_of(text, "k")
    assert int(re.sub(r"\D", "", _metric(off, "k", "output_rows").split(" ")[0])) >= 1
    unpruned = plan(session({PARQUET + "pruning": "false"}, t=paged), sql, analyze=True)
    assert "20 total → 1 matched" not in scan_of(unpruned, "k")


def test_page_index_of_a_file_that_is_used_again_is_kept(paged: Path) -> None:
    sql = "SELECT k FROM t WHERE id = 12345"

    def bytes_scanned(settings: dict[str, str]) -> list[str]:
        builder = session(settings, t=paged)
        return [_metric(plan(builder, sql, analyze=True), "k", "bytes_scanned") for _ in range(3)]

    first, second, third = bytes_scanned({})
    # The first use reads the footer alone, and the index by the way.
    assert first != second
    assert second == third
    assert len(set(bytes_scanned({PARQUET + "enable_page_index": "false"}))) == 1


def test_metadata_size_hint(paged: Path) -> None:
    # A hint as large as the file reads all of it for the footer.
    whole = plan(
        session({PARQUET + "metadata_size_hint": "1000000"}, t=paged),
        "SELECT k FROM t",
        analyze=True,
    )
    assert "metadata_load_time" in whole
    assert collect(
        session({PARQUET + "metadata_size_hint": "8"}, t=paged).execute(
            "SELECT sum(id) AS n FROM t"
        )
    ).to_pydict() == {"n": [199990000]}


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_bloom_filter_on_read(paged: Path, enabled: str) -> None:
    builder = session({PARQUET + "bloom_filter_on_read": enabled}, t=paged)
    assert collect(builder.execute("SELECT id FROM t WHERE k = 'k7919'")).to_pydict() == {"id": [1]}


def test_batch_size(big: Path) -> None:
    builder = session({"datafusion.execution.batch_size": "100"}, t=big)
    reader = pa.RecordBatchReader.from_stream(builder.execute("SELECT id FROM t"))
    assert max(batch.num_rows for batch in reader) == 100


@pytest.mark.parametrize("partitions", [1, 3])
def test_target_partitions(big: Path, partitions: int) -> None:
    builder = session({"datafusion.execution.target_partitions": str(partitions)}, t=big)
    group = "group" if partitions == 1 else "groups"
    assert f"{partitions} {group}:" in plan(builder, "SELECT id, name FROM t")


def test_collect_statistics(big: Path) -> None:
    builder = session({"datafusion.execution.collect_statistics": "false"}, t=big)
    assert "DataSourceExec" in plan(builder, "SELECT count(*) FROM t")
    assert collect(builder.execute("SELECT count(*) AS n FROM t")).to_pydict() == {"n": [8000]}


@pytest.mark.parametrize(("forced", "kind"), [("true", "Utf8View"), ("false", "Utf8")])
def test_schema_force_view_types(big: Path, forced: str, kind: str) -> None:
    builder = session({PARQUET + "schema_force_view_types": forced}, t=big)
    for source in ["t", f"'{big}'"]:
        rows = collect(builder.execute(f"SELECT DISTINCT arrow_typeof(name) AS k FROM {source}"))
        assert rows.to_pydict() == {"k": [kind]}


def test_max_in_list_size(paged: Path) -> None:
    wanted = ", ".join(str(value) for value in range(12000, 12030))
    sql = f"SELECT k FROM t WHERE id IN ({wanted})"
    for size, matched in [("20", 20), ("30", 1)]:
        builder = session({PARQUET + "max_in_list_size": size}, t=paged)
        text = plan(builder, sql, analyze=True)
        groups = _metric(text, "k", "row_groups_pruned_statistics")
        assert groups.startswith(f"20 total → {matched} matched"), size


@pytest.mark.parametrize(("repartition", "groups"), [("true", "4 groups"), ("false", "1 group")])
def test_one_file_is_cut_for_several_partitions(paged: Path, repartition: str, groups: str) -> None:
    settings = {
        "datafusion.execution.target_partitions": "4",
        "datafusion.optimizer.repartition_file_min_size": "0",
        "datafusion.optimizer.repartition_file_scans": repartition,
    }
    builder = session(settings, t=paged)
    assert f"{groups}:" in plan(builder, "SELECT id + 1 AS n, k FROM t")
    answer = collect(builder.execute("SELECT sum(id) AS n FROM t"))
    assert answer.to_pydict() == {"n": [199990000]}


def test_memory_limit(paged: Path) -> None:
    sql = "SELECT k, count(*) AS n FROM t GROUP BY k ORDER BY k"
    limited = session({"datafusion.runtime.memory_limit": "50K"}, t=paged)
    set_later = session(t=paged)
    collect(set_later.execute("SET datafusion.runtime.memory_limit = '50K'"))
    for builder in [limited, set_later]:
        error = error_of(partial(_rows, builder, sql))
        assert "esources" in str(error), error
    collect(set_later.execute("SET datafusion.runtime.memory_limit = '1G'"))
    assert _rows(set_later, sql) == 20000


# Sorts more than its memory holds, with files of no more bytes than that.
SPILL = """
import json, resource, sys
import deltaic
settings, limit = json.loads(sys.argv[1]), int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
builder = deltaic.QueryBuilder({"datafusion.runtime.memory_limit": "30M"} | settings)
sql = "SELECT value, repeat('x', 50) || value AS t FROM generate_series(1, 1000000)"
try:
    for _ in builder.execute(f"SELECT * FROM ({sql}) ORDER BY value * 7 % 1000003"):
        pass
except Exception as error:
    print(error.code)
"""


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({"datafusion.runtime.max_temp_directory_size": "1M"}, 0),
        ({"datafusion.runtime.max_temp_directory_size": "0"}, 0),
        ({}, 1 << 20),
    ],
)
def test_what_may_not_spill_more_is_out_of_resources(
    settings: dict[str, str], limit: int, tmp_path: Path
) -> None:
    folder = {"datafusion.runtime.temp_directory": str(tmp_path)}
    ended = run_python(SPILL, [json.dumps(folder | settings), str(limit)], timeout=60)
    assert ended.stdout.split() == ["resources_exhausted"], ended


def _rows(builder: deltaic.QueryBuilder, sql: str) -> int:
    return int(collect(builder.execute(sql)).num_rows)


def test_types_are_those_of_the_table_whatever_the_files_may_be_read_as(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "types")
    instant = datetime(9999, 12, 31, tzinfo=UTC)
    rows = pa.table({"at": pa.array([instant], pa.timestamp("us", tz="UTC")), "raw": [b"x"]})
    path = table.root / "0.parquet"
    pq.write_table(rows, path, use_deprecated_int96_timestamps=True)
    schema = metadata(field("at", "timestamp"), field("raw", "binary"))
    table.commit(0, PROTOCOL, schema, add("0.parquet", path.stat().st_size))
    builder = session({PARQUET + "binary_as_string": "true"}, t=table.root)
    answer = collect(builder.execute("SELECT at, arrow_typeof(raw) AS kind FROM t"))
    # As nanoseconds, which DataFusion takes for the resolution of INT96, it would overflow.
    assert answer.to_pydict() == {"at": [instant], "kind": ["BinaryView"]}


@pytest.fixture
def wheel(big: Path) -> Callable[..., datafusion.SessionContext]:
    def make(settings: dict[str, str], root: Path = big) -> datafusion.SessionContext:
        config = datafusion.SessionConfig()
        for name, value in settings.items():
            config = config.set(name, value)
        context = datafusion.SessionContext(config)
        context.register_table("t", deltaic.DeltaTable(str(root)))
        return context

    return make


def test_settings_of_the_wheel_reach_the_scan(
    wheel: Callable[..., datafusion.SessionContext],
) -> None:
    def scan(settings: dict[str, str], sql: str = FILTERED) -> str:
        return str(wheel(settings).sql(sql).execution_plan().display_indent())

    assert "2 groups" in scan({"datafusion.execution.target_partitions": "2"})
    assert "3 groups" in scan({"datafusion.execution.target_partitions": "3"})
    analyze = f"EXPLAIN ANALYZE {FILTERED}"
    (whole,) = wheel({}).sql(analyze).to_pydict()["plan"]
    assert re.search(r"pushdown_rows_pruned=0\b", whole)
    (pushed,) = wheel({PARQUET + "pushdown_filters": "true"}).sql(analyze).to_pydict()["plan"]
    assert re.search(r"pushdown_rows_pruned=[1-9]", pushed)
    count = "SELECT count(*) AS n FROM t"
    assert "DataSourceExec" not in scan({}, count)
    assert "DataSourceExec" in scan({"datafusion.execution.collect_statistics": "false"}, count)
    frame = wheel({"datafusion.execution.batch_size": "100"}).sql("SELECT id FROM t")
    assert max(batch.to_pyarrow().num_rows for batch in frame.execute_stream()) == 100


@pytest.mark.parametrize("condition", ["", " WHERE id % 2 = 0"])
def test_a_large_file_is_read_in_parts_in_the_wheel(
    wheel: Callable[..., datafusion.SessionContext], paged: Path, condition: str
) -> None:
    settings = {"datafusion.execution.target_partitions": "3"}
    frame = wheel(settings, paged).sql(f"SELECT sum(id) AS s FROM t{condition}")
    assert "1 group:" in str(frame.execution_plan().display_indent())
    settings["datafusion.optimizer.repartition_file_min_size"] = "0"
    for parts in ("true", "false"):
        settings["datafusion.optimizer.repartition_file_scans"] = parts
        cut = wheel(settings, paged).sql(f"SELECT sum(id) AS s FROM t{condition}")
        groups = "3 groups:" if parts == "true" else "1 group:"
        assert groups in str(cut.execution_plan().display_indent())
        assert cut.to_pydict() == frame.to_pydict()


def test_many_files_are_planned_without_making_them(tmp_path: Path) -> None:
    """2000 files that are not there: what the log answers needs none of them."""
    table = LogTable(tmp_path / "many")
    files = [
        add(
            f"p={i % 4}/{i}.parquet",
            100,
            {"p": str(i % 4)},
            {"numRecords": 5, "minValues": {"x": i}, "maxValues": {"x": i}, "nullCount": {"x": 0}},
        )
        for i in range(2000)
    ]
    table.commit(
        0,
        PROTOCOL,
        metadata(field("x", "long"), field("p", "integer"), partition_columns=["p"]),
        *files,
    )
    builder = session({"datafusion.execution.target_partitions": "3"}, t=table.root)
    answer = collect(builder.execute("SELECT count(*) AS n, max(x) AS x, max(p) AS p FROM t"))
    assert answer.to_pydict() == {"n": [10000], "x": [1999], "p": [3]}
    text = plan(builder, "SELECT x FROM t")
    assert "files_read=2000" in text
    assert "3 groups" in text
    # Twelve of them, whole: what is opened is missing, and named.
    with pytest.raises(Exception, match="parquet"):
        collect(builder.execute("SELECT sum(x) FROM t"))
