"""What goes wrong between a writer and a real S3 server: requests and answers that are lost, torn,
refused, sent twice or late. Tables are as before or as after, and the writer knows which, or is
told that nobody does."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pytest
from deltaic import DeltaTable, WriterProperties, write_deltalake
from deltaic.exceptions import CommitStateUnknownError, DeltaError

from services import fault_proxy
from services.fault_proxy import FAULTS, Fault, FaultProxy, Request
from services.moto import Moto
from writes import appenders, places
from writes.appenders import append_at_once, check_outcomes
from writes.log_history import orphans, read_history
from writes.places import BUCKET, Place
from writes.readers import Row, ours, rows, sorted_rows

QUICK = {"backoff_config.init_backoff": "1ms", "backoff_config.max_backoff": "5ms"}
ONCE = {**QUICK, "max_retries": "0"}

# The faults after which a request without retries has an error.
FAILING: tuple[Fault, ...] = (
    "lost request",
    "lost answer",
    "torn answer",
    "refused",
    "refused late",
)


@pytest.fixture
def proxy(moto_bucket: Moto) -> Iterator[FaultProxy]:
    with fault_proxy.serve(moto_bucket.endpoint) as proxy:
        yield proxy


# Faults at random, while several write.


def _race(place: Place, proxy: FaultProxy, rate: float, writers: int, appends: int) -> None:
    table = f"random-{rate}"
    write_deltalake(place.uri(table), appenders.one(-1), storage_options=place.options)
    faulty = places.through(place, proxy)
    chance = random.Random(rate)
    count: dict[str, int] = dict.fromkeys(FAULTS, 0)

    def choose(_: Request) -> Fault | None:
        if chance.random() >= rate:
            return None
        fault = chance.choice(FAULTS)
        count[fault] += 1
        return fault

    proxy.choose = choose
    outcomes = append_at_once(faulty.uri(table), {**faulty.options, **QUICK}, writers, appends)
    history = check_outcomes(place, table, outcomes)
    assert min(count.values()) > 0, count
    total = writers * appends
    print(
        f"{rate:.0%} of {len(proxy.requests)} requests: {len(outcomes.acknowledged)} acknowledged, "
        f"{len(outcomes.failed)} failed, {len(outcomes.unknown)} unknown; "
        f"{len(history.commits) - 1} versions"
    )
    # With the retries of the store nearly all are answered in the end.
    assert len(outcomes.acknowledged) >= 0.9 * total, outcomes


def test_writers_on_a_bad_network(moto_place: Place, proxy: FaultProxy) -> None:
    _race(moto_place, proxy, 0.2, writers=4, appends=8)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rate", [0.05, 0.19, 0.5])
def test_many_writers_on_a_bad_network(moto_place: Place, proxy: FaultProxy, rate: float) -> None:
    _race(moto_place, proxy, rate, writers=4, appends=50)


# One fault, at each request of an operation in turn.

MOST_REQUESTS = 200


@dataclass
class Operation:
    """A change of a table, and what it makes of its rows."""

    run: Callable[[str, dict[str, str]], object]
    """Takes URI and options."""
    after: Callable[[list[Row]], list[Row]] = lambda rows: rows
    is_made_anew: bool = False
    """Whether there is no table before."""
    has_checkpoints: bool = False
    """Whether it writes one each time."""
    setup: Callable[[str, dict[str, str]], object] = lambda uri, options: None
    faults: tuple[Fault, ...] = FAULTS


PARTITIONED = pa.schema([("x", pa.int64()), ("p", pa.string())])


def _two(x: int) -> pa.Table:
    return pa.table({"x": [x, x], "p": ["a", "b c"]}, schema=PARTITIONED)


def _create(uri: str, options: dict[str, str]) -> None:
    write_deltalake(uri, _two(1), partition_by=["p"], storage_options=options)


def _append(uri: str, options: dict[str, str]) -> None:
    write_deltalake(uri, _two(2), mode="append", storage_options=options)


def _overwrite(uri: str, options: dict[str, str]) -> None:
    only = pa.table({"x": [3], "p": ["a"]}, schema=PARTITIONED)
    write_deltalake(uri, only, mode="overwrite", predicate="p = 'a'", storage_options=options)


LARGE = b"".join(random.Random(5).randbytes(1 << 20) for _ in range(9))


def _append_large(uri: str, options: dict[str, str]) -> None:
    """A file of two parts."""
    texts = [LARGE[begin : begin + (1 << 20)] for begin in range(0, len(LARGE), 1 << 20)]
    write_deltalake(
        uri,
        pa.table({"b": pa.array(texts, pa.binary())}),
        mode="append",
        writer_properties=WriterProperties(compression="UNCOMPRESSED"),
        storage_options=options,
    )


def _checkpoint(uri: str, options: dict[str, str]) -> None:
    DeltaTable(uri, storage_options=options).create_checkpoint()


def _create_with_checkpoints(uri: str, options: dict[str, str]) -> None:
    write_deltalake(
        uri,
        _two(1),
        partition_by=["p"],
        configuration={"delta.checkpointInterval": "1"},
        storage_options=options,
    )


OPERATIONS = {
    "create": Operation(_create, lambda _: [(1, "a"), (1, "b c")], is_made_anew=True),
    "append": Operation(
        _append, lambda rows: sorted_rows([*rows, (2, "a"), (2, "b c")]), setup=_create
    ),
    "overwrite": Operation(
        _overwrite,
        lambda rows: sorted_rows([*(row for row in rows if row[1] != "a"), (3, "a")]),
        setup=_create,
    ),
    "append with a checkpoint": Operation(
        _append,
        lambda rows: sorted_rows([*rows, (2, "a"), (2, "b c")]),
        has_checkpoints=True,
        setup=_create_with_checkpoints,
    ),
    "checkpoint": Operation(_checkpoint, setup=_create),
    "append of a large file": Operation(
        _append_large,
        lambda rows: sorted_rows([*rows, *((LARGE[i << 20 : (i + 1) << 20],) for i in range(9))]),
        setup=lambda uri, options: write_deltalake(
            uri, pa.table({"b": [b""]}), storage_options=options
        ),
        faults=("lost request", "lost answer", "refused late", "twice"),
    ),
}


class FaultAt:
    """Lets something go wrong at the request of a number, or from there on."""

    def __init__(self, fault: Fault, number: int, for_ever: bool = False) -> None:
        self.fault = fault
        self.number = number
        self.for_ever = for_ever
        self.count = 0
        self.hit: list[Request] = []

    def __call__(self, request: Request) -> Fault | None:
        self.count += 1
        if self.count == self.number or (self.for_ever and self.count > self.number):
            self.hit.append(request)
            return self.fault
        return None


def _check_after(
    place: Place, table: str, operation: Operation, before: list[Row], error: DeltaError | None
) -> bool:
    """Checks the table, and returns whether the operation has happened."""
    objects = place.read(table)
    history = read_history(objects)
    uri, options = place.uri(table), place.options
    after = operation.after(before)
    if not history.commits:
        assert operation.is_made_anew
        assert error is not None
        return False
    found = ours(uri, options)
    if error is None:
        assert found == after
        return True
    if not isinstance(error, CommitStateUnknownError):
        assert found == before, f"an error, but the commit was made: {error}"
        return before == after
    assert found in (before, after)
    return found == after


def _run_with_fault(
    place: Place, proxy: FaultProxy, name: str, table: str, at: FaultAt, options: dict[str, str]
) -> bool:
    """Runs an operation once; returns whether the fault was reached."""
    operation = OPERATIONS[name]
    faulty = places.through(place, proxy)
    before = [] if operation.is_made_anew else ours(place.uri(table), place.options)
    error: DeltaError | None = None
    proxy.choose = at
    try:
        operation.run(faulty.uri(table), {**faulty.options, **options})
    except DeltaError as failure:
        error = failure
    finally:
        proxy.choose = lambda _: None
    where = f"{name}: {at.fault} at {at.number}: {[(r.method, r.path) for r in at.hit]}: {error!r}"
    try:
        has_happened = _check_after(place, table, operation, before, error)
        if not at.for_ever:
            _check_leftovers(place, table, at, error, has_happened)
    except AssertionError as failure:
        raise AssertionError(where) from failure
    return bool(at.hit)


def _check_leftovers(
    place: Place, table: str, at: FaultAt, error: DeltaError | None, has_happened: bool
) -> None:
    """Files of a write that failed are gone: unless it is not known whether they are needed, or it
    was their removal that went wrong."""
    if any(request.method == "DELETE" or "?delete" in request.path for request in at.hit):
        return
    if isinstance(error, CommitStateUnknownError) and not has_happened:
        return
    objects = place.read(table)
    assert not orphans(objects, read_history(objects))


def _uploads(moto: Moto) -> list[str]:
    listed = moto.client.list_multipart_uploads(Bucket=BUCKET)
    return [upload["Key"] for upload in listed.get("Uploads", [])]


# What takes minutes.
SLOW = ("append with a checkpoint", "append of a large file")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in SLOW)) for name in OPERATIONS]
)
def test_each_request_goes_wrong(
    moto_bucket: Moto, moto_place: Place, proxy: FaultProxy, name: str
) -> None:
    operation = OPERATIONS[name]
    points = 0
    for fault in operation.faults:
        tables = (f"{name}-{fault}-{number}".replace(" ", "-") for number in itertools.count())
        table = next(tables)
        operation.setup(moto_place.uri(table), moto_place.options)
        for number in itertools.count(1):
            at = FaultAt(fault, number)
            if not _run_with_fault(moto_place, proxy, name, table, at, ONCE):
                break
            points += 1
            assert number < MOST_REQUESTS
            if operation.is_made_anew:
                table = next(tables)
            elif operation.has_checkpoints:
                # Without one the next run has one request more, and its fault is at the same place.
                _checkpoint(moto_place.uri(table), moto_place.options)
        assert rows(moto_place.uri(table), moto_place.options)
    assert points >= 4 * len(operation.faults)
    assert not _uploads(moto_bucket)
    print(f"{name}: {points} faults")


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_network_fails_from_each_request_on(
    moto_place: Place, proxy: FaultProxy, name: str
) -> None:
    """What a write has begun cannot be removed then, but the table is as before or as after."""
    operation = OPERATIONS[name]
    for number in itertools.count(1):
        table = f"{name}-outage-{number}".replace(" ", "-")
        where = (moto_place.uri(table), moto_place.options)
        operation.setup(*where)
        at = FaultAt("lost request", number, for_ever=True)
        if not _run_with_fault(moto_place, proxy, name, table, at, ONCE):
            break
        if not (operation.is_made_anew and DeltaTable.is_deltatable(*where)):
            operation.run(*where)
        assert rows(*where)
    assert number > 4
