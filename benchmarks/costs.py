"""What work costs a process: wall clock and CPU over all threads in seconds, memory in MiB."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any


def resident_peak_mib() -> float:
    """The highest resident size so far."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


class Costs:
    """The costs of named pieces of work, counted from when this is made."""

    def __init__(self) -> None:
        self._resident = resident_peak_mib()
        self._begin = time.perf_counter(), time.process_time()
        self._told: dict[str, float] = {}

    def so_far(self, name: str) -> None:
        """What everything has cost up to here."""
        self._tell(name, self._begin)
        self._told[f"{name} memory"] = resident_peak_mib() - self._resident

    def least(self, name: str, times: int, work: Callable[[], Any]) -> Any:
        """Does work a few times, of which the least counts; returns the last result."""
        for _ in range(times):
            begin = time.perf_counter(), time.process_time()
            result = work()
            self._tell(name, begin)
        return result

    def _tell(self, name: str, begin: tuple[float, float]) -> None:
        now = time.perf_counter(), time.process_time()
        for kind, start, end in zip(("wall", "cpu"), begin, now, strict=True):
            key = f"{name} {kind}"
            self._told[key] = min(end - start, self._told.get(key, end - start))

    def print(self) -> None:
        print(json.dumps(self._told))
