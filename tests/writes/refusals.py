"""What a refused write leaves: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def files(root: Path) -> dict[str, int]:
    """All files below a folder, with their times."""
    return {
        str(file.relative_to(root)): file.stat().st_mtime_ns
        for file in root.rglob("*")
        if file.is_file()
    }


@contextmanager
def refused(root: Path, *words: str, error: type[Exception] = Exception) -> Iterator[None]:
    """Checks that what is done raises an error with all of the words and leaves no file behind."""
    before = files(root)
    with pytest.raises(error) as raised:
        yield
    text = str(raised.value)
    assert not [word for word in words if word not in text], text
    assert "defect" not in text, text
    assert files(root) == before
