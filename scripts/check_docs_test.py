"""Each rule of check_docs.py, kept and broken in a small tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from check_docs import Checker
from source_tree import write_tree

COUNT = "int Count() {\n  return 1;\n}\n"

SOUND = {
    "README.md": "See [the page](docs/page.md#part), `src/engine/session.cc`, [a](https://a.b).\n",
    "docs/page.md": "`session.cc`, `frame.rs`; `bridge/ffi.h` is generated. [Up](../README.md)\n",
    "docs/walkthroughs/verb.md": f"```cpp\n{COUNT}...\nint Last() {{\n```\n",
    "src/engine/session.cc": f"{COUNT}\nint First() {{\n}}\nint Last() {{\n}}\n",
    "bridge/src/border/frame.rs": "fn count() {}\n",
}


def problems(root: Path, files: dict[str, str]) -> list[str]:
    write_tree(root, {**SOUND, **files})
    checker = Checker(root)
    checker.run()
    return checker.problems


def test_a_sound_tree_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("docs/page.md", "`stream.rs` does it\n", "docs/page.md: there is no file stream.rs"),
        ("README.md", "`src/session.cc`\n", "README.md: there is no file src/session.cc"),
        ("README.md", "[page](docs/other.md)\n", "README.md: there is no file docs/other.md"),
        (
            "docs/walkthroughs/verb.md",
            "```cpp\nint Count() {\n  return 2;\n}\n```\n",
            "docs/walkthroughs/verb.md: no source has this block: int Count() {",
        ),
        (
            "docs/walkthroughs/verb.md",
            "```rust\nint Count() {\n```\n",
            "docs/walkthroughs/verb.md: no source has this block: int Count() {",
        ),
    ],
)
def test_what_is_not_there_is_a_problem(tmp_path: Path, name: str, text: str, problem: str) -> None:
    assert problems(tmp_path, {name: text}) == [problem]
