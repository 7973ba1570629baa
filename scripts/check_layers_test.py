"""Each rule of check_layers.py, broken once in a small tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from check_layers import BridgeChecker, Checker
from source_tree import write_tree

LAYERS = """
# a comment
base:
bridge:
engine: base bridge   # the engine
delta/log: engine
delta/table: delta/log
testing: delta/table
cli: delta/table
"""

SOUND = {
    "include/deltaic/base/error.h": "#include <string>\n",
    "include/deltaic/engine/session.h": "#include <deltaic/base/error.h>\n",
    "include/deltaic/delta/table/table.h": "#include <deltaic/engine/session.h>\n",
    "src/engine/handles.h": "#include <deltaic/base/error.h>\n",
    "src/engine/session.cc": '#include "bridge/ffi.h"\n#include "engine/handles.h"\n',
    "src/engine/value.cc": '#include "rust/cxx.h"\n',
    "src/engine/box.h": '#include "bridge/ffi.h"\n',
    "src/engine/session_impl.h": '#include "engine/box.h"\n',
    "src/delta/log/segment.h": "#include <vector>\n",
    "src/delta/log/segment.cc": '#include "delta/log/segment.h"\n#include <deltaic/base/error.h>\n',
    "src/delta/log/segment_test.cc": '#include <gtest/gtest.h>\n#include "delta/log/segment.h"\n',
    "src/base/error_test.cc": '#include "testing/tree.h"\n',
    "src/testing/tree.h": '#include "delta/log/segment.h"\n',
    "src/testing/tree.cc": '#include "testing/tree.h"\n',
    "cli/shell.h": "#include <string>\n",
    "cli/main.cc": '#include "cli/shell.h"\n#include <deltaic/engine/session.h>\n',
    "cli/beside.cc": '#include "shell.h"\n',
}


def problems(root: Path, files: dict[str, str], layers: str = LAYERS) -> list[str]:
    write_tree(root, {**SOUND, **files, "layers.txt": layers})
    checker = Checker(root)
    checker.run()
    return checker.problems


def test_a_sound_tree_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("name", "line", "problem"),
    [
        ("src/base/x.cc", "#include <deltaic/engine/session.h>", "base may not include engine"),
        ("src/engine/x.cc", '#include "delta/log/segment.h"', "engine may not include delta/log"),
        ("src/base/x_test.cc", '#include "engine/handles.h"', "base may not include engine"),
        ("src/delta/log/x.cc", '#include "testing/tree.h"', 'only tests include "testing/tree.h"'),
        ("src/delta/log/x.h", '#include "testing/tree.h"', 'only tests include "testing/tree.h"'),
        (
            "include/deltaic/base/x.h",
            "#  include <deltaic/delta/table/table.h>",
            "base may not include delta/table",
        ),
        (
            "include/deltaic/engine/x.h",
            '#include "engine/handles.h"',
            'a public header includes the private "engine/handles.h"',
        ),
        (
            "include/deltaic/engine/x.h",
            '#include "bridge/ffi.h"',
            "bridge/ffi.h belongs in private code, never in a public header or a test",
        ),
        (
            "src/engine/x_test.cc",
            '#include "rust/cxx.h"',
            "rust/cxx.h belongs in private code, never in a public header or a test",
        ),
        (
            "src/engine/x_test.cc",
            '#include "engine/session_impl.h"',
            "engine/session_impl.h belongs in private code, never in a public header or a test",
        ),
        (
            "src/delta/log/x.cc",
            '#include "engine/session_impl.h"',
            "delta/log may not include engine/session_impl.h: only layers that name bridge may",
        ),
        (
            "src/delta/log/x.cc",
            '#include "bridge/ffi.h"',
            "delta/log may not include bridge/ffi.h: only layers that name bridge may",
        ),
        ("src/delta/log/x.cc", '#include "segment.h"', 'there is no "segment.h" under src/'),
        (
            "src/base/x.cc",
            "#include <deltaic/base/gone.h>",
            "there is no public header <deltaic/base/gone.h>",
        ),
        (
            "src/base/x.cc",
            '#include "deltaic/base/error.h"',
            "write <deltaic/base/error.h> for a public header",
        ),
        (
            "cli/x.cc",
            '#include "engine/handles.h"',
            '"engine/handles.h" is not a header of cli: programs include <deltaic/...> only',
        ),
    ],
)
def test_a_broken_rule_is_reported(tmp_path: Path, name: str, line: str, problem: str) -> None:
    assert problems(tmp_path, {name: f"\n{line}\n"}) == [f"{name}:2: {problem}"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("src/new/x.cc", "src/new/x.cc:1: its folder src/new is not in layers.txt"),
        ("python/x.cc", "python/x.cc:1: python is not in layers.txt"),
    ],
)
def test_a_folder_without_a_layer_is_reported(tmp_path: Path, name: str, problem: str) -> None:
    assert problems(tmp_path, {name: ""}) == [problem]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "circle_a: circle_b\ncircle_b: circle_a",
            "layers.txt: cycle circle_a -> circle_b -> circle_a",
        ),
        ("alone: alone", "layers.txt: cycle alone -> alone"),
        ("other: nowhere", "layers.txt: other names nowhere, which is no layer"),
        ("base:", "layers.txt:10: base is there twice"),
        ("no rule", "layers.txt:10: expected 'folder: folders'"),
    ],
)
def test_a_defect_of_layers_txt_is_reported(tmp_path: Path, line: str, problem: str) -> None:
    assert problems(tmp_path, {}, LAYERS + line + "\n") == [problem]


BRIDGE_LAYERS = """
border:
pruning: border
variant: border
scan: pruning variant
"""

SOUND_BRIDGE = {
    "lib.rs": "mod border;\nmod scan;\n",
    "ffi.rs": "use crate::scan::file_scan::FileScan;\n",
    "border/mod.rs": "pub mod error;\npub mod guard;\n",
    "border/error.rs": "use crate::ffi::bridge::Pair;\n// crate::scan::file_scan\n",
    "border/guard.rs": "use crate::border::error::{code, Error};\n",
    "pruning/mod.rs": "mod one;\nmod two;\npub use one::One;\n",
    "pruning/one.rs": "use super::two::Two;\n",
    "pruning/two.rs": "use super::one::One;\n",
    "variant/mod.rs": "mod adapter;\nmod field;\npub use adapter::Adapter;\n",
    "variant/adapter.rs": "use super::field::{is_variant, Field};\nmod tests { use super::*; }\n",
    "variant/field.rs": "",
    "scan/mod.rs": "pub mod file_scan;\n",
    "scan/file_scan.rs": "use crate::{border::error::{code, Error}, variant::Adapter};\n",
    "scan/row_bounds.rs": "use crate::pruning::One;\n",
}


def bridge_problems(root: Path, files: dict[str, str], layers: str = BRIDGE_LAYERS) -> list[str]:
    write_tree(root / "bridge/src", {**SOUND_BRIDGE, **files})
    write_tree(root / "bridge", {"layers.txt": layers})
    checker = BridgeChecker(root)
    checker.run()
    return checker.problems


def test_a_sound_bridge_has_no_problems(tmp_path: Path) -> None:
    assert bridge_problems(tmp_path, {}) == []


UPWARDS = "bridge/src/border/error: border may not use scan"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("border/error.rs", "use crate::scan::row_bounds::RowBounds;", [UPWARDS]),
        ("border/error.rs", "fn f() -> crate::scan::row_bounds::RowBounds;", [UPWARDS]),
        ("border/error.rs", "use crate::{ffi::A, scan::{row_bounds::{A, B}, C}};", [UPWARDS]),
        ("border/error.rs", "use super::super::scan::row_bounds;", [UPWARDS]),
        (
            "border/mod.rs",
            "use super::scan::row_bounds;",
            ["bridge/src/border: border may not use scan"],
        ),
        (
            "border/error.rs",
            "use super::guard::guard;",
            ["bridge/src: cycle border/error -> border/guard -> border/error"],
        ),
        (
            "variant/field.rs",
            "use crate::variant::Adapter;",
            ["bridge/src: cycle variant -> variant/adapter -> variant/field -> variant"],
        ),
        (
            "scan/row_bounds.rs",
            "use crate::{pruning::One, scan::{file_scan::{A}, row_bounds}};\nuse super::other::X;",
            [],
        ),
        ("new/x.rs", "", ["bridge/src/new/x: new is not in bridge/layers.txt"]),
    ],
)
def test_a_broken_rule_of_the_bridge_is_reported(
    tmp_path: Path, name: str, text: str, expected: list[str]
) -> None:
    assert bridge_problems(tmp_path, {name: text}) == expected


def test_a_cycle_of_folders_of_the_bridge_is_reported(tmp_path: Path) -> None:
    layers = BRIDGE_LAYERS.replace("border:", "border: scan")
    cycle = "cycle border -> scan -> pruning -> border"
    assert bridge_problems(tmp_path, {}, layers)[0] == f"bridge/layers.txt: {cycle}"
