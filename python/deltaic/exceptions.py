"""Exceptions of the package: the classes of `deltalake`, and some of our own below them.

Every failure is a `DeltaError` whose `code` names it (for example "corrupt_log"); its class tells
who can do something about it. Ctrl-C raises what Python's signal handler raises, as a rule
`KeyboardInterrupt`.
"""

from __future__ import annotations

__all__ = [
    "CommitFailedError",
    "CommitStateUnknownError",
    "DeltaError",
    "DeltaProtocolError",
    "FileMissingError",
    "InvalidArgumentError",
    "NotSupportedError",
    "ResourcesExhaustedError",
    "SchemaMismatchError",
    "SqlError",
    "StorageError",
    "StoragePermissionError",
    "TableNotFoundError",
    "VersionNotFoundError",
]


class DeltaError(Exception):
    """Base class of all failures.

    Attributes:
        code: The stable name of the failure, such as "corrupt_log".
    """

    code: str = "internal"


class TableNotFoundError(DeltaError):
    """There is no Delta table at the location."""


class VersionNotFoundError(DeltaError):
    """The table has no such version, or no longer."""


class DeltaProtocolError(DeltaError):
    """The log breaks the Delta protocol, or needs a feature that is not supported."""


class CommitFailedError(DeltaError):
    """A commit lost against another writer."""


class SchemaMismatchError(DeltaError):
    """Data does not fit the table's schema."""


class SqlError(DeltaError, ValueError):
    """SQL text does not parse, or names what does not exist."""


class InvalidArgumentError(DeltaError, ValueError):
    """An argument, an option or an expression is not valid."""


class FileMissingError(DeltaError, FileNotFoundError):
    """A file that must be there is gone."""


class StorageError(DeltaError, OSError):
    """A read, a write or a network request failed."""


class CommitStateUnknownError(StorageError):
    """The storage failed, and it is not known whether a commit was made.

    It was if the table's version `version` has the `txnId` of this error in its commitInfo.

    Attributes:
        version: The version that the commit was to make.
        txn_id: The id of the commit.
    """

    code = "io"

    def __init__(self, message: str, version: int, txn_id: str) -> None:
        """Sets message and attributes."""
        super().__init__(message)
        self.version = version
        self.txn_id = txn_id

    def __reduce__(self) -> tuple[type[CommitStateUnknownError], tuple[str, int, str]]:
        """Keeps the attributes where the error is copied to another process."""
        return type(self), (str(self), self.version, self.txn_id)


class StoragePermissionError(DeltaError, PermissionError):
    """The storage refused the credentials."""


class ResourcesExhaustedError(DeltaError, MemoryError):
    """A memory or disk limit was reached."""


class NotSupportedError(DeltaError, NotImplementedError):
    """The request is valid, but not supported here."""


_CLASS_OF_CODE: dict[str, type[DeltaError]] = {
    "invalid_argument": InvalidArgumentError,
    "invalid_sql": SqlError,
    "table_not_found": TableNotFoundError,
    "version_not_found": VersionNotFoundError,
    "already_exists": DeltaError,
    "schema_mismatch": SchemaMismatchError,
    "corrupt_log": DeltaProtocolError,
    "corrupt_data": DeltaError,
    "file_not_found": FileMissingError,
    "unsupported_feature": DeltaProtocolError,
    "constraint_violation": DeltaError,
    "io": StorageError,
    "permission_denied": StoragePermissionError,
    "resources_exhausted": ResourcesExhaustedError,
    "conflict": CommitFailedError,
    "execution": DeltaError,
    "not_implemented": NotSupportedError,
    "forked": DeltaError,
    "internal": DeltaError,
}


def from_code(code: str, message: str) -> BaseException:
    """Makes the exception for a code of the native library."""
    if code == "cancelled":
        return KeyboardInterrupt(message)
    error = _CLASS_OF_CODE.get(code, DeltaError)(message)
    error.code = code
    return error
