"""Opens a table and reads it all; tells on standard output, as one JSON object, what came of it.

Usage: probe.py URI [VERSION]
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import deltaic


def peak_memory_kib() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    raise RuntimeError("no VmHWM in /proc/self/status")


def read(uri: str, version: int | None, told: dict[str, Any]) -> None:
    told["stage"] = "open"
    table = deltaic.DeltaTable(uri, version=version)
    told["version"] = table.version()
    table.schema().to_json()
    told["stage"] = "scan"
    # The rows are counted as they come: count(*) could be answered without reading them.
    told["rows"] = sum(batch.num_rows for batch in table.scan())
    told["stage"] = "files"
    told["files"] = len(table.file_uris())
    told["stage"] = "done"


def main() -> int:
    uri = sys.argv[1]
    version = int(sys.argv[2]) if len(sys.argv) > 2 else None
    before = peak_memory_kib()
    told: dict[str, Any] = {}
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            read(uri, version, told)
        told["warnings"] = [str(warning.message) for warning in caught]
    except Exception as error:
        told["classes"] = [kind.__name__ for kind in type(error).__mro__]
        told["code"] = getattr(error, "code", None)
        told["message"] = str(error)
    told["grown_kib"] = peak_memory_kib() - before
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
