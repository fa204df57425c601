"""A list told page by page."""

from __future__ import annotations

from dataclasses import dataclass

SIZE = 50


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a reader is in a list of `total` entries, fifty a page; `number` counts from 1."""

    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // SIZE))

    @property
    def previous(self) -> int:
        """The page before."""
        return self.number - 1

    @property
    def next(self) -> int:
        """The page after."""
        return self.number + 1
