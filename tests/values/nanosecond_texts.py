"""Nanoseconds since 1970 as text and as literals. Python's own times end at microseconds."""

from __future__ import annotations

from datetime import datetime, timedelta

LEAST, GREATEST = -(2**63), 2**63 - 1
_EPOCH = datetime(1970, 1, 1)


def text_of(nanos: int, separator: str = "T") -> str:
    """A time with nine digits after the point."""
    seconds, fraction = divmod(nanos, 10**9)
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat(separator)}.{fraction:09}"


def literal(nanos: int, zoned: bool) -> str:
    """SQL for a time."""
    zone = 'Some("UTC")' if zoned else "None"
    return f"arrow_cast(arrow_cast('{nanos}', 'Int64'), 'Timestamp(Nanosecond, {zone})')"
