"""Joins of tables that share the names of their columns lose no row and invent none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from joins.statements import Generator, matrix
from joins.worlds import Rows, World, countries, difference, of_wheel, ours, random_world
from joins.worlds import write_world as write
from scan.plans import opened, plan

# Filters are applied by the reader, row by row, and by nobody else.
PUSHED = {"execution__parquet__pushdown_filters": "true"}
# Many small batches: a top-k tells its scans early what they may leave out.
NARROW = {"execution__target_partitions": "7", "execution__batch_size": "64"}

# Joins merge what is sorted.
MERGED = {"optimizer__prefer_hash_join": "false", "execution__target_partitions": "4"}

WORLDS = range(8)
STATEMENTS = 160


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return countries(tmp_path_factory.mktemp("countries"))


def check(world: World, find: Callable[[str], Rows], statements: list[tuple[str, bool]]) -> None:
    wrong = []
    for sql, is_ordered in statements:
        what = difference(find(sql), world.expected(sql), is_ordered)
        if what:
            wrong.append(f"{sql}\n    {what}")
    assert not wrong, f"{len(wrong)} of {len(statements)}:\n" + "\n".join(wrong[:10])


def check_ours(world: World, statements: list[tuple[str, bool]], **settings: str) -> None:
    session = world.session(**settings)
    check(world, lambda sql: ours(session, sql), statements)


@pytest.mark.parametrize("settings", [{}, PUSHED, MERGED], ids=["default", "pushed", "merged"])
def test_conditions_on_both_sides_of_every_join(world: World, settings: dict[str, str]) -> None:
    check_ours(world, [(sql, False) for sql in matrix()], **settings)


def test_the_same_in_the_wheel(world: World) -> None:
    wheel = world.wheel()
    check(world, lambda sql: of_wheel(wheel, sql), [(sql, False) for sql in matrix()])


def statements_of(seed: int, count: int) -> list[tuple[str, bool]]:
    generator = Generator(seed)
    made = [generator.statement() for _ in range(count)]
    return [(statement.sql, statement.is_ordered) for statement in made]


@pytest.mark.parametrize("seed", WORLDS)
def test_random_joins(seed: int, tmp_path: Path) -> None:
    world, statements = random_world(tmp_path, seed), statements_of(seed, STATEMENTS)
    check_ours(world, statements)
    check_ours(world, statements, **PUSHED)
    if seed == 0:
        check_ours(world, statements, **MERGED)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1050))
def test_random_joins_at_length(seed: int, tmp_path: Path) -> None:
    world, statements = random_world(tmp_path, seed), statements_of(seed, 400)
    for settings in ({}, PUSHED, NARROW, {**NARROW, **PUSHED}, MERGED):
        check_ours(world, statements, **settings)
    wheel = world.wheel()
    check(world, lambda sql: of_wheel(wheel, sql), statements)


def test_right_join_with_a_condition_on_either_side(world: World) -> None:
    sql = (
        "SELECT count(*) FROM a RIGHT JOIN b ON a.cust = b.cust "
        "WHERE a.country = 'NO' OR b.country = 'SE'"
    )
    assert ours(world.session(), sql) == of_wheel(world.wheel(), sql) == [(7,)]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> World:
    """`s` has three of the keys of `b`, to all of which `a` refers; keys of `a` are greater."""
    files = {
        "s": [pa.table({"id": pa.array([0, 7, 14], pa.int64())})],
        "a": [
            pa.table(
                {
                    "id": pa.array([5000 + 100 * number + i for i in range(100)], pa.int64()),
                    "ref": pa.array([i * 8 + number for i in range(100)], pa.int64()),
                    "v": pa.array([i % 10 for i in range(100)], pa.int64()),
                }
            )
            for number in range(8)
        ],
        "b": [
            pa.table(
                {
                    "id": pa.array([100 * number + i for i in range(100)], pa.int64()),
                    "v": pa.array([i if i % 3 else None for i in range(100)], pa.int64()),
                }
            )
            for number in range(8)
        ],
    }
    return write(tmp_path_factory.mktemp("chain"), files)


NESTED = "SELECT s.id, q.aid, q.bid FROM s JOIN ({}) q ON s.id = q.bid"


@pytest.mark.parametrize(
    "sql",
    [
        # The side that is probed is a join, and the key is the second of its columns of one name.
        NESTED.format(
            "SELECT a.id AS aid, b.id AS bid FROM a LEFT JOIN b ON a.ref = b.id "
            "WHERE b.v IS NOT NULL OR a.v < 5"
        ),
        NESTED.format(
            "SELECT a.id AS aid, b.id AS bid FROM a LEFT JOIN b ON a.ref = b.id GROUP BY a.id, b.id"
        ),
        # The key's name is that of another column of the side that a semi join does not return.
        "SELECT s.id FROM s JOIN (SELECT b.id FROM b WHERE EXISTS "
        "(SELECT 1 FROM a WHERE a.ref = b.id AND a.id > b.v)) q ON s.id = q.id",
        "SELECT s.id FROM s JOIN (SELECT id FROM a UNION ALL SELECT id FROM b) u ON s.id = u.id",
    ],
    ids=["filtered", "grouped", "semi", "united"],
)
@pytest.mark.parametrize("settings", [{}, PUSHED, NARROW], ids=["default", "pushed", "narrow"])
def test_keys_of_one_name(chain: World, sql: str, settings: dict[str, str]) -> None:
    assert chain.expected(sql)
    check_ours(chain, [(sql, False)], **settings)
    check(chain, lambda sql: of_wheel(chain.wheel(), sql), [(sql, False)])


@pytest.mark.parametrize("settings", [{}, PUSHED, NARROW], ids=["default", "pushed", "narrow"])
def test_the_first_rows_by_the_second_column_of_a_name(
    chain: World, settings: dict[str, str]
) -> None:
    joined = "FROM a JOIN b ON a.ref = b.id JOIN s ON s.id = b.id"
    sql = f"SELECT a.v AS av, b.v AS bv {joined} ORDER BY b.v NULLS LAST, a.v LIMIT 2"
    outer = (
        "SELECT a.id AS aid, b.id AS bid FROM a RIGHT JOIN b ON a.id = b.id "
        "WHERE NOT (coalesce(b.v, b.id, 7) > 40) OR NOT (a.v = 3) ORDER BY b.id DESC, a.id LIMIT 5"
    )
    for _ in range(4):
        check_ours(chain, [(sql, True), (outer, True)], **settings)


def test_a_join_still_leaves_out_files_by_the_second_column_of_a_name(chain: World) -> None:
    sql = (
        "SELECT s.id, a.id AS aid, b.id AS bid, b.v FROM a JOIN b ON a.ref = b.id "
        "JOIN s ON s.id = b.id"
    )
    session = chain.session(execution__target_partitions="1")
    check(chain, lambda sql: ours(session, sql), [(sql, False)])
    text = plan(session, sql, analyze=True)
    assert opened(text, "ref") == 8
    assert opened(text, "v") == 1
