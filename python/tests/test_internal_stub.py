"""Holds the hand-written stub of the native module against the module."""

from __future__ import annotations

import ast
from pathlib import Path

import deltaic
from deltaic import _internal


def members(tree: ast.Module | ast.ClassDef) -> set[str]:
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


TYPES = {"NativeCommit", "NativeCommits", "NativeFile", "RawMetadata"}


def test_stub_names_what_is_there() -> None:
    stub = ast.parse(Path(deltaic.__file__).with_name("_internal.pyi").read_text())
    native = {name for name in vars(_internal) if not name.startswith("__")}
    assert members(stub) - TYPES == native
    for node in stub.body:
        if isinstance(node, ast.ClassDef) and node.name != "RawMetadata":
            defined = vars(getattr(_internal, node.name))
            public = {name for name in defined if not name.startswith("__")}
            special = {name for name in members(node) if name.startswith("__")}
            assert {name for name in members(node) if not name.startswith("__")} == public
            assert special <= set(defined)
