"""Processes that append rows to one table at once, and what became of each append."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from deltaic import CommitProperties, DeltaTable, write_deltalake
from deltaic.exceptions import CommitStateUnknownError, DeltaError

from writes.log_history import LogHistory, read_history
from writes.places import Place
from writes.readers import Options, rows

STRIDE = 100_000
"""Values of one writer are below those of the next by so much."""


@dataclass
class Outcomes:
    """What writers were told, by the value that they appended."""

    acknowledged: dict[int, int] = field(default_factory=dict)
    """The version of the commit."""
    failed: dict[int, str] = field(default_factory=dict)
    unknown: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Version and id of the commit: nobody could say whether it was made."""
    seconds: list[float] = field(default_factory=list)
    """How long each writer took."""


def one(value: int) -> pa.Table:
    return pa.table({"x": pa.array([value], pa.int64())})


def _append(
    uri: str,
    options: Options,
    values: range,
    start: multiprocessing.synchronize.Barrier,
    results: multiprocessing.queues.SimpleQueue[Outcomes],
) -> None:
    outcomes = Outcomes()
    start.wait()
    begin = time.monotonic()
    for value in values:
        # The value is in the log too, whatever statistics say.
        note = CommitProperties(custom_metadata={"value": value})
        try:
            table = DeltaTable(uri, storage_options=options)
            write_deltalake(table, one(value), mode="append", commit_properties=note)
            outcomes.acknowledged[value] = table.version()
        except CommitStateUnknownError as error:
            outcomes.unknown[value] = (error.version, error.txn_id)
        except DeltaError as error:
            outcomes.failed[value] = str(error)
    outcomes.seconds.append(time.monotonic() - begin)
    results.put(outcomes)


def append_at_once(uri: str, options: Options, writers: int, appends: int) -> Outcomes:
    """Lets `writers` processes append `appends` rows each, one a commit."""
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    start = context.Barrier(writers)
    processes = []
    for writer in range(writers):
        values = range(writer * STRIDE, writer * STRIDE + appends)
        arguments = (uri, options, values, start, results)
        processes.append(context.Process(target=_append, args=arguments))
    for process in processes:
        process.start()
    together = Outcomes()
    for _ in processes:
        each = results.get()
        together.acknowledged |= each.acknowledged
        together.failed |= each.failed
        together.unknown |= each.unknown
        together.seconds += each.seconds
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return together


def check_outcomes(place: Place, table: str, outcomes: Outcomes) -> LogHistory:
    """Holds what writers were told against the log and the rows.

    What was acknowledged is there once, in the version that was told; what failed is not there;
    what is unknown is there once at most. Nothing else is there but version 0.
    """
    history = read_history(place.read(table))
    ids = [info["txnId"] for _, info in history.actions("commitInfo")]
    landed = {info["value"]: version for version, info in history.actions("commitInfo")[1:]}
    assert len(landed) == len(history.commits) - 1, "a value is there twice"
    for value, version in outcomes.acknowledged.items():
        assert landed.get(value) == version, (value, version, landed.get(value))
    assert not outcomes.failed.keys() & landed.keys()
    assert landed.keys() <= outcomes.acknowledged.keys() | outcomes.unknown.keys()
    for value, (version, txn_id) in outcomes.unknown.items():
        # The error says where to look, and what is there decides.
        made = version < len(history.commits) and ids[version] == txn_id
        assert made == (value in landed), (value, version, txn_id)
        assert not made or landed[value] == version
    _check_adds(history, landed)
    found = Counter(row[0] for row in rows(place.uri(table), place.options))
    assert found == Counter([-1, *landed])
    return history


def _check_adds(history: LogHistory, landed: Mapping[int, int]) -> None:
    adds = history.actions("add")
    by_value = {json.loads(add["stats"])["minValues"]["x"]: version for version, add in adds}
    assert len(by_value) == len(adds)
    assert by_value == {-1: 0, **landed}
