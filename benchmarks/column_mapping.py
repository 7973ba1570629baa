"""One table in four forms, to tell what mapped columns and widened types cost a scan.

`plain`: wide types, columns under their own names. `mapped`: the same files, but all columns are
renamed (mode "name"). `narrow`: files of narrower types, and a table of those. `widened`: the
files of `narrow`, and the types of `plain`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FORMS = ("plain", "mapped", "narrow", "widened")
FILES = 4

# Name, wide type, narrow type, Arrow's of both.
_COLUMNS = [
    ("id", "long", "integer", pa.int64(), pa.int32()),
    ("quantity", "long", "byte", pa.int64(), pa.int8()),
    ("price", "double", "float", pa.float64(), pa.float32()),
    ("amount", "decimal(16,2)", "decimal(9,2)", pa.decimal128(16, 2), pa.decimal128(9, 2)),
    ("day", "timestamp_ntz", "date", pa.timestamp("us"), pa.date32()),
    ("code", "string", "string", pa.string(), pa.string()),
    ("comment", "string", "string", pa.string(), pa.string()),
]

STATEMENTS = {
    "sums": "SELECT sum(id) AS i, sum(quantity) AS q, sum(price) AS p, sum(amount) AS a FROM t",
    "filter": "SELECT sum(price) AS p FROM t WHERE quantity < 10 AND amount > 100",
    "groups": """
        SELECT code, count(*) AS n, sum(price) AS p, max(day) > '1990-01-01' AS d FROM t
        GROUP BY code ORDER BY code""",
    "texts": "SELECT max(length(comment)) AS n FROM t",
    "rows": "SELECT id, price, comment FROM t WHERE quantity = 7 AND id < 100000 ORDER BY id",
    "needle": "SELECT price, comment FROM t WHERE id = 4321",
}


def write_forms(root: Path, rows: int) -> dict[str, Path]:
    """Writes the tables of `rows` rows each, unless they are there, and returns their folders."""
    folders = {form: root / f"mapping-{rows}-{form}" for form in FORMS}
    for form, folder in folders.items():
        if not (folder / "_delta_log").is_dir():
            _write(folder, form, rows)
    return folders


def _write(root: Path, form: str, rows: int) -> None:
    (root / "_delta_log").mkdir(parents=True)
    is_narrow = form in ("narrow", "widened")
    adds = []
    for file in range(FILES):
        first, last = rows * file // FILES, rows * (file + 1) // FILES
        table = _rows(first, last, is_narrow)
        if form == "mapped":
            table = table.rename_columns([_physical(name) for name in table.column_names])
        path = root / f"{file}.parquet"
        pq.write_table(table, path, row_group_size=128 * 1024, write_page_index=True)
        adds.append(_add(path, last - first))
    actions = [_protocol(), _metadata(form), *adds]
    text = "".join(json.dumps(action) + "\n" for action in actions)
    (root / "_delta_log" / f"{0:020d}.json").write_text(text, encoding="utf-8")


def _rows(first: int, last: int, is_narrow: bool) -> pa.Table:
    chance = random.Random(first)
    numbers = range(first, last)
    values: dict[str, Any] = {
        "id": numbers,
        "quantity": [chance.randrange(100) for _ in numbers],
        "price": [chance.randrange(1000) for _ in numbers],
        "amount": [chance.randrange(1000) for _ in numbers],
        "day": [chance.randrange(20_000) for _ in numbers],
        "code": [f"code-{chance.randrange(20)}" for _ in numbers],
        "comment": [f"{chance.randrange(10**12):012d} says little" for _ in numbers],
    }
    table = {}
    for name, _, _, wide, narrow in _COLUMNS:
        column = pa.array(values[name])
        if name == "day":
            column = column.cast(pa.int32()).cast(pa.date32())
        if name == "amount":
            column = column.cast(pa.decimal128(21, 2))
        table[name] = column.cast(narrow if is_narrow else wide)
    return pa.table(table)


def _physical(name: str) -> str:
    return f"col-5b8f3d52-{name}"


def _protocol() -> dict[str, Any]:
    features = ["columnMapping", "typeWidening", "timestampNtz"]
    versions = {"minReaderVersion": 3, "minWriterVersion": 7}
    return {"protocol": versions | {"readerFeatures": features, "writerFeatures": features}}


def _metadata(form: str) -> dict[str, Any]:
    fields = []
    for number, (name, wide, narrow, *_) in enumerate(_COLUMNS):
        metadata: dict[str, Any] = {}
        if form == "mapped":
            metadata["delta.columnMapping.id"] = number + 1
            metadata["delta.columnMapping.physicalName"] = _physical(name)
        if form == "widened" and wide != narrow:
            metadata["delta.typeChanges"] = [{"fromType": narrow, "toType": wide}]
        kind = narrow if form == "narrow" else wide
        fields.append({"name": name, "type": kind, "nullable": True, "metadata": metadata})
    return {
        "metaData": {
            "id": "9f3a4f65-2f0b-4a26-8a53-0d2a6d0f3c77",
            "format": {"provider": "parquet", "options": {}},
            "schemaString": json.dumps({"type": "struct", "fields": fields}),
            "partitionColumns": [],
            "configuration": {"delta.columnMapping.mode": "name"} if form == "mapped" else {},
            "createdTime": 1_704_067_200_000,
        }
    }


def _add(path: Path, rows: int) -> dict[str, Any]:
    return {
        "add": {
            "path": path.name,
            "partitionValues": {},
            "size": path.stat().st_size,
            "modificationTime": 1_704_067_200_000,
            "dataChange": True,
            "stats": json.dumps({"numRecords": rows}),
        }
    }
