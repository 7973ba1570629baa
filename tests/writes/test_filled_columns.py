"""Columns that a table fills or verifies: generated, identity and default ones; constraints."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import DeltaTable, Field, Schema, write_deltalake
from deltaic.exceptions import DeltaError, DeltaProtocolError

from writes.readers import ours, rows


def test_generated_columns_are_computed_or_verified(tmp_path: Path) -> None:
    expression = {"delta.generationExpression": "Amount * 2"}
    DeltaTable.create(
        tmp_path, Schema([Field("Amount", "long"), Field("Double", "long", metadata=expression)])
    )
    write_deltalake(tmp_path, pa.table({"Amount": [1, 2, 3]}), mode="append")
    write_deltalake(tmp_path, pa.table({"Amount": [4], "Double": [8]}), mode="append")
    with pytest.raises(DeltaError, match=r"(?s)Double.*Amount \* 2.*9"):
        write_deltalake(tmp_path, pa.table({"Amount": [4], "Double": [9]}), mode="append")
    assert rows(tmp_path) == [(1, 2), (2, 4), (3, 6), (4, 8)]


def test_generated_partitions_of_spark(tmp_path: Path) -> None:
    schema = Schema(
        [
            Field("at", "timestamp"),
            Field("day", "date", metadata={"delta.generationExpression": "CAST(at AS DATE)"}),
            Field("year", "integer", metadata={"delta.generationExpression": "year(at)"}),
            Field(
                "hour",
                "string",
                metadata={"delta.generationExpression": "date_format(at, 'yyyy-MM-dd-HH')"},
            ),
        ]
    )
    DeltaTable.create(tmp_path, schema, partition_by=["day", "year", "hour"])
    at = dt.datetime(2024, 2, 29, 23, 59, tzinfo=dt.UTC)
    data = pa.table({"at": pa.array([at], pa.timestamp("us", "UTC"))})
    write_deltalake(tmp_path, data, mode="append")
    assert rows(tmp_path) == [(at, dt.date(2024, 2, 29), 2024, "2024-02-29-23")]


def test_what_an_expression_makes_of_null_counts(tmp_path: Path) -> None:
    expression = {"delta.generationExpression": "coalesce(a, 0)"}
    DeltaTable.create(
        tmp_path,
        Schema([Field("id", "long"), Field("a", "long"), Field("b", "long", metadata=expression)]),
    )
    write_deltalake(tmp_path, pa.table({"id": [1]}), mode="append", schema_mode="merge")
    assert rows(tmp_path) == [(1, None, 0)]


def test_expressions_that_cannot_be_evaluated_are_refused_at_once(tmp_path: Path) -> None:
    for sql in ("nope + 1", "no_such_function(a)", "a +", "random()"):
        field = Field("b", "double", metadata={"delta.generationExpression": sql})
        with pytest.raises(DeltaError, match="b"):
            DeltaTable.create(tmp_path / "t", Schema([Field("a", "double"), field]))
        with pytest.raises(DeltaError, match="c"):
            DeltaTable.create(
                tmp_path / "t",
                Schema([Field("a", "double")]),
                configuration={"delta.constraints.c": sql},
            )
        assert not (tmp_path / "t" / "_delta_log").exists()


IDENTITY = {
    "delta.identity.start": 100,
    "delta.identity.step": 10,
    "delta.identity.allowExplicitInsert": False,
}


def test_identity_columns_never_give_a_value_twice(tmp_path: Path) -> None:
    schema = Schema([Field("id", "long", metadata=IDENTITY), Field("v", "string")])
    DeltaTable.create(tmp_path, schema)
    write_deltalake(tmp_path, pa.table({"v": ["a", "b"]}), mode="append")
    write_deltalake(tmp_path, pa.table({"v": ["c"]}), mode="append")
    ids = [row[0] for row in ours(tmp_path)]
    assert sorted(ids) == [100, 110, 120]
    field = DeltaTable(tmp_path).schema().fields[0]
    assert field.metadata["delta.identity.highWaterMark"] == 120
    with pytest.raises(DeltaError, match="id"):
        write_deltalake(tmp_path, pa.table({"id": [7], "v": ["d"]}), mode="append")
    # Of two writers that know one mark the second one takes the values after those of the first.
    first, second = DeltaTable(tmp_path), DeltaTable(tmp_path)
    write_deltalake(first, pa.table({"v": ["x"]}), mode="append")
    write_deltalake(second, pa.table({"v": ["y"]}), mode="append")
    assert sorted(ours(tmp_path))[3:] == [(130, "x"), (140, "y")]


def test_identity_columns_end_where_integers_do(tmp_path: Path) -> None:
    near_end = {**IDENTITY, "delta.identity.start": 2**63 - 12}
    DeltaTable.create(
        tmp_path, Schema([Field("id", "long", metadata=near_end), Field("v", "long")])
    )
    with pytest.raises(DeltaError, match="id"):
        write_deltalake(tmp_path, pa.table({"v": [1, 2, 3]}), mode="append")
    write_deltalake(tmp_path, pa.table({"v": [1, 2]}), mode="append")
    with pytest.raises(DeltaError, match="id"):
        write_deltalake(tmp_path, pa.table({"v": [3]}), mode="append")


def test_defaults_are_for_columns_that_are_left_out(tmp_path: Path) -> None:
    schema = Schema(
        [
            Field("id", "long"),
            Field("v", "string", metadata={"CURRENT_DEFAULT": "'it''s'"}),
            Field("n", "integer", nullable=False, metadata={"CURRENT_DEFAULT": "40 + 2"}),
        ]
    )
    DeltaTable.create(tmp_path, schema)
    assert "allowColumnDefaults" in (DeltaTable(tmp_path).protocol().writer_features or [])
    write_deltalake(tmp_path, pa.table({"id": [1]}), mode="append")
    write_deltalake(
        tmp_path,
        pa.table({"id": [2], "v": pa.nulls(1, pa.string()), "n": pa.array([7], pa.int32())}),
        mode="append",
    )
    assert ours(tmp_path) == [(1, "it's", 42), (2, None, 7)]


def test_constraints_name_themselves_and_show_the_row(tmp_path: Path) -> None:
    write_deltalake(
        tmp_path,
        pa.table({"Unit Price": [1.0], "Qty": [1], "st": [{"a": 1}]}),
        configuration={
            "delta.constraints.price_ok": "`Unit Price` > 0",
            "delta.constraints.q": "Qty < 10 and `Unit Price` < 1e6",
            "delta.constraints.nested": "st.a > 0",
        },
    )
    good = {"Unit Price": [2.0], "Qty": [2], "st": [{"a": 2}]}
    write_deltalake(tmp_path, pa.table(good), mode="append")
    for column, value, name in (
        ("Unit Price", -2.5, "price_ok"),
        ("Qty", 77, "q"),
        ("st", {"a": -3}, "nested"),
        ("st", {"a": None}, "nested"),  # Null is not true.
    ):
        bad = {**good, column: [value]}
        with pytest.raises(DeltaError, match=name) as raised:
            write_deltalake(tmp_path, pa.table(bad), mode="append")
        shown = str(raised.value)
        assert "2.5" in shown or "77" in shown or "-3" in shown or "null" in shown
    assert DeltaTable(tmp_path).version() == 1
    assert DeltaTable(tmp_path).metadata().configuration["delta.constraints.nested"] == "st.a > 0"


def test_invariants_of_old_tables_hold(tmp_path: Path) -> None:
    invariant = json.dumps({"expression": {"expression": "value < 3"}})
    schema = Schema([Field("value", "integer", metadata={"delta.invariants": invariant})])
    DeltaTable.create(tmp_path, schema)
    write_deltalake(tmp_path, pa.table({"value": pa.array([1], pa.int32())}), mode="append")
    with pytest.raises(DeltaError, match="value < 3"):
        write_deltalake(tmp_path, pa.table({"value": pa.array([5], pa.int32())}), mode="append")


def test_lengths_of_texts_are_limited(tmp_path: Path) -> None:
    limited = {"__CHAR_VARCHAR_TYPE_STRING": "varchar(3)"}
    DeltaTable.create(tmp_path, Schema([Field("v", "string", metadata=limited)]))
    write_deltalake(tmp_path, pa.table({"v": ["abc", "äöü", None]}), mode="append")
    with pytest.raises(DeltaError, match=r"varchar\(3\)"):
        write_deltalake(tmp_path, pa.table({"v": ["abcd"]}), mode="append")
    assert ours(tmp_path) == [("abc",), ("äöü",), (None,)]


def test_properties_are_known_and_have_a_value(tmp_path: Path) -> None:
    for configuration, text in (
        ({"delta.apendOnly": "true"}, "delta.appendOnly"),
        ({"delta.appendOnly": "yes"}, "true or false"),
        ({"delta.checkpointInterval": "0"}, "checkpointInterval"),
        ({"delta.feature.nonsense": "supported"}, "nonsense"),
        ({"delta.minWriterVersion": "9"}, "minWriterVersion"),
    ):
        with pytest.raises(ValueError, match=text):
            write_deltalake(tmp_path / "t", pa.table({"a": [1]}), configuration=configuration)
        assert not (tmp_path / "t").exists()
    write_deltalake(tmp_path / "t", pa.table({"a": [1]}), configuration={"mine.own": "x"})
    assert DeltaTable(tmp_path / "t").metadata().configuration == {"mine.own": "x"}


@pytest.mark.parametrize(
    ("configuration", "versions", "features"),
    [
        ({}, (1, 2), None),
        ({"delta.enableChangeDataFeed": "true"}, (1, 4), None),
        ({"delta.columnMapping.mode": "name"}, (2, 5), None),
        ({"delta.enableDeletionVectors": "true"}, (3, 7), {"deletionVectors"}),
        ({"delta.checkpointPolicy": "v2"}, (3, 7), {"v2Checkpoint"}),
        ({"delta.enableRowTracking": "true"}, (1, 7), {"rowTracking", "domainMetadata"}),
        ({"delta.enableInCommitTimestamps": "true"}, (1, 7), {"inCommitTimestamp"}),
        ({"delta.feature.timestampNtz": "supported"}, (3, 7), {"timestampNtz"}),
        ({"delta.minWriterVersion": "4"}, (1, 4), None),
    ],
    ids=lambda value: "",
)
def test_the_protocol_is_the_smallest_that_does(
    tmp_path: Path,
    configuration: dict[str, str],
    versions: tuple[int, int],
    features: set[str] | None,
) -> None:
    write_deltalake(tmp_path, pa.table({"a": [1]}), configuration=configuration)
    protocol = DeltaTable(tmp_path).protocol()
    assert protocol[:2] == versions
    if features is None:
        assert protocol.writer_features is None
    else:
        assert features <= set(protocol.writer_features or [])
    kept = DeltaTable(tmp_path).metadata().configuration
    assert not any(name.startswith(("delta.feature", "delta.min")) for name in kept)
    write_deltalake(tmp_path, pa.table({"a": [2]}), mode="append")
    assert ours(tmp_path) == [(1,), (2,)]


def test_features_that_are_not_written_are_refused_first(tmp_path: Path) -> None:
    with pytest.raises(DeltaProtocolError, match="icebergCompatV2"):
        write_deltalake(
            tmp_path / "t",
            pa.table({"a": [1]}),
            configuration={"delta.enableIcebergCompatV2": "true"},
        )
    assert not (tmp_path / "t").exists()


def test_a_lacking_column_beside_a_generated_one_is_null(tmp_path: Path) -> None:
    year = {"delta.generationExpression": "extract(year from start)"}
    fields = [
        Field("start", "timestamp", nullable=False),
        Field("year", "integer", metadata=year),
        Field("user", "string"),
    ]
    DeltaTable.create(tmp_path, Schema(fields))
    start = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    data = pa.table({"start": pa.array([start], pa.timestamp("us", "UTC"))})
    with pytest.raises(DeltaError, match="'user'"):
        write_deltalake(tmp_path, data, mode="append")
    write_deltalake(tmp_path, data, mode="append", schema_mode="merge")
    assert rows(tmp_path) == [(start, 2024, None)]


def test_identities_of_every_kind(tmp_path: Path) -> None:
    """Downwards, given or made, in partitions, kept by rewrites and overwrites."""
    for name, changed, partition_by, expected in (
        ("down", {"delta.identity.step": -10}, None, [100, 90, 80]),
        ("partition", {}, ["id"], [100, 110, 120]),
        ("explicit", {"delta.identity.allowExplicitInsert": True}, None, [100, 110, 120]),
    ):
        root = tmp_path / name
        schema = Schema([Field("id", "long", metadata={**IDENTITY, **changed}), Field("v", "long")])
        DeltaTable.create(root, schema, partition_by=partition_by)
        write_deltalake(root, pa.table({"v": [1, 2]}), mode="append")
        write_deltalake(root, pa.table({"v": [3]}), mode="append")
        ids = {v: id for id, v in ours(root)}
        assert [ids[v] for v in (1, 2, 3)] == expected
        write_deltalake(root, pa.table({"v": [3]}), mode="overwrite", predicate="v = 3")
        after = {v: id for id, v in ours(root)}
        assert (after[1], after[2]) == (ids[1], ids[2])
        assert after[3] not in expected
    root = tmp_path / "explicit"
    write_deltalake(root, pa.table({"id": [7], "v": [4]}), mode="append")
    assert (7, 4) in ours(root)


def test_expressions_of_lists_and_maps_count_as_in_spark(tmp_path: Path) -> None:
    """The first element of a list has the place 0, and no place beyond the list has one."""
    data = pa.table(
        {"l": [[5, 6]], "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "i": [1]}
    )
    for number, (sql, holds) in enumerate(
        [
            ("l[0] = 5 AND l[1] = 6 AND l[i] = 6", True),
            ("l[1] = 5", False),
            ("l[2] IS NULL AND l[-1] IS NULL", True),
            ("m['k'] = 1 AND m['x'] IS NULL", True),
            ("element_at(l, 1) = 5 AND element_at(l, -1) = 6", True),
            ("element_at(m, 'k') = 1 AND element_at(m, 'x') IS NULL", True),
            ("size(l) = 2 AND map_keys(m)[0] = 'k'", True),
        ]
    ):
        root = tmp_path / str(number)
        if holds:
            write_deltalake(root, data, configuration={"delta.constraints.c": sql})
            continue
        with pytest.raises(DeltaError, match="'c'"):
            write_deltalake(root, data, configuration={"delta.constraints.c": sql})
