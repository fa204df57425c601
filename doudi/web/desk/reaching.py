"""What else reaches a household: its village's posts and projects, and the platforms the whole county sells through."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.access.scope import as_engine
from doudi.policy.decisions import NO, Standing
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.web.desk import standings, verdicts
from doudi.web.desk.household import household_of
from doudi.web.reader import reader_of
from doudi.web.shell import show, show_part

OF_VILLAGE, OF_COUNTY = ("post", "project"), ("platform",)


@permission("household.why")
def show_reaching(request: HttpRequest, code: str) -> HttpResponse:
    """The verdicts, as a piece of the household's page for htmx, else as a page of its own."""
    reader, household, run = reader_of(request), household_of(code), standings.run_in_force()
    found = found_for(household, run) if run else []
    states = verdicts.states_of(found, household, run, reader) if run else []
    context = {"household": household, "states": states}
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/reaching.html", context)
    return show(request, "desk/reaching_page.html", context)


def found_for(household: Household, run: Run) -> list[dict[str, Any]]:
    """Every such verdict in force, without the platforms that get nothing.

    They say nothing of any person, so the village's are shown to whoever may read the household, a helper too.
    """
    mine = Q(subject_kind__in=OF_VILLAGE, place_code=household.place_code) | Q(subject_kind__in=OF_COUNTY)
    with transaction.atomic(), as_engine():
        rows = Standing.objects.filter(mine, pack_name=run.pack_name).values_list(
            "subject_kind", "subject_id", "decision__verdicts", "decision__amounts", "decision__contested"
        )
        held = list(rows)
        names = {item.pk: item.label or item.code for item in Item.objects.filter(pk__in=[row[1] for row in held])}
    titles = standings.pack_of(run).terms
    return [
        {
            "kind": kind,
            "subject_id": number,
            "label": names.get(number, ""),
            "measure": measure,
            "verdict": found[n],
            "amount_fen": amounts[n],
            "place": None,
            "contested": bool(contested >> n & 1),
            "stale": False,
            "title_zh": titles[measure].title.zh,
            "title_en": titles[measure].title.en,
        }
        for kind, number, found, amounts, contested in held
        for n, measure in enumerate(run.measures[kind])
        if found[n] != NO or kind not in OF_COUNTY
    ]
