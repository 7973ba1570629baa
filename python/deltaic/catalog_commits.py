"""The commits that a catalog has ratified for a table that it manages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class RatifiedCommit(NamedTuple):
    """A commit that a catalog has ratified and that need not be published yet.

    Exactly one of `path` and `content` is given.
    """

    version: int
    path: str | None = None
    """The name of a file in _delta_log/_staged_commits, or a path to it, percent-encoded."""
    content: str | None = None
    """The commit itself, where the catalog holds it inline."""


class CatalogCommits(NamedTuple):
    """The commits of a table that its catalog knows."""

    max_version: int
    """The newest version that is ratified: what lies in the log beyond it does not count."""
    commits: Sequence[RatifiedCommit] = ()
    """Ratified commits, in any order. One that is published as well is read from here."""
