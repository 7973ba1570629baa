"""Errors as the Python package shows them: a class, and the code of `deltaic::Error`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def code_of(error: BaseException) -> str | None:
    """Returns the stable name of an error's code, such as "corrupt_log"."""
    code = getattr(error, "code", None)
    return str(code) if code is not None else None


def error_of(action: Callable[[], Any]) -> Exception:
    """Runs `action`, which must fail, and returns its error."""
    try:
        result = action()
    except Exception as error:
        return error
    raise AssertionError(f"no error, but the result {result!r}")


def describe(error: BaseException) -> str:
    """Class, code and message on one line, for assertion messages."""
    return f"{type(error).__name__}[{code_of(error)}]: {error}"
