"""Openings and who is asked about them: the list, one opening, the worker's own answer, tables in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import matches, openings, travel_sheets
from doudi.delivery.matches import Match
from doudi.delivery.openings import Opening
from doudi.places.divisions import Place
from doudi.values.refusals import Refusal
from doudi.web import names
from doudi.web.deeds import travel_words as words
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.sheets import Door
from doudi.web.shell import show

A_PAGE = 50
LONGEST = 300
DOOR = Door(
    kind=travel_sheets.OPENINGS,
    back=reverse_lazy("transfer-openings"),  # type: ignore[arg-type]
    back_words=gettext_lazy("用工岗位"),
    look="opening-sheet",
    accept="opening-sheet-accept",
    discard="opening-sheet-discard",
    refused="opening-sheet-refused",
    measure=matches.MEASURE,
)


def typed_of(request: HttpRequest) -> dict[str, str]:
    """The form's fields as plain text of bounded length."""
    return {name: plain(str(value)).strip()[:LONGEST] for name, value in request.POST.items()}


def numbers_of(request: HttpRequest, name: str) -> list[int]:
    """The numbers ticked; what is none is left out."""
    found = [plain(text) for text in request.POST.getlist(name)[:5_000]]
    return [int(text) for text in found if text.isascii() and text.isdigit() and len(text) <= 18]


def thing(model: Any, number: str) -> Any:
    """The row of a number within the reader's sight. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = model.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


def people(rows: list[Any], reader: Reader) -> list[dict[str, Any]]:
    """Each row (with `person` and `place_code`) beside the worker's name as the reader may see it, and the village."""
    called = dict(names.persons({each.person_id: each.person.name for each in rows}, reader))
    villages = dict(Place.objects.filter(code__in={each.place_code for each in rows}).values_list("code", "name"))
    return [
        {
            "it": each,
            "name": called.get(each.person_id, ""),
            "code": each.person.code,
            "village": villages.get(each.place_code, each.place_code),
        }
        for each in rows
    ]


@permission("journey.read")
def show_openings(request: HttpRequest) -> HttpResponse:
    """The openings of the coming days, and the form for one more."""
    return _list(request)


def _list(request: HttpRequest, problem: str = "", where: str = "", sheet_problem: str = "") -> HttpResponse:
    reader, day, typed = reader_of(request), today(), typed_of(request)
    page = Paginator(Opening.objects.all(), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(each, words.health_rule(each.health_rule)) for each in page],
        "day": day,
        "fields": [(name, label, kind, some, typed.get(name, "")) for name, label, kind, some in words.offer_fields()],
        "problem": problem,
        "where": where,
        "sheet_problem": sheet_problem,
        "may_manage": reader.may("journey.manage"),
    }
    return show(request, "deeds/openings.html", context, status=422 if problem or sheet_problem else 200)


@permission("journey.manage")
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Write an opening down."""
    try:
        offer = travel_sheets.offer_of(typed_of(request))
        made = openings.enter(offer, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _list(request, words_of(refusal), refusal.where)
    return HttpResponseRedirect(reverse("transfer-opening", args=[made.pk]))


@permission("journey.read")
def show_opening(request: HttpRequest, number: str) -> HttpResponse:
    """One opening: who has been asked, what they said, whom else to ask."""
    return _one(request, thing(Opening, number))


def _one(request: HttpRequest, opening: Opening, problem: str = "") -> HttpResponse:
    reader, day = reader_of(request), today()
    held = list(Match.objects.filter(opening=opening).select_related("person")[:2_000])
    place = plain(request.GET.get("place", ""))[:12]
    found = matches.willing().filter(place_code__startswith=place) if reader.may("journey.manage") else []
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "opening": opening,
        "rule": words.health_rule(opening.health_rule),
        "rows": [row | {"state": words.match(row["it"].state)} for row in people(held, reader)],
        "page": page,
        "place": place,
        "workers": people(list(page), reader),
        "day": day,
        "open": opening.closed_on is None and day <= opening.until,
        "problem": problem,
        "may_manage": reader.may("journey.manage"),
        "may_answer": reader.may("journey.answer"),
    }
    return show(request, "deeds/opening.html", context, status=422 if problem else 200)


@permission("journey.manage")
@require_POST
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the workers ticked."""
    opening = thing(Opening, number)
    return _done(request, opening, lambda on, by: matches.ask(opening, numbers_of(request, "persons"), on=on, by=by))


@permission("journey.manage")
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Take an opening off."""
    opening = thing(Opening, number)
    return _done(request, opening, lambda on, by: openings.close(opening, on=on, by=by))


@permission("journey.answer")
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Record a worker's own yes or no, or that they withdraw."""
    match = thing(Match, number)

    def act(on: date, by: str) -> object:
        says = request.POST.get("says")
        if says == "withdraw":
            return matches.withdraw(match, reason=plain(request.POST.get("reason", "")), on=on, by=by)
        if says not in ("yes", "no"):
            raise Refusal("请选愿意或不愿意。", "Choose yes or no.", "says")
        return matches.answer(match, agrees=says == "yes", on=on, by=by)

    return _done(request, match.opening, act)


def _done(request: HttpRequest, opening: Opening, act: Any) -> HttpResponse:
    try:
        act(today(), reader_of(request).user.username)
    except Refusal as refusal:
        opening.refresh_from_db()
        return _one(request, opening, words_of(refusal))
    return HttpResponseRedirect(reverse("transfer-opening", args=[opening.pk]) + "?done=1")


@permission("journey.manage")
def give_form(request: HttpRequest) -> HttpResponse:
    """The empty table of openings."""
    return DOOR.give_form()


@permission("journey.manage")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Take a table to its preview."""
    said = DOOR.bring(request)
    return _list(request, sheet_problem=said) if isinstance(said, str) else said


@permission("journey.manage")
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a table."""
    return DOOR.show(request, number, may_accept=True)


@permission("journey.manage")
@require_POST
def accept_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table in."""
    return DOOR.take_in(request, number)


@permission("journey.manage")
@require_POST
def discard_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table away."""
    return DOOR.throw_away(request, number)


@permission("journey.manage")
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """What stays out of a table, with the reasons."""
    return DOOR.give_refused(request, number)
