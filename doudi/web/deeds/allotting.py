"""Allotting goods of a depot: the list is looked at, with what lacks, before anybody's name is put to it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from doudi.access.permissions import permission
from doudi.delivery import allotments
from doudi.delivery.allotments import BASES, Plan
from doudi.delivery.depots import Depot
from doudi.delivery.goods import Good
from doudi.places.divisions import Place
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.deeds.days import today
from doudi.web.deeds.depots import depot_of, good_of, whole
from doudi.web.deeds.queue import key_of
from doudi.web.desk import standings
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

SHOWN = 200
FIELDS = ("depot", "good", "basis", "rate")


@permission("input.allot")
def allot(request: HttpRequest) -> HttpResponse:
    """The list that would be allotted; posted, it is, where depot and households still stand as looked at."""
    reader = reader_of(request)
    sent = request.POST if request.method == "POST" else request.GET
    typed = {name: plain(sent.get(name, ""))[:20] for name in FIELDS}
    plan: Plan | None = None
    try:
        plan = _plan(typed, reader) if typed["depot"] else None
        if request.method == "POST" and plan is not None:
            _refuse_other(plan, plain(request.POST.get("seen", ""))[:40])
            number = allotments.allot(plan, by=reader.user.username, on=today(), key=key_of(request))
            return HttpResponseRedirect(f"{reverse('handing')}?done={number}")
    except AlreadyDone as done:
        return HttpResponseRedirect(f"{reverse('handing')}?done={done.result['allotments']}")
    except Refusal as refusal:
        return _page(request, reader, typed, plan, words_of(refusal))
    return _page(request, reader, typed, plan)


def _plan(typed: dict[str, str], reader: Reader) -> Plan:
    run = standings.run_in_force()
    if run is None:
        raise Refusal("还没有结论,先运行一次。", "Nothing is decided yet; run first.", "depot")
    return allotments.propose(
        depot_of(typed["depot"], reader),
        good_of(typed["good"]),
        basis=typed["basis"],
        rate=whole(typed["rate"]),
        measures=allotments.measures_of(standings.pack_of(run)),
    )


def seen_of(plan: Plan) -> str:
    """What tells one list from another: how many are served and how much they get."""
    return f"{len(plan.served)}-{plan.total}"


def _refuse_other(plan: Plan, seen: str) -> None:
    if seen != seen_of(plan):
        raise Refusal(
            "预览之后库存或名单有了变化,没有分配。请再看一遍下面的名单。",
            "The depot or the list has changed since the look; nothing was allotted. Look at the list below again.",
            "plan",
        )


def _page(
    request: HttpRequest, reader: Reader, typed: dict[str, str], plan: Plan | None, problem: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "day": today(),
        "depots": [each for each in Depot.objects.all() if reader.scope.covers(each.place_code)],
        "goods": list(Good.objects.all()),
        "bases": [(name, figures.in_words(*both)) for name, both in BASES.items()],
        "typed": typed,
        "plan": plan,
        "problem": problem,
        "key": uuid.uuid4(),
    }
    if plan is not None:
        context |= {"seen": seen_of(plan), "rows": _rows(plan), "villages": _by_village(plan), "shown": SHOWN}
    return show(request, "deeds/allot.html", context, status=422 if problem else 200)


def _rows(plan: Plan) -> list[dict[str, Any]]:
    both = [(each, True) for each in plan.served] + [(each, False) for each in plan.unserved]
    return [{"one": each, "served": served} for each, served in both[:SHOWN]]


def _by_village(plan: Plan) -> list[dict[str, Any]]:
    """How many households and units a village gets, and how many go without."""
    found: dict[str, dict[str, Any]] = {}
    for group, name in ((plan.served, "served"), (plan.unserved, "unserved"), (plan.unclear, "unclear")):
        for each in group:
            row = found.setdefault(each.place_code, {"served": 0, "unserved": 0, "unclear": 0, "units": 0})
            row[name] += 1
            row["units"] += each.quantity if name == "served" else 0
    names = dict(Place.objects.filter(code__in=found).values_list("code", "name"))
    return [{"name": names.get(code, code), **row} for code, row in sorted(found.items())]
