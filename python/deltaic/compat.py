"""Stands in for the package `deltalake`, for libraries that ask for it by name.

>>> import deltaic.compat
>>> deltaic.compat.install()
>>> import polars
>>> rows = polars.read_delta("./orders")
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import deltaic
from deltaic import exceptions, query, schema, table, transaction, writer, writer_properties

__all__ = ["DELTALAKE_VERSION", "install"]

DELTALAKE_VERSION = "1.6.6"
"""The version of `deltalake` whose API this package has."""

_NAME = "deltalake"


def install() -> None:
    """Makes `import deltalake` mean this package in this process, from now on.

    Call it before anything imports `deltalake`, or a library that looks for it when it is imported,
    such as polars. What reads and writes is there under the names of `deltalake` 1.6.6; what
    changes rows is not there yet.

    Raises:
        RuntimeError: The package `deltalake` itself is imported already.
    """
    found = sys.modules.get(_NAME)
    if found is not None and getattr(found, "__deltaic__", None) is None:
        raise RuntimeError(
            "deltalake is imported already: call deltaic.compat.install() before that"
        )
    if found is not None:
        return
    package = _module(_NAME, {name: getattr(deltaic, name) for name in deltaic.__all__})
    vars(package).update({"__version__": DELTALAKE_VERSION, "__path__": []})
    parts = {
        "exceptions": _public(exceptions),
        "query": _public(query),
        "schema": _public(schema),
        "table": _public(table),
        "transaction": _public(transaction)
        | {"create_table_with_add_actions": writer.create_table_with_add_actions},
        "writer": _public(writer),
        "writer.convert_to": {"convert_to_deltalake": writer.convert_to_deltalake},
        "writer.properties": _public(writer_properties),
        "writer.writer": {"write_deltalake": writer.write_deltalake},
    }
    for name, members in parts.items():
        part = _module(f"{_NAME}.{name}", members)
        parent, _, last = part.__name__.rpartition(".")
        setattr(sys.modules.get(parent, package), last, part)
        sys.modules[part.__name__] = part
    vars(package.writer)["__path__"] = []
    sys.modules[_NAME] = package


def _public(module: ModuleType) -> dict[str, Any]:
    return {name: member for name, member in vars(module).items() if not name.startswith("_")}


def _module(name: str, members: dict[str, Any]) -> ModuleType:
    module = ModuleType(name, __doc__)
    module.__spec__ = ModuleSpec(name, None, origin=deltaic.__file__)
    vars(module).update(members)
    vars(module)["__deltaic__"] = deltaic.__version__
    return module
