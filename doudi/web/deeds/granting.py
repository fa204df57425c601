"""Granting a measure's list from the run in force, and making the payments of what may be paid."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from doudi.access.permissions import permission
from doudi.delivery import grants, paying
from doudi.delivery.entitlements import Entitlement, Grant
from doudi.places.divisions import Place
from doudi.policy.decisions import Tally
from doudi.policy.runs import Run
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web.deeds import wording
from doudi.web.deeds.days import today
from doudi.web.deeds.queue import key_of
from doudi.web.desk import standings
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show


@permission("deed.grant")
def grant(request: HttpRequest) -> HttpResponse:
    """Which lists there are to grant; posted, one is granted. 422 with what is wrong and what was chosen."""
    run = standings.run_in_force()
    if request.method != "POST" or run is None:
        return _page(request, run)
    measure, place = (plain(request.POST.get(name, ""))[:64] for name in ("measure", "place"))
    by = reader_of(request).user.username
    try:
        made = grants.grant(run, measure, places=[place] if place else [], by=by, on=today(), key=key_of(request))
        number = made.pk
    except AlreadyDone as done:
        number = done.result["grant"]
    except Refusal as refusal:
        return _page(request, run, words_of(refusal))
    return HttpResponseRedirect(f"{reverse('deed-grant')}?done={number}")


def _page(request: HttpRequest, run: Run | None, problem: str = "") -> HttpResponse:
    done = request.GET.get("done", "")
    granted = (
        Grant.objects.filter(pk=int(done)).first() if done.isascii() and done.isdigit() and len(done) < 18 else None
    )
    context: dict[str, Any] = {
        "run": run,
        "day": today(),
        "rows": _rows(run) if run else [],
        "towns": Place.objects.in_force(on=today()).filter(level=Place.TOWN),
        "granted": granted,
        "granted_title": wording.title(granted.pack_hash, granted.measure) if granted else "",
        "recent": [
            (each, wording.title(each.pack_hash, each.measure)) for each in Grant.objects.select_related("run")[:20]
        ],
        "problem": problem,
        "typed": {name: plain(request.POST.get(name, ""))[:64] for name in ("measure", "place")},
        "key": uuid.uuid4(),
    }
    return show(request, "deeds/grant.html", context, status=422 if problem else 200)


def _rows(run: Run) -> list[dict[str, Any]]:
    """Every measure: how many yes there are, how many have been granted, how many are left."""
    yes = dict(Tally.objects.filter(run=run).values_list("measure").annotate(n=Sum("yes")))
    live = Entitlement.objects.live().order_by().values_list("measure")
    held = dict(live.annotate(n=Count("pk")))
    return [
        {
            "name": name,
            "title": wording.title(run.pack_id, name),
            "yes": int(yes.get(name, 0)),
            "live": held.get(name, 0),
        }
        for name in standings.pack_of(run).measures
    ]


@permission("deed.pay")
def pay(request: HttpRequest) -> HttpResponse:
    """What may be paid now, by measure; posted, the payments of a measure are made for others to check and send."""
    ready = Entitlement.objects.filter(pk__in=paying.ready())
    problem = ""
    if request.method == "POST":
        measure = plain(request.POST.get("measure", ""))[:64]
        ids = list(ready.filter(measure=measure).values_list("id", flat=True))
        try:
            made = paying.pay(ids, by=reader_of(request).user.username, on=today(), key=key_of(request))
            return HttpResponseRedirect(f"{reverse('deed-pay')}?done={len(made)}")
        except AlreadyDone as done:
            return HttpResponseRedirect(f"{reverse('deed-pay')}?done={done.result['payments']}")
        except Refusal as refusal:
            problem = words_of(refusal)
    found = ready.order_by().values("measure", "pack_hash").annotate(number=Count("pk"), fen=Sum("amount_fen"))
    context = {
        "rows": [{**row, "title": wording.title(row["pack_hash"], row["measure"])} for row in found],
        "day": today(),
        "problem": problem,
        "key": uuid.uuid4(),
        "done": request.GET.get("done", "")[:10],
    }
    return show(request, "deeds/pay.html", context, status=422 if problem else 200)
