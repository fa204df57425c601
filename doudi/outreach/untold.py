"""Who has not been told: every household by every measure it may claim, less what it has heard of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from doudi.outreach import reaches
from doudi.policy import household_rolls, selections
from doudi.policy.household_rolls import Roll
from doudi.policy.runs import Run


@dataclass(frozen=True, slots=True)
class Share:
    """One measure here: households that may claim it, and those of them told of it (heard, or handed over)."""

    measure: str
    may: int
    told: int

    @property
    def untold(self) -> int:
        """Those who have not been told."""
        return self.may - self.told


@dataclass(frozen=True)
class Untold:
    """Households by what they may claim (`may`) and what of it they have not been told (`missing`), as bits."""

    rows: np.ndarray
    may: np.ndarray
    missing: np.ndarray
    measures: Mapping[str, int]

    def shares(self) -> list[Share]:
        """Every measure anybody here may claim."""
        found = []
        for name, bit in self.measures.items():
            may = int(np.count_nonzero(self.may & (1 << bit)))
            untold = int(np.count_nonzero(self.missing & (1 << bit)))
            if may:
                found.append(Share(name, may, may - untold))
        return found

    def households(self, measure: str = "") -> tuple[np.ndarray, np.ndarray]:
        """(ids, bits of what is missing) of the households not told of a measure, or of any, by village and code."""
        mask = self.missing & (1 << self.measures[measure]) if measure in self.measures else self.missing
        chosen = mask != 0
        return self.rows["id"][chosen], self.missing[chosen]

    def names(self, bits: int) -> list[str]:
        """The measures some bits stand for."""
        return [name for name, bit in self.measures.items() if int(bits) & (1 << bit)]


def of(run: Run, *, prefix: str = "", registered: str = "", only: Collection[str] = ()) -> Untold:
    """What the reader's households have not been told, under the wall of the transaction.

    `prefix` keeps to a place, `registered` (yes, no, unknown) to poor households or others, `only` to some measures.
    """
    roll = household_rolls.present(run)
    rows = roll.rows[np.sort(roll.places_of(selections.visible("", names=False)))]
    if prefix:
        rows = rows[rows["place"] // 10 ** (12 - len(prefix)) == int(prefix)]
    if registered:
        rows = rows[rows["registered"] == selections.TRUTHS[registered]]
    measures = {name: bit for name, bit in roll.measures.items() if not only or name in only}
    may = rows["yes"] & sum(1 << bit for bit in measures.values())
    return Untold(rows, may, may & ~_told(roll, rows, measures), measures)


def _told(roll: Roll, rows: np.ndarray, measures: Mapping[str, int]) -> np.ndarray:
    """The bits of the measures each household was told of."""
    told = np.zeros(len(rows), np.int64)
    for name, ids in reaches.told_of(reaches.MEASURE).items():
        if name in measures and ids:
            told[np.isin(rows["id"], np.fromiter(ids, np.int64))] |= 1 << measures[name]
    return told


def among(found: Untold, measures: Collection[str]) -> set[int]:
    """The households not told of one of some measures; of any where none is named."""
    if not measures:
        return set(found.households()[0].tolist())
    return {number for name in measures if name in found.measures for number in found.households(name)[0].tolist()}
