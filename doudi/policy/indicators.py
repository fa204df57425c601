"""Indicators: the impact figures, each with unit, numerator, denominator, asked share, day and claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from doudi.policy.runs import Run


@dataclass(frozen=True, slots=True)
class Figure:
    """One computed figure beside the published claim. Shares are in hundredths of a per cent (3071 is 30.71 %)."""

    name: str
    zh: str
    en: str
    unit: str
    value: int | None
    numerator: int
    denominator: int | None
    asked: int  # subjects whose answer is known
    asked_of: int  # subjects the question concerns
    share: int | None
    asked_share: int | None
    claim: str
    reproducible: bool
    note_zh: str
    note_en: str
    day: date


def compute(run: Run) -> list[Figure]:
    """The pack's indicators over the run's snapshot."""
    raise NotImplementedError
