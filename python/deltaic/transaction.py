"""What a commit says and does beside its operation, spelled as in `deltalake.transaction`."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from deltaic._internal import NativeCommit

__all__ = [
    "AddAction",
    "CommitProperties",
    "PostCommitHookProperties",
    "RemoveAction",
    "Transaction",
]


@dataclass(init=True)
class Transaction:
    """The progress of an application, which a commit records ("Transaction Identifiers")."""

    app_id: str
    version: int
    last_updated: int | None = None
    """Milliseconds since the Unix epoch."""

    def __str__(self) -> str:
        return (
            f"Transaction(app_id={self.app_id}, version={self.version}, "
            f"last_updated={self.last_updated})"
        )


@dataclass
class AddAction:
    """A file that is there already, to be added to a table."""

    path: str
    """As in the log: a percent-encoded URI, relative to the table."""
    size: int
    """Bytes."""
    partition_values: Mapping[str, str | None]
    modification_time: int
    """Milliseconds since the Unix epoch."""
    data_change: bool
    stats: str
    """JSON of the protocol ("Per-file Statistics"); empty where there are none."""

    def _native(self) -> tuple[str, int, int, dict[str, str | None], str]:
        values = dict(self.partition_values)
        return (self.path, self.size, self.modification_time, values, self.stats)


@dataclass
class RemoveAction:
    """A live file, to be removed from a table."""

    path: str
    data_change: bool
    deletion_timestamp: int | None
    """Milliseconds since the Unix epoch; None is now."""
    size: int | None = None
    partition_values: Mapping[str, str | None] | None = None


class CommitProperties:
    """Settings of a commit."""

    def __init__(
        self,
        custom_metadata: dict[str, Any] | None = None,
        max_commit_retries: int | None = None,
        app_transactions: list[Transaction] | None = None,
        *,
        if_committed: Literal["write", "skip", "error"] = "write",
    ) -> None:
        """Sets what is not None.

        Args:
            custom_metadata: Members for the commit's entry in the history; values are anything that
                JSON has.
            max_commit_retries: How many races for a version may be lost. None is 15; commits that
                only add rows try for ten minutes.
            app_transactions: Progress of applications.
            if_committed: What to do where the table has the version of an application, or a higher
                one: write all the same, skip the commit, or raise `DeltaError`.
        """
        self.custom_metadata = custom_metadata
        self.max_commit_retries = max_commit_retries
        self.app_transactions = app_transactions
        self.if_committed: Literal["write", "skip", "error"] = if_committed

    def __str__(self) -> str:
        return str(self.__dict__)


class PostCommitHookProperties:
    """What follows a commit."""

    def __init__(
        self, create_checkpoint: bool = True, cleanup_expired_logs: bool | None = None
    ) -> None:
        """Sets what happens.

        Args:
            create_checkpoint: Whether to write the checkpoint that is due.
            cleanup_expired_logs: Whether to remove expired files of the log; None leaves it to the
                table.
        """
        self.create_checkpoint = create_checkpoint
        self.cleanup_expired_logs = cleanup_expired_logs

    def __str__(self) -> str:
        return str(self.__dict__)


def take_positional(
    method: str,
    args: tuple[object, ...],
    commit: CommitProperties | None,
    post_commit: PostCommitHookProperties | None,
) -> tuple[CommitProperties | None, PostCommitHookProperties | None]:
    """Returns both, which older callers give by position, as `deltalake` still takes them.

    Raises:
        TypeError: There are more, or one is given twice.
    """
    if not args:
        return commit, post_commit
    if len(args) > 2:
        raise TypeError(
            f"{method}() takes at most 2 positional commit argument(s), got {len(args)}"
        )
    warnings.warn(
        f"Commit arguments are given positionally to {method}(): this is deprecated, name them",
        DeprecationWarning,
        stacklevel=3,
    )
    if commit is not None:
        raise TypeError(f"{method}() got multiple values for 'commit_properties'")
    if len(args) == 2 and post_commit is not None:
        raise TypeError(f"{method}() got multiple values for 'post_commithook_properties'")
    second = args[1] if len(args) == 2 else post_commit
    return (
        cast("CommitProperties | None", args[0]),
        cast("PostCommitHookProperties | None", second),
    )


def to_native(
    commit: CommitProperties | None, post_commit: PostCommitHookProperties | None
) -> NativeCommit:
    """Returns both as the native library takes them.

    Raises:
        TypeError: A value of the custom metadata has no JSON.
    """
    commit = commit or CommitProperties()
    post_commit = post_commit or PostCommitHookProperties()
    metadata = {name: json.dumps(value) for name, value in (commit.custom_metadata or {}).items()}
    transactions = [
        (each.app_id, each.version, each.last_updated) for each in commit.app_transactions or []
    ]
    return (
        metadata,
        commit.max_commit_retries,
        transactions,
        commit.if_committed,
        post_commit.create_checkpoint,
        post_commit.cleanup_expired_logs,
    )
