"""Tables that are written to every kind of store, read by us and by `deltalake`."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from deltaic import (
    DeltaTable,
    WriterProperties,
    write_deltalake,
)
from deltaic.doctor import check_store
from deltaic.exceptions import CommitFailedError, DeltaError, StoragePermissionError

from services import fault_proxy
from services.azurite import Azurite
from services.moto import Moto
from writes import places
from writes.conftest import KINDS
from writes.log_history import orphans, read_history
from writes.places import BUCKET, Place
from writes.readers import rows

DAY = 86_400_000
every_kind = pytest.mark.parametrize("place", KINDS, indirect=True)


def some(*values: int) -> pa.Table:
    return pa.table({"x": pa.array(values, pa.int64())})


@every_kind
def test_a_table_lives_its_life(place: Place) -> None:
    """Made, added to, widened, replaced in parts and as a whole, with a checkpoint."""
    uri, options = place.uri("life"), place.options
    DeltaTable.create(
        uri,
        pa.schema([("x", pa.int64()), ("p", pa.string())]),
        partition_by=["p"],
        storage_options=options,
    )
    with pytest.raises(DeltaError, match="life"):
        write_deltalake(uri, some(1), storage_options=options)
    partitions = ["a", "b c", "d/e", "f%20g", "æ=+&#?", None]
    first = pa.table({"x": pa.array(range(6), pa.int64()), "p": partitions})
    write_deltalake(uri, first, mode="append", storage_options=options)
    assert rows(uri, options) == [(x, p) for x, p in enumerate(partitions)]
    wider = pa.table({"x": [6], "p": ["a"], "y": [dt.date(2024, 5, 1)]})
    write_deltalake(uri, wider, mode="append", schema_mode="merge", storage_options=options)
    expected = [(x, p, None) for x, p in enumerate(partitions)] + [(6, "a", dt.date(2024, 5, 1))]
    assert rows(uri, options) == expected
    replaced = pa.table({"x": [7], "p": ["a"], "y": [None]}, schema=wider.schema)
    write_deltalake(uri, replaced, mode="overwrite", predicate="p = 'a'", storage_options=options)
    expected = [*expected[1:6], (7, "a", None)]
    assert rows(uri, options) == expected
    table = DeltaTable(uri, storage_options=options)
    table.create_checkpoint()
    write_deltalake(table, wider, mode="append")
    assert table.version() == 4
    expected = sorted([*expected, (6, "a", dt.date(2024, 5, 1))], key=repr)
    assert rows(uri, options) == expected
    objects = place.read("life")
    assert f"_delta_log/{3:020}.checkpoint.parquet" in objects
    assert not orphans(objects, read_history(objects))
    write_deltalake(
        uri,
        pa.table({"p": ["z"], "w": [True]}),
        mode="overwrite",
        schema_mode="overwrite",
        storage_options=options,
    )
    assert rows(uri, options) == [("z", True)]


@every_kind
def test_versions_that_have_expired_are_cleaned_up(place: Place, tmp_path: Path) -> None:
    local = places.folder(tmp_path / "local")
    for value in range(4):
        write_deltalake(
            local.uri("old"),
            some(value),
            mode="append",
            configuration={"delta.enableInCommitTimestamps": "true"} if value == 0 else None,
        )
    days_ago = re.compile(rb'(?<="inCommitTimestamp":)\d+')
    place.put(
        "old",
        {
            name: days_ago.sub(lambda found: b"%d" % (int(found[0]) - 40 * DAY), body)
            for name, body in local.read("old").items()
            if not name.endswith(".crc")
        },
    )
    uri, options = place.uri("old"), place.options
    table = DeltaTable(uri, storage_options=options)
    table.create_checkpoint()
    write_deltalake(table, some(4), mode="append")
    table.cleanup_metadata()
    log = {name for name in place.read("old") if name.startswith("_delta_log/0")}
    kept = {f"_delta_log/{version:020}.json" for version in (3, 4)}
    checkpoint = f"_delta_log/{3:020}.checkpoint.parquet"
    assert log == {*kept, checkpoint, f"_delta_log/{4:020}.crc"}
    assert rows(uri, options) == [(value,) for value in range(5)]


@every_kind
def test_files_of_several_parts(place: Place) -> None:
    """Files beyond 8 MiB are uploads of several parts."""
    uri, options = place.uri("parts"), place.options
    count = 2_500_000
    values = pa.table({"x": pa.array(range(count), pa.int64())})
    plain = WriterProperties(compression="UNCOMPRESSED")
    write_deltalake(uri, values, writer_properties=plain, storage_options=options)
    objects = place.read("parts")
    sizes = [size for name, size in objects.sizes.items() if name.endswith(".parquet")]
    assert max(sizes) > 2 * (8 << 20)
    read = pa.table(DeltaTable(uri, storage_options=options).scan())
    assert read.sort_by("x").equals(values)
    theirs = {name: value for name, value in options.items() if name != "durability"}
    builder = deltalake.QueryBuilder().register(
        "t", deltalake.DeltaTable(uri, storage_options=theirs)
    )
    found = pa.table(builder.execute("SELECT count(x) AS n, sum(x) AS total FROM t")).to_pylist()
    assert found == [{"n": count, "total": count * (count - 1) // 2}]


@every_kind
def test_a_write_that_fails_leaves_nothing(place: Place) -> None:
    uri, options = place.uri("failing"), place.options
    DeltaTable.create(
        uri,
        pa.schema([("x", pa.int64()), ("p", pa.string())]),
        partition_by=["p"],
        configuration={"delta.constraints.small": "x < 500"},
        storage_options=options,
    )
    before = place.read("failing").sizes
    values = pa.table({"x": pa.array(range(1000), pa.int64()), "p": ["a", "b c"] * 500})
    with pytest.raises(DeltaError, match="small"):
        write_deltalake(uri, values, mode="append", target_file_size=1, storage_options=options)
    assert place.read("failing").sizes == before


@every_kind
def test_a_lost_race_removes_the_files_of_the_loser(place: Place) -> None:
    uri, options = place.uri("lost"), place.options
    write_deltalake(uri, some(1), storage_options=options)
    stale = DeltaTable(uri, storage_options=options)
    write_deltalake(uri, some(2), mode="append", storage_options=options)
    with pytest.raises(CommitFailedError, match="concurrent_append"):
        write_deltalake(stale, some(3), mode="overwrite")
    assert rows(uri, options) == [(1,), (2,)]
    objects = place.read("lost")
    assert not orphans(objects, read_history(objects))


@every_kind
def test_the_doctor_calls_good_stores_safe(place: Place) -> None:
    # SeaweedFS takes a second for a race.
    report = check_store(place.uri("doctor"), place.options, rounds=3)
    assert report.is_safe, report
    assert not place.read("doctor")


def _find_fault(moto: Moto, proxy: fault_proxy.FaultProxy, rounds: int) -> set[str]:
    place = places.through(places.s3(moto), proxy)
    report = check_store(place.uri("bad-doctor"), place.options, rounds=rounds)
    assert not report.is_safe
    assert not place.read("bad-doctor")
    return {check.name for check in report.checks if not check.passed}


def test_the_doctor_finds_a_store_that_heeds_no_condition(moto_bucket: Moto) -> None:
    with fault_proxy.serve(moto_bucket.endpoint) as proxy:
        proxy.rewrite = lambda headers: {
            name: value for name, value in headers.items() if name != "if-none-match"
        }
        assert _find_fault(moto_bucket, proxy, 1) >= {
            "An object that is there is not made again",
            "Of several writers one at most makes the object",
        }


def test_the_doctor_finds_a_store_that_is_right_until_writers_race(moto_bucket: Moto) -> None:
    """It looks whether an object is there, and writes it a moment later."""
    head = moto_bucket.client.exceptions.ClientError

    def look_first(request: fault_proxy.Request) -> int | None:
        if request.headers.get("if-none-match") != "*":
            return None
        try:
            key = request.location.removeprefix(f"/{BUCKET}/")
            moto_bucket.client.head_object(Bucket=BUCKET, Key=key)
            return 412
        except head:
            return None

    with fault_proxy.serve(moto_bucket.endpoint) as proxy:
        proxy.before = look_first
        proxy.rewrite = lambda headers: {
            name: value for name, value in headers.items() if name != "if-none-match"
        }
        found = _find_fault(moto_bucket, proxy, 20)
    assert "Of several writers one at most makes the object" in found
    assert "An object that is there is not made again" not in found


def test_who_may_not_write_is_told(seaweedfs_place: Place, azure_container: Azurite) -> None:
    wrong = {**seaweedfs_place.options, "AWS_SECRET_ACCESS_KEY": "canary-wrong"}
    with pytest.raises(StoragePermissionError) as failure:
        write_deltalake(seaweedfs_place.uri("refused"), some(1), storage_options=wrong)
    assert "canary" not in str(failure.value)
    place = places.azure(azure_container, "az")
    key = "Y2FuYXJ5LXdyb25n"
    wrong = azure_container.options(key)
    with pytest.raises(StoragePermissionError) as failure:
        write_deltalake(place.uri("refused"), some(1), storage_options=wrong)
    assert key not in str(failure.value)
    assert not seaweedfs_place.read("refused")
    assert not place.read("refused")
