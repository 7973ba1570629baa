"""Real Delta tables of several writers take a row, or refuse it by the name of a feature.

Which features are written is what docs/compatibility.md says.
"""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltaic import DeltaTable, write_deltalake
from deltaic.exceptions import DeltaError

from golden_tables import GoldenTable, golden_folder, golden_tables
from harness.arrow import collect
from harness.errors import code_of
from harness.requirement import unavailable
from independent_rows import prepare

COMPATIBILITY = Path(__file__).parents[2] / "docs" / "compatibility.md"


def _unwritten_features() -> set[str]:
    """The features whose column "written" begins with no."""
    features = set()
    for line in COMPATIBILITY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].startswith("`") and cells[4].startswith("no"):
            features.add(cells[0].strip("`"))
    return features


def _tables() -> list[GoldenTable | None]:
    if golden_folder() is None:
        return [None]
    packed = "kernel-rs/300k-add-files-100-col-partitioned"
    return [table for table in golden_tables() if table.name != packed]


def _value(kind: pa.DataType) -> Any:
    """Some value of a type."""
    if pa.types.is_struct(kind):
        return {field.name: _value(field.type) for field in kind}
    if pa.types.is_list(kind):
        return [_value(kind.value_type)]
    if pa.types.is_map(kind):
        return [(_value(kind.key_type), _value(kind.item_type))]
    for is_kind, value in (
        (pa.types.is_integer, 1),
        (pa.types.is_floating, 1.5),
        (pa.types.is_boolean, True),
        (pa.types.is_decimal, Decimal(0)),
        (pa.types.is_date, dt.date(2024, 2, 29)),
        (pa.types.is_timestamp, dt.datetime(2024, 2, 29, 1, 2, 3)),
        (lambda kind: pa.types.is_binary(kind) or pa.types.is_binary_view(kind), b"x"),
    ):
        if is_kind(kind):
            return value
    return None if pa.types.is_null(kind) else "x"


def _row(table: DeltaTable, rows: pa.Table | None) -> pa.Table:
    """A row that the table may have: the first one, else one of made-up values."""
    if rows is not None and rows.num_rows > 0:
        return rows.slice(0, 1)
    schema = rows.schema if rows is not None else pa.schema(table.schema())
    values = [pa.array([_value(field.type)], field.type) for field in schema]
    return pa.Table.from_arrays(values, schema=schema)


def _readable(table: DeltaTable) -> pa.Table | None:
    """All rows; nothing where data files are not there."""
    try:
        return collect(table.scan())
    except (DeltaError, OSError, pa.ArrowException):
        return None


def _sorted(rows: pa.Table) -> list[str]:
    return sorted(map(repr, rows.to_pylist()))


def _files(root: Path) -> dict[str, int]:
    return {
        str(file.relative_to(root)): file.stat().st_mtime_ns
        for file in root.rglob("*")
        if file.is_file()
    }


def _seen_by_deltalake(root: Path, columns: list[str]) -> list[str] | None:
    """Columns of all rows; nothing where the package lacks a feature of the table."""
    try:
        builder = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(str(root)))
        return _sorted(pa.table(builder.execute("SELECT * FROM t")).select(columns))
    except Exception as error:
        if "nsupported" in str(error):
            return None
        raise


@pytest.mark.parametrize(
    "golden", _tables(), ids=lambda table: "missing" if table is None else table.name
)
def test_a_row_is_added_or_refused_by_name(golden: GoldenTable | None, tmp_path: Path) -> None:
    if golden is None:
        unavailable("DELTAIC_GOLDEN does not name the folder of golden tables")
    root = prepare(golden, tmp_path)
    if root == golden.root:
        root = tmp_path / "table"
        shutil.copytree(golden.root, root, symlinks=True)
    try:
        table = DeltaTable(str(root))
    except DeltaError:
        return  # What is refused to readers is a matter of test_golden_tables.
    version, before = table.version(), _readable(table)
    row = _row(table, before)
    filled = ["delta.identity.start"]
    if table.protocol().min_writer_version >= 4:
        filled.append("delta.generationExpression")
    given = [field.name for field in table.schema().fields if not set(filled) & set(field.metadata)]
    row = row.select(given)
    files = _files(root)
    features = {feature[3:] for feature in golden.features if feature.startswith("tf:")}
    if lacking := features & _unwritten_features():
        with pytest.raises(DeltaError) as raised:
            write_deltalake(root, row, mode="append")
        assert code_of(raised.value) == "unsupported_feature"
        assert any(feature in str(raised.value) for feature in lacking)
        assert _files(root) == files
        return
    write_deltalake(table, row, mode="append")
    assert table.version() == version + 1
    fresh = DeltaTable(str(root))
    assert fresh.version() == version + 1
    (added,) = set(fresh.file_uris()) - set(DeltaTable(str(root), version=version).file_uris())
    assert pq.ParquetFile(added.removeprefix("file://")).metadata.num_rows == 1
    assert {file for file in files if file not in _files(root)} == set()
    assert fresh.verify_checksum().differences == []
    if before is None:
        return
    expected = sorted(_sorted(before.select(given)) + _sorted(row))
    assert _sorted(collect(fresh.scan()).select(given)) == expected
    assert _seen_by_deltalake(root, given) in (None, expected)
    fresh.create_checkpoint()
    assert _sorted(collect(DeltaTable(str(root)).scan()).select(given)) == expected


def test_features_that_are_not_written_are_among_the_tables() -> None:
    if golden_folder() is None:
        unavailable("DELTAIC_GOLDEN does not name the folder of golden tables")
    present = {feature for table in golden_tables() for feature in table.features}
    refused = {feature for feature in _unwritten_features() if f"tf:{feature}" in present}
    assert {"icebergCompatV1", "icebergCompatV2", "materializePartitionColumns"} <= refused
