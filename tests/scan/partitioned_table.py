"""Tables of one schema, however they are partitioned, mapped and widened."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.log_table import PROTOCOL, LogTable, metadata

ARROW = {"long": pa.int64(), "string": pa.string(), "date": pa.date32(), "double": pa.float64()}
SQL = {"long": "BIGINT", "string": "VARCHAR", "date": "DATE", "double": "DOUBLE"}


@dataclass(frozen=True)
class Column:
    """A column and its value in each row."""

    name: str
    kind: str
    values: tuple[Any, ...]
    nullable: bool = True

    @property
    def sql(self) -> str:
        """Its name and type in SQL."""
        return f"{quoted(self.name)} {SQL[self.kind]}"

    @property
    def arrow(self) -> pa.Field:
        return pa.field(self.name, ARROW[self.kind], self.nullable)


@dataclass(frozen=True)
class PartitionedTable:
    """Columns, of which some are partition columns; every row is in a file of its own."""

    columns: tuple[Column, ...]
    partitions: tuple[str, ...] = ()
    mode: str = "none"
    widened: bool = False

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def rows(self) -> list[dict[str, Any]]:
        count = len(self.columns[0].values)
        return [{c.name: c.values[row] for c in self.columns} for row in range(count)]

    def write(self, root: Path) -> Path:
        """Writes the table. The first file of a widened table has its integers in 32 bits."""
        table = LogTable(root)
        features = []
        configuration = {}
        if self.mode != "none":
            features.append("columnMapping")
            configuration["delta.columnMapping.mode"] = self.mode
        if self.widened:
            features.append("typeWidening")
            configuration["delta.enableTypeWidening"] = "true"
        described = metadata(
            schema=json.dumps({"type": "struct", "fields": self._fields()}),
            partition_columns=self.partitions,
            configuration=configuration,
        )
        table.commit(0, _protocol(features), described)
        for row in range(len(self.columns[0].values)):
            table.commit(row + 1, self._file(table, row))
        return root

    def _fields(self) -> list[dict[str, Any]]:
        fields = []
        for number, column in enumerate(self.columns):
            extra: dict[str, Any] = {}
            if self.mode != "none":
                extra["delta.columnMapping.id"] = number + 1
                extra["delta.columnMapping.physicalName"] = self._stored_name(number)
            if self.widened and column.kind == "long" and column.name not in self.partitions:
                extra["delta.typeChanges"] = [{"fromType": "integer", "toType": "long"}]
            fields.append(
                {
                    "name": column.name,
                    "type": column.kind,
                    "nullable": column.nullable,
                    "metadata": extra,
                }
            )
        return fields

    def _stored_name(self, number: int) -> str:
        return self.columns[number].name if self.mode == "none" else f"col-{number}"

    def _file(self, table: LogTable, row: int) -> dict[str, Any]:
        arrays, fields, constants = [], [], {}
        for number, column in enumerate(self.columns):
            name = self._stored_name(number)
            value = column.values[row]
            if column.name in self.partitions:
                constants[name] = None if value is None else _text(value)
                continue
            kind = ARROW[column.kind]
            if self.widened and row == 0 and kind == pa.int64():
                kind = pa.int32()
            arrays.append(pa.array([value], kind))
            ids = {"PARQUET:field_id": str(number + 1)} if self.mode == "id" else None
            fields.append(pa.field(name, kind, metadata=ids))
        content = pa.table(arrays, schema=pa.schema(fields))
        return table.data(f"{row}.parquet", content, constants)


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _protocol(features: Sequence[str]) -> dict[str, Any]:
    if not features:
        return PROTOCOL
    return {
        "protocol": {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": list(features),
            "writerFeatures": list(features),
        }
    }


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
