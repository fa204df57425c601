"""What-if: the same run with other numbers. Nothing is stored unless adopted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from doudi.policy.versions import PackVersion


@dataclass(frozen=True, slots=True)
class Effect:
    """One measure under one overlay, against the pack in force. Counts are subjects; amounts fen."""

    measure: str
    subject: str
    yes: int
    no: int
    unknown: int
    amount_fen: int
    gains: int  # not yes before, yes now
    loses: int  # yes before, not yes now
    yes_before: int
    amount_before_fen: int
    budget_fen: int | None
    towns: tuple[tuple[str, int, int, int], ...] = ()  # town code, gains, loses, change in fen


@dataclass(frozen=True, slots=True)
class Trial:
    """One overlay tried out: `set` as typed (`posts_per_village=3`), the command that repeats it, its effects."""

    set: dict[str, str]
    rules: dict[str, str]
    command: str
    query: str  # the URL query that repeats it
    effects: tuple[Effect, ...] = field(default_factory=tuple)


def try_out(
    overlays: Sequence[Mapping[str, str]], *, rules: Mapping[str, str] | None = None, pack: str | None = None
) -> list[Trial]:
    """Try parameter overlays ({name: value as typed}) and edited rules ({"measure.condition": text}) over the county.

    All overlays run in one pass over the latest run's snapshot. Raises Refusal for an unknown name or a wrong value.
    """
    raise NotImplementedError


def adopt(name: str, value: str, *, from_day: date, source: str, by: str, now: datetime, pack: str | None = None) -> PackVersion:
    """Make a tried value the county's: a new dated parameter, with its source and who named it, in a new version."""
    raise NotImplementedError
