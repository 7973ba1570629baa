#!/usr/bin/env python3
"""Holds every #include of the C++ code against layers.txt, and the bridge against its own.

The rules of C++, besides the lines of layers.txt itself:
  * a public header never includes a private one;
  * the generated headers of the bridge, and private headers that include them, stay inside the
    layers that name `bridge`, and outside their tests;
  * programs include nothing under src/;
  * `testing` is included by itself and by tests only;
  * a private header is named relative to src/, a public one as <deltaic/...>;
  * layers.txt has no cycles, and every folder with C++ code is in it.

The rules of the bridge, besides the lines of bridge/layers.txt:
  * that has no cycles, and every folder of bridge/src is in it;
  * no files of the bridge use each other in a circle, but for those of `pruning`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

BRIDGE = "bridge"
BRIDGE_HEADERS = frozenset({"bridge/ffi.h", "rust/cxx.h"})
TESTING = "testing"
PROGRAMS = ("cli", "python", "server", "examples", "benchmarks")
SUFFIXES = frozenset({".h", ".cc"})
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


@dataclass
class Layers:
    """What layers.txt says: each layer with the layers that it names."""

    named: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def reachable(self, layer: str) -> set[str]:
        """The layers that `layer` may include, itself among them."""
        found: set[str] = set()
        pending = [layer]
        while pending:
            current = pending.pop()
            if current not in found:
                found.add(current)
                pending.extend(self.named.get(current, []))
        return found

    def layer_of(self, folder: PurePosixPath) -> str | None:
        """The layer that a folder below src/ or include/deltaic/ belongs to."""
        for candidate in (folder, *folder.parents):
            if str(candidate) in self.named:
                return str(candidate)
        return None


def read_layers(text: str, file: str = "layers.txt") -> Layers:
    layers = Layers()
    for number, line in enumerate(text.splitlines(), start=1):
        rule = line.split("#", 1)[0].strip()
        if not rule:
            continue
        name, colon, named = rule.partition(":")
        name = name.strip()
        if not colon:
            layers.problems.append(f"{file}:{number}: expected 'folder: folders'")
        elif name in layers.named:
            layers.problems.append(f"{file}:{number}: {name} is there twice")
        else:
            layers.named[name] = named.split()
    for name, named_layers in layers.named.items():
        for other in named_layers:
            if other not in layers.named:
                layers.problems.append(f"{file}: {name} names {other}, which is no layer")
    layers.problems.extend(f"{file}: {cycle}" for cycle in cycles(layers.named))
    return layers


def cycles(named: Mapping[str, Iterable[str]]) -> list[str]:
    """One line for each cycle that a depth-first walk meets."""
    problems: list[str] = []
    finished: set[str] = set()

    def visit(layer: str, path: list[str]) -> None:
        if layer in path:
            circle = [*path[path.index(layer) :], layer]
            problems.append(f"cycle {' -> '.join(circle)}")
        elif layer not in finished:
            for other in named.get(layer, []):
                visit(other, [*path, layer])
            finished.add(layer)

    for layer in named:
        visit(layer, [])
    return problems


def includes_of(path: Path) -> list[tuple[int, str, str]]:
    """Line number, opening delimiter and name of each #include."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            found.append((number, match[1], match[2]))
    return found


class Checker:
    """Checks the tree under `root`; `problems` has a line for each rule that is broken."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layers = read_layers((root / "layers.txt").read_text(encoding="utf-8"))
        self.problems = list(self.layers.problems)
        self.checked = 0

    def run(self) -> None:
        for path in self.sources("include/deltaic"):
            self.check_file(path, self.layer_below(path, "include/deltaic"))
        for path in self.sources("src"):
            self.check_file(path, self.layer_below(path, "src"))
        for program in PROGRAMS:
            for path in self.sources(program):
                if program not in self.layers.named:
                    self.report(path, 1, f"{program} is not in layers.txt")
                    break
                self.check_file(path, program)

    def sources(self, folder: str) -> list[Path]:
        return sorted(
            path
            for path in (self.root / folder).rglob("*")
            if path.suffix in SUFFIXES and path.is_file()
        )

    def layer_below(self, path: Path, top: str) -> str | None:
        folder = PurePosixPath(path.parent.relative_to(self.root / top).as_posix())
        layer = self.layers.layer_of(folder)
        if layer is None or layer in PROGRAMS:
            self.report(path, 1, f"its folder {top}/{folder} is not in layers.txt")
            return None
        return layer

    def check_file(self, path: Path, layer: str | None) -> None:
        if layer is None:
            return
        self.checked += 1
        for number, delimiter, name in includes_of(path):
            problem = self.include_problem(path, layer, delimiter, name)
            if problem:
                self.report(path, number, problem)

    def include_problem(self, path: Path, layer: str, delimiter: str, name: str) -> str | None:
        if name in BRIDGE_HEADERS or (delimiter == '"' and self.shows_bridge(name)):
            return self.bridge_problem(path, layer, name)
        if name.startswith("deltaic/"):
            if delimiter != "<":
                return f"write <{name}> for a public header"
            if not (self.root / "include" / name).is_file():
                return f"there is no public header <{name}>"
            return self.layer_problem(layer, PurePosixPath(name).parent.relative_to("deltaic"))
        if delimiter == "<":
            return None
        if layer in PROGRAMS:
            own = name.startswith(f"{layer}/") and (self.root / name).is_file()
            if own or (self.root / layer / name).is_file() or (path.parent / name).is_file():
                return None
            return f'"{name}" is not a header of {layer}: programs include <deltaic/...> only'
        if path.is_relative_to(self.root / "include"):
            return f'a public header includes the private "{name}"'
        if not (self.root / "src" / name).is_file():
            return f'there is no "{name}" under src/'
        if self.layers.layer_of(PurePosixPath(name).parent) == TESTING:
            is_test = layer == TESTING or path.name.endswith("_test.cc")
            return None if is_test else f'only tests include "{name}"'
        return self.layer_problem(layer, PurePosixPath(name).parent)

    def bridge_problem(self, path: Path, layer: str, name: str) -> str | None:
        if BRIDGE not in self.layers.named.get(layer, []):
            return f"{layer} may not include {name}: only layers that name {BRIDGE} may"
        if not path.is_relative_to(self.root / "src") or path.name.endswith("_test.cc"):
            return f"{name} belongs in private code, never in a public header or a test"
        return None

    def shows_bridge(self, header: str, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a private header includes a generated one, be it by way of others."""
        if header in seen or not (self.root / "src" / header).is_file():
            return False
        names = [name for _, _, name in includes_of(self.root / "src" / header)]
        return any(
            name in BRIDGE_HEADERS or self.shows_bridge(name, seen | {header}) for name in names
        )

    def layer_problem(self, layer: str, folder: PurePosixPath) -> str | None:
        other = self.layers.layer_of(folder)
        if other is None:
            return f"{folder} is not in layers.txt"
        if other not in self.layers.reachable(layer):
            return f"{layer} may not include {other}"
        return None

    def report(self, path: Path, number: int, problem: str) -> None:
        self.problems.append(f"{path.relative_to(self.root).as_posix()}:{number}: {problem}")


