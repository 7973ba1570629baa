"""Options that are no texts: a TypeError tells which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deltaic import DeltaTable, QueryBuilder

CALLS: dict[str, Callable[[Any], object]] = {
    "DeltaTable": lambda options: DeltaTable("/nowhere", storage_options=options),
    "is_deltatable": lambda options: DeltaTable.is_deltatable("/nowhere", options),
    "summarize": lambda options: DeltaTable.summarize("/nowhere", options),
    "QueryBuilder": lambda options: QueryBuilder(storage_options=options),
    "register_catalog": lambda options: QueryBuilder().register_catalog("c", "/nowhere", options),
    "settings": lambda options: QueryBuilder(options),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout": 5}, "has a value that is no str but int, of the option 'timeout'"),
        ({"allow_http": True}, "has a value that is no str but bool, of the option 'allow_http'"),
        ({"secret": b"canary"}, "has a value that is no str but bytes, of the option 'secret'"),
        ({"a": "b", "token": None}, "no str but NoneType, of the option 'token'"),
        ({5: "x"}, "has a name that is no str but int"),
        ([("a", "b")], "is a dict of str, not of type list"),
        ("canary", "is a dict of str, not of type str"),
    ],
)
def test_a_type_error_names_option_and_type(call: str, options: object, said: str) -> None:
    argument = "session_config" if call == "settings" else "storage_options"
    with pytest.raises(TypeError) as caught:
        CALLS[call](options)
    assert str(caught.value).startswith(argument)
    assert said in str(caught.value)
    assert "canary" not in str(caught.value)


def test_none_and_empty_options_are_none(tmp_path: Path) -> None:
    for options in (None, {}):
        assert not DeltaTable.is_deltatable(tmp_path, options)
        QueryBuilder(options, options).register_catalog("c", str(tmp_path), options)
