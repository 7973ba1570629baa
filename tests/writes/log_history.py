"""What a log tells about its commits, read by nothing but `json`, and what must hold of it."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections import Counter
from dataclasses import dataclass
from typing import Any

from services.stored_objects import StoredObjects

Action = dict[str, Any]

_COMMIT = re.compile(r"_delta_log/(\d{20})\.json")


@dataclass(frozen=True)
class LogHistory:
    """The commits of a log from version 0 on."""

    commits: list[list[Action]]

    def actions(self, kind: str) -> list[tuple[int, Action]]:
        """All actions of a kind, with their versions."""
        return [
            (version, action[kind])
            for version, actions in enumerate(self.commits)
            for action in actions
            if kind in action
        ]

    def versions_of(self, txn_id: str) -> list[int]:
        infos = self.actions("commitInfo")
        return [version for version, info in infos if info["txnId"] == txn_id]

    def live_paths(self) -> set[str]:
        """The locations of the data files of the newest version."""
        live: set[str] = set()
        for actions in self.commits:
            live -= {
                _location(action["remove"]["path"]) for action in actions if "remove" in action
            }
            live |= {_location(action["add"]["path"]) for action in actions if "add" in action}
        return live

    def named_paths(self) -> set[str]:
        """The locations of all data files that any version has."""
        return {_location(add["path"]) for _, add in self.actions("add")}


def _location(path: str) -> str:
    return urllib.parse.unquote(path)


def read_history(objects: StoredObjects) -> LogHistory:
    """Reads a log and checks what holds of every log: versions without gaps, every commit another
    one, no file added twice, and of each live file an object of its size."""
    found = {int(m[1]): name for name in objects if (m := _COMMIT.fullmatch(name))}
    assert sorted(found) == list(range(len(found))), "versions have gaps"
    texts = [objects[found[version]].decode() for version in sorted(found)]
    lines = (text.removesuffix("\n").split("\n") for text in texts)
    history = LogHistory([[json.loads(line) for line in commit] for commit in lines])
    ids = [info["txnId"] for _, info in history.actions("commitInfo")]
    assert len(ids) == len(texts), "a commit without its commitInfo"
    assert len(set(ids)) == len(ids), f"a commit is there twice: {Counter(ids).most_common(1)}"
    paths = [add["path"] for _, add in history.actions("add")]
    assert len(set(paths)) == len(paths), f"a file is added twice: {Counter(paths).most_common(1)}"
    live = history.live_paths()
    for _, add in history.actions("add"):
        if _location(add["path"]) in live:
            assert objects.sizes[_location(add["path"])] == add["size"]
    return history


def orphans(objects: StoredObjects, history: LogHistory) -> set[str]:
    """The data files that no version has, and what is left of files that were not finished."""
    data = {name for name in objects if not name.startswith("_delta_log/")}
    unfinished = {name for name in objects if name.endswith(".tmp") or "#" in name}
    return (data - history.named_paths()) | unfinished
