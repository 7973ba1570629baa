"""Tables with each feature of docs/compatibility.md: written, or refused, as the page says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltaic import DeltaTable, Field, Schema, write_deltalake
from deltaic.exceptions import DeltaError, DeltaProtocolError

from writes.readers import of_deltalake_if_it_can, ours, sorted_rows
from writes.refusals import refused

COMPATIBILITY = Path(__file__).parents[2] / "docs" / "compatibility.md"


def _features() -> list[tuple[str, bool]]:
    """The table of features: each with whether it is written."""
    found = []
    for line in COMPATIBILITY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].startswith("`"):
            found.append((cells[0].strip("`"), cells[4] == "yes"))
    assert len(found) > 40
    return found


@pytest.mark.parametrize(("feature", "is_written"), _features(), ids=lambda value: str(value))
def test_features_are_written_or_refused(tmp_path: Path, feature: str, is_written: bool) -> None:
    """Made, appended to, extended, overwritten, with a checkpoint between."""
    root = tmp_path / "t"
    configuration = {f"delta.feature.{feature}": "supported"}
    first = pa.table({"a": [1], "t": ["x"]})

    def create() -> None:
        write_deltalake(root, first, configuration=configuration)

    if not is_written:
        with refused(tmp_path, feature, error=DeltaProtocolError):
            create()
        assert not root.exists()
        return
    create()
    write_deltalake(root, pa.table({"a": [2], "t": ["y"]}), mode="append")
    DeltaTable(root).create_checkpoint()
    data = pa.table({"a": [3], "n": [1]})
    write_deltalake(root, data, mode="append", schema_mode="merge")
    data = pa.table({"a": [4], "t": ["z"], "n": [2]})
    write_deltalake(root, data, mode="overwrite", predicate="a = 2 OR a = 4")
    expected = sorted_rows([(1, "x", None), (3, None, 1), (4, "z", 2)])
    assert ours(root) == expected
    assert of_deltalake_if_it_can(root) in (None, expected)
    assert DeltaTable(root).verify_checksum().state == "matches"
    DeltaTable(root).create_checkpoint()
    protocol = DeltaTable(root).protocol()
    listed = protocol.writer_features
    assert listed is None or feature in listed


def test_what_an_old_version_implied_is_listed_when_features_are(tmp_path: Path) -> None:
    configuration = {"delta.constraints.c": "a > 0", "delta.enableChangeDataFeed": "true"}
    write_deltalake(tmp_path, pa.table({"a": [1]}), configuration=configuration)
    assert DeltaTable(tmp_path).protocol()[:2] == (1, 4)
    clock = pa.table({"a": [2], "n": pa.array([0], pa.timestamp("us"))})
    write_deltalake(tmp_path, clock, mode="append", schema_mode="merge")
    protocol = DeltaTable(tmp_path).protocol()
    assert protocol[:2] == (3, 7)
    assert protocol.reader_features == ["timestampNtz"]
    assert set(protocol.writer_features or []) == {
        "appendOnly",
        "changeDataFeed",
        "checkConstraints",
        "generatedColumns",
        "invariants",
        "timestampNtz",
    }
    bad = pa.table({"a": [-1]})
    with refused(tmp_path, "'c'"):
        write_deltalake(tmp_path, bad, mode="append", schema_mode="merge")


RULES: dict[str, tuple[dict[str, Any], int]] = {
    "generated": ({"delta.generationExpression": "a + 1"}, 4),
    "identity": (
        {
            "delta.identity.start": 1,
            "delta.identity.step": 1,
            "delta.identity.allowExplicitInsert": False,
        },
        6,
    ),
    "default": ({"CURRENT_DEFAULT": "7"}, 8),
}


@pytest.mark.parametrize("rule", RULES)
def test_rules_count_where_the_protocol_has_their_feature(tmp_path: Path, rule: str) -> None:
    """Writers of old left expressions in the metadata of columns that they did not compute."""
    metadata, version = RULES[rule]
    schema = Schema([Field("a", "long"), Field("b", "long", metadata=metadata)])
    DeltaTable.create(tmp_path / "t", schema)
    log = tmp_path / "t" / "_delta_log" / f"{0:020}.json"
    for crc in log.parent.glob("*.crc"):
        crc.unlink()
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        if "protocol" in action:
            action["protocol"] = {"minReaderVersion": 1, "minWriterVersion": min(version - 1, 6)}
    log.write_text("".join(json.dumps(action) + "\n" for action in actions))
    write_deltalake(tmp_path / "t", pa.table({"a": [1], "b": [9]}), mode="append")
    with pytest.raises(DeltaError, match="'b'"):
        write_deltalake(tmp_path / "t", pa.table({"a": [2]}), mode="append")
    write_deltalake(tmp_path / "t", pa.table({"a": [2]}), mode="append", schema_mode="merge")
    assert ours(tmp_path / "t") == [(1, 9), (2, None)]
