"""DataFusion's own SQL suite runs on a session of ours, and over copies of its tables as Delta."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.records import (
    Record,
    Script,
    changed_name,
    created_in_memory,
    created_name,
    names,
    scripts,
    written_place,
)
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
    # A statement without a result changes no row.
    if record.kind == "count" and (rows or [["0"]]) != [[record.types]]:
        return f"{rows}, not {record.types}"
    return None


class Run:
    """The run of a script."""

    def __init__(self, shell: Path, crate: Path, folder: Path, script: Script, kind: str) -> None:
        self._script = script
        self._kind = kind
        # The suite names files relative to its own folder, of other crates too.
        self._root = folder
        self._here = folder / "sqllogictest"
        scratch = self._here / "test_files" / "scratch" / script.name.removesuffix(".slt")
        scratch.mkdir(parents=True)
        (self._here / "data").symlink_to(crate / "sqllogictest" / "data")
        other = "datasource-arrow"
        (folder / other).symlink_to(crate / other)
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
                made = (name, changed_name(record.sql), written_place(record.sql))
                self._lacking.update(each for each in made if each is not None)
                if record.sql.lower().startswith("drop"):
                    # It may be there, without all of its rows.
                    self._session.answer(record.sql)
                continue
            what = check(record, self._answer(record.sql))
            if what is None:
                self.outcome.passed += 1
                if name is not None:
                    self._lacking.discard(name)
                    if self._kind == "delta" and created_in_memory(record.sql):
                        self._exchange(name, records[number + 1 :])
            else:
                self.outcome.wrong.append(f"{record.place}: {record.sql}\n    {what}")
        self._session.close()
        return self.outcome

    def _answer(self, sql: str) -> dict[str, object]:
        """With the folder's name as the suite has it."""
        answer = self._session.answer(sql)
        if "result" in answer:
            here = str(self._root).lstrip("/")
            answer["result"] = [
                [cell.replace(here, "WORKSPACE_ROOT/datafusion") for cell in row]
                for row in answer["result"]
            ]
        return answer

    def _reason(self, record: Record, left_out: list[Exclusion]) -> str | None:
        for exclusion in left_out:
            if exclusion.covers(record, self._kind):
                return exclusion.reason
        # What a statement makes anew it does not need.
        lacking = self._lacking - {created_name(record.sql)}
        if any(names(record.sql, what) for what in lacking):
            return "needs a table or a file that is left out"
        return None

    def _exchange(self, name: str, rest: list[Record]) -> None:
        """Puts a copy as Delta in a table's place, where its types stay and nothing changes it."""
        if any(changed_name(record.sql) == name for record in rest):
            return
        file = self._copies / f"{self.outcome.copies}.parquet"
        copied = self._session.answer(f"COPY (SELECT * FROM {name}) TO '{file}'")
        if "err" in copied or not file.is_file():
            return
        rows = pq.read_table(file)
        root = self._copies / f"{self.outcome.copies}"
        try:
            deltalake.write_deltalake(root, rows)
        except Exception:  # Types, names or the lack of columns that Delta lacks.
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


def _same(one: pa.Schema, other: pa.Schema) -> bool:
    """Whether schemas agree but for the views of strings and the names inside of lists."""
    return _fields(list(one)) == _fields(list(other))


def _fields(fields: list[pa.Field]) -> list[tuple[str, object, bool]]:
    return [(field.name, _type(field.type), field.nullable) for field in fields]


def _type(kind: pa.DataType) -> object:
    if pa.types.is_struct(kind):
        return _fields(list(kind))
    if pa.types.is_map(kind):
        return ("map", _type(kind.key_type), _type(kind.item_type))
    if pa.types.is_list(kind):
        return ("list", _type(kind.value_type))
    if kind in (pa.string_view(), pa.binary_view()):
        return "string" if kind == pa.string_view() else "binary"
    return str(kind)


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", ["plain", "delta"])
def test_engine_suite(kind: str, shell: Path, crate: Path, tmp_path: Path) -> None:
    left_out = exclusions()
    chosen = scripts(crate / "sqllogictest" / "test_files")

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
