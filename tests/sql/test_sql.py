"""SQL as users write it: the files *.slt, run by sqllogictest over the shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import deltalake
import pytest

PROJECT = Path(__file__).resolve().parents[2]
FILES = sorted(Path(__file__).parent.glob("*.slt"))


@pytest.fixture(scope="session")
def sqllogictest() -> Path:
    """The runner, which is installed where it is not there."""
    command = [str(PROJECT / "scripts" / "setup" / "sqllogictest")]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(ended.stdout.strip())


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """The example tables, one of them partitioned in another way too, and a folder of tables;
    version n was committed n days into 2024."""
    shutil.copytree(PROJECT / "examples" / "data", tmp_path / "data")
    folder = tmp_path / "data"
    orders = deltalake.DeltaTable(folder / "orders").to_pyarrow_table()
    deltalake.write_deltalake(folder / "by_status", orders, partition_by=["status"])
    shutil.copytree(folder / "customers", folder / "shop" / "customers")
    shutil.copytree(folder / "orders", folder / "shop" / "sales" / "Orders")
    (folder / "shop" / "empty").mkdir()
    for commit in folder.glob("**/_delta_log/*.json"):
        day = int(commit.stem) + 1
        seconds = datetime(2024, 1, day, tzinfo=UTC).timestamp()
        os.utime(commit, (seconds, seconds))
    return folder


@pytest.mark.parametrize("script", FILES, ids=lambda path: path.stem)
def test_sql(script: Path, sqllogictest: Path, shell: Path, tables: Path) -> None:
    command = f"{shell.resolve()} --sqllogictest --catalog shop=./shop"
    ended = subprocess.run(
        [
            sqllogictest,
            "--engine",
            "external",
            "--external-engine-command-template",
            command,
            script,
        ],
        cwd=tables,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
