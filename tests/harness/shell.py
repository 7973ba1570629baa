"""Where the SQL shell is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def find_shell() -> Path | None:
    """Returns the program: the one that DELTAIC_SHELL names, else that of the build tree."""
    named = os.environ.get("DELTAIC_SHELL")
    if named:
        return Path(named)
    for preset in ("release", "dev"):
        built = PROJECT / "build" / preset / "cli" / "deltaic"
        if built.is_file():
            return built
    installed = shutil.which("deltaic")
    return Path(installed) if installed else None
