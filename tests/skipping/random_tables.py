"""Random small tables and random predicates over them.

A table is written by `deltalake`, a file a commit, and its statistics are then made worse in ways
that the protocol allows: taken away, thinned out, declared wide, cut to milliseconds.
"""

from __future__ import annotations

import io
import json
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("i", pa.int32()),
        pa.field("f", pa.float64()),
        pa.field("s", pa.string()),
        pa.field("ts", pa.timestamp("us", tz="UTC")),
        pa.field("ntz", pa.timestamp("us")),
        pa.field("d", pa.date32()),
        pa.field("dec", pa.decimal128(10, 2)),
        pa.field("b", pa.bool_()),
        pa.field("bin", pa.binary()),
        pa.field("st", pa.struct([pa.field("n", pa.int64()), pa.field("t", pa.string())])),
        pa.field("p", pa.string()),
        pa.field("q", pa.date32()),
    ]
)
PARTITION_COLUMNS = ["p", "q"]

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
# Longer than the 32 characters that writers keep of a text in statistics, and equal up to there.
_LONG = "a-common-prefix-of-thirty-two-ch"


def _text() -> st.SearchStrategy[str]:
    short = st.text(st.sampled_from("abzAZ09 _%'\"\\é漢😀\uffff"), max_size=4)
    return st.one_of(short, short.map(lambda tail: _LONG + tail))


def _instant() -> st.SearchStrategy[datetime]:
    # A few milliseconds, so that values differ by less than statistics may tell.
    near = st.integers(0, 5000).map(lambda us: _EPOCH + timedelta(microseconds=us))
    far = st.sampled_from([datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)])
    return st.one_of(near, near, near, far)


def _number() -> st.SearchStrategy[float]:
    return st.one_of(
        st.integers(-4, 4).map(float),
        st.sampled_from([0.1, math.nan, -math.nan, -0.0, math.inf, -math.inf, 1e300, 5e-324]),
    )


def _day() -> st.SearchStrategy[date]:
    return st.integers(0, 40).map(lambda days: date(2024, 1, 15) + timedelta(days=days))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "i": st.one_of(st.integers(-5, 5), st.sampled_from([-(2**31), 2**31 - 1])),
    "f": _number(),
    "s": _text(),
    "ts": _instant(),
    "ntz": _instant().map(lambda instant: instant.replace(tzinfo=None)),
    "d": _day(),
    "dec": st.integers(-300, 300).map(lambda cents: Decimal(cents) / 100),
    "b": st.booleans(),
    "bin": st.binary(max_size=3),
    "p": _text().filter(bool),  # An empty text is a null partition.
    "q": _day(),
}
NULLABLE = {name: st.one_of(st.none(), values, values, values) for name, values in VALUES.items()}
NULLABLE["st"] = st.one_of(
    st.none(),
    st.fixed_dictionaries({"n": st.one_of(st.none(), st.integers(-3, 3)), "t": _text()}),
)


@dataclass(frozen=True)
class TableSpec:
    """Rows for each file, and what becomes of each file's statistics."""

    files: list[list[dict[str, Any]]]
    statistics: list[str]
    indexed_columns: int
    checkpoint: bool


STATISTICS = ["kept", "kept", "none", "no bounds", "no counts", "no rows", "wide", "milliseconds"]


@st.composite
def tables(draw: st.DrawFn) -> TableSpec:
    row = st.fixed_dictionaries({name: NULLABLE[name] for name in SCHEMA.names if name != "id"})
    # Files whose rows are alike are those that statistics can rule out.
    files = []
    for _ in range(draw(st.integers(1, 5))):
        rows = draw(st.lists(row, min_size=1, max_size=4))
        alike = draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=6))
        for other in rows[1:]:
            other.update({name: rows[0][name] for name in alike})
        files.append(rows)
    number = 0
    for rows in files:
        for each in rows:
            each["id"] = number
            number += 1
    return TableSpec(
        files=files,
        statistics=[draw(st.sampled_from(STATISTICS)) for _ in files],
        indexed_columns=draw(st.sampled_from([0, 4, 32, 32, 32])),
        checkpoint=draw(st.booleans()),
    )


def _worsened(stats: str, how: str) -> str | None:
    if how == "kept":
        return stats
    if how == "none":
        return None
    parsed = json.loads(stats)
    if how == "no bounds":
        parsed.pop("minValues", None)
        parsed.pop("maxValues", None)
    elif how == "no counts":
        parsed.pop("nullCount", None)
    elif how == "no rows":
        parsed.pop("numRecords", None)
    elif how == "wide":
        parsed["tightBounds"] = False
    elif how == "milliseconds":
        for bounds in ("minValues", "maxValues"):
            for name in {"ts", "ntz"} & set(parsed.get(bounds, {})):
                parsed[bounds][name] = _cut_to_milliseconds(parsed[bounds][name])
    return json.dumps(parsed)


def _cut_to_milliseconds(text: str) -> str:
    """Cuts the fraction of a second to three digits, as some writers do even for the maximum."""
    head, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = rest.rstrip("Z")
    return f"{head}.{digits[:3]}" + ("Z" if rest.endswith("Z") else "")


