"""Statements that nest deep give an answer or an error, never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine import Engine

TOO_MANY = 20_000
SHAPES = {
    "sums": lambda n: "SELECT 1" + " + 1" * n,
    "alternatives": lambda n: "SELECT 1 = 0" + " OR 1 = 0" * n,
    "parentheses": lambda n: "SELECT " + "(" * n + "1" + ")" * n,
    "casts": lambda n: "SELECT 1" + "::int" * n,
    "negations": lambda n: "SELECT " + "- " * n + "1",
    "unions": lambda n: "SELECT 1" + " UNION ALL SELECT 1" * n,
    "joins": lambda n: "SELECT 1 FROM (SELECT 1)" + ", (SELECT 1)" * n,
    "queries": lambda n: (
        "WITH a AS (SELECT 1)" + ", a AS (SELECT * FROM a)" * n + " SELECT * FROM a"
    ),
    "case": lambda n: "SELECT " + "CASE WHEN true THEN " * n + "1" + " END" * n,
}


@pytest.fixture
def engine(shell: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(shell, tmp_path)
    yield engine
    engine.close()


@pytest.mark.parametrize("shape", SHAPES)
def test_too_deep_statements_are_refused(engine: Engine, shape: str) -> None:
    error = engine.error(SHAPES[shape](TOO_MANY))
    assert "[invalid_sql]" in error or "[resources_exhausted]" in error
    assert engine.number("SELECT 7") == 7


def test_three_thousand_terms_are_answered(engine: Engine) -> None:
    assert engine.number("SELECT 1" + " + 1" * 2999) == 3000
    assert engine.rows("SELECT 1 = 0" + " OR 1 = 0" * 2999) == [["false"]]
