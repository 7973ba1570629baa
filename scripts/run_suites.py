#!/usr/bin/env python3
"""Runs the suites of tests over what scripts/test has built, and counts what they say.

The last line is `N passed, N failed, N skipped`, over all suites. The exit code is 0 where nothing
failed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build"
REPORTS = BUILD / "test-reports"
PREFIX = BUILD / "prefix"

# Unit tests that the thread sanitizer can judge: it does not see what the engine, being Rust, does.
WITHOUT_ENGINE = (
    "src/base",
    "src/columnar",
    "src/delta/protocol",
    "src/delta/statistics",
    "src/delta/actions",
)


@dataclass
class Outcome:
    """What one suite says."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def counts_line(outcome: Outcome) -> str:
    counts = (outcome.passed, len(outcome.failed), len(outcome.skipped))
    return "{} passed, {} failed, {} skipped".format(*counts)


@dataclass
class Choice:
    """Which tests to run."""

    long: bool
    name: str | None

    def wants(self, suite: str) -> bool:
        """Whether to run a suite that is one test."""
        return self.name is None or self.name in suite


def read_report(path: Path) -> Outcome:
    """Counts the tests of a JUnit report, as pytest and GoogleTest write them."""
    outcome = Outcome()
    for case in ET.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed.append(name)
        elif skipped is not None:
            outcome.skipped.append(f"{name}: {skipped.get('message') or ''}".strip())
        elif case.get("status") != "notrun":
            outcome.passed += 1
    return outcome


def run_reporting(command: list[str | Path], report: Path, environment: dict[str, str]) -> Outcome:
    """Runs a test program that writes `report`; one that ends badly otherwise has failed too."""
    report.unlink(missing_ok=True)
    code = subprocess.run(command, cwd=PROJECT, env={**os.environ, **environment}).returncode
    outcome = read_report(report) if report.is_file() else Outcome()
    if code != 0 and not outcome.failed:
        outcome.failed.append(f"{Path(command[0]).name} ended with exit code {code}")
    return outcome


def suites_without_engine() -> list[str]:
    """The names of the GoogleTest suites in `WITHOUT_ENGINE`."""
    names = set()
    for place in WITHOUT_ENGINE:
        path = PROJECT / place
        for file in [path] if path.is_file() else path.rglob("*_test.cc"):
            names |= set(re.findall(r"^TEST(?:_F|_P)?\((\w+)", file.read_text(), re.MULTILINE))
    return sorted(names)


def run_gtest(program: Path, choice: Choice) -> Outcome:
    report = REPORTS / f"{program.parent.name}-{program.name}.xml"
    environment = {
        "GTEST_OUTPUT": f"xml:{report}",
        "GTEST_BRIEF": "1",
        "GTEST_FILTER": f"*{choice.name}*" if choice.name else "*",
    }
    if program.is_relative_to(BUILD / "tsan"):
        chosen = [name for name in suites_without_engine() if (choice.name or "") in name]
        environment["GTEST_FILTER"] = ":".join(f"{name}.*" for name in chosen) or "-*"
    if program.is_relative_to(BUILD / "asan"):
        # What Rust holds is in memory of its own allocator, where the leak checker does not look.
        environment["ASAN_OPTIONS"] = "detect_leaks=0"
    return run_reporting([program], report, environment)


def run_printing(command: list[str], kind: str) -> Outcome:
    """Runs a program that prints a line "KIND NAME ... RESULT" for each of its tests."""
    ended = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    print(ended.stdout, end="")
    outcome = Outcome()
    for name, result in re.findall(rf"^{kind} (\S+) \.\.\. (\w+)", ended.stdout, re.MULTILINE):
        if result == "ok":
            outcome.passed += 1
        else:
            (outcome.skipped if result == "ignored" else outcome.failed).append(name)
    if ended.returncode != 0 and not outcome.failed:
        outcome.failed.append(f"{command[0]} ended with exit code {ended.returncode}")
    return outcome


def run_bridge_tests(choice: Choice) -> Outcome:
    """Runs the unit tests of the Rust crate."""
    command = ["scripts/bridge", "test", *([choice.name] if choice.name else [])]
    return run_printing(command, "test")


