"""Proposing loans to the banks: what would be put off, old day beside new; to whom might be lent, and how much."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from doudi.access.permissions import permission
from doudi.delivery import loan_lending, loan_schedules, loans
from doudi.places.divisions import Place
from doudi.policy.runs import Run
from doudi.policy.snapshots import county_code
from doudi.trail.commands import AlreadyDone
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal
from doudi.web import figures, names
from doudi.web.deeds.days import today
from doudi.web.deeds.queue import key_of, numbers_of
from doudi.web.desk import standings
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

A_PAGE = 50  # what is ticked is of one page; "all" goes further


@permission("loan.propose")
def extend(request: HttpRequest) -> HttpResponse:
    """What the run in force would put off; posted, what is ticked (or all) is granted and goes to the villages."""
    run, by = standings.run_in_force(), reader_of(request).user.username
    place = _place(request)
    proposed = loan_schedules.propose(run, places=[place], by=by) if run else []
    if request.method != "POST" or run is None:
        return _extensions(request, proposed, place)
    sound = [each.item.pk for each in proposed if each.sound]
    chosen = sound if request.POST.get("all") == "on" else numbers_of(request.POST.getlist("id"))
    try:
        number = loan_schedules.grant(run, chosen, places=[place], by=by, on=today(), key=key_of(request))
    except AlreadyDone as done:
        number = done.result["entitlements"]
    except Refusal as refusal:
        return _extensions(request, proposed, place, words_of(refusal), frozenset(chosen))
    return HttpResponseRedirect(f"{reverse('loan-extend')}?done={number}")


def _measure(run: Run | None, kind: str) -> str:
    """The pack's measure of loans for that kind of subject; empty where it has none."""
    found = loans.measures_of(standings.pack_of(run), kind) if run else []
    return found[0] if found else ""


def _place(request: HttpRequest) -> str:
    sent = request.POST if request.method == "POST" else request.GET
    place = plain(sent.get("place", ""))[:12]
    return place if is_prefix(place) else county_code()[:6]


def _extensions(
    request: HttpRequest,
    proposed: list[loan_schedules.Schedule],
    place: str,
    problem: str = "",
    ticked: frozenset[int] = frozenset(),
) -> HttpResponse:
    reader = reader_of(request)
    sound = [each for each in proposed if each.sound]
    page = _page_of(request, proposed)
    names.look_up((each.item.household for each in page), reader)
    context = _shared(request, place, problem, len(sound)) | {
        "page": page,
        "rows": [(each, _named(each.item.household, reader)) for each in page],
        "fen": sum(each.fen or 0 for each in sound),
        "stale": sum(each.stale for each in proposed),
        "answered": sum(each.answered for each in proposed),
        "rules": _rules(standings.run_in_force(), proposed),
        "ticked": ticked,
    }
    return show(request, "deeds/loan_extend.html", context, status=422 if problem else 200)


def _rules(run: Run | None, proposed: list[loan_schedules.Schedule]) -> list[dict[str, str]]:
    """The measures the proposals rest on: number, title and how far each lets a loan be put off."""
    if run is None:
        return []
    pack = standings.pack_of(run)
    return [
        {
            "name": name,
            "number": pack.terms[name].number,
            "title": standings.title_of(pack, name),
            "gives": figures.word(pack.terms[name].gives),
        }
        for name in sorted({each.measure for each in proposed})
    ]


def _shared(request: HttpRequest, place: str, problem: str, number: int) -> dict[str, Any]:
    return {
        "day": today(),
        "run": standings.run_in_force(),
        "towns": Place.objects.in_force(on=today()).filter(level=Place.TOWN),
        "place": place,
        "number": number,
        "most": A_PAGE,
        "problem": problem,
        "done": request.GET.get("done", "")[:9],
        "key": uuid.uuid4(),
    }


def _page_of(request: HttpRequest, rows: list[Any]) -> Page[Any]:
    """One page of a list; a form that came back is of the page it was sent from."""
    sent = request.POST if request.method == "POST" else request.GET
    return Paginator(rows, A_PAGE).get_page(plain(sent.get("page", ""))[:9])


def _named(household: Any, reader: Reader) -> tuple[str, str]:
    return (household.code, names.head(household, reader)) if household else ("", "")


@permission("loan.propose")
def lend(request: HttpRequest) -> HttpResponse:
    """To whom the run in force would have the banks lend, and how much at most; posted, they go to the villages."""
    run, by = standings.run_in_force(), reader_of(request).user.username
    measure, place = _measure(run, "household"), _place(request)
    offers = loan_lending.propose(run, measure, places=[place], by=by) if run and measure else []
    if request.method != "POST" or run is None:
        return _offers(request, offers, place)
    everyone = [each.household.pk for each in offers]
    chosen = everyone if request.POST.get("all") == "on" else numbers_of(request.POST.getlist("id"))
    try:
        number = loan_lending.grant(run, measure, chosen, places=[place], by=by, on=today(), key=key_of(request))
    except AlreadyDone as done:
        number = done.result["entitlements"]
    except Refusal as refusal:
        return _offers(request, offers, place, words_of(refusal), frozenset(chosen))
    return HttpResponseRedirect(f"{reverse('loan-lend')}?done={number}")


def _offers(
    request: HttpRequest,
    offers: list[loan_lending.Offer],
    place: str,
    problem: str = "",
    ticked: frozenset[int] = frozenset(),
) -> HttpResponse:
    reader = reader_of(request)
    page = _page_of(request, offers)
    names.look_up((each.household for each in page), reader)
    context = _shared(request, place, problem, len(offers)) | {
        "page": page,
        "rows": [(each, names.head(each.household, reader)) for each in page],
        "fen": sum(each.fen for each in offers),
        "ticked": ticked,
    }
    return show(request, "deeds/loan_lend.html", context, status=422 if problem else 200)
