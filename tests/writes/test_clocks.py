"""Clocks that are wrong: commits while the wall clock jumps, and cleanups by a clock ahead."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import DeltaTable, write_deltalake

from services import faulty_files
from services.faulty_files import FaultyFiles
from writes import places
from writes.log_history import read_history
from writes.readers import of_deltalake, ours, rows, sorted_rows

DAY = 86_400
HOUR = 3_600

# Appends a row for each number of seconds that are added to the clock; "cleanup" cleans up.
WRITER = """
import sys
from pathlib import Path
import pyarrow as pa
from deltaic import DeltaTable, write_deltalake
table, clock, *steps = sys.argv[1:]
options = {"durability": "none"}
for number, step in enumerate(steps):
    kind, _, seconds = step.partition(":")
    Path(clock).write_text(seconds)
    if kind == "cleanup":
        DeltaTable(table, storage_options=options).cleanup_metadata()
    else:
        row = pa.table({"x": pa.array([int(kind)], pa.int64())})
        write_deltalake(table, row, mode="append", storage_options=options)
"""


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> FaultyFiles:
    return faulty_files.build(tmp_path_factory.mktemp("clock"))


def run_steps(faulty: FaultyFiles, folder: Path, steps: list[str]) -> None:
    """Runs steps, "VALUE:SECONDS" or "cleanup:SECONDS", on the table t of the folder."""
    clock = folder / "clock"
    clock.write_text("0")
    done = subprocess.run(
        [sys.executable, "-c", WRITER, folder / "t", clock, *steps],
        capture_output=True,
        text=True,
        env=faulty.environment(FAULTY_CLOCK=str(clock)),
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _make(folder: Path, **configuration: str) -> None:
    write_deltalake(
        folder / "t",
        pa.table({"x": pa.array([0], pa.int64())}),
        configuration={name.replace("_", "."): value for name, value in configuration.items()},
        storage_options={"durability": "none"},
    )


def test_times_in_commits_rise_though_the_clock_jumps(faulty: FaultyFiles, tmp_path: Path) -> None:
    _make(tmp_path, delta_enableInCommitTimestamps="true")
    jumps = [0, DAY, 0, -DAY, -DAY, 3 * DAY, -40 * DAY, 1, 0, 2 * DAY]
    steps = [f"{value}:{seconds}" for value, seconds in enumerate(jumps, start=1)]
    run_steps(faulty, tmp_path, steps)
    history = read_history(places.folder(tmp_path).read("t"))
    infos = [info for _, info in history.actions("commitInfo")]
    times = [info["inCommitTimestamp"] for info in infos]
    assert len(times) == len(jumps) + 1
    assert times == sorted(set(times)), "times must rise"
    # The clock was moved: the third commit is a day ahead, and the next one a moment later.
    assert times[2] - times[1] > (DAY - HOUR) * 1000
    assert times[3] == times[2] + 1
    assert rows(tmp_path / "t") == sorted_rows([(value,) for value in range(len(jumps) + 1)])
    # The history goes by them, and so does time travel.
    assert [entry["timestamp"] for entry in DeltaTable(tmp_path / "t").history()] == times[::-1]
    for version, time in enumerate(times):
        table = DeltaTable(tmp_path / "t")
        table.load_as_version(pa.scalar(time, pa.timestamp("ms", "UTC")).as_py())
        assert table.version() == version


@pytest.mark.parametrize("in_commit", ["true", "false"])
def test_a_cleanup_by_a_wrong_clock_removes_nothing_that_is_needed(
    faulty: FaultyFiles, tmp_path: Path, long_run: bool, in_commit: str
) -> None:
    """Random programs of appends, checkpoints and cleanups by clocks that jump by up to 80 days."""
    for seed in range(60 if long_run else 6):
        choice = random.Random(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        _make(
            folder,
            delta_enableInCommitTimestamps=in_commit,
            delta_checkpointInterval=str(choice.randint(1, 4)),
        )
        steps = []
        values = 0
        for _ in range(choice.randint(8, 16)):
            seconds = choice.choice([0, 0, 35, 80, -35, -80]) * DAY
            if choice.random() < 0.3:
                steps.append(f"cleanup:{seconds}")
            else:
                values += 1
                steps.append(f"{values}:{seconds}")
        steps.append(f"cleanup:{40 * DAY}")
        run_steps(faulty, folder, steps)
        _check_kept_versions(folder / "t", values, steps)


def _check_kept_versions(table: Path, newest: int, steps: list[str]) -> None:
    """Every version whose commit is kept has its rows, if a checkpoint or version 0 leads to it."""
    log = table / "_delta_log"
    names = [path.name for path in log.iterdir()]
    commits = sorted(int(name[:20]) for name in names if name.endswith(".json") and len(name) == 25)
    starts = [int(name[:20]) for name in names if name.endswith(".checkpoint.parquet")]
    assert commits == list(range(commits[0], newest + 1)), (commits, steps)
    assert commits[0] == 0 or min(starts) <= commits[0], (commits, starts, steps)
    expected = sorted_rows([(value,) for value in range(newest + 1)])
    assert ours(table) == expected, steps
    assert of_deltalake(table) == expected, steps
    for version in commits:
        read = pa.table(DeltaTable(table, version=version).scan())["x"].to_pylist()
        assert sorted(read) == list(range(version + 1)), (version, steps)
    hint = log / "_last_checkpoint"
    if hint.is_file():
        assert json.loads(hint.read_text())["version"] in starts, steps
