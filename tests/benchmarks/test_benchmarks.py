"""The benchmarks run: tiny tables, one round, right answers, all measures."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "run.py"), *arguments, "--rounds", "1"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("layout", ["json", "checkpoint", "v2-json", "v2-struct"])
def test_needle(layout: str) -> None:
    # Not every package reads checkpoints of the V2 spec.
    packages = ["--packages", "deltaic"] if layout.startswith("v2-") else []
    told = _run("needle", "--files", "2500", "--layout", layout, *packages)
    assert f"2500 files, {layout}" in told
    for measure in (
        "open wall",
        "open cpu",
        "open memory",
        "open and query wall",
        "query again cpu",
    ):
        assert f"| {measure} |" in told


def test_mapping() -> None:
    told = _run("mapping", "--rows", "4000")
    assert "mapped / plain" in told
    assert "widened / narrow" in told
    assert told.count("| needle cpu |") == 2


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Tables with the columns of TPC-H that the queries name, so that nothing is generated."""
    orders = range(200)
    lines = [(order, line) for order in orders for line in range(4)]
    days = [date(1993, 1, 1) + timedelta(days=order * 9) for order in orders]
    tables = {
        "region": {"r_regionkey": [0, 1], "r_name": ["ASIA", "EUROPE"]},
        "nation": {"n_nationkey": [0, 1], "n_regionkey": [0, 1], "n_name": ["JAPAN", "FRANCE"]},
        "supplier": {"s_suppkey": [0, 1], "s_nationkey": [0, 1]},
        "customer": {
            "c_custkey": [0, 1],
            "c_name": ["first", "second"],
            "c_nationkey": [0, 1],
            "c_mktsegment": ["BUILDING", "MACHINERY"],
        },
        "orders": {
            "o_orderkey": list(orders),
            "o_custkey": [order % 2 for order in orders],
            "o_orderdate": days,
            "o_shippriority": [0 for _ in orders],
            "o_totalprice": [_money(order) for order in orders],
        },
        "lineitem": {
            "l_orderkey": [order for order, _ in lines],
            "l_linenumber": [line for _, line in lines],
            "l_suppkey": [order % 2 for order, _ in lines],
            "l_quantity": [_money(order if line else 20) for order, line in lines],
            "l_extendedprice": [_money(100 + line) for _, line in lines],
            "l_discount": [Decimal("0.06") for _ in lines],
            "l_tax": [Decimal("0.02") for _ in lines],
            "l_returnflag": ["AR"[line % 2] for _, line in lines],
            "l_linestatus": ["F" for _ in lines],
            "l_shipdate": [days[order] + timedelta(days=30) for order, _ in lines],
        },
    }
    for name, columns in tables.items():
        deltalake.write_deltalake(tmp_path / "tpch-0.01" / name, pa.table(columns))
    return tmp_path


def _money(value: int) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"))


def test_tpch(tiny: Path) -> None:
    told = _run("tpch", "--scale", "0.01", "--data", str(tiny))
    for query in ("Q1", "Q3", "Q5", "Q6", "Q18"):
        assert f"| {query} cpu |" in told
    assert "deltaic-parquet / deltaic" in told


def test_wheel(tiny: Path) -> None:
    told = _run("wheel", "--scale", "0.01", "--data", str(tiny))
    for statement in ("one partition", "point", "count of a partition"):
        assert f"| {statement} wall |" in told
    assert "deltalake-in-datafusion / deltaic-in-datafusion" in told


def test_wrong_answer_is_a_failure() -> None:
    from workload import Workload

    workload = Workload({}, {"q": ""}, {"q": [[1.0, "a"], [2.0, None]]})
    right = pa.table({"n": pa.array([1, 2]), "s": ["a", None]})
    workload.check("q", right)
    for wrong in (right.slice(1), right.set_column(0, "n", pa.array([1, 3])), right.select(["n"])):
        with pytest.raises(RuntimeError, match="instead of"):
            workload.check("q", wrong)
