"""`doudi projects forecast`: when every project's works and money will be done, from the pace they have had."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, now


@click.group("projects")
def projects_group() -> None:
    """The poverty projects: readiness, progress, money out, the two days."""


@projects_group.command("forecast")
@click.option("--on", type=Day(), help="The day to stand at; without it today (in a demo county the latest run's day).")
@click.option("--late", is_flag=True, help="Only those expected after a day they are due.")
@frame.json_option
@click.pass_context
def forecast_command(ctx: click.Context, on: date | None, late: bool) -> None:
    """When works and money are expected to be done, with a band, from the actual pace; late ones first."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.projects import outlooks
    from doudi.projects.projects import Project

    with transaction.atomic(), as_engine():
        day = on or _day()
        every = outlooks.of(list(Project.objects.all()), on=day)
    every.sort(key=lambda each: (-max(each.works_late, each.money_late), each.project.code))
    rows = [_told(each) for each in every if each.late or not late]
    told = {"day": day.isoformat(), "projects": rows, "all": len(every), "late": sum(each.late for each in every)}
    frame.answer(ctx, told, "\n".join([*map(_line, rows), f"{told['late']} of {told['all']} late as of {day}"]))


def _day() -> date:
    from doudi.places import counties
    from doudi.policy.runs import Run

    county, run = counties.present(), Run.objects.standing()
    return run.as_of if county and county.demo and run else now().date()


def _told(each: Any) -> dict[str, Any]:
    it = each.project
    return {
        "code": it.code, "name": it.name, "bureau": it.bureau, "class": each.standing, "accepted_bp": it.accepted_bp,
        "contract_fen": it.contract_fen, "paid_fen": each.paid_fen,
        "works": _forecast(each.works, it.works_due, each.works_late),
        "money": _forecast(each.money, it.money_due, each.money_late),
    }  # fmt: skip


def _forecast(found: Any, due: date, late: int) -> dict[str, Any]:
    days = {name: getattr(found, name) for name in ("end", "early", "late")}
    return {
        "standing": found.standing,
        "due": due.isoformat(),
        "expected": days["end"].isoformat() if days["end"] and found.standing != "stalled" else None,
        "early": days["early"].isoformat() if days["early"] else None,
        "late": days["late"].isoformat() if days["late"] else None,
        "days_late": late,
        "pace_bp_a_week": found.pace_bp,
        "points": found.points,
    }


def _line(row: dict[str, Any]) -> str:
    works, money = row["works"], row["money"]
    return (
        f"{row['code']}  {row['accepted_bp'] / 100:6.2f} %  works {works['expected'] or works['standing']:<10}"
        f" due {works['due']} (+{works['days_late']})  money {money['expected'] or money['standing']:<10}"
        f" due {money['due']} (+{money['days_late']})  {row['name']}"
    )


commands = [projects_group]
