"""The county's projects over time: an S-curve of works and money, a bar a project (Gantt), and the same in tables."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.projects import outlooks
from doudi.projects.projects import Project
from doudi.web.shell import show
from doudi.web.works import curves, listing, rows
from doudi.web.works.days import day_of


@permission("work.read")
def show_charts(request: HttpRequest) -> HttpResponse:
    """The page."""
    day = day_of(request)
    every = outlooks.of(list(Project.objects.all()), on=day)
    drawn, months = curves.bars(
        sorted(every, key=lambda each: (each.project.started_on or day, each.project.code)), day
    )
    told = rows.of(each for each, _ in drawn)
    context = {
        "day": day,
        "curve": curves.of_county(every, day),
        "bars": [{**row, "bar": bar} for row, (_, bar) in zip(told, drawn, strict=True)],
        "months": months,
        "figures": listing.figures_of(every),
        "waiting": sum(each.project.started_on is None for each in every),
    }
    return show(request, "works/charts.html", context)
