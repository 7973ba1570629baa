"""Retries, timeouts and limits of connections: what the options say is what the store does."""

from __future__ import annotations

import socket
from pathlib import Path

import deltaic
import pytest

from harness.arrow import collect
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, field, metadata
from services import faulty_store, http_files
from services.process import LOOPBACK, free_ports

KINDS = ["s3", "az", "gs", "http"]
QUICK = {"backoff_config.init_backoff": "1ms", "backoff_config.max_backoff": "2ms"}


@pytest.mark.parametrize("fault", [500, 503, "reset"])
@pytest.mark.parametrize("kind", KINDS)
def test_failures_are_retried(kind: str, fault: faulty_store.Fault) -> None:
    with faulty_store.serve([fault, fault]) as store:
        options = {**store.options(kind), **QUICK, "max_retries": "2"}
        assert not deltaic.DeltaTable.is_deltatable(store.uri(kind), options)
        asked = [(request.method, request.path, request.query) for request in store.requests]
        assert asked[0] == asked[1] == asked[2]
        assert store.faults == []


@pytest.mark.parametrize("retries", [0, 1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_retries_are_counted(kind: str, retries: int) -> None:
    with faulty_store.serve([503] * 20) as store:
        options = {**store.options(kind), **QUICK, "max_retries": str(retries)}
        error = error_of(lambda: deltaic.DeltaTable.is_deltatable(store.uri(kind), options))
        assert code_of(error) == "io", describe(error)
        assert len(store.requests) == retries + 1
        # An answer to HEAD, which asks plain HTTP for a file, has no text.
        wanted = "503" if kind == "http" else "503 Service Unavailable: Busy: fault 503"
        assert wanted in str(error), describe(error)
        assert "<" not in str(error), describe(error)
        if retries > 0:
            assert f"after {retries} retries" in str(error), describe(error)


@pytest.mark.parametrize("kind", KINDS)
def test_no_retry_starts_after_the_retry_timeout(kind: str) -> None:
    with faulty_store.serve([503] * 20) as store:
        options = {**store.options(kind), **QUICK, "retry_timeout": "0s"}
        error_of(lambda: deltaic.DeltaTable.is_deltatable(store.uri(kind), options))
        assert len(store.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_silent_times_out(kind: str) -> None:
    with faulty_store.serve(["silence"] * 20) as store:
        options = {**store.options(kind), **QUICK, "max_retries": "1", "timeout": "200ms"}
        error = error_of(lambda: deltaic.DeltaTable.is_deltatable(store.uri(kind), options))
        assert code_of(error) == "io", describe(error)
        assert "operation timed out" in str(error), describe(error)
        assert len(store.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_does_not_take_connections_times_out(kind: str) -> None:
    """A backlog that is full: the kernel drops what comes."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen(0)
        with socket.socket() as one, socket.socket() as two:
            for each in (one, two):
                each.setblocking(False)
                each.connect_ex(listener.getsockname())
            url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
            store = faulty_store.FaultyStore(url)
            options = {**store.options(kind), "max_retries": "0", "connect_timeout": "200ms"}
            error = error_of(lambda: deltaic.DeltaTable.is_deltatable(store.uri(kind), options))
    assert code_of(error) == "io", describe(error)
    # Of the two clocks that run for it the one or the other may be the first.
    reasons = ("tcp connect error -> deadline has elapsed", "(Connect) -> operation timed out")
    assert any(reason in str(error) for reason in reasons), describe(error)


@pytest.mark.parametrize("kind", KINDS)
def test_a_port_that_is_closed_is_named_as_the_cause(kind: str) -> None:
    store = faulty_store.FaultyStore(f"http://{LOOPBACK}:{free_ports(1)[0]}")
    options = {**store.options(kind), **QUICK, "max_retries": "1"}
    error = error_of(lambda: deltaic.DeltaTable.is_deltatable(store.uri(kind), options))
    assert "tcp connect error -> Connection refused (os error 111)" in str(error), describe(error)
    assert "after 1 retries" in str(error), describe(error)


@pytest.mark.parametrize("kind", KINDS)
def test_a_host_that_is_not_there_is_named_as_the_cause(kind: str) -> None:
    store = faulty_store.FaultyStore("http://no-such-host.invalid")
    options = {**store.options(kind), **QUICK, "max_retries": "0"}
    error = error_of(lambda: deltaic.DeltaTable.is_deltatable(store.uri(kind), options))
    assert "dns error" in str(error), describe(error)


@pytest.mark.parametrize("kind", KINDS)
def test_what_speaks_no_tls_is_named_as_the_cause(kind: str) -> None:
    with faulty_store.serve() as server:
        store = faulty_store.FaultyStore(server.url.replace("http://", "https://"))
        options = {**store.options(kind), **QUICK, "max_retries": "0"}
        error = error_of(lambda: deltaic.DeltaTable.is_deltatable(store.uri(kind), options))
    assert "client error (Connect) -> " in str(error), describe(error)


@pytest.mark.parametrize("kind", KINDS)
def test_http_must_be_allowed(kind: str) -> None:
    with faulty_store.serve() as store:
        options = {**store.options(kind), "allow_http": "false"}
        error = error_of(lambda: deltaic.DeltaTable.is_deltatable(store.uri(kind), options))
        assert "URL scheme is not allowed" in str(error), describe(error)
        assert "the storage option allow_http" in str(error), describe(error)
        assert store.requests == []


def _table_of_many_commits(folder: Path) -> None:
    table = LogTable(folder / "table")
    table.commit(0, PROTOCOL, metadata(field("x", "long")))
    for version in range(1, 21):
        table.commit(version, table.data(f"{version}.parquet", {"x": [version]}))


def test_requests_at_a_time_are_limited(tmp_path: Path) -> None:
    _table_of_many_commits(tmp_path)
    seen = {}
    for limit in (None, "1", "2"):
        with http_files.serve(tmp_path, seconds=0.02) as files:
            options: dict[str, str] = {}
            if limit is not None:
                options["OBJECT_STORE_CONCURRENCY_LIMIT"] = limit
            table = deltaic.DeltaTable(f"{files.url}/table", storage_options=options)
            assert sum(collect(table.scan()).column("x").to_pylist()) == 210
            seen[limit] = files.most_at_once
    assert seen["1"] == 1
    assert seen["2"] in (1, 2)
    assert seen[None] > 2


def test_connections_are_not_kept_if_so_set(tmp_path: Path) -> None:
    _table_of_many_commits(tmp_path)
    seen = {}
    for idle in ("0", "50"):
        with http_files.serve(tmp_path) as files:
            options = {"pool_max_idle_per_host": idle}
            deltaic.DeltaTable(f"{files.url}/table", storage_options=options)
            seen[idle] = files.connections, len(files.requests)
    assert seen["0"][0] == seen["0"][1]
    assert seen["50"][0] < seen["50"][1]
