"""Functions of lists over columns of lists, whose inner field has another name than in memory."""

from __future__ import annotations

from pathlib import Path

import datafusion
import deltaic
import deltalake
import pyarrow as pa
import pytest

from harness.arrow import collect, query
from harness.errors import error_of

ROWS = {
    "i": [1, 2, 3],
    "a": [[1, 2], None, [3, None]],
    "t": [["x", "y"], [None], None],
    "n": [[[1], [2, 3]], [None, [4]], None],
    "s": [{"l": [1, 2], "q": 1}, {"l": [7], "q": 3}, {"l": None, "q": 2}],
    "ls": [[{"l": [1], "q": 1}], None, []],
    "m": [[("k", [1])], None, []],
}


def schema(inner: str) -> pa.Schema:
    def of(kind: pa.DataType) -> pa.DataType:
        return pa.list_(pa.field(inner, kind))

    numbers = of(pa.int64())
    struct = pa.struct([("l", numbers), ("q", pa.int64())])
    return pa.schema(
        {
            "i": pa.int64(),
            "a": numbers,
            "t": of(pa.string()),
            "n": of(numbers),
            "s": struct,
            "ls": of(struct),
            "m": pa.map_(pa.string(), numbers),
        }
    )


# Of any list.
OF_LISTS = (
    "array_repeat({}, 2)",
    "array_repeat([{}], 2)",
    "array_concat({}, {})",
    "{} || {}",
    "array_append({}, {}[1])",
    "array_append([{}], {})",
    "array_prepend({}[1], {})",
    "make_array({}, {})",
    "array_concat([{}], [{}])",
    "array_distinct({})",
    "array_sort({})",
    "array_reverse({})",
    "array_slice({}, 1, 2)",
    "array_pop_back({})",
    "array_pop_front({})",
    "array_remove({}, {}[1])",
    "array_remove_all({}, {}[1])",
    "array_replace({}, {}[1], {}[2])",
    "array_replace_all({}, {}[1], {}[2])",
    "array_union({}, {})",
    "array_intersect({}, {})",
    "array_except({}, array_repeat({}[1], 1))",
    "array_resize({}, 4)",
    "array_resize({}, 4, {}[1])",
    "flatten([{}])",
    "array_has({}, {}[1])",
    "array_has_all({}, {})",
    "array_has_any({}, {})",
    "array_length({})",
    "cardinality({})",
    "array_dims({})",
    "array_ndims({})",
    "array_position({}, {}[1])",
    "array_positions({}, {}[1])",
    "empty({})",
    "arrays_zip({}, {})",
    "array_any_value({})",
    "coalesce({}, {})",
    "named_struct('z', {})",
    "map([1], [{}])",
    "map_values(map([1], [{}]))",
    "CASE WHEN i > 1 THEN {} ELSE array_reverse({}) END",
    "{} = array_reverse({})",
)
LISTS = ("a", "t", "n", "s['l']", "ls", "m['k']")
OF_SOME = (
    "array_add(a, a)",
    "array_subtract(a, a)",
    "array_normalize(a)",
    "array_scale(a, 2.0)",
    "array_compact(n)",
    "array_concat(n, n, [[1]])",
    "array_cat(n, [a])",
    "array_concat(a, [1])",
    "[1] || a",
    "array_append(a, 7)",
    "array_concat(n, [[1, 2]])",
    "n || [[9]]",
    "n || [a]",
    "array_append(n, a)",
    "array_prepend(a, n)",
    "array_has(n, [1])",
    "array_position(n, [1])",
    "array_remove(n, [1])",
    "array_replace(n, [1], [2])",
    "array_resize(n, 3, [1])",
    "array_union(n, [[1]])",
    "array_except(a, [1])",
    "coalesce(n, [[1]])",
    "n = [[1], [2, 3]]",
    "array_repeat(m, 2)",
    "array_repeat(s, 2)",
    "map_extract(m, 'k')",
    "array_concat(m['k'], a)",
    "array_append(ls, s)",
    "array_concat(range(i), a)",
    "array_to_string(a, ',')",
    "array_min(a)",
    "ls[1] = s",
    "CASE WHEN i > 1 THEN ls[1] ELSE s END",
    "array_has(array_append(ls, s), ls[1])",
    "coalesce(array_append(ls, s)[1], s)",
)
QUERIES = (
    "SELECT a FROM x UNION ALL SELECT [1]",
    "SELECT n FROM x UNION ALL SELECT [[1]]",
    "SELECT i FROM x WHERE array_concat(n, [[1]]) IS NOT NULL",
    "SELECT i FROM x WHERE array_length(array_repeat(a, 2)) = 2 AND array_has(a, 1)",
    "SELECT DISTINCT array_repeat(a, 2) AS r FROM x WHERE i = 1",
    "SELECT array_agg(array_repeat(a, 2) ORDER BY i) AS g FROM x",
    "SELECT array_repeat(unnest(n), 2) AS u FROM x",
    "SELECT array_repeat(l, 1) AS r FROM (SELECT array_repeat(a, 2) AS l FROM x)",
    "SELECT array_transform(array_repeat(a, 2), l -> l[1]) AS r FROM x ORDER BY i",
    "SELECT array_transform([[a]], l -> array_transform(l, m -> m[1])) AS r FROM x ORDER BY i",
    "SELECT x.i FROM x JOIN x y ON array_repeat(x.a, 2) = array_repeat(y.a, 2)",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lists") / "x"
    deltalake.write_deltalake(root, pa.table(ROWS, schema("element")))
    return root


@pytest.fixture(scope="module")
def in_memory() -> datafusion.SessionContext:
    context = datafusion.SessionContext()
    context.register_record_batches("x", [pa.table(ROWS, schema("item")).to_batches()])
    return context


def check(root: Path, in_memory: datafusion.SessionContext, sql: str) -> None:
    """Compares with the same over memory, where a function may be one that no such list has."""
    try:
        expected = in_memory.sql(sql).to_arrow_table().to_pylist()
    except Exception:
        error_of(lambda: query(sql, x=deltaic.DeltaTable(str(root))))
        return
    found = query(sql, x=deltaic.DeltaTable(str(root))).to_pylist()
    values = [[[*row.values()] for row in rows] for rows in (found, expected)]
    if "ORDER BY i" not in sql:
        values = [sorted(rows, key=repr) for rows in values]
    assert values[0] == values[1], sql


@pytest.mark.parametrize("values", LISTS)
def test_functions_of_lists(root: Path, in_memory: datafusion.SessionContext, values: str) -> None:
    for function in OF_LISTS:
        check(root, in_memory, f"SELECT {function.replace('{}', values)} AS r FROM x ORDER BY i")


def test_lists_of_different_origin(root: Path, in_memory: datafusion.SessionContext) -> None:
    for expression in OF_SOME:
        check(root, in_memory, f"SELECT {expression} AS r FROM x ORDER BY i")
    for sql in QUERIES:
        check(root, in_memory, sql)


def test_prepared_statements_too(root: Path) -> None:
    builder = deltaic.QueryBuilder().register("x", deltaic.DeltaTable(str(root)))
    collect(builder.execute("PREPARE p AS SELECT array_repeat(a, $1) AS r FROM x ORDER BY i"))
    rows = collect(builder.execute("EXECUTE p(1)")).to_pydict()
    assert rows == {"r": [[[1, 2]], [None], [[3, None]]]}


def test_columns_keep_their_inner_name(root: Path) -> None:
    table = deltaic.DeltaTable(str(root))
    for rows in (query("SELECT a FROM x", x=table), table.to_pyarrow_table()):
        assert rows.schema.field("a").type.value_field.name == "element"
