"""What a store holds in a folder, past all code of ours: listed at once, read as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class StoredObjects(Mapping[str, bytes]):
    """The objects of a folder by their locations in it, and their bytes."""

    sizes: dict[str, int]
    get_bytes: Callable[[str], bytes] = field(repr=False)

    def __getitem__(self, name: str) -> bytes:
        return self.get_bytes(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sizes)

    def __len__(self) -> int:
        return len(self.sizes)
