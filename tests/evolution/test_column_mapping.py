"""Columns with other names in files than in the table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import deltaic
import pyarrow as pa
import pytest

from evolution.mapped_table import make, mapped, metadata, protocol, rows, stored
from harness.arrow import collect, query, read_both
from harness.errors import code_of, describe, error_of
from harness.log_table import LogTable, add, field
from scan.plans import opened, plan, session

INT, TEXT = pa.int64(), pa.string()


def test_names_may_be_swapped(tmp_path: Path) -> None:
    # Physical names that are logical names of other columns, of other types.
    table = metadata(mapped("a", "long", "b", 1), mapped("b", "string", "a", 2))
    make(tmp_path / "t", table, rows([stored("a", TEXT), stored("b", INT)], ["x", "y"], [1, 2]))
    assert read_both(tmp_path / "t") == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert read_both(tmp_path / "t", "SELECT a FROM t WHERE b = 'y'") == [{"a": 2}]
    assert read_both(tmp_path / "t", "SELECT b FROM t WHERE a > 1") == [{"b": "y"}]


def test_dropped_columns_stay_hidden_and_new_ones_are_null(tmp_path: Path) -> None:
    # The file has a column by the new one's logical name, of another type.
    table = metadata(mapped("id", "long", "p1", 1), mapped("gone", "date", "p3", 3))
    file = rows([stored("p1", INT), stored("gone", TEXT), stored("p2", INT)], [7], ["old"], [9])
    make(tmp_path / "t", table, file)
    assert read_both(tmp_path / "t") == [{"id": 7, "gone": None}]
    assert read_both(tmp_path / "t", "SELECT count(gone) AS n FROM t WHERE gone IS NULL") == [
        {"n": 0}
    ]


def test_nested_fields_are_mapped_at_every_depth(tmp_path: Path) -> None:
    point = {
        "type": "struct",
        "fields": [mapped("x", "long", "c1", 11), mapped("y", "string", "c2", 12)],
    }
    shape = {"type": "array", "elementType": point, "containsNull": True}
    index = {
        "type": "map",
        "keyType": "string",
        "valueType": point_of_map(),
        "valueContainsNull": True,
    }
    table = metadata(
        mapped("p", point, "s1", 1),
        mapped("l", shape_of(shape), "s2", 2),
        mapped("m", index, "s3", 3),
    )
    # In the file the fields are in another order, with one more, and one has another's name.
    inner = pa.struct([stored("c2", TEXT), stored("x", INT), stored("c1", INT)])
    deep = pa.struct([stored("d2", TEXT), stored("d1", INT)])
    deeper = pa.struct([stored("e1", INT)])
    file = rows(
        [stored("s3", pa.map_(TEXT, deeper)), stored("s1", inner), stored("s2", pa.list_(deep))],
        [[("k", {"e1": 5})], None],
        [{"c2": "q", "x": 100, "c1": 1}, None],
        [[{"d2": "r", "d1": 2}, None], []],
    )
    make(tmp_path / "t", table, file)
    found = read_both(tmp_path / "t")
    assert found == [
        {
            "p": {"x": 1, "y": "q"},
            "l": [{"x": 2, "y": "r"}, None],
            "m": [("k", {"z": 5, "n": None})],
        },
        {"p": None, "l": [], "m": None},
    ]
    assert read_both(tmp_path / "t", "SELECT p['y'] AS y FROM t WHERE p['x'] = 1") == [{"y": "q"}]
    assert read_both(tmp_path / "t", "SELECT l[1]['x'] AS x FROM t WHERE p['x'] < 100") == [
        {"x": 2}
    ]


def shape_of(shape: dict[str, Any]) -> dict[str, Any]:
    """The list's own fields, whose ids are no others'."""
    fields = [mapped("x", "long", "d1", 21), mapped("y", "string", "d2", 22)]
    return shape | {"elementType": {"type": "struct", "fields": fields}}


def point_of_map() -> dict[str, Any]:
    return {
        "type": "struct",
        "fields": [mapped("z", "long", "e1", 31), mapped("n", "long", "e2", 32)],
    }


def test_by_id_names_play_no_part(tmp_path: Path) -> None:
    inner = {"type": "struct", "fields": [mapped("u", "long", "pu", 3)]}
    table = metadata(
        mapped("a", "long", "p1", 1),
        mapped("b", "string", "p2", 2),
        mapped("s", inner, "p3", 4),
        mapped("new", "long", "p5", 5),
        mode="id",
    )
    nested = pa.struct([stored("zz", INT, 3), stored("u", INT, 8), stored("pu", INT, 9)])
    file = rows(
        [
            stored("p2", INT, 1),
            stored("whatever", TEXT, 2),
            stored("p1", nested, 4),
            stored("p5", INT, 7),
        ],
        [1, 2],
        ["x", "y"],
        [{"zz": 5, "u": 6, "pu": 7}, None],
        [0, 0],
    )
    make(tmp_path / "t", table, file)
    assert read_both(tmp_path / "t") == [
        {"a": 1, "b": "x", "s": {"u": 5}, "new": None},
        {"a": 2, "b": "y", "s": None, "new": None},
    ]
    assert read_both(tmp_path / "t", "SELECT a FROM t WHERE s['u'] = 5 AND b < 'y'") == [{"a": 1}]


def test_by_id_a_file_without_ids_is_refused(tmp_path: Path) -> None:
    table = metadata(mapped("a", "long", "p1", 1), mode="id")
    make(tmp_path / "t", table, rows([stored("p1", INT)], [1]))
    error = error_of(deltaic.DeltaTable(str(tmp_path / "t")).to_pyarrow_table)
    assert code_of(error) == "corrupt_data", describe(error)
    assert "0.parquet" in str(error) and "field ids" in str(error)


def test_by_id_an_id_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    table = metadata(mapped("a", "long", "p1", 1), mode="id")
    make(tmp_path / "t", table, rows([stored("p1", INT, 1), stored("p2", INT, 1)], [1], [2]))
    error = error_of(deltaic.DeltaTable(str(tmp_path / "t")).to_pyarrow_table)
    assert code_of(error) == "corrupt_data", describe(error)
    assert "0.parquet" in str(error)


def test_switched_on_for_an_old_table(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    old = table.data(
        "old.parquet",
        {"id": pa.array([1, 2]), "name": ["a", "b"]},
        stats={"numRecords": 2, "minValues": {"id": 1}, "maxValues": {"id": 2}},
    )
    from harness.log_table import PROTOCOL
    from harness.log_table import metadata as plain

    table.commit(0, PROTOCOL, plain(field("id", "long"), field("name", "string")), old)
    table.commit(
        1, protocol(), metadata(mapped("id", "long", "id", 1), mapped("name", "string", "name", 2))
    )
    table.commit(2, metadata(mapped("key", "long", "id", 1), mapped("id", "string", "col-3", 3)))
    new = rows([stored("id", INT, 1), stored("col-3", TEXT, 3)], [3], ["c"])
    table.commit(3, table.data("new.parquet", new))
    assert read_both(tmp_path / "t", "SELECT * FROM t ORDER BY key") == [
        {"key": 1, "id": None},
        {"key": 2, "id": None},
        {"key": 3, "id": "c"},
    ]
    assert read_both(tmp_path / "t", "SELECT id FROM t WHERE key >= 2 ORDER BY key") == [
        {"id": None},
        {"id": "c"},
    ]
    before = query("SELECT * FROM t", t=deltaic.DeltaTable(str(tmp_path / "t"), version=0))
    assert before.to_pydict() == {"id": [1, 2], "name": ["a", "b"]}


def test_the_property_means_nothing_without_the_feature(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    file = table.data("0.parquet", {"a": pa.array([1]), "p1": pa.array([2])})
    from harness.log_table import PROTOCOL

    table.commit(0, PROTOCOL, metadata(mapped("a", "long", "p1", 1)), file)
    assert read_both(tmp_path / "t") == [{"a": 1}]


def test_renamed_partition_columns(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    content = rows([stored("p1", INT)], [1])
    files = [
        table.data(f"{i}.parquet", content, {"day-physical": value})
        for i, value in enumerate(["2026-01-01", "2026-01-02", None])
    ]
    described = metadata(
        mapped("x", "long", "p1", 1),
        mapped("Tag", "date", "day-physical", 2),
        partition_columns=["Tag"],
    )
    table.commit(0, protocol(), described, *files)
    sql = 'SELECT x, CAST("Tag" AS varchar) AS t FROM t WHERE "Tag" > \'2026-01-01\''
    assert read_both(tmp_path / "t", sql) == [{"x": 1, "t": "2026-01-02"}]
    delta = deltaic.DeltaTable(str(tmp_path / "t"))
    assert "files_pruned_by_partition=2" in plan(session(t=tmp_path / "t"), sql)
    assert delta.file_uris([("Tag", "=", "2026-01-02")])[0].endswith("1.parquet")
    actions = pa.table(delta.get_add_actions(flatten=True))
    assert str(actions.column("partition.Tag").to_pylist()[0]) == "2026-01-01"


@pytest.fixture(scope="module")
def wide_range(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten files of 1000 rows in row groups of 100, `key` (p1) and `name` (key) rise."""
    root = tmp_path_factory.mktemp("mapped") / "big"
    table = LogTable(root)
    described = metadata(
        mapped("key", "long", "p1", 1),
        mapped("name", "string", "key", 2),
        mapped("s", {"type": "struct", "fields": [mapped("f", "long", "g", 4)]}, "p3", 3),
    )
    adds = []
    for number in range(10):
        values = list(range(number * 1000, (number + 1) * 1000))
        texts = [f"{value:06d}" for value in values]
        nested = pa.array([{"g": v} for v in values], pa.struct([stored("g", INT, 4)]))
        content = pa.table(
            [pa.array(values), pa.array(texts), nested],
            schema=pa.schema(
                [stored("p1", INT, 1), stored("key", TEXT, 2), stored("p3", nested.type, 3)]
            ),
        )
        path = root / f"{number}.parquet"
        import pyarrow.parquet as pq

        pq.write_table(content, path, row_group_size=100, write_page_index=True)
        bounds = [{"p1": values[at], "key": texts[at], "p3": {"g": values[at]}} for at in (0, -1)]
        stats = {
            "numRecords": 1000,
            "minValues": bounds[0],
            "maxValues": bounds[1],
            "nullCount": {"p1": 0, "key": 0, "p3": {"g": 0}},
        }
        adds.append(add(path.name, path.stat().st_size, {}, stats))
    table.commit(0, protocol(), described, *adds)
    return root