def write(spec: TableSpec, root: Path) -> pa.Table:
    """Writes the table and returns its rows."""
    configuration = {"delta.dataSkippingNumIndexedCols": str(spec.indexed_columns)}
    contents = []
    for version, (rows, statistics) in enumerate(zip(spec.files, spec.statistics, strict=True)):
        part = pa.Table.from_pylist(rows, schema=SCHEMA)
        contents.append(part)
        deltalake.write_deltalake(
            root,
            part,
            mode="append",
            partition_by=PARTITION_COLUMNS,
            configuration=configuration if version == 0 else None,
        )
        _worsen_commit(root / "_delta_log" / f"{version:020d}.json", statistics)
    if spec.checkpoint:
        deltalake.DeltaTable(root).create_checkpoint()
    return _as_parquet_reads(pa.concat_tables(contents))


def _as_parquet_reads(rows: pa.Table) -> pa.Table:
    """The rows with nothing below a null struct: pyarrow's builders leave values there."""
    buffer = io.BytesIO()
    pq.write_table(rows, buffer)
    return pq.read_table(buffer)


def _worsen_commit(commit: Path, how: str) -> None:
    actions = [json.loads(line) for line in commit.read_text(encoding="utf-8").splitlines()]
    for action in actions:
        if "add" in action and action["add"].get("stats"):
            stats = _worsened(action["add"]["stats"], how)
            if stats is None:
                del action["add"]["stats"]
            else:
                action["add"]["stats"] = stats
    commit.write_text("".join(json.dumps(action) + "\n" for action in actions), encoding="utf-8")


def _literal(name: str, value: Any) -> str:
    """A value of a column as SQL."""
    if name in ("s", "p"):
        text = str(value).replace("'", "''")
        return f"'{text}'"
    if name == "f":
        if math.isnan(value) or math.isinf(value):
            return f"CAST('{value}' AS DOUBLE)"
        return f"CAST('{value!r}' AS DOUBLE)"
    if name in ("ts", "ntz"):
        # A plain literal has nanoseconds, which do not reach the far years.
        zone = 'Some("UTC")' if name == "ts" else "None"
        return f"arrow_cast('{value.isoformat()}', 'Timestamp(Microsecond, {zone})')"
    if name in ("d", "q"):
        return f"DATE '{value.isoformat()}'"
    if name == "b":
        return str(value).lower()
    if name == "bin":
        return f"X'{value.hex()}'"
    return str(value)


COMPARISONS = ["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]


@st.composite
def _simple_predicates(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(VALUES)))
    literal = VALUES[name].map(lambda value: _literal(name, value))
    form = draw(st.integers(0, 9))
    if form <= 4:
        return f"{name} {draw(st.sampled_from(COMPARISONS))} {draw(literal)}"
    if form == 5:
        return f"{name} IS {draw(st.sampled_from(['', 'NOT ']))}NULL"
    if form == 6:
        values = ", ".join(draw(st.lists(literal, min_size=1, max_size=4)))
        return f"{name} {draw(st.sampled_from(['', 'NOT ']))}IN ({values})"
    if form == 7 and name != "b":
        return f"{name} BETWEEN {draw(literal)} AND {draw(literal)}"
    return draw(st.sampled_from(_SPECIAL))


_SPECIAL = [
    "i + 1 > 3",
    "i > 2.5",
    "CAST(i AS DOUBLE) < -1.5",
    "abs(CAST(i AS BIGINT)) > 4",
    "coalesce(i, 0) = 0",
    "s LIKE 'a%'",
    f"s LIKE '{_LONG}%'",
    "s NOT LIKE 'a%'",
    "starts_with(s, 'Z')",
    "s > 'a-common-prefix-of-thirty-two-chb'",
    "upper(p) = 'A'",
    "p LIKE '%z'",
    "ts > TIMESTAMP '2024-01-01T00:00:00.002Z'",
    "ntz <= TIMESTAMP '2024-01-01 00:00:00.002500'",
    "date_part('year', d) = 2024",
    "date_trunc('month', d) = DATE '2024-02-01'",
    "st['n'] > 1",
    "st['t'] = 'a'",
    "st IS NULL",
    "b",
    "NOT b",
    "isnan(f)",
    "f > i",
    "f > 0 AND f < 3",
    "f <= 3 AND i > 0 AND f >= -1",
    "f > 0 AND NOT isnan(f)",
    "f = 1 OR f BETWEEN 2 AND 3",
    "abs(f) < 2",
    "i + 1 > 3",
    "i * -2 >= 4",
    "i > 1.5",
    "abs(CAST(i AS bigint)) > 3",
    "CAST(i AS double) <= 0.5",
    "coalesce(i, 0) > 1",
    "CASE WHEN b THEN i ELSE 0 END = 3",
    "s LIKE 'a%'",
    "s NOT LIKE 'a-common%'",
    "starts_with(s, 'b')",
    "left(s, 2) = 'ab'",
    "dec * 2 > 1.5",
    "date_trunc('second', ts) = TIMESTAMP '2024-01-01T00:00:01Z'",
    "CAST(ts AS date) = DATE '2024-01-01'",
    "d < q",
    "1 = 0",
    "NULL",
]


def predicates() -> st.SearchStrategy[str]:
    """Conditions in all shapes, with AND, OR and NOT around them."""
    return st.recursive(
        _simple_predicates().map(lambda predicate: f"({predicate})"),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
                lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
            ),
            inner.map(lambda part: f"NOT ({part})"),
        ),
        max_leaves=4,
    )
