"""Processes that write one table at once, on every kind of store: no commit is lost or doubled, and
nobody gives up."""

from __future__ import annotations

import multiprocessing
import random
from typing import Any

import pyarrow as pa
import pytest
from deltaic import DeltaTable, write_deltalake
from deltaic.exceptions import CommitFailedError

from writes import appenders
from writes.appenders import append_at_once, check_outcomes
from writes.log_history import orphans, read_history
from writes.places import Place
from writes.readers import Options, rows

# How many writers append how often. SeaweedFS takes a second for a request that others contend.
SIZES = {"folder": (8, 12), "moto": (8, 10), "seaweedfs": (4, 5), "az": (8, 6), "gs": (4, 5)}
LONG_SIZES = {
    "folder": (32, 300),
    "moto": (32, 50),
    "seaweedfs": (8, 50),
    "az": (16, 50),
    "gs": (8, 50),
}


def _race(place: Place, table: str, writers: int, appends: int) -> None:
    write_deltalake(place.uri(table), appenders.one(-1), storage_options=place.options)
    outcomes = append_at_once(place.uri(table), place.options, writers, appends)
    history = check_outcomes(place, table, outcomes)
    assert not outcomes.failed and not outcomes.unknown
    assert len(outcomes.acknowledged) == writers * appends == len(history.commits) - 1
    assert not orphans(place.read(table), history)


@pytest.mark.parametrize(
    ("place", "writers", "appends"),
    [(kind, *size) for kind, size in SIZES.items()],
    indirect=["place"],
)
def test_appends_at_once(place: Place, writers: int, appends: int) -> None:
    _race(place, "appends", writers, appends)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("place", "writers", "appends"),
    [(kind, *size) for kind, size in LONG_SIZES.items()],
    indirect=["place"],
)
def test_many_appends_at_once(place: Place, writers: int, appends: int) -> None:
    _race(place, "many-appends", writers, appends)


ACCOUNTS = 6
START = 100


def _balances(table: DeltaTable) -> dict[int, int]:
    found = pa.table(table.scan())
    return dict(zip(found["account"].to_pylist(), found["balance"].to_pylist(), strict=True))


def _transfer(
    uri: str,
    options: Options,
    writer: int,
    transfers: int,
    results: multiprocessing.queues.SimpleQueue[Any],
) -> None:
    """Moves money between two accounts, on what was read of them, until it is committed."""
    choice = random.Random(writer)
    lost = 0
    for _ in range(transfers):
        source, target = choice.sample(range(ACCOUNTS), 2)
        amount = choice.randint(1, 20)
        while True:
            table = DeltaTable(uri, storage_options=options)
            balances = _balances(table)
            try:
                write_deltalake(
                    table,
                    _accounts(
                        {source: balances[source] - amount, target: balances[target] + amount}
                    ),
                    mode="overwrite",
                    predicate=f"account = {source} OR account = {target}",
                )
                break
            except CommitFailedError:
                lost += 1
    results.put(lost)


def _accounts(balances: dict[int, int]) -> pa.Table:
    columns = {"account": list(balances), "balance": list(balances.values())}
    return pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})


def _run_bank(place: Place, writers: int, transfers: int) -> None:
    """Overwrites of what was read conflict with each other: no money comes or goes."""
    uri, options = place.uri("bank"), place.options
    write_deltalake(uri, _accounts(dict.fromkeys(range(ACCOUNTS), START)), storage_options=options)
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    processes = [
        context.Process(target=_transfer, args=(uri, options, writer, transfers, results))
        for writer in range(writers)
    ]
    for process in processes:
        process.start()
    lost = sum(results.get() for _ in processes)
    for process in processes:
        process.join()
        assert process.exitcode == 0
    balances = rows(uri, options)
    assert sorted(account for account, _ in balances) == list(range(ACCOUNTS))
    assert sum(balance for _, balance in balances) == ACCOUNTS * START
    objects = place.read("bank")
    history = read_history(objects)
    assert len(history.commits) == 1 + writers * transfers
    assert not orphans(objects, history)
    assert lost > 0, "The writers were never in each other's way"
    # The money is right in every version.
    for version in range(len(history.commits)):
        table = DeltaTable(uri, version=version, storage_options=options)
        assert sum(_balances(table).values()) == ACCOUNTS * START


@pytest.mark.parametrize("place", ["folder", "moto"], indirect=True)
def test_overwrites_of_what_was_read(place: Place) -> None:
    _run_bank(place, writers=4, transfers=4)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("place", ["folder", "moto", "az", "seaweedfs"], indirect=True)
def test_many_overwrites_of_what_was_read(place: Place) -> None:
    _run_bank(place, writers=8, transfers=25)
