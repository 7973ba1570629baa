"""Says for each golden table and version what reading it must do, and why.

`python classify.py` (with DELTAIC_GOLDEN set) writes the answer to expectations.tsv, which the
tests follow. The rules look at the manifest's features and at the protocol that the log's JSON
commits hold at each version; what no rule can tell stands in EXCEPTIONS with its reason. When a
feature becomes readable, drop it from UNSUPPORTED and write the file anew: its rows then move from
"refused" to "rows".

Expectations:
  rows      the live files, the number of rows and their digest are those of EXPECTED.json
  log       the data files are not there: only the number of live files is checked
  refused   fails with the code unsupported_feature and names one of those in `detail`
  error     fails with a code in `detail`
  outside   opens at the right version; its files lie outside the table and are refused
  placed    is copied, and a placeholder in its log replaced; see the test
  packed    a log without data files that is unpacked first; only read with --long
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# What a reader needs and Deltaic does not have yet: reader features by name, and the column
# mapping of a table whose mode is not "none".
UNSUPPORTED = {
    "catalogManaged",
    "catalogOwned",
    "blahabl",
    "geospatial",
    "typeWidening-preview",
    "variantShredding-preview",
    "variantType",
    "variantType-preview",
}
COLUMN_MAPPING = "columnMapping"
MAX_READER_VERSION = 3

# (table, versions) -> expectation, detail, why.
EXCEPTIONS: dict[str, list[tuple[str, str, str, str]]] = {
    "delta-golden/canonicalized-paths-special-b": [
        ("all", "error", "corrupt_log", "metaData has no schemaString"),
    ],
    "kernel-rs-golden/canonicalized-paths-special-b": [
        ("all", "outside", "", "its only file has an absolute path outside the table"),
    ],
    "kernel-rs-golden/deltalog-commit-info": [
        ("all", "error", "corrupt_log", "metaData has no schemaString"),
    ],
    "delta-rs/delta-live-table": [
        ("0", "error", "corrupt_log", "metaData has no schemaString at version 0"),
        ("1-", "rows", "", "reader version 2 without a column mapping mode"),
    ],
    "delta-kernel-java/basic_catalog_managed": [
        ("0-1", "refused", "catalogManaged", "tf:catalogManaged"),
        # Staged commits, which only the catalog hands out: a path knows nothing of them.
        ("2-3", "error", "unsupported_feature,version_not_found", "tf:catalogManaged, staged"),
        ("latest", "refused", "catalogManaged", "tf:catalogManaged"),
    ],
    "delta-rs/err__table_c": [
        ("0-11", "log", "", "log-only; these versions come before the gap"),
        ("12-", "error", "corrupt_log,version_not_found", "commit 12 is missing, 13 is there"),
    ],
    "kernel-rs-golden/data-reader-absolute-paths-escaped-chars": [
        ("all", "error", "corrupt_log", "no metaData action"),
    ],
    "kernel-rs-golden/deltalog-state-reconstruction-from-checkpoint-missing-metadata": [
        ("all", "error", "corrupt_log", "no metaData with a schema, in checkpoint or commits"),
    ],
    "kernel-rs-golden/deltalog-state-reconstruction-from-checkpoint-missing-protocol": [
        ("all", "error", "corrupt_log", "no protocol in the checkpoint, no schema before it"),
    ],
    "kernel-rs-golden/deltalog-state-reconstruction-without-protocol": [
        ("all", "error", "corrupt_log", "no protocol action"),
    ],
    "kernel-rs-golden/no-delta-log-folder": [
        ("latest", "error", "table_not_found", "no _delta_log"),
    ],
    "kernel-rs/crc-malformed": [
        ("latest", "error", "table_not_found", "a checksum file but no commit"),
    ],
    "delta-spark/table-with-dv-special-char": [
        ("all", "placed", "", "its deletion vector's path has a placeholder for the table's"),
    ],
    "kernel-rs/300k-add-files-100-col-partitioned": [
        ("latest", "packed", "", "kept as .tar.zst; log-only; read with --long"),
    ],
}


@dataclass(frozen=True)
class Expectation:
    table: str
    versions: str  # "all", "latest", "3", "0-4" or "5-"
    expectation: str
    detail: str
    why: str


def read_manifest(golden: Path) -> list[dict[str, str]]:
    with open(golden / "MANIFEST.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _actions(commit: Path) -> Iterator[dict[str, object]]:
    text = commit.read_text(encoding="utf-8")
    decoder = json.JSONDecoder()
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            return
        action, position = decoder.raw_decode(text, position)
        yield action


def _need(protocol: dict[str, object], mode: str) -> str:
    """What a reader lacks for this protocol, or ""."""
    reader = int(str(protocol.get("minReaderVersion", 1)))
    if reader > MAX_READER_VERSION:
        return f"reader version {reader}"
    features = protocol.get("readerFeatures") or []
    assert isinstance(features, list)
    lacking = sorted(UNSUPPORTED.intersection(features))
    if lacking:
        return ",".join(lacking)
    if reader >= 2 and mode != "none":
        return COLUMN_MAPPING
    return ""


def _needs_by_version(log: Path) -> dict[int, str]:
    """What is lacking at each version whose JSON commit changes protocol or metadata."""
    needs: dict[int, str] = {}
    protocol: dict[str, object] = {}
    mode = "none"
    for commit in sorted(log.glob("*.json")):
        if not (commit.stem.isdigit() and len(commit.stem) == 20):
            continue
        for action in _actions(commit):
            if "protocol" in action:
                protocol = action["protocol"]  # type: ignore[assignment]
            if "metaData" in action:
                metadata = action["metaData"]
                assert isinstance(metadata, dict)
                configuration = metadata.get("configuration") or {}
                mode = configuration.get("delta.columnMapping.mode", "none")
        needs[int(commit.stem)] = _need(protocol, mode)
    return needs


def classify(golden: Path, row: dict[str, str]) -> list[Expectation]:
    """The expectations of one table of the manifest, which together cover its versions."""
    path = row["path"]
    if path in EXCEPTIONS:
        return [Expectation(path, *line) for line in EXCEPTIONS[path]]
    features = set(row["features"].split(","))
    readable = "log" if row["class"] == "log-only" else "rows"
    why = "log-only in the manifest" if readable == "log" else "no unsupported reader feature"
    named = {f"tf:{name}" for name in UNSUPPORTED} & features or {"cm:name", "cm:id"} & features
    needs = _needs_by_version(golden / path / "delta" / "_delta_log")
    lacking = [version for version, need in needs.items() if need]
    if not named and not lacking:
        if row["class"] not in ("readable", "log-only"):
            raise ValueError(f"{path} is {row['class']}, and no rule says why")
        return [Expectation(path, "all", readable, "", why)]
    because = ",".join(sorted(named)) or f"protocol {row['protocols']}"
    if not lacking:  # Only the checkpoint holds the protocol.
        names = sorted(COLUMN_MAPPING if n.startswith("cm:") else n[3:] for n in named)
        return [Expectation(path, "all", "refused", ",".join(names), because)]
    first = min(lacking)
    need = needs[first]
    if any(version > first and need != needs[version] for version in needs):
        raise ValueError(f"{path} needs different features at different versions")
    if first == min(needs):
        return [Expectation(path, "all", "refused", need, because)]
    # Where the class is must-fail, the versions before the feature have no data files.
    before = "log" if row["class"] == "must-fail" else readable
    last = max(version for version in needs if version < first)
    return [
        Expectation(path, f"0-{last}" if last else "0", before, "", f"before {need}"),
        Expectation(path, f"{first}-", "refused", need, because),
    ]


FIELDS = ("table", "versions", "expectation", "detail", "why")
FILE = Path(__file__).with_name("expectations.tsv")


def load() -> list[Expectation]:
    """Reads expectations.tsv."""
    with open(FILE, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Expectation(*(row[field] or "" for field in FIELDS)) for row in rows]


def main() -> int:
    golden = Path(os.environ["DELTAIC_GOLDEN"])
    lines = ["\t".join(FIELDS)]
    for row in sorted(read_manifest(golden), key=lambda row: row["path"]):
        for expectation in classify(golden, row):
            lines.append("\t".join(getattr(expectation, field) for field in FIELDS))
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines) - 1} expectations in {FILE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
