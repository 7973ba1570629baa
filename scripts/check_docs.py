#!/usr/bin/env python3
"""Holds what the documents quote of the repository against the repository.

The rules:
  * a file that a document names in backticks or links to exists: a path by its place below the
    root, the document's folder, src/, include/ or bridge/src/; a bare name such as `stream.rs`
    anywhere;
  * a block of C++ or Rust in docs/walkthroughs is in a source file, line for line. Where several
    files have a part of it, `...` on a line of its own separates the parts.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = {"rust": ("bridge/src", "*.rs"), "cpp": ("src", "*.cc")}
FILE_NAME = re.compile(r"`([\w./-]+\.(?:rs|cc|h|py|md|sh|txt))`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Where generated and installed files are, whose names documents tell.
GENERATED = frozenset({"bridge/ffi.h", "rust/cxx.h"})


@dataclass
class Checker:
    root: Path
    problems: list[str] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def run(self) -> int:
        """Checks every document; returns how many there were."""
        documents = [*sorted(self.root.glob("*.md")), *sorted(self.root.glob("docs/**/*.md"))]
        documents += sorted(self.root.glob("python/*.md"))
        self._names = {path.name for path in self._files()}
        for document in documents:
            text = document.read_text(encoding="utf-8")
            prose = BLOCK.sub("", text)
            self._check_names(document, prose)
            if document.parent.name == "walkthroughs":
                self._check_blocks(document, text)
        return len(documents)

    def _files(self) -> list[Path]:
        folders = ["bridge", "src", "include", "cli", "python", "scripts", "tests", "benchmarks"]
        folders += ["docs", "examples", "cmake"]
        top = [path for path in self.root.iterdir() if path.is_file()]
        below = [path for folder in folders for path in (self.root / folder).rglob("*.*")]
        return top + below

    def _check_names(self, document: Path, prose: str) -> None:
        for name in [*FILE_NAME.findall(prose), *LINK.findall(prose)]:
            if name in GENERATED:
                continue
            if "/" not in name and not name.endswith("/") and name in self._names:
                continue
            places = [self.root, document.parent]
            places += [self.root / folder for folder in ("src", "include", "bridge/src")]
            if not any((place / name).exists() for place in places):
                self._problem(document, f"there is no file {name}")

    def _check_blocks(self, document: Path, text: str) -> None:
        for language, block in BLOCK.findall(text):
            if language not in SOURCES:
                continue
            for part in re.split(r"^\s*\.\.\.\n", block, flags=re.MULTILINE):
                if not self._is_quoted(language, part):
                    first = next((line for line in part.splitlines() if line.strip()), "")
                    self._problem(document, f"no source has this block: {first.strip()}")

    def _is_quoted(self, language: str, part: str) -> bool:
        folder, pattern = SOURCES[language]
        wanted = _lines(part)
        for path in (self.root / folder).rglob(pattern):
            lines = _lines(path.read_text(encoding="utf-8"))
            if any(
                lines[i : i + len(wanted)] == wanted for i in range(len(lines) - len(wanted) + 1)
            ):
                return True
        return False

    def _problem(self, document: Path, what: str) -> None:
        self.problems.append(f"{document.relative_to(self.root)}: {what}")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    checker = Checker(parser.parse_args().root)
    documents = checker.run()
    for problem in checker.problems:
        print(problem)
    print(f"{documents} documents checked, {len(checker.problems)} problems")
    return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main())
