"""Which files anybody opens: the kernel's own account (inotify)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IN_ACCESS = 0x1
_IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")


@contextmanager
def opened(folder: Path) -> Iterator[list[str]]:
    """The files of a folder, not of those below it, that were opened or read in the context.

    The list is complete once the context has ended. Opening the folder itself counts as "".
    """
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if watch < 0 or libc.inotify_add_watch(watch, bytes(folder), _IN_ACCESS | _IN_OPEN) < 0:
        raise OSError(ctypes.get_errno(), "inotify")
    names: list[str] = []
    try:
        yield names
        try:
            events = os.read(watch, 1 << 20)
        except BlockingIOError:
            events = b""
    finally:
        os.close(watch)
    while events:
        _, _, _, length = _EVENT.unpack_from(events)
        name = events[_EVENT.size : _EVENT.size + length]
        names.append(name.rstrip(b"\0").decode())
        events = events[_EVENT.size + length :]
