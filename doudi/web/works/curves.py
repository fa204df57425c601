"""Charts of progress, worked out here and drawn as SVG by the templates: S-curves over weeks, bars over the year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from doudi.projects import forecasts, outlooks
from doudi.projects.forecasts import WHOLE
from doudi.projects.outlooks import Outlook
from doudi.web.works import words

LEFT, RIGHT, TOP, BOTTOM = 48, 632, 12, 208  # the plane of an S-curve in a frame of 640 by 240
SPAN = 1_000  # the width of a bar's frame


@dataclass(frozen=True, slots=True)
class Curve:
    """One S-curve: lines as SVG points, the marks of both axes, the days due, and the same numbers as rows."""

    done: str
    paid: str
    ahead: str
    months: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...]
    due: float | None
    today: float
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One project's bar: from the start to the day, on to the expected end, and where the days due stand."""

    begun: float
    now: float
    end: float
    works_due: float
    money_due: float

    @property
    def span_now(self) -> float:
        """How wide the part to the day is."""
        return max(2.0, self.now - self.begun)

    @property
    def span_end(self) -> float:
        """How wide the whole is, to the expected end."""
        return max(2.0, self.end - self.begun)


def of_project(outlook: Outlook, day: date) -> Curve | None:
    """The S-curve of a project with any progress; money in shares of the contract."""
    if not outlook.progress:
        return None
    whole = outlook.project.contract_fen or 1
    paid = [(on, fen * WHOLE // whole) for on, fen in outlook.paid]
    works = outlook.works
    ahead = [outlook.progress[-1], (works.end, WHOLE)] if works.standing == forecasts.MOVING and works.end else []
    return _curve(outlook.progress, paid, ahead, outlook.project.works_due, day)


def of_county(every: Sequence[Outlook], day: date) -> Curve | None:
    """The S-curve of all contracts together: accepted value and money out as shares of their sum, week by week."""
    signed = [each for each in every if each.project.contract_fen]
    whole = sum(each.project.contract_fen or 0 for each in signed)
    begun = min((each.progress[0][0] for each in signed if each.progress), default=None)
    if begun is None:
        return None
    weeks = [begun + timedelta(weeks=at) for at in range((day - begun).days // 7 + 1)]
    if weeks[-1] != day:
        weeks.append(day)
    done = [(on, sum(_share(each.progress, on) * (each.project.contract_fen or 0) for each in signed) // whole)
            for on in weeks]  # fmt: skip
    paid = [(on, sum(_share(each.paid, on) for each in signed) * WHOLE // whole) for on in weeks]
    return _curve(done, paid, [], max(each.project.works_due for each in signed), day)


def _share(points: Iterable[tuple[date, int]], on: date) -> int:
    """The last of some growing numbers up to a day."""
    return next((number for day, number in reversed([*points]) if day <= on), 0)


def _curve(
    done: Sequence[tuple[date, int]], paid: Sequence[tuple[date, int]], ahead: Sequence[tuple[date, int]], due: date,
    day: date,
) -> Curve:  # fmt: skip
    first = min(each for each, _ in [*done, *paid])
    last = max([day, due, *(each for each, _ in ahead)])
    last = min(last, first + timedelta(days=500))
    days = max(1, (last - first).days)

    def x(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * min(1.0, (on - first).days / days), 1)

    def y(share: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * min(share, WHOLE) / WHOLE, 1)

    def line(points: Sequence[tuple[date, int]]) -> str:
        return " ".join(f"{x(on)},{y(share)}" for on, share in points)

    before = [0, *(share for _, share in paid)]
    steps = [(on, level) for (on, share), low in zip(paid, before, strict=False) for level in (low, share)]
    stepped = [(first, 0), *steps, (day, paid[-1][1])] if paid else []
    levels = tuple((y(share * 100), f"{share}%") for share in (0, 25, 50, 75, 100))
    marks = list(_months(first, last))
    months = tuple((x(each), f"{each:%Y-%m}") for each in marks[:: 1 + len(marks) // 8])
    rows = tuple(
        {"day": on, "done": words.percent(share), "paid": words.percent(_share(paid, on))} for on, share in done
    )
    return Curve(line(done), line(stepped), line(ahead), months, levels, x(due), x(day), rows)


def _months(first: date, last: date) -> Iterable[date]:
    at = first.replace(day=1)
    while at <= last:
        if at >= first:
            yield at
        at = (at + timedelta(days=32)).replace(day=1)


def bars(every: Sequence[Outlook], day: date) -> tuple[list[tuple[Outlook, Bar]], list[tuple[float, str]]]:
    """A bar a started project, over one span of days, and the marks of its months."""
    started = [each for each in every if each.project.started_on]
    if not started:
        return [], []
    first = min(each.project.started_on for each in started if each.project.started_on).replace(day=1)
    latest = max(max(each.project.money_due, _end(each, day)) for each in started)
    last = min(latest, first + timedelta(days=450))
    days = (last - first).days

    def x(on: date) -> float:
        return round(SPAN * min(1.0, max(0, (on - first).days) / days), 1)

    found = [
        (each, Bar(x(each.project.started_on or first), x(min(day, _end(each, day))), x(_end(each, day)),
                   x(each.project.works_due), x(each.project.money_due)))
        for each in started
    ]  # fmt: skip
    return found, [(x(each), f"{each.year}-{each.month:02d}") for each in _months(first, last)]


def _end(each: Outlook, day: date) -> date:
    return each.works.end if each.works.end and each.standing != outlooks.UNKNOWN else day
