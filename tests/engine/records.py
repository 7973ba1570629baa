"""The records of sqllogictest's scripts, as far as DataFusion's own suite uses the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """A statement and what is expected of it."""

    # Of the script that is run, even where the record is in a part that it includes.
    script: str
    place: str
    sql: str
    # "ok", "error", "count" or "query".
    kind: str
    # Of a query a letter for each column; of a count the number.
    types: str = ""
    is_sorted: bool = False
    expected: tuple[str, ...] = ()


class Script:
    """A script and the parts that it includes."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.name = str(path.relative_to(folder))
        self._folder = folder
        self._path = path

    def records(self) -> Iterator[Record]:
        yield from self._records_of(self._path)

    def _records_of(self, path: Path) -> Iterator[Record]:
        lines = path.read_text().split("\n")
        number = 0
        is_skipped = False
        while number < len(lines):
            line = lines[number].rstrip()
            words = line.split()
            number += 1
            if not words or line.startswith("#"):
                continue
            if words[0] == "include":
                for part in sorted(path.parent.glob(words[1])):
                    yield from self._records_of(part)
            elif words[0] in ("skipif", "onlyif"):
                is_skipped |= (words[0] == "skipif") == (words[1].lower() == "datafusion")
            elif words[0] == "hash-threshold":
                continue
            elif words[0] in ("statement", "query"):
                first = number
                number += 1
                while number < len(lines) and lines[number] not in ("", "----"):
                    number += 1
                sql = "\n".join(lines[first:number])
                expected: list[str] = []
                if number < len(lines) and lines[number] == "----":
                    # The text of an error may have blank lines, and ends at two of them.
                    gap = 2 if "error" in words else 1
                    end = number + 1
                    while any(lines[end : end + gap]):
                        end += 1
                    expected = lines[number + 1 : end]
                    number = end
                if not is_skipped:
                    place = f"{path.relative_to(self._folder)}:{first}"
                    yield self._record(words, sql, place, expected)
                is_skipped = False
            else:
                raise ValueError(f"{path}:{number}: {line}")

    def _record(self, words: list[str], sql: str, place: str, expected: list[str]) -> Record:
        kind = "query" if words[0] == "query" else words[1]
        types = ""
        if words[0] == "query":
            kind = "error" if words[1:2] == ["error"] else "query"
            types = words[1] if len(words) > 1 and kind == "query" else ""
        elif kind == "count":
            types = words[2]
        is_sorted = "rowsort" in words or "valuesort" in words
        return Record(self.name, place, sql, kind, types, is_sorted, tuple(expected))


def scripts(folder: Path) -> list[Script]:
    return [Script(folder, path) for path in sorted(folder.rglob("*.slt"))]


CREATED = re.compile(
    r"(?<!show\s)\bcreate\s+(?:or\s+replace\s+)?(?:unbounded\s+)?(?:external\s+)?(?:table|view)\s+"
    r"(?:if\s+not\s+exists\s+)?([\w.\"]+)",
    re.IGNORECASE,
)


def created_name(sql: str) -> str | None:
    """The table or view that a statement makes."""
    match = CREATED.search(sql)
    return match.group(1).replace('"', "").lower() if match else None


CHANGED = re.compile(
    r"^\s*(?:insert\s+(?:into|overwrite)|delete\s+from|update)\s+([\w.\"]+)", re.IGNORECASE
)
WRITTEN = re.compile(r"^\s*copy\b.*\bto\s+'([^']+)'", re.IGNORECASE | re.DOTALL)


CONSTRAINT = re.compile(r"\b(?:primary\s+key|unique|default)\b", re.IGNORECASE)


def created_in_memory(sql: str) -> bool:
    """Whether a statement makes a table that is nothing but its rows."""
    match = CREATED.search(sql)
    words = sql[match.start() : match.end()].lower().split() if match else []
    return "table" in words and "external" not in words and CONSTRAINT.search(sql) is None


def changed_name(sql: str) -> str | None:
    """The table whose rows a statement changes."""
    match = CHANGED.search(sql)
    return match.group(1).replace('"', "").lower() if match else None


def written_place(sql: str) -> str | None:
    """Where a statement writes files."""
    match = WRITTEN.search(sql)
    return match.group(1).rstrip("/") if match else None


def names(sql: str, what: str) -> bool:
    """Whether a statement may use a table or a place of files."""
    return re.search(rf"(?<!\w){re.escape(what)}(?!\w)", sql, re.IGNORECASE) is not None