@pytest.mark.parametrize(
    ("condition", "count"),
    [("key = 4321", 1), ("name = '004321'", 1), ("s['f'] = 4321", 1), ("name < '000001'", 1)],
)
def test_log_statistics_skip_files(wide_range: Path, condition: str, count: int) -> None:
    sql = f"SELECT key, name, s FROM t WHERE {condition}"
    assert len(read_both(wide_range, sql)) == count
    text = plan(session(t=wide_range), sql)
    assert "files_pruned_by_statistics=9" in text and "files_read=1" in text


@pytest.mark.parametrize("condition", ["key = 4321", "name = '004321'"])
def test_parquet_statistics_skip_row_groups(wide_range: Path, condition: str) -> None:
    sql = f"SELECT key, name FROM t WHERE {condition}"
    text = plan(session(t=wide_range), sql, analyze=True)
    assert "row_groups_pruned_statistics=10 total → 1 matched" in text, text


def test_count_and_bounds_are_answered_by_the_log(wide_range: Path) -> None:
    sql = "SELECT count(*) AS n, min(key) AS a, max(key) AS b FROM t"
    assert read_both(wide_range, sql) == [{"n": 10000, "a": 0, "b": 9999}]
    assert "DataSourceExec" not in plan(session(t=wide_range), sql)
    assert deltaic.DeltaTable(str(wide_range)).count() == 10000


