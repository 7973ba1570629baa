"""Reading into pyarrow and pandas, and filters in disjunctive normal form."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from deltaic import DeltaTable


def ids(table: DeltaTable, **arguments: Any) -> list[int]:
    column = table.to_pyarrow_table(columns=["order_id"], **arguments).column("order_id")
    return sorted(column.to_pylist())


def test_reads_into_pyarrow(orders: DeltaTable) -> None:
    table = orders.to_pyarrow_table()
    assert table.schema.names[:3] == ["order_id", "customer_id", "country"]
    assert table.schema.types == [
        pa.int64(),
        pa.int64(),
        pa.string(),
        pa.date32(),
        pa.decimal128(10, 2),
        pa.string(),
    ]
    assert table.num_rows == 120
    assert orders.to_pyarrow_table(columns=["status", "country"]).column_names == [
        "status",
        "country",
    ]


def test_reads_nested_columns(golden: Path) -> None:
    table = DeltaTable(golden / "dat" / "nested_types" / "delta").to_pyarrow_table()
    assert pa.types.is_struct(table.schema.field("struct").type)
    assert pa.types.is_list(table.schema.field("array").type)
    assert table.schema.field("map").type.key_type == pa.string()
    assert table.num_rows == 5


def test_reads_into_pandas(customers: DeltaTable) -> None:
    frame = customers.to_pandas(filters=[("country", "=", "NO")])
    assert sorted(frame["name"]) == ["Bjørn Ås", "Fjord Outfitters", "Ingrid Dahl"]
    mapped = customers.to_pandas(
        columns=["customer_id"], types_mapper={pa.int64(): pd.Int64Dtype()}.get
    )
    assert mapped["customer_id"].dtype == pd.Int64Dtype()


def test_no_columns_leave_the_rows(data: Path) -> None:
    orders, theirs = DeltaTable(data / "orders"), deltalake.DeltaTable(data / "orders")
    assert orders.to_pyarrow_table(columns=[]).shape == (120, 0)
    assert theirs.to_pyarrow_table(columns=[]).shape == (120, 0)
    cases: list[tuple[dict[str, Any], int]] = [
        ({"filters": [("order_id", "<", 1003)]}, 3),
        ({"filters": [("order_id", "<", 0)]}, 0),
        ({"filters": ds.field("order_id") < 1003}, 3),
        ({"partitions": [("country", "=", "NO")]}, 30),
        ({"filesystem": str(data / "orders")}, 120),
    ]
    for arguments, rows in cases:
        assert orders.to_pyarrow_table(columns=[], **arguments).shape == (rows, 0), arguments
        assert len(orders.to_pandas(columns=[], **arguments)) == rows, arguments
    assert orders.to_pyarrow_dataset().to_table(columns=[]).shape == (120, 0)
    assert pa.table(orders.scan(columns=[], predicate="order_id < 1003")).shape == (3, 0)
    assert orders.scan(columns=[]).read_all().num_rows == 120


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("order_id", "=", 1003)], [1003]),
        ([("order_id", "<=", 1001), ("country", "==", "DE")], [1000]),
        ([[("order_id", "=", 1001)], [("order_id", "=", 1117)]], [1001, 1117]),
        ([("order_id", "in", [1005, 1007, -1]), ("status", "!=", "paid")], [1007]),
        ([("order_id", "<", 1004), ("country", "not in", ("DE", "FR"))], [1002, 1003]),
        ([("order_id", "in", [])], []),
        ([("order_id", "<", 1002), ("order_id", "not in", [])], [1000, 1001]),
        ([("ordered_on", "<", date(2026, 1, 5)), ("country", "=", "DE")], [1000, 1028]),
        ([("ordered_on", "<", "2026-01-05"), ("country", "=", "DE")], [1000, 1028]),
        ([("amount", "=", Decimal("10.96"))], [1013]),
        ([("amount", "=", "10.96")], [1013]),
        ([("order_id", "=", "1007")], [1007]),
        ([("order_id", "<", 1000.5)], [1000]),
        ([("status", "=", None)], []),
        ([("order_id", "<", None)], []),
        ([("status", "=", 'it\'s \\ "no" status')], []),
    ],
)
def test_filters_rows(orders: DeltaTable, filters: Any, expected: list[int]) -> None:
    assert ids(orders, filters=filters) == expected


def test_filters_nulls(customers: DeltaTable) -> None:
    def names(*filters: Any) -> list[str]:
        table = customers.to_pyarrow_table(filters=[*filters, ("customer_id", ">", 9)])
        return sorted(table.column("name").to_pylist())

    assert names(("segment", "=", None)) == ["Nils Holm"]
    assert names(("segment", "!=", None)) == ["Norrland Handel", "Åsa Öberg"]
    assert names(("segment", "!=", "retail")) == ["Norrland Handel"]
    assert names(("segment", "in", ["retail", None])) == ["Nils Holm", "Åsa Öberg"]
    assert names(("segment", "not in", ["retail"])) == ["Nils Holm", "Norrland Handel"]
    assert names(("segment", "not in", ["retail", None])) == ["Norrland Handel"]


def test_filters_partitions(orders: DeltaTable, golden: Path) -> None:
    assert ids(orders, partitions=[("country", "=", "NO")], filters=[("order_id", "<", 1007)]) == [
        1002,
        1006,
    ]
    with pytest.raises(ValueError, match="order_id"):
        orders.to_pyarrow_table(partitions=[("order_id", "=", 1)])
    nulls = DeltaTable(golden / "dat" / "partitioned_with_null" / "delta")
    rows = nulls.to_pyarrow_table(partitions=[("letter", "=", "")])
    assert rows.num_rows > 0
    assert set(rows.column("letter").to_pylist()) == {None}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("s", "=", None)], [2]),
        ([("s", "!=", None)], [1, 3, 4]),
        ([("s", "in", ["a", None])], [1, 2]),
        ([("s", "not in", ["a", None])], [3, 4]),
        ([("s", "not in", ["a"])], [2, 3, 4]),
        ([("s", ">=", None)], []),
        ([("x", "=", None)], [4]),
        ([[("x", "=", None), ("s", "!=", None)], [("s", "==", None)]], [2, 4]),
    ],
    ids=str,
)
def test_filters_nulls_the_same_on_all_paths(
    tmp_path: Path, filters: Any, expected: list[int]
) -> None:
    write = deltalake.write_deltalake
    write(tmp_path, pa.table({"id": [1, 2], "s": ["a", None], "x": [1, 2]}))
    write(tmp_path, pa.table({"id": [3, 4], "s": ["b", "c"], "x": [3, None]}), mode="append")
    table = DeltaTable(tmp_path)
    # With a filesystem the rows are read by pyarrow.
    for arguments in ({}, {"filesystem": str(tmp_path)}):
        rows = table.to_pyarrow_table(columns=["id"], filters=filters, **arguments)
        assert sorted(rows.column("id").to_pylist()) == expected


@pytest.mark.parametrize("filesystem", [False, True])
def test_refuses_bad_filters_on_all_paths(orders: DeltaTable, data: Path, filesystem: bool) -> None:
    arguments = {"filesystem": str(data / "orders")} if filesystem else {}
    bad_filters: list[Any] = [[], [[]], [[("status", "=", "x")], []], [("status", "~", "x")]]
    for filters in bad_filters:
        with pytest.raises(ValueError, match=r"filter|operator"):
            orders.to_pyarrow_table(filters=filters, **arguments)


@pytest.mark.parametrize(
    ("partitions", "expected"),
    [
        ([("p", "not in", ["a"])], ["b"]),
        ([("p", "not in", ("a",))], ["b"]),
        ([("p", "not in", ["a", ""])], ["b"]),
        ([("p", "not in", [""])], ["a", "b"]),
        ([("p", "not in", [])], ["a", "b", None]),
        ([("p", "in", [])], []),
        ([("p", "in", ["a", ""])], ["a", None]),
        ([("p", "in", ["a", None])], ["a", None]),
        ([("p", "!=", "a")], ["b"]),
        ([("p", "!=", "")], ["a", "b"]),
        ([("p", "=", None)], [None]),
        ([("p", "<", "")], []),
        ([[("p", "=", "a")], [("p", "not in", ["a"])]], ["a", "b"]),
        ((("p", "=", "a"),), ["a"]),
        (("p", "=", "a"), ["a"]),
        ([], ["a", "b", None]),
    ],
    ids=str,
)
def test_partition_filters_mean_the_same_everywhere(
    tmp_path: Path, partitions: Any, expected: list[str | None]
) -> None:
    deltalake.write_deltalake(
        tmp_path, pa.table({"p": ["a", "b", None], "x": [1, 2, 3]}), partition_by=["p"]
    )
    table = DeltaTable(tmp_path)

    def letters(rows: pa.Table) -> list[str | None]:
        return sorted(rows.column("p").to_pylist(), key=str)

    expected = sorted(expected, key=str)
    assert letters(table.to_pyarrow_table(partitions)) == expected
    assert letters(table.to_pyarrow_table(partitions, filesystem=str(tmp_path))) == expected
    assert letters(table.to_pyarrow_dataset(partitions).to_table()) == expected
    assert (
        letters(
            pa.table(
                {"p": [one["p"] for one in table.partitions(file_pruning_predicate=partitions)]},
                schema=pa.schema([("p", pa.string())]),
            )
        )
        == expected
    )
    assert len(table.file_uris(file_pruning_predicate=partitions)) == len(expected)


@pytest.mark.parametrize("values", [["a"], ["a", "b"], []])
def test_not_in_partitions_is_that_of_deltalake(tmp_path: Path, values: list[str]) -> None:
    deltalake.write_deltalake(
        tmp_path, pa.table({"p": ["a", "b", None], "x": [1, 2, 3]}), partition_by=["p"]
    )
    partitions: Any = [("p", "not in", values)]
    with pytest.warns(DeprecationWarning, match="partitions"):
        theirs = deltalake.DeltaTable(tmp_path).to_pyarrow_table(partitions)
    ours = DeltaTable(tmp_path).to_pyarrow_table(partitions)
    assert sorted(ours.column("x").to_pylist()) == sorted(theirs.column("x").to_pylist())


@pytest.mark.parametrize(
    "partitions",
    [[[]], ["p"], "p", [("country", "=")], [("country", "in", "NO")], [("country", "~", "NO")]],
    ids=str,
)
def test_refuses_bad_filters_of_partitions(orders: DeltaTable, partitions: Any) -> None:
    with pytest.raises(ValueError, match=r"filter|operator"):
        orders.to_pyarrow_table(partitions=partitions)


@pytest.mark.parametrize(
    "filters",
    [
        [],
        [[]],
        [("status", "~", "x")],
        [("nothing", "=", 1)],
        [("status", "in", "paid")],
        [("status", "=")],
        [("status", "=", object())],
        ["status"],
    ],
)
def test_refuses_bad_filters(orders: DeltaTable, filters: Any) -> None:
    with pytest.raises(ValueError, match=r"filter|operator"):
        orders.to_pyarrow_table(filters=filters)


def test_says_what_is_not_installed(orders: DeltaTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "deltaic._pyarrow", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"deltaic\[pyarrow\]"):
        orders.to_pyarrow_table()
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"deltaic\[pandas\]"):
        orders.to_pandas()


def test_refuses_what_is_no_filesystem(orders: DeltaTable) -> None:
    with pytest.raises(TypeError, match="FileSystem"):
        orders.to_pyarrow_table(filesystem=object())  # type: ignore[arg-type]
