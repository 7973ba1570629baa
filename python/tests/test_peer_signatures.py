"""What callers of `deltalake` write is what ours take: names, order and defaults of arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import deltaic
import deltaic.transaction
import deltaic.writer

deltalake = pytest.importorskip("deltalake")

FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    name: (getattr(deltalake, name), getattr(deltaic, name))
    for name in (
        "BloomFilterProperties",
        "ColumnProperties",
        "CommitProperties",
        "DeltaTable",
        "PostCommitHookProperties",
        "Transaction",
        "WriterProperties",
        "convert_to_deltalake",
        "write_deltalake",
    )
}
FUNCTIONS |= {
    name: (getattr(deltalake.transaction, name), getattr(deltaic.transaction, name))
    for name in ("AddAction", "RemoveAction")
}
FUNCTIONS["create_table_with_add_actions"] = (
    deltalake.transaction.create_table_with_add_actions,
    deltaic.writer.create_table_with_add_actions,
)

# What changes rows and the definition of tables is not there yet.
NOT_YET = {
    "alter",
    "generate",
    "load_cdf",
    "merge",
    "optimize",
    "repair",
    "restore",
    "update",
    "vacuum",
}
METHODS = {
    name for name, member in inspect.getmembers(deltalake.DeltaTable) if not name.startswith("_")
}
FUNCTIONS |= {
    f"DeltaTable.{name}": (
        getattr(deltalake.DeltaTable, name),
        getattr(deltaic.DeltaTable, name),
    )
    for name in METHODS
    if callable(getattr(deltalake.DeltaTable, name)) and hasattr(deltaic.DeltaTable, name)
}

Parameters = dict[str, inspect.Parameter]


def _parameters(function: Callable[..., Any]) -> Parameters:
    return dict(inspect.signature(function).parameters)


def test_all_methods_are_there_but_those_that_come_later() -> None:
    assert {name for name in METHODS if not hasattr(deltaic.DeltaTable, name)} == NOT_YET


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_signatures_are_those_of_deltalake(name: str) -> None:
    theirs, ours = (_parameters(function) for function in FUNCTIONS[name])
    shared = [parameter for parameter in ours if parameter in theirs]
    assert shared == list(theirs), "an argument is missing or at another place"
    for parameter in shared:
        their, our = theirs[parameter], ours[parameter]
        # Some of theirs are objects that are shown as the value that they are for.
        assert (our.kind, repr(our.default)) == (their.kind, repr(their.default)), parameter
    # What ours take beside it is named, or comes last: it moves none of the others.
    positional = [each for each in ours.values() if each.kind is each.POSITIONAL_OR_KEYWORD]
    theirs_positional = sum(each.kind is each.POSITIONAL_OR_KEYWORD for each in theirs.values())
    extra = [each.name for each in positional[:theirs_positional] if each.name not in theirs]
    assert extra == []
    for parameter, our in ours.items():
        if parameter not in theirs:
            assert our.default is not our.empty, parameter