# A path in Rust code: its names, and the group in braces that may end it.
RUST_PATH = re.compile(r"\b(crate|super)((?:::(?:super|[a-z_]\w*))*)(::\{)?")
# A module in a file, the one of its tests: what is `super` elsewhere is the file itself there.
RUST_INNER_MODULE = re.compile(r"^mod \w+ \{", re.MULTILINE)
RUST_REEXPORT = re.compile(r"^pub use ([a-z_]\w*)::", re.MULTILINE)
# These files see all others: the page of verbs, and the list of folders.
BRIDGE_OUTSIDE = frozenset({"ffi", "lib"})
# Its rules call each other as the parts of an expression do.
RECURSIVE_FOLDER = "pruning"


def group_of(text: str, start: int) -> list[list[str]]:
    """The paths of a group, whose brace ends at `start`."""
    found: list[list[str]] = []
    prefixes: list[list[str]] = [[]]
    path: list[str] = []
    for match in re.finditer(r"[{},]|\w+", text[start:]):
        if match[0] == "{":
            prefixes.append(prefixes[-1] + path)
        elif match[0] in ",}":
            if path:
                found.append(prefixes[-1] + path)
            if match[0] == "}":
                prefixes.pop()
        else:
            path.append(match[0])
            continue
        path = []
        if not prefixes:
            break
    return found


class BridgeChecker:
    """Checks bridge/src under `root` against bridge/layers.txt. A file goes by its path without
    the suffix, a folder's `mod.rs` by the folder."""

    def __init__(self, root: Path) -> None:
        self.source = root / "bridge" / "src"
        self.layers = read_layers(
            (root / "bridge" / "layers.txt").read_text(encoding="utf-8"), "bridge/layers.txt"
        )
        self.problems = list(self.layers.problems)
        self.files = {self.name_of(path): path for path in sorted(self.source.rglob("*.rs"))}

    def name_of(self, path: Path) -> str:
        relative = path.relative_to(self.source)
        return (relative.parent if relative.stem == "mod" else relative.with_suffix("")).as_posix()

    def run(self) -> None:
        used: dict[str, list[str]] = {}
        for name, path in self.files.items():
            if name in BRIDGE_OUTSIDE:
                continue
            folder = name.partition("/")[0]
            if folder not in self.layers.named:
                self.problems.append(f"bridge/src/{name}: {folder} is not in bridge/layers.txt")
                continue
            others = self.used_by(name, path) - BRIDGE_OUTSIDE - {name}
            for other in sorted({other.partition("/")[0] for other in others}):
                if other not in self.layers.reachable(folder):
                    self.problems.append(f"bridge/src/{name}: {folder} may not use {other}")
            if folder != RECURSIVE_FOLDER:
                used[name] = sorted(others)
        self.problems.extend(f"bridge/src: {cycle}" for cycle in cycles(used))

    def used_by(self, name: str, path: Path) -> set[str]:
        """The files that a file names."""
        text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        inner = RUST_INNER_MODULE.search(text)
        module = name.split("/")
        found = {f"{name}/{child}" for child in RUST_REEXPORT.findall(text) if path.stem == "mod"}
        for match in RUST_PATH.finditer(text):
            steps = [match[1], *match[2].split("::")[1:]]
            if steps[0] == "super" and inner and match.start() > inner.start():
                del steps[0]
            if not steps or steps[0] not in ("crate", "super"):
                continue
            ups = steps.count("super")
            start = [] if steps[0] == "crate" else module[: len(module) - ups]
            steps = [step for step in steps if step not in ("crate", "super")]
            for end in group_of(text, match.end()) if match[3] else [[]]:
                found.add(self.file_of([*start, *steps, *end]))
        return found & self.files.keys()

    def file_of(self, steps: list[str]) -> str:
        """The file in which a path from the crate's root ends."""
        place = ""
        for step in steps:
            deeper = f"{place}/{step}" if place else step
            if deeper not in self.files:
                break
            place = deeper
        return place


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "root", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent
    )
    root = parser.parse_args().root.resolve()
    checker, bridge = Checker(root), BridgeChecker(root)
    checker.run()
    bridge.run()
    problems = checker.problems + bridge.problems
    for problem in problems:
        print(problem)
    checked = checker.checked + len(bridge.files)
    print(f"{checked} files checked against their layers, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
