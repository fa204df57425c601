"""What a household may have at the year's end: last year's income carried forward through the months without work.

A plain reckoning, whole fen, no model. Each line of income has a low and a high: what is not known widens it, and is
said. The low takes work to be back as late as the county expects and everything unknown to be lost; the high as early,
and nothing unknown lost. Where the county has decided no days, the low lasts to the year's end and the high to today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from doudi.rules.nodes import Value

ABOVE, MAY_FALL, BELOW, NOT_KNOWN = RISKS = ("above", "may_fall", "below", "not_known")
WAGE, BUSINESS, PROPERTY, TRANSFER = LINES = ("wage", "business", "property", "transfer")
LINE = "line_2020"  # the parameter that a household is held against
EARLIEST, LATEST = "work_back_earliest", "work_back_latest"
YEAR = 365


@dataclass(frozen=True, slots=True)
class Blocked:
    """How many days of the year are without work: at least, at most, and so far."""

    least: int
    most: int
    past: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of income over the year, in fen: what it was, what it may be; `back` is its low once work is back."""

    name: str
    before: int
    low: int
    high: int
    back: int


@dataclass(frozen=True, slots=True)
class Added:
    """What one measure adds, in fen, at least and at most; None where no sum says it.

    `lifts` names the line that is as before once it is carried out; `sure` is False while it is not decided.
    """

    measure: str
    low: int | None
    high: int | None
    sure: bool = True
    lifts: str = ""


