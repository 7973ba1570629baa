"""The tables of TPC-H, made by tpchgen-cli and written as Delta tables, and some of its queries."""

from __future__ import annotations

import subprocess
import sysconfig
import tempfile
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq

TABLES = ("customer", "lineitem", "nation", "orders", "region", "supplier")

QUERIES = {
    "Q1": """
        SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty,
               sum(l_extendedprice) AS sum_base_price,
               sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
               sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
               avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price,
               avg(l_discount) AS avg_disc, count(*) AS count_order
        FROM lineitem WHERE l_shipdate <= date '1998-09-02'
        GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus""",
    "Q3": """
        SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate,
               o_shippriority
        FROM customer, orders, lineitem
        WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey
          AND o_orderdate < date '1995-03-15' AND l_shipdate > date '1995-03-15'
        GROUP BY l_orderkey, o_orderdate, o_shippriority
        ORDER BY revenue DESC, o_orderdate LIMIT 10""",
    "Q5": """
        SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue
        FROM customer, orders, lineitem, supplier, nation, region
        WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey
          AND c_nationkey = s_nationkey AND s_nationkey = n_nationkey
          AND n_regionkey = r_regionkey AND r_name = 'ASIA'
          AND o_orderdate >= date '1994-01-01' AND o_orderdate < date '1995-01-01'
        GROUP BY n_name ORDER BY revenue DESC""",
    "Q6": """
        SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem
        WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1995-01-01'
          AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24""",
    "Q18": """
        SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) AS quantity
        FROM customer, orders, lineitem
        WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey
                             HAVING sum(l_quantity) > 300)
          AND c_custkey = o_custkey AND o_orderkey = l_orderkey
        GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice
        ORDER BY o_totalprice DESC, o_orderdate, o_orderkey LIMIT 100""",
}


def write_tpch_tables(root: Path, scale: float) -> dict[str, str]:
    """The folders of the tables under `root`; those that are there already stay as they are."""
    folders = {name: str(root / name) for name in TABLES}
    missing = [name for name, folder in folders.items() if not Path(folder, "_delta_log").is_dir()]
    if missing:
        with tempfile.TemporaryDirectory(prefix="deltaic-tpch-") as generated:
            _generate(Path(generated), missing, scale)
            for name in missing:
                file = pq.ParquetFile(Path(generated, f"{name}.parquet"))
                rows = pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches())
                deltalake.write_deltalake(folders[name], rows)
    return folders


def _generate(folder: Path, tables: list[str], scale: float) -> None:
    program = Path(sysconfig.get_path("scripts"), "tpchgen-cli")
    if not program.exists():
        raise RuntimeError("tpchgen-cli is missing: pip install -r benchmarks/requirements.txt")
    # Without field ids: deltalake would make of them what duckdb takes for a mapping of columns.
    options = ["-s", str(scale), "--field-ids", "false", "-q", "-T", ",".join(tables)]
    subprocess.run([program, "parquet", *options, "-o", folder], check=True)