def test_joins_and_top_k_skip_files_while_they_run(wide_range: Path, tmp_path: Path) -> None:
    small = LogTable(tmp_path / "small")
    content = rows([stored("q", INT)], [2500, 2600])
    small.commit(
        0,
        protocol(),
        metadata(mapped("wanted", "long", "q", 1)),
        small.data("0.parquet", content, stats={"numRecords": 2}),
    )
    one = {"datafusion.execution.target_partitions": "1"}
    builder = session(one, t=wide_range, s=tmp_path / "small")
    join = "SELECT sum(t.key) AS n FROM t JOIN s ON t.key = s.wanted"
    assert collect(builder.execute(join)).to_pydict() == {"n": [5100]}
    assert opened(plan(builder, join, analyze=True), "key") == 1
    top = "SELECT key FROM t ORDER BY key DESC LIMIT 2"
    assert collect(builder.execute(top)).to_pydict() == {"key": [9999, 9998]}
    assert opened(plan(builder, top, analyze=True), "key") == 1


def test_nothing_of_the_mapping_shows(wide_range: Path) -> None:
    found = query("SELECT * FROM t LIMIT 1", t=deltaic.DeltaTable(str(wide_range)))
    assert found.schema.metadata is None
    for column in found.schema:
        assert column.metadata is None, column
    assert found.schema.field("s").type.field(0).metadata is None