def run_fuzz_targets(choice: Choice) -> Outcome:
    """Runs the fuzz targets for a while."""
    targets = sorted(path.stem for path in (PROJECT / "tests/fuzz/targets").glob("*.cc"))
    chosen = [target for target in targets if choice.wants(f"fuzz {target}")]
    if not chosen:
        return Outcome()
    seconds = "60" if choice.long else "5"
    outcome = run_printing(["scripts/fuzz", "--seconds", seconds, *chosen], "fuzz")
    if outcome.passed + len(outcome.failed) < len(chosen):
        outcome.failed.append("scripts/fuzz did not run every target")
    return outcome


def run_pytest(folder: str, choice: Choice) -> Outcome:
    report = REPORTS / f"{folder.replace('/', '-')}.xml"
    command: list[str | Path] = [Path(sys.executable).parent / "pytest", folder, "-q", "-ra"]
    command += [f"--junitxml={report}"]
    if choice.name:
        command += ["-k", choice.name]
    if choice.long and folder == "tests":
        command.append("--long")
    environment = {
        "DELTAIC_SHELL": str(PREFIX / "bin" / "deltaic"),
        "DELTAIC_UNIT_TESTS": str(BUILD / "asan" / "deltaic_unit_tests"),
    }
    outcome = run_reporting(command, report, environment)
    nothing_chosen = "pytest ended with exit code 5"
    if choice.name and outcome.failed == [nothing_chosen]:
        outcome.failed.clear()
    return outcome


def run_one(name: str, command: list[str | Path]) -> Outcome:
    """A suite that is one test: a command and its exit code."""
    code = subprocess.run(command, cwd=PROJECT).returncode
    return Outcome(failed=[f"{name} ended with exit code {code}"]) if code else Outcome(passed=1)


def run_examples(choice: Choice) -> Outcome:
    """Runs the examples that scripts/setup/install has built, as a project over the prefix."""
    report = REPORTS / "examples.xml"
    command: list[str | Path] = ["ctest", "--test-dir", BUILD / "examples", "--output-on-failure"]
    command += ["--output-junit", report]
    if choice.name:
        command += ["-R", choice.name]
    return run_reporting(command, report, {})


def suites(choice: Choice) -> dict[str, Callable[[], Outcome]]:
    """The suites to run, by name, in order."""
    chosen: dict[str, Callable[[], Outcome]] = {}
    if choice.wants("lint"):
        lint: list[str | Path] = ["scripts/lint", *(["--thorough"] if choice.long else [])]
        chosen["lint"] = partial(run_one, "lint", lint)
    for program in sorted((BUILD / "asan").glob("deltaic_*_tests")):
        chosen[f"C++ {program.name}"] = partial(run_gtest, program, choice)
    if choice.long:
        program = BUILD / "tsan" / "deltaic_unit_tests"
        chosen["C++ threads"] = partial(run_gtest, program, choice)
    chosen["fuzz targets"] = partial(run_fuzz_targets, choice)
    chosen["Rust bridge"] = partial(run_bridge_tests, choice)
    chosen["examples"] = partial(run_examples, choice)
    for folder in ("scripts", "cli/tests", "python/tests", "tests"):
        chosen[f"Python {folder}"] = partial(run_pytest, folder, choice)
    return chosen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="also the variants that take minutes")
    parser.add_argument("name", nargs="?", help="only tests whose names contain this")
    arguments = parser.parse_args()
    choice = Choice(arguments.long, arguments.name)

    REPORTS.mkdir(parents=True, exist_ok=True)
    total = Outcome()
    lines = []
    for name, run in suites(choice).items():
        print(f"\n=== {name}", flush=True)
        start = time.monotonic()
        try:
            outcome = run()
        except Exception as error:
            outcome = Outcome(failed=[f"could not be run: {error!r}"])
        seconds = time.monotonic() - start
        lines.append(f"  {name}: {counts_line(outcome)}, in {seconds:.0f} s")
        total.passed += outcome.passed
        total.failed += [f"{name}: {test}" for test in outcome.failed]
        total.skipped += [f"{name}: {test}" for test in outcome.skipped]

    if total.passed == 0 and not total.failed:
        total.failed.append("no test was run")
    print("\n=== All suites")
    print("\n".join(lines))
    for test in total.skipped:
        print(f"  skipped: {test}")
    for test in total.failed:
        print(f"  FAILED: {test}")
    print(counts_line(total))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
