"""A compiled expression: its value and, where it can fail, the cause.

value NULL and cause NULL is unknown; value NULL and cause a code of `doudi.rules.errors.CAUSES` is an error. `cause` is
None where an expression cannot fail: ordinary rules pay nothing for those that can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doudi.rules.engines.sql_words import Sql, case, coalesce, either, every, is_null, least, no_cause

HEAVY = 60  # a cell of more SQL words than this becomes a column before anything reads it twice
HEAVY_IF_IT_FAILS = 12  # the same for a cell with a cause: both are read several times


LEVEL = 1000  # depth = stage * LEVEL + how many rounds of columns within the stage it reads


@dataclass(frozen=True, slots=True)
class Cell:
    """`depth` says from where in its frame every column it reads is there; `weight` counts SQL words, roughly."""

    value: Sql
    cause: Sql | None = None
    depth: int = 0
    weight: int = 1
    known: bool = False  # never NULL

    @property
    def unknown(self) -> Sql:
        """SQL that is true where this is unknown."""
        if self.cause is None:
            return is_null(self.value)
        return every(is_null(self.value), is_null(self.cause))


def deepest(cells: Sequence[Cell]) -> int:
    """The depth that can read them all."""
    return max((cell.depth for cell in cells), default=0)


def heaviest(cells: Sequence[Cell]) -> int:
    """The SQL words of all of them."""
    return sum(cell.weight for cell in cells)


def unknown_among(cells: Sequence[Cell]) -> list[Sql]:
    """One test for each cell that can be unknown."""
    return [cell.unknown for cell in cells if not cell.known]


def any_cause(cells: Sequence[Cell]) -> Sql | None:
    """The cause with the smallest number among those that failed; None where none can fail."""
    causes = [cell.cause for cell in cells if cell.cause is not None]
    return least(*causes) if causes else None


def strict(cells: Sequence[Cell], value: Sql, *own: tuple[Sql, Sql], weight: int = 2) -> Cell:
    """An operator that needs every operand: unknown before error before value.

    `value` must be NULL where an operand is NULL. `own` are the operator's own failures (test, cause), read only where
    every operand has a value.
    """
    given = any_cause(cells)
    total = heaviest(cells) + weight
    if given is None and not own:
        return Cell(value, None, deepest(cells), total, all(cell.known for cell in cells))
    if not own and len(unknown_among(cells)) == 1:
        return Cell(value, given, deepest(cells), 2 * total)  # where that cell is unknown it has no cause either
    failed = case(*own) if own else None
    causes = [cause for cause in (given, failed) if cause is not None]
    unknowns = unknown_among(cells)
    cause = coalesce(*causes)
    if unknowns:
        cause = case((either(*unknowns), no_cause()), otherwise=cause)
    return Cell(value, cause, deepest(cells), 2 * total)
