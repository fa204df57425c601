"""How projects stand on a day: progress, money, the two days they are due, when they will be met, who is late."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from doudi.projects import disbursements, forecasts, readiness
from doudi.projects.forecasts import DONE, Forecast, Point
from doudi.projects.projects import WHOLE, Project
from doudi.projects.readiness import Checklist
from doudi.projects.reports import ACCEPTED, Report

PREPARING, READY, UNKNOWN, UNDER_WAY, BUILT, CLOSED = (
    "preparing", "ready", "unknown", "under_way", "built", "closed",
)  # fmt: skip
CLASSES = (PREPARING, READY, UNKNOWN, UNDER_WAY, BUILT, CLOSED)


@dataclass(frozen=True, slots=True)
class Outlook:
    """One project on a day. `works` and `money` are the forecasts, `progress` and `paid` the points they rest on."""

    project: Project
    checklist: Checklist
    progress: tuple[Point, ...]
    paid: tuple[tuple[date, int], ...]
    works: Forecast
    money: Forecast

    @property
    def paid_fen(self) -> int:
        """What has been paid by the day."""
        return self.paid[-1][1] if self.paid else 0

    @property
    def standing(self) -> str:
        """One of CLASSES: before the start by the checklist, after it by works and money."""
        if self.project.started_on is None:
            return {readiness.READY: READY, readiness.NOT_READY: PREPARING}.get(self.checklist.standing, UNKNOWN)
        if self.works.standing != DONE:
            return UNDER_WAY
        return CLOSED if self.money.standing == DONE else BUILT

    @property
    def works_late(self) -> int:
        """Days the works are expected after the day they are due; 0 when in time or not known."""
        return _late(self.works, self.project.works_due)

    @property
    def money_late(self) -> int:
        """Days the money is expected out after the day it is due; 0 when in time or not known."""
        return _late(self.money, self.project.money_due)

    @property
    def late(self) -> bool:
        """Whether either day is expected to be missed."""
        return bool(self.works_late or self.money_late)


def _late(forecast: Forecast, due: date) -> int:
    return max(0, (forecast.end - due).days) if forecast.end else 0


def of(projects: Collection[Project], *, on: date, known_at: datetime | None = None) -> list[Outlook]:
    """The outlooks of projects on a day, in their order; `known_at` leaves out what was decided after it."""
    heard = min(on, timezone.localdate(known_at)) if known_at else on
    progress, paid = _progress(projects, on, heard), _paid(projects, heard)
    checklists = readiness.of(projects, on=on)
    return [
        _outlook(project, checklists[project.pk], progress.get(project.pk, ()), paid.get(project.pk, ()), on)
        for project in projects
    ]


def _outlook(
    project: Project, checklist: Checklist, progress: tuple[Point, ...], paid: tuple[Point, ...], on: date
) -> Outlook:
    works = forecasts.of(progress, as_of=on)
    shares = [(day, fen * WHOLE // project.contract_fen) for day, fen in paid] if project.contract_fen else []
    money = forecasts.after(forecasts.of(shares, as_of=on), works)
    return Outlook(project, checklist, progress, paid, works, money)


def _progress(projects: Collection[Project], on: date, heard: date) -> Mapping[int, tuple[Point, ...]]:
    rows = Report.objects.filter(project__in=projects, state=ACCEPTED, day__lte=on, decided_on__lte=heard)
    return _by_project(rows.order_by("project_id", "day").values_list("project_id", "day", "done_bp"))


def _paid(projects: Collection[Project], on: date) -> Mapping[int, tuple[Point, ...]]:
    """Sums paid up to each day, a point a day."""
    found = {}
    for project, some in _by_project(disbursements.paid(projects, on=on)).items():
        sums: dict[date, int] = {}
        total = 0
        for day, fen in some:
            total += fen
            sums[day] = total
        found[project] = tuple(sums.items())
    return found


def _by_project(rows: Iterable[Any]) -> dict[int, tuple[Point, ...]]:
    return {
        project: tuple((day, number) for _, day, number in some) for project, some in groupby(rows, lambda row: row[0])
    }
