"""Delta Lake tables as first-class citizens of Apache DataFusion.

>>> from deltaic import DeltaTable, QueryBuilder
>>> orders = DeltaTable("./orders")
>>> rows = QueryBuilder().register("orders", orders).execute("SELECT count(*) FROM orders")
"""

from __future__ import annotations

import importlib.metadata

from deltaic.catalog_commits import CatalogCommits, RatifiedCommit
from deltaic.functions import ScalarFunction, scalar_functions
from deltaic.query import QueryBuilder
from deltaic.schema import (
    ArrayType,
    DataType,
    Field,
    MapType,
    PrimitiveType,
    Schema,
    StructType,
)
from deltaic.table import ChecksumReport, DeltaTable, Metadata, ProtocolVersions, TableSummary
from deltaic.transaction import CommitProperties, PostCommitHookProperties, Transaction
from deltaic.writer import convert_to_deltalake, write_deltalake
from deltaic.writer_properties import BloomFilterProperties, ColumnProperties, WriterProperties

__version__ = importlib.metadata.version("deltaic")

__all__ = [
    "ArrayType",
    "BloomFilterProperties",
    "CatalogCommits",
    "ChecksumReport",
    "ColumnProperties",
    "CommitProperties",
    "DataType",
    "DeltaTable",
    "Field",
    "MapType",
    "Metadata",
    "PostCommitHookProperties",
    "PrimitiveType",
    "ProtocolVersions",
    "QueryBuilder",
    "RatifiedCommit",
    "ScalarFunction",
    "Schema",
    "StructType",
    "TableSummary",
    "Transaction",
    "WriterProperties",
    "__version__",
    "convert_to_deltalake",
    "scalar_functions",
    "write_deltalake",
]
