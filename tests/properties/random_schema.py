"""Random schemas: every type, names that need quotes, columns that tables of one case share."""

from __future__ import annotations

import random
from dataclasses import dataclass

from harness.delta_kind import WIDER, Column, Kind

DECIMALS = ["decimal(5,2)", "decimal(10,0)", "decimal(18,6)", "decimal(20,0)", "decimal(38,0)"]
DECIMALS += ["decimal(19,3)", "decimal(38,10)"]
PRIMITIVES = ["byte", "short", "integer", "long", "float", "double", "string", "boolean", "binary"]
PRIMITIVES += ["date", "timestamp", "timestamp_ntz"]

# What a folder of a partition, a text of JSON and a statement must all quote.
PLAIN_NAMES = ["a", "b", "k", "v", "ts", "Mixed", "select", "größe", "a.b", "x'y", "col-7", "%41"]
ODD_NAMES = ['say "x"', "two words", "a,b;c", "(x)=1"]


@dataclass
class Schema:
    """The columns of a table. The first is `id`, a unique number."""

    columns: list[Column]
    partition_names: list[str]
    mapping: str  # The mode of column mapping: none, name or id.

    @property
    def is_mapped(self) -> bool:
        return self.mapping != "none"

    @property
    def stored(self) -> list[Column]:
        """The columns that files have."""
        return [column for column in self.columns if column.name not in self.partition_names]

    @property
    def partitions(self) -> list[Column]:
        """The partition columns, in the order of the partitions."""
        return [self.column(name) for name in self.partition_names]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


class _Maker:
    """Columns with ids that go up."""

    def __init__(self, dice: random.Random, is_mapped: bool) -> None:
        self._dice = dice
        self._is_mapped = is_mapped
        self._last = 0

    def column(self, name: str, kind: Kind) -> Column:
        self._last += 1
        # A physical name may look like another column's logical one.
        looks = [f"col-{self._last}", f"k{self._last}", f"v{self._last}"]
        physical = self._dice.choice(looks) if self._is_mapped else name
        return Column(self._last, name, physical, kind)

    def kind(self, depth: int) -> Kind:
        dice = self._dice
        choice = dice.random()
        if depth == 0 or choice < 0.8:
            return Kind(dice.choice([*PRIMITIVES, dice.choice(DECIMALS), dice.choice(DECIMALS)]))
        if choice < 0.9:
            names = dice.sample(["n", "t", "Deep", "k"], dice.randint(1, 3))
            return Kind("struct", [self.column(name, self.kind(depth - 1)) for name in names])
        if choice < 0.95:
            return Kind("array", part=self.kind(depth - 1))
        key = dice.choice([None, None, Kind("integer"), Kind("date")])
        return Kind("map", part=self.kind(depth - 1), key=key)


def make_schema(
    dice: random.Random, relative: Schema | None = None, mapping: str = "none"
) -> Schema:
    """Makes a schema. Half of the columns are those of `relative`, in another order."""
    maker = _Maker(dice, mapping != "none")
    names = [*PLAIN_NAMES, *(ODD_NAMES if mapping != "none" else [])]
    chosen: list[tuple[str, Kind]] = []
    if relative is not None:
        shared = [(c.name, c.kind) for c in relative.columns[1:] if _is_plain(c)]
        chosen = dice.sample(shared, min(len(shared), dice.randint(2, 4)))
    taken = {name for name, _ in chosen}
    free = [name for name in names if name not in taken]
    for name in dice.sample(free, dice.randint(2, 5)):
        chosen.append((name, maker.kind(2)))
    dice.shuffle(chosen)
    columns = [maker.column("id", Kind("long"))]
    columns += [
        maker.column(name, Kind(kind.name, kind.fields, kind.part, kind.key))
        for name, kind in chosen
    ]
    return Schema(columns, _choose_partitions(dice, columns), mapping)


def _is_plain(column: Column) -> bool:
    """Whether a column can be another table's too: it has no name of one form of tables only."""
    return not column.kind.fields and column.kind.part is None and column.name in PLAIN_NAMES


def _choose_partitions(dice: random.Random, columns: list[Column]) -> list[str]:
    fit = [
        column.name
        for column in columns[1:]
        if not column.kind.fields
        and column.kind.part is None
        # Floats of partitions have no text that all writers agree on, nor have bytes.
        and column.kind.name not in ("float", "double", "binary")
    ]
    return dice.sample(fit, min(len(fit), dice.choice([0, 0, 1, 1, 2])))


def repartitioned(dice: random.Random, schema: Schema) -> Schema:
    """The same columns with other partitions."""
    return Schema(schema.columns, _choose_partitions(dice, schema.columns), schema.mapping)


def narrower(dice: random.Random, kind: Kind) -> Kind:
    """A type that may have become `kind`, or `kind` itself."""
    options = [before for before, wider in WIDER.items() if kind.name in wider]
    return Kind(dice.choice(options)) if options and dice.random() < 0.4 else kind
