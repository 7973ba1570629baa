"""Local writes: what is on the disk when they answer, and what is left where a program dies, or a
call of the system fails, at any change of the table's files."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.requirement import unavailable
from services import faulty_files
from services.faulty_files import FaultyFiles, Kind, Run
from writes import places
from writes.log_history import LogHistory, orphans, read_history
from writes.readers import Row, ours, rows, sorted_rows


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> FaultyFiles:
    return faulty_files.build(tmp_path_factory.mktemp("faulty"))


@dataclass(frozen=True)
class Statement:
    """A statement, what must be there before it, and what it makes of the rows."""

    sql: str
    setup: str = ""
    after: Callable[[list[Row]], list[Row]] = lambda rows: rows


MAKE = "CREATE TABLE t (x BIGINT, p STRING) USING DELTA PARTITIONED BY (p) LOCATION '{root}'"
FILL = "INSERT INTO '{root}' VALUES (1, 'a'), (2, 'b c')"
CHECKPOINTS = MAKE.replace(
    " LOCATION", " TBLPROPERTIES ('delta.checkpointInterval' = '2') LOCATION"
)

STATEMENTS = {
    "create": Statement(MAKE),
    "create as": Statement(
        f"{MAKE} AS SELECT CAST(1 AS BIGINT) AS x, 'a' AS p".replace("(x BIGINT, p STRING) ", ""),
        after=lambda _: [(1, "a")],
    ),
    "append": Statement(
        "INSERT INTO '{root}' VALUES (3, 'a'), (4, 'new')",
        f"{MAKE}; {FILL}",
        lambda rows: sorted_rows([*rows, (3, "a"), (4, "new")]),
    ),
    "append with a checkpoint": Statement(
        "INSERT INTO '{root}' VALUES (3, 'a')",
        f"{CHECKPOINTS}; {FILL}",
        lambda rows: sorted_rows([*rows, (3, "a")]),
    ),
    "overwrite": Statement(
        "INSERT OVERWRITE '{root}' VALUES (5, 'a')", f"{MAKE}; {FILL}", lambda _: [(5, "a")]
    ),
    "replace where": Statement(
        "INSERT INTO '{root}' REPLACE WHERE p = 'a' VALUES (6, 'a')",
        f"{MAKE}; {FILL}",
        lambda rows: sorted_rows([*(row for row in rows if row[1] != "a"), (6, "a")]),
    ),
}
KINDS: tuple[Kind, ...] = ("kill-before", "EIO", "short")
LONG_KINDS: tuple[Kind, ...] = ("kill-after", "ENOSPC", "EINTR")


def _command(shell: Path, sql: str, root: Path, durability: str = "full") -> list[str | Path]:
    options = ["-q", "--storage-option", f"durability={durability}"]
    return [shell, *options, "-c", sql.replace("{root}", str(root))]


def _prepare(shell: Path, statement: Statement, root: Path) -> None:
    if statement.setup:
        command = _command(shell, statement.setup, root, durability="none")
        subprocess.run(command, check=True, capture_output=True)


def _history(root: Path) -> LogHistory:
    return read_history(places.folder(root.parent).read(root.name))


def _check(name: str, shell: Path, root: Path, kind: Kind, at: int, run: Run) -> None:
    """Holds the table against what the program said, and writes to it."""
    statement = STATEMENTS[name]
    hit = run.changes[at - 1]
    is_killed = run.returncode < 0
    assert is_killed == kind.startswith("kill"), run
    before = [] if not statement.setup else [(1, "a"), (2, "b c")]
    after = statement.after(before)
    objects = places.folder(root.parent).read(root.name)
    history = read_history(objects)
    found = ours(root) if history.commits else None
    versions = (len(_versions_before(statement)), len(_versions_before(statement)) + 1)
    assert len(history.commits) in versions
    is_after = len(history.commits) == versions[1]
    assert found == (after if is_after else before if statement.setup else None)
    is_unknown = "not known" in run.stderr
    if not is_killed and not is_unknown:
        assert is_after == (run.returncode == 0)
    if not is_killed and hit.call != "unlink" and not (is_unknown and not is_after):
        assert not orphans(objects, history)
    if is_after:
        assert rows(root) == after
    else:
        again = subprocess.run(
            _command(shell, statement.sql, root, "none"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode == 0, again.stderr
        assert ours(root) == after
    assert len(_history(root).commits) == versions[1]


def _versions_before(statement: Statement) -> list[str]:
    return [part for part in statement.setup.split(";") if part.strip()]


@dataclass
class Points:
    """The changes that met a fault of a kind."""

    kind: Kind
    count: int = 0


def _run_at(
    faulty: FaultyFiles, shell: Path, folder: Path, name: str, points: Points, at: int
) -> bool:
    """Runs a statement with a fault at one change; returns whether there was such a change."""
    kind = points.kind
    root = folder / f"{kind}-{at}" / "t"
    start = folder / "start"
    if start.is_dir():
        shutil.copytree(start, root)
    else:
        root.parent.mkdir(parents=True)
    run = faulty.run(_command(shell, STATEMENTS[name].sql, root), root, at, kind)
    if len(run.changes) < at:
        return False
    if kind == "short" and "write" not in run.changes[at - 1].call:
        assert run.returncode == 0, run
        return True
    points.count += 1
    try:
        _check(name, shell, root, kind, at, run)
    except AssertionError as failure:
        raise AssertionError(f"{kind} at {at}: {run.changes[at - 1]}\n{run}") from failure
    shutil.rmtree(root.parent)
    return True


def _run_everywhere(
    faulty: FaultyFiles, shell: Path, folder: Path, name: str, kinds: tuple[Kind, ...]
) -> int:
    """Runs a statement with each kind of fault at each change; returns how many there were."""
    _prepare(shell, STATEMENTS[name], folder / "start")

    def until_none(points: Points) -> None:
        for at in itertools.count(1):
            if not _run_at(faulty, shell, folder, name, points, at):
                return

    points = [Points(kind) for kind in kinds]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(until_none, points))
    print(f"{name}: {points}")
    return sum(each.count for each in points)


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_change_goes_wrong(
    faulty: FaultyFiles, shell: Path, tmp_path: Path, name: str
) -> None:
    assert _run_everywhere(faulty, shell, tmp_path, name, KINDS) >= 20


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", STATEMENTS)
def test_each_change_goes_wrong_in_more_ways(
    faulty: FaultyFiles, shell: Path, tmp_path: Path, name: str
) -> None:
    assert _run_everywhere(faulty, shell, tmp_path, name, LONG_KINDS) >= 30


# What is on the disk when a statement answers, by the kernel's account.

_SYNC = re.compile(r"(?:fsync|fdatasync)\(\d+<(.*)>\)\s+= 0")
_MOVE = re.compile(
    r'(?:linkat|renameat2?|rename|link)\((?:AT_FDCWD(?:<.*?>)?, )?"(.*?)", '
    r'(?:AT_FDCWD(?:<.*?>)?, )?"(.*?)"(?:, \w+)?\)\s+= 0'
)
_FOLDER = re.compile(r'mkdir(?:at)?\((?:AT_FDCWD(?:<.*?>)?, )?"(.*?)", \d+\)\s+= 0')
_ANSWER = re.compile(r"write\(1<.*>, \"count")


def _trace(shell: Path, sql: str, root: Path, durability: str) -> list[str]:
    """The calls of a statement that matter, in the order in which they returned."""
    program = shutil.which("strace")
    if program is None:
        unavailable("no strace")
    output = root.with_name("trace")
    calls = "fsync,fdatasync,link,linkat,rename,renameat,renameat2,mkdir,mkdirat,write,pwrite64"
    # One file a thread, with times, tells when a call has returned.
    command: list[str | Path] = [program, "-f", "-qq", "-y", "-s", "40", "-o", output]
    command += ["-e", f"trace={calls}", *_command(shell, sql, root, durability)]
    done = subprocess.run([*command, "--format", "csv"], capture_output=True, text=True)
    if "ptrace" in done.stderr:
        unavailable(f"strace cannot trace here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return _whole_calls(output.read_text())


def _whole_calls(text: str) -> list[str]:
    """Joins calls that strace shows in two pieces, at the place of the second one."""
    begun: dict[str, str] = {}
    calls = []
    for line in text.splitlines():
        thread, _, rest = line.partition(" ")
        rest = rest.strip()
        if rest.endswith("<unfinished ...>"):
            begun[thread] = rest.removesuffix("<unfinished ...>").rstrip()
        elif (resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", rest)) is not None:
            calls.append(begun.pop(thread) + resumed[1])
        else:
            calls.append(rest)
    return calls


@pytest.mark.parametrize("name", ["create as", "append", "append with a checkpoint", "overwrite"])
def test_an_answer_comes_when_all_is_on_the_disk(shell: Path, tmp_path: Path, name: str) -> None:
    """Of each file: fsync of it, its name, fsync of its folder, the answer. Data files are there
    before the commit that names them, and folders before what is in them is answered."""
    root = tmp_path / "t"
    _prepare(shell, STATEMENTS[name], root)
    synced: set[str] = set()
    waiting: set[str] = set()  # Folders with names that are not on the disk yet.
    published: list[str] = []
    answers = 0
    for call in _trace(shell, STATEMENTS[name].sql, root, "full"):
        if (sync := _SYNC.search(call)) is not None:
            synced.add(sync[1])
            waiting.discard(sync[1])
        elif (move := _MOVE.search(call)) is not None and move[2].startswith(str(root)):
            assert move[1] in synced, f"{move[2]} got its name before its bytes were on the disk"
            if re.fullmatch(r".*/_delta_log/\d{20}\.json", move[2]):
                assert not waiting, f"a commit came before the names in {waiting} were on the disk"
            published.append(move[2])
            waiting.add(str(Path(move[2]).parent))
        elif (made := _FOLDER.search(call)) is not None and made[1].startswith(str(root)):
            waiting.add(str(Path(made[1]).parent))
        elif _ANSWER.search(call) is not None:
            assert not waiting, f"an answer came before the names in {waiting} were on the disk"
            answers += 1
    kinds = ("parquet", "json", "crc")
    assert answers == 1
    for kind in kinds:
        assert any(name.endswith(f".{kind}") for name in published), (kind, published)
    if "checkpoint" in name:
        assert any("checkpoint.parquet" in name for name in published)


def test_nothing_waits_for_the_disk_without_durability(shell: Path, tmp_path: Path) -> None:
    root = tmp_path / "t"
    statement = STATEMENTS["append with a checkpoint"]
    _prepare(shell, statement, root)
    calls = _trace(shell, statement.sql, root, "none")
    assert any(_MOVE.search(call) for call in calls)
    assert not [call for call in calls if "sync" in call]
