"""Telling everybody, at a glance: who has not been told, what runs, what waits for the reader, who asked for advice."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.outreach import reports, untold
from doudi.outreach.campaigns import DRAFT, RUNNING, Campaign
from doudi.outreach.counselling import CounsellingRequest
from doudi.places.divisions import Place
from doudi.web.desk import areas, standings
from doudi.web.desk.drafts import plain
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.telling import days, queue, words

A_PAGE = 20


@permission("told.read")
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """The page; what the reader's duty does not give is left out."""
    reader, run = reader_of(request), standings.run_in_force()
    area, day = areas.area_of(reader, None), days.today()
    context: dict[str, Any] = {
        "area": area,
        "run": run,
        "day": day,
        "waiting": queue.mine(reader).count(),
        "own": queue.own(reader),
        "asked": _counselling(reader, day) if reader.may("counselling.read") else None,
        "may": {
            "make": reader.may("campaign.make"),
            "read": reader.may("campaign.read"),
            "scripts": reader.may("script.read"),
            "gateways": reader.may("gateway.manage"),
            "counselling": reader.may("counselling.read"),
        },
    }
    if run is not None:
        found = untold.of(run, only=reader.scope.measures)
        context["may_claim"] = int(np.count_nonzero(found.may))
        context["untold"] = int(np.count_nonzero(found.missing))
        context["told_all"] = context["may_claim"] - context["untold"]
    if reader.may("campaign.read"):
        context |= _campaigns(request)
    return show(request, "telling/home.html", context)


def _counselling(reader: Reader, day: Any) -> dict[str, int]:
    going = CounsellingRequest.objects.going()
    return {
        "going": going.count(),
        "mine": going.filter(to=reader.user.username).count(),
        "overdue": CounsellingRequest.objects.overdue(on=day).count(),
    }


def _campaigns(request: HttpRequest) -> dict[str, Any]:
    every = Campaign.objects.select_related("message")
    pages = Paginator(every.order_by("-id"), A_PAGE).get_page(plain(request.GET.get("page", "")))
    found = list(pages)
    places = dict(Place.objects.filter(code__in={each.place_code for each in found}).values_list("code", "name"))
    told = reports.households_of([each for each in found if each.state != DRAFT])
    rows = [
        {
            "campaign": each,
            "place": places.get(each.place_code, each.place_code),
            "state": words.of_state(each.state),
            "chip": words.CHIPS[each.state],
            "channels": [words.of_channel(name) for name in each.channels],
            "told": told.get(each.pk),
        }
        for each in found
    ]
    return {"page": pages, "rows": rows, "running": every.filter(state=RUNNING).count(), "all": every.count()}
