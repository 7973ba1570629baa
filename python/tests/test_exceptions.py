from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from deltaic import exceptions

HEADER = Path(__file__).resolve().parents[2] / "include" / "deltaic" / "base" / "error.h"


def codes_of_the_library() -> list[str]:
    names = re.findall(r"^  k([A-Z]\w+) = \d+,", HEADER.read_text(), re.MULTILINE)
    return [re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in names]


def test_every_code_has_a_class() -> None:
    codes = codes_of_the_library()
    assert "corrupt_log" in codes
    assert set(exceptions._CLASS_OF_CODE) == set(codes) - {"cancelled"}


@pytest.mark.parametrize("code", codes_of_the_library())
def test_exceptions_carry_their_code(code: str) -> None:
    error = exceptions.from_code(code, "what happened")
    assert str(error) == "what happened"
    if code == "cancelled":
        assert type(error) is KeyboardInterrupt
        return
    assert isinstance(error, exceptions.DeltaError)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.code, str(copy)) == (type(error), code, "what happened")


def test_classes_are_those_that_python_programs_catch() -> None:
    assert issubclass(exceptions.FileMissingError, FileNotFoundError)
    assert issubclass(exceptions.StorageError, OSError)
    assert issubclass(exceptions.StoragePermissionError, PermissionError)
    assert issubclass(exceptions.NotSupportedError, NotImplementedError)
    assert issubclass(exceptions.ResourcesExhaustedError, MemoryError)
    assert all(
        issubclass(getattr(exceptions, name), exceptions.DeltaError) for name in exceptions.__all__
    )


def test_an_unknown_commit_says_which() -> None:
    error = exceptions.CommitStateUnknownError("not known", 7, "an id")
    assert isinstance(error, OSError)
    assert error.code == "io"
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.version, copy.txn_id) == ("not known", 7, "an id")
