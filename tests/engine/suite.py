"""DataFusion's own SQL suite: where it is from, what is left out, and how answers compare."""

from __future__ import annotations

import csv
import decimal
import fnmatch
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from engine.records import Record

VERSION = "55.2.0"
# The suite, and a crate of which it reads files.
CRATES = {
    "sqllogictest": "b270cea4d8c2b2c42773e60164204386fb97d7936736e5f126ac751b86d7dabe",
    "datasource-arrow": "65b1b041688cad707fa103c3e7f4c6d89b3134ebf67da0129070dad3381851eb",
}

SETTINGS = {
    # As the suite's own runner has it.
    "datafusion.execution.target_partitions": "4",
    # DataFusion's defaults, where a session of ours has others.
    "datafusion.catalog.information_schema": "false",
    "datafusion.sql_parser.enable_ident_normalization": "true",
}


def fetch(cache: Path) -> Path:
    """Returns the folder of the crates, which cargo gets where they are not there."""
    folder = cache / f"engine-suite-{VERSION}"
    if folder.is_dir():
        return folder
    work = cache / f"{folder.name}.{os.getpid()}"
    (work / "src").mkdir(parents=True)
    (work / "src" / "lib.rs").touch()
    (work / "Cargo.toml").write_text(
        '[package]\nname = "suite"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n'
        f'datafusion-sqllogictest = {{ version = "={VERSION}", default-features = false }}\n'
    )
    environment = {**os.environ, "CARGO_HOME": str(work / "home")}
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=work, env=environment, check=True)
    for name, expected in CRATES.items():
        crate = f"datafusion-{name}-{VERSION}"
        (archive,) = work.glob(f"home/registry/cache/*/{crate}.crate")
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        assert found == expected, f"{archive.name} has another hash: {found}"
        shutil.unpack_archive(archive, work / "crates", format="gztar", filter="data")
        (work / "crates" / crate).rename(work / "crates" / name)
    (work / "crates").rename(folder)
    shutil.rmtree(work)
    return folder


@dataclass(frozen=True)
class Exclusion:
    """Records that are left out, by their script (a glob) and their text (an expression)."""

    scripts: str
    text: re.Pattern[str]
    # "both", or "delta" where only copies of the tables as Delta are meant.
    run: str
    reason: str

    def covers(self, record: Record, run: str) -> bool:
        return (
            self.run in ("both", run)
            and fnmatch.fnmatch(record.script, self.scripts)
            and self.text.search(record.sql) is not None
        )


def exclusions() -> list[Exclusion]:
    path = Path(__file__).parent / "exclusions.tsv"
    with path.open() as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Exclusion(
                row["scripts"], re.compile(row["text"], re.I | re.S), row["run"], row["reason"]
            )
            for row in rows
        ]


class Session:
    """A process `deltaic --sqllogictest`."""

    def __init__(self, shell: Path, folder: Path) -> None:
        settings = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
        self._process = subprocess.Popen(
            [shell.resolve(), "--sqllogictest", *settings],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def answer(self, sql: str) -> dict[str, Any]:
        """Returns {"result": rows} or {"err": text}; raises EOFError if the process is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"sql": sql}).encode())
        self._process.stdin.flush()
        text = b""
        while True:
            chunk = os.read(self._process.stdout.fileno(), 1 << 20)
            if not chunk:
                raise EOFError(f"the engine ended with {self._process.wait()}: {sql[:80]}")
            text += chunk
            if text.endswith(b"}"):
                try:
                    found: dict[str, Any] = json.loads(text)
                except ValueError:
                    continue
                return found

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(timeout=60) == 0


IGNORED = "<slt:ignore>"
DIGITS = 12
CONTEXT = decimal.Context(prec=400, rounding=decimal.ROUND_HALF_EVEN)


# The results of long queries are given by their hash.
HASHED = re.compile(r"(\d+) values hashing to ([0-9a-f]{32})")


def _number(cell: str) -> list[str]:
    """A number as the suite writes it: a decimal without zeros at its end, a float rounded too."""
    try:
        value = CONTEXT.create_decimal(cell)
    except decimal.InvalidOperation:
        return [cell]
    if not value.is_finite():
        return [cell]
    rounded = value
    if -value.as_tuple().exponent > DIGITS:  # type: ignore[operator]
        rounded = CONTEXT.quantize(value, decimal.Decimal(1).scaleb(-DIGITS))
    texts = {format(_without_zeros(each), "f") for each in (value, rounded)}
    return sorted(texts)


def _without_zeros(value: decimal.Decimal) -> decimal.Decimal:
    short = CONTEXT.normalize(value)
    return abs(short) if short.is_zero() else short


def _cell(cell: str, kind: str) -> list[str]:
    text = cell.rstrip("\n").replace("\0", "\\0")
    if kind == "R":
        return _number(text)
    # The runner marks empty texts, and no other empty values.
    return [text, ""] if text == "(empty)" else [text]


def _lines(row: list[str]) -> Iterator[list[str]]:
    """A row whose last cell has several lines is several rows, their spaces made visible."""
    lines = row[-1].split("\n") if row else []
    if len(lines) < 2:
        yield row
        return
    yield row[:-1]
    for number, line in enumerate(lines, start=1):
        content = line.lstrip()
        yield [f"{number:02}){'-' * (len(line) - len(content))}{content}"]


def _texts(row: list[str], types: str) -> set[str]:
    kinds = types.ljust(len(row))
    choices = [_cell(cell, kind) for cell, kind in zip(row, kinds, strict=False)]
    return {" ".join(" ".join(choice).split()) for choice in product(*choices)}


def agree(record: Record, rows: list[list[str]]) -> bool:
    """Whether the rows of a query are those that the record expects."""
    expected = [" ".join(line.split()) for line in record.expected]
    hashed = HASHED.fullmatch(expected[0]) if len(expected) == 1 else None
    if hashed is not None:
        return hashed.groups() == _hash(record, rows)
    found = [_texts(line, record.types) for row in rows for line in _lines(row)]
    if any(IGNORED in line for line in expected):
        pattern = ".*".join(re.escape(part) for part in "\n".join(expected).split(IGNORED))
        return re.match(pattern, "\n".join(min(texts) for texts in found), re.S) is not None
    if len(found) != len(expected):
        return False
    if record.is_sorted:
        found = sorted(found, key=min)
        expected = sorted(expected)
        left = list(found)
        for line in expected:
            match = next((texts for texts in left if line in texts), None)
            if match is None:
                return False
            left.remove(match)
        return True
    return all(line in texts for line, texts in zip(expected, found, strict=True))


def _hash(record: Record, rows: list[list[str]]) -> tuple[str, str]:
    kinds = record.types
    cells = [[_cell(*pair)[0] for pair in zip(row, kinds, strict=True)] for row in rows]
    if record.is_sorted:
        cells.sort()
    values = [cell for row in cells for cell in row]
    text = "".join(f"{value}\n" for value in values)
    return str(len(values)), hashlib.md5(text.encode()).hexdigest()