@dataclass(frozen=True, slots=True)
class Projection:
    """A household's outlook. `low` and `high` are fen a head without any measure; None where it cannot be reckoned.

    `unknown` names the facts ("household:wage_income") and parameters ("params:line_2020") that would make it sharper.
    """

    heads: int | None
    lines: tuple[Line, ...]
    added: tuple[Added, ...]
    line_fen: int | None
    unknown: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether it can be reckoned at all."""
        return bool(self.heads) and len(self.lines) == len(LINES)

    @property
    def low(self) -> int | None:
        """Fen a head at worst, without any measure."""
        return sum(line.low for line in self.lines) // self.heads if self.known and self.heads else None

    @property
    def high(self) -> int | None:
        """Fen a head at best, without any measure."""
        return sum(line.high for line in self.lines) // self.heads if self.known and self.heads else None

    def with_measures(self, names: Sequence[str] | None = None) -> tuple[int, int] | None:
        """Fen a head, low and high, with some measures (all that are decided where none is named)."""
        if not self.known or not self.heads:
            return None
        taken = [each for each in self.added if (each.sure if names is None else each.measure in names)]
        lifted = {each.lifts for each in taken}
        low = sum(line.back if line.name in lifted else line.low for line in self.lines)
        high = sum(max(line.high, line.back) if line.name in lifted else line.high for line in self.lines)
        return (
            (low + sum(each.low or 0 for each in taken)) // self.heads,
            (high + sum(each.high or 0 for each in taken)) // self.heads,
        )

    @property
    def risk(self) -> str:
        """Without any measure."""
        return self.risk_of(self.low, self.high)

    @property
    def risk_with(self) -> str:
        """With every measure decided."""
        band = self.with_measures()
        return self.risk_of(*band) if band else NOT_KNOWN

    def risk_of(self, low: int | None, high: int | None) -> str:
        """How a band lies to the line."""
        if low is None or high is None or self.line_fen is None:
            return NOT_KNOWN
        if low >= self.line_fen:
            return ABOVE
        return BELOW if high < self.line_fen else MAY_FALL


def blocked(params: Mapping[str, Value], *, start: date, on: date) -> Blocked:
    """Days without work from `start` (the day from which the pack speaks) by what the county expects."""
    first, last = params.get(EARLIEST), params.get(LATEST)
    end = date(on.year, 12, 31) + timedelta(days=1)
    begun = max(start, date(on.year, 1, 1))
    least = first if isinstance(first, date) else on
    most = last if isinstance(last, date) else end
    return Blocked(_days(begun, min(least, most, end)), _days(begun, min(max(least, most), end)), _days(begun, on))


def _days(start: date, end: date) -> int:
    return max(0, (end - start).days)


def project(
    facts: Mapping[str, Any], heads: int | None, added: Sequence[Added], *, params: Mapping[str, Value], year: int,
    without: Blocked,
) -> Projection:  # fmt: skip
    """The outlook of one household from what is believed of it; `year` is the last whole year of its income."""
    unknown: list[str] = [] if heads else ["household:members_complete"]
    lines = tuple(
        line
        for name, read in ((WAGE, _wage), (BUSINESS, _business), (PROPERTY, _other), (TRANSFER, _other))
        if (line := read(name, facts, year, without, unknown)) is not None
    )
    held = params.get(LINE)
    if held is None:
        unknown.append(f"params:{LINE}")
    unknown += [f"params:{name}" for name in (EARLIEST, LATEST) if name not in params and _hit(facts)]
    line_fen = int(str(held)) if held is not None else None
    return Projection(heads, lines, tuple(added), line_fen, tuple(dict.fromkeys(unknown)))


def _hit(facts: Mapping[str, Any]) -> bool:
    return any(facts.get(name) is not False for name in ("wage_income_hit", "business_income_hit", "unsold_produce"))


def _known(name: str, facts: Mapping[str, Any], year: int, unknown: list[str]) -> int | None:
    value = facts.get(f"{name}@{year}")
    if value is None:
        unknown.append(f"household:{name}")
        return None
    return int(value)


def _wage(name: str, facts: Mapping[str, Any], year: int, without: Blocked, unknown: list[str]) -> Line | None:
    before = _known("wage_income", facts, year, unknown)
    if before is None:
        return None
    hit = facts.get("wage_income_hit")
    if hit is None:
        unknown.append("household:wage_income_hit")
    if hit is False or before <= 0:
        return Line(name, before, before, before, before)
    least, most = _lost_wages(facts, unknown) if hit else (0, YEAR)
    low, high = before - _part(before, most, without.most), before - _part(before, least, without.least)
    back = before - _part(before, most, min(without.past, without.most))
    return Line(name, before, low, max(low, high), max(low, back))


def _lost_wages(facts: Mapping[str, Any], unknown: list[str]) -> tuple[int, int]:
    """How much of the wages is lost while there is no work, of 365: from the last two months beside a year ago."""
    now, then = facts.get("wages_now"), facts.get("wages_a_year_ago")
    if now is None or not then:
        unknown.append("household:wages_now" if now is None else "household:wages_a_year_ago")
        return 0, YEAR
    lost = max(0, min(YEAR, (int(then) - int(now)) * YEAR // int(then)))
    return lost, lost


def _business(name: str, facts: Mapping[str, Any], year: int, without: Blocked, unknown: list[str]) -> Line | None:
    """Net of its expense. That it is hit, or that produce is unsold, is known; how much it costs is not."""
    income = _known("business_income", facts, year, unknown)
    expense = _known("business_expense", facts, year, unknown)
    if income is None or expense is None:
        return None
    before, told = income - expense, [facts.get("business_income_hit"), facts.get("unsold_produce")]
    unknown += [f"household:{fact}" for fact, value in zip(("business_income_hit", "unsold_produce"), told, strict=True)
                if value is None]  # fmt: skip
    if all(value is False for value in told) or before <= 0:
        return Line(name, before, before, before, before)
    low = before - _part(before, YEAR, without.most)
    return Line(name, before, low, before, low)


def _other(name: str, facts: Mapping[str, Any], year: int, without: Blocked, unknown: list[str]) -> Line | None:
    """What an epidemic does not touch is taken to be as last year."""
    before = _known(f"{name}_income", facts, year, unknown)
    return Line(name, before, before, before, before) if before is not None else None


def _part(fen: int, lost: int, days: int) -> int:
    """What is lost of a year's fen when so much of it (of 365) is lost for so many days."""
    return fen * lost * min(days, YEAR) // (YEAR * YEAR)
