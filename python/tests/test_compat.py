"""Libraries that ask for the package `deltalake`, and find this one."""

from __future__ import annotations

import sys
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from children import run_child

TESTS = Path(__file__).resolve().parents[2] / "tests"

INSTALLED = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
for name in [name for name in sys.modules if name.split(".")[0] == "deltalake"]:
    del sys.modules[name]
import deltaic.compat
deltaic.compat.install()
deltaic.compat.install()
import polars
"""


def _run(program: str) -> str:
    ended = run_child(INSTALLED + program)
    assert (ended.code, ended.errors) == (0, "")
    return ended.output


def test_names_and_version_are_those_of_deltalake() -> None:
    missing = _run(
        f"""
import importlib, importlib.util
import deltalake
assert deltalake.DeltaTable is deltaic.DeltaTable
assert importlib.util.find_spec("deltalake") is deltalake.__spec__
assert deltalake.__version__ == {deltalake.__version__!r} == deltaic.compat.DELTALAKE_VERSION
for part in ("exceptions", "query", "schema", "table", "transaction", "writer"):
    assert importlib.import_module("deltalake." + part) is getattr(deltalake, part)
print(sorted(set({deltalake.__all__!r}) - set(dir(deltalake))))
"""
    )
    # What tells of, or changes, the other library itself.
    assert missing.strip() == str(
        [
            "TableFeatures",
            "VariantType",
            "enable_nanosecond_timestamps",
            "init_tracing",
            "rust_core_version",
        ]
    )


def test_parquet_files_become_a_table(tmp_path: Path) -> None:
    _run(
        f"""
from deltalake.writer.convert_to import convert_to_deltalake
frame = polars.DataFrame({{"x": [1, 2]}})
frame.write_parquet({str(tmp_path / "a.parquet")!r})
convert_to_deltalake({str(tmp_path)!r})
assert polars.read_delta({str(tmp_path)!r}).equals(frame)
"""
    )


def test_polars_writes_tables(tmp_path: Path) -> None:
    root = tmp_path / "a table"
    _run(
        f"""
root = {str(root)!r}
frame = polars.DataFrame({{"p": ["a", "b"], "x": [1, None]}})
frame.write_delta(root, delta_write_options={{"partition_by": ["p"]}})
frame.write_delta(root, mode="append")
assert sorted(polars.read_delta(root).rows(), key=str) == [("a", 1)] * 2 + [("b", None)] * 2
"""
    )
    assert deltalake.DeltaTable(root).version() == 1


def test_polars_reads_tables(tmp_path: Path) -> None:
    root = tmp_path / "a table"
    rows = pa.table({"p": ["a", "b", "a"], "x": [1, 2, 3]})
    deltalake.write_deltalake(root, rows, partition_by=["p"])
    deltalake.write_deltalake(root, pa.table({"p": ["c"], "x": [4]}), mode="append")
    _run(
        f"""
root = {str(root)!r}
for table in (root, deltaic.DeltaTable(root)):
    assert sorted(polars.read_delta(table).rows()) == [("a", 1), ("a", 3), ("b", 2), ("c", 4)]
    found = polars.scan_delta(table).filter(polars.col("x") > 1).select("x").collect()
    assert sorted(found["x"].to_list()) == [2, 3, 4], found
assert sorted(polars.read_delta(root, version=0)["x"].to_list()) == [1, 2, 3]
read = polars.scan_delta(root, use_pyarrow=True).filter(polars.col("p") == "a").collect()
assert sorted(read["x"].to_list()) == [1, 3]
"""
    )


def test_polars_reads_tables_with_deletion_vectors(tmp_path: Path) -> None:
    _run(
        f"""
from pathlib import Path
from harness.deletion_vectors import inline
from harness.log_table import LogTable, field, metadata, protocol
table = LogTable(Path({str(tmp_path / "t")!r}))
first = table.data("a.parquet", {{"x": [1, 2, 3]}})
second = table.data("b.parquet", {{"x": [4, 5]}})
first["add"]["deletionVector"] = inline([0, 2])
table.commit(0, protocol("deletionVectors"), metadata(field("x", "long")), first, second)
for source in (str(table.root), deltaic.DeltaTable(table.root)):
    assert sorted(polars.read_delta(source)["x"].to_list()) == [2, 4, 5]
    found = polars.scan_delta(source).filter(polars.col("x") < 5).collect()
    assert sorted(found["x"].to_list()) == [2, 4]
"""
    )


def test_another_deltalake_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    import deltaic.compat

    monkeypatch.setitem(sys.modules, "deltalake", deltalake)
    with pytest.raises(RuntimeError, match="imported already"):
        deltaic.compat.install()
