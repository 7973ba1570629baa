"""DataFusion's own SQL suite runs on a session of ours, and over copies of its tables as Delta."""

from __future__ import annotations

import fnmatch
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.records import Record, Script, created_name, names, scripts
from engine.suite import Exclusion, Session, agree, exclusions, fetch

pytestmark = pytest.mark.long


@dataclass
class Outcome:
    """What became of the records of some scripts."""

    passed: int = 0
    # Of records that are left out, by reason.
    excluded: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    copies: int = 0

    def add(self, other: Outcome) -> None:
        self.passed += other.passed
        self.excluded += other.excluded
        self.wrong += other.wrong
        self.copies += other.copies


@pytest.fixture(scope="module")
def crate() -> Path:
    cache = os.environ.get("DELTAIC_CACHE") or os.path.expanduser("~/.cache/deltaic")
    return fetch(Path(cache))


def check(record: Record, answer: dict[str, object]) -> str | None:
    """What is wrong with an answer."""
    if record.kind == "error":
        return None if "err" in answer else "no error"
    if "err" in answer:
        return str(answer["err"])[:300]
    rows = answer["result"]
    assert isinstance(rows, list)
    if record.kind == "query" and not agree(record, rows):
        return f"{rows[:8]}, not {list(record.expected[:8])}"
    if record.kind == "count" and rows != [[record.types]]:
        return f"{rows}, not {record.types}"
    return None


class Run:
    """The run of a script."""

    def __init__(self, shell: Path, crate: Path, folder: Path, script: Script, kind: str) -> None:
        self._script = script
        self._kind = kind
        self._crate = crate
        # The suite names files relative to its own folder, of other crates too.
        self._here = folder / "sqllogictest"
        scratch = self._here / "test_files" / "scratch" / script.name.removesuffix(".slt")
        scratch.mkdir(parents=True)
        (self._here / "data").symlink_to(crate / "data")
        self._session = Session(shell, self._here)
        self._lacking: set[str] = set()
        self._copies = folder / "copies"
        self.outcome = Outcome()

    def run(self, left_out: list[Exclusion]) -> Outcome:
        records = list(self._script.records())
        for number, record in enumerate(records):
            name = created_name(record.sql) if record.kind in ("ok", "count") else None
            reason = self._reason(record, left_out)
            if reason is not None:
                self.outcome.excluded[reason] += 1
                if name is not None:
                    self._lacking.add(name)
                continue
            what = check(record, self._session.answer(record.sql))
            if what is None:
                self.outcome.passed += 1
                if name is not None:
                    self._lacking.discard(name)
                    if self._kind == "delta":
                        self._exchange(name, records[number + 1 :])
            else:
                self.outcome.wrong.append(f"{record.place}: {record.sql}\n    {what}")
        self._session.close()
        return self.outcome

    def _reason(self, record: Record, left_out: list[Exclusion]) -> str | None:
        for exclusion in left_out:
            if exclusion.covers(record, self._kind):
                return exclusion.reason
        if any(names(record.sql, table) for table in self._lacking):
            return "needs a table that is left out"
        return None

    def _exchange(self, name: str, rest: list[Record]) -> None:
        """Puts a copy as Delta in a table's place, where its types stay and nothing changes it."""
        if any(_changes(record, name) for record in rest):
            return
        file = self._copies / f"{self.outcome.copies}.parquet"
        copied = self._session.answer(f"COPY (SELECT * FROM {name}) TO '{file}'")
        if "err" in copied or not file.is_file():
            return
        rows = pq.read_table(file)
        root = self._copies / f"{self.outcome.copies}"
        try:
            deltalake.write_deltalake(root, rows)
        except Exception:  # Types, names or the lack of columns that Delta has not.
            return
        if not _same(deltalake.DeltaTable(root).to_pyarrow_table().schema, rows.schema):
            return
        for sql in (
            f"DROP TABLE {name}",
            f"CREATE EXTERNAL TABLE {name} STORED AS DELTATABLE LOCATION '{root}'",
        ):
            answer = self._session.answer(sql)
            if "err" in answer:
                self.outcome.wrong.append(f"{self._script.name}: {sql}\n    {answer['err']}")
                return
        self.outcome.copies += 1


def _changes(record: Record, name: str) -> bool:
    words = record.sql.split()
    return (
        words[:1] != []
        and words[0].upper()
        in (
            "INSERT",
            "DELETE",
            "UPDATE",
            "TRUNCATE",
            "MERGE",
        )
        and names(record.sql, name)
    )


def _same(one: pa.Schema, other: pa.Schema) -> bool:
    return bool(one.remove_metadata().equals(other.remove_metadata()))


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", ["plain", "delta"])
def test_engine_suite(kind: str, shell: Path, crate: Path, tmp_path: Path) -> None:
    left_out = exclusions()
    chosen = scripts(crate / "test_files")
    wanted = os.environ.get("DELTAIC_SUITE")
    if wanted:
        chosen = [script for script in chosen if fnmatch.fnmatch(script.name, wanted)]

    def run(item: tuple[int, Script]) -> Outcome:
        number, script = item
        folder = tmp_path / str(number)
        try:
            return Run(shell, crate, folder, script, kind).run(left_out)
        except EOFError as error:
            return Outcome(wrong=[f"{script.name}: {error}"])

    whole = Outcome()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for outcome in pool.map(run, enumerate(chosen)):
            whole.add(outcome)
    print(f"\n{kind}: {whole.passed} records pass, {whole.copies} tables are copied")
    for reason, count in whole.excluded.most_common():
        print(f"{count:7} left out: {reason}")
    assert not whole.wrong, f"{len(whole.wrong)} wrong:\n" + "\n".join(whole.wrong)
