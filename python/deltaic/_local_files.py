"""Local files as others open them, who look neither at links nor at what kind of file it is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable


def are_plain(root: str, files: Iterable[str]) -> bool:
    """Whether anybody may open all these files, whose paths are relative to the folder `root`.

    A link, or a file below a linked folder, needs a look at where it leads; whoever opens a FIFO
    waits. What is not there is for the one who opens it to tell.
    """
    real_root = os.path.realpath(root)
    folders: dict[str, bool] = {}
    for file in files:
        folder = os.path.dirname(file)
        if folder not in folders:
            expected = os.path.normpath(os.path.join(real_root, folder))
            folders[folder] = os.path.realpath(os.path.join(root, folder)) == expected
        if not folders[folder] or not _is_plain(os.path.join(root, file)):
            return False
    return True


def _is_plain(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return True
