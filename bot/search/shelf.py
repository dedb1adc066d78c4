"""Where an index keeps what it knows: named values, many and small.

What is kept can be worked out anew from the repository, at the price of embedding it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class Shelf(Protocol):
    """Named values of one repository. Names are text without a pattern's signs; equal names replace each other."""

    def find(self, names: Collection[str]) -> dict[str, bytes]:
        """The values of those names that are kept."""
        ...

    def names(self, prefix: str) -> set[str]:
        """All names that begin so."""
        ...

    def keep(self, values: Mapping[str, bytes]) -> None:
        """Keep the values. When it returns they outlast a kill; one that comes before may leave the first of them."""
        ...

    def drop(self, names: Collection[str]) -> None:
        """Keep no longer what is there of these names; a kill may leave some."""
        ...

    def clear(self) -> None:
        """Keep nothing any more; a kill may leave some."""
        ...
