"""Rounds of a benchmark: each contender in a process of its own, one after another, in turn.

What else the machine does then hits all of them alike; the least of each measure over all rounds
is what the work costs without it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Measures = dict[str, float]


@dataclass(frozen=True)
class Contender:
    """A name to show and the command that prints its measures as one JSON object."""

    name: str
    command: Sequence[str]


def run_rounds(contenders: Sequence[Contender], rounds: int) -> dict[str, Measures]:
    """Runs all contenders `rounds` times and returns the least of each measure."""
    least: dict[str, Measures] = {contender.name: {} for contender in contenders}
    for number in range(rounds):
        # Who comes first changes from round to round.
        turn = number % len(contenders)
        for contender in [*contenders[turn:], *contenders[:turn]]:
            for measure, value in _run(contender).items():
                known = least[contender.name].get(measure)
                least[contender.name][measure] = value if known is None else min(known, value)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return least


def _run(contender: Contender) -> Measures:
    done = subprocess.run(contender.command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{contender.name} failed:\n{done.stderr}")
    measures: Measures = json.loads(done.stdout)
    return measures


def _shown(measure: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f} MiB" if measure.endswith("memory") else f"{value:.4f} s"


def _ratio(ours: float, theirs: float | None) -> str:
    return f"{theirs / ours:.3g}" if theirs is not None and ours > 0 else "-"


def report(least: Mapping[str, Measures]) -> str:
    """A Markdown table: a row a measure of the first contender, which is held against each other
    one that has it."""
    names = list(least)
    ours, peers = names[0], names[1:]
    head = ["measure", *names, *(f"{peer} / {ours}" for peer in peers)]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for measure, value in least[ours].items():
        of_peers = [least[peer].get(measure) for peer in peers]
        lines.append(
            [measure, *(_shown(measure, of_one) for of_one in [value, *of_peers])]
            + [_ratio(value, of_peer) for of_peer in of_peers]
        )
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