def test_a_pyarrow_dataset_is_refused(wide_range: Path) -> None:
    table = deltaic.DeltaTable(str(wide_range))
    error = error_of(table.to_pyarrow_dataset)
    assert code_of(error) == "unsupported_feature", describe(error)
    assert "columnMapping" in str(error)
    assert table.to_pyarrow_table(filters=[("key", "=", 5)]).num_rows == 1


@pytest.mark.parametrize("mode", ["name", "id"])
@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("physicalName", [field("x", "long")]),
        ("physical name 'p'", [mapped("x", "long", "p", 1), mapped("y", "long", "p", 2)]),
        ("id 1", [mapped("x", "long", "p", 1), mapped("y", "long", "q", 1)]),
        ("columnMapping.id", [mapped("x", "long", "p", None)]),
        ("columnMapping.id", [mapped("x", "long", "p", -5)]),
        ("columnMapping.id", [mapped("x", "long", "p", 2**40)]),
        ("columnMapping.id", [mapped("x", "long", "p", "1")]),
        ("physicalName", [mapped("x", "long", "", 1)]),
        ("physicalName", [mapped("x", "long", "a\0b", 1)]),
        ("physicalName", [mapped("s", {"type": "struct", "fields": [field("x", "long")]}, "p", 1)]),
    ],
)
def test_bad_mappings_are_refused(
    tmp_path: Path, mode: str, what: str, fields: list[dict[str, Any]]
) -> None:
    make(tmp_path / "t", metadata(*fields, mode=mode))
    error = error_of(lambda: deltaic.DeltaTable(str(tmp_path / "t")))
    assert code_of(error) == "corrupt_log", describe(error)
    assert what in str(error) and "00000000000000000000.json" in str(error), describe(error)


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "t", metadata(mapped("x", "long", "p", 1), mode="position"))
    error = error_of(lambda: deltaic.DeltaTable(str(tmp_path / "t")))
    assert code_of(error) == "unsupported_feature" and "position" in str(error)


def test_deep_mappings(tmp_path: Path) -> None:
    kind: Any = "long"
    arrow: pa.DataType = INT
    value: Any = 7
    expression = ""
    for level in range(60):
        kind = {"type": "struct", "fields": [mapped(f"n{level}", kind, f"p{level}", level)]}
        arrow = pa.struct([stored(f"p{level}", arrow, level)])
        value = {f"p{level}": value}
        expression = f"['n{level}']{expression}"
    file = rows([stored("root", arrow, 999)], [value])
    make(tmp_path / "t", metadata(mapped("deep", kind, "root", 999), mode="id"), file)
    assert read_both(tmp_path / "t", f"SELECT deep{expression} AS v FROM t") == [{"v": 7}]
    (whole,) = read_both(tmp_path / "t", "SELECT deep FROM t")
    assert json.dumps(whole).count("{") == 61
