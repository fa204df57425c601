"""Journeys: the list and its figures, one journey with who boards and who arrives, plans, manifest and results."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import journey_plans, journeys, matches, travel_sheets
from doudi.delivery.journey_plans import JourneyPlan
from doudi.delivery.journeys import ARRIVED, BOARDED, LISTED, OFF, Journey, Passenger
from doudi.delivery.matches import Match
from doudi.delivery.travel_sheets import day_of
from doudi.values.refusals import Refusal
from doudi.web import papers, shell
from doudi.web.deeds import travel_words as words
from doudi.web.deeds.days import today
from doudi.web.deeds.openings import numbers_of, people, thing, typed_of
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.sheets import Door
from doudi.web.shell import show

A_PAGE = 50
MOST = 2_000
DOOR = Door(
    kind=travel_sheets.ARRIVALS,
    back=reverse_lazy("journeys"),  # type: ignore[arg-type]
    back_words=gettext_lazy("就业专项行动"),
    look="journey-sheet",
    accept="journey-sheet-accept",
    discard="journey-sheet-discard",
    refused="journey-sheet-refused",
    measure=matches.MEASURE,
)
Act = Callable[[Journey, dict[str, str], HttpRequest, date, str], object]


@permission("journey.read")
def show_journeys(request: HttpRequest) -> HttpResponse:
    """How far labour transfer has come, and every journey."""
    return _list(request)


def _list(request: HttpRequest, problem: str = "", at: str = "") -> HttpResponse:
    reader, day = reader_of(request), today()
    page = Paginator(Journey.objects.all(), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": day,
        "figures": figures_of(day),
        "page": page,
        "rows": [{"it": each, "kind": words.kind(each.kind), "state": words.journey(each.state)} for each in page],
        "plans": list(JourneyPlan.objects.defer("loads")[:10]) if reader.may("journey.plan") else [],
        "kinds": [(each, words.kind(each)) for each in journeys.KINDS],
        "typed": typed_of(request),
        "seats": journey_plans.SEATS,
        "problem": problem,
        "at": at,
        "may_manage": reader.may("journey.manage"),
        "may_plan": reader.may("journey.plan"),
    }
    return show(request, "deeds/journeys.html", context, status=422 if problem else 200)


def figures_of(day: date) -> list[tuple[str, int]]:
    """Persons at each step within the reader's sight, as of a day."""
    passengers = Passenger.objects.filter(measure=matches.MEASURE)
    return [
        (_("还没有岗位"), matches.willing().count()),
        (_("等本人答复"), Match.objects.filter(state=matches.ASKED).count()),
        (_("愿意去、还没排车"), Match.objects.to_travel().count()),
        (_("在名单上待发"), passengers.filter(state=LISTED).count()),
        (_("在路上"), passengers.filter(state=BOARDED).count()),
        (_("已到达(算外出)"), passengers.filter(state=ARRIVED, arrived_on__lte=day).count()),
    ]


@permission("journey.manage")
@require_POST
def arrange(request: HttpRequest) -> HttpResponse:
    """Write a journey down."""
    typed = typed_of(request)
    try:
        trip = journeys.Trip(
            typed.get("kind", ""), typed.get("organiser", ""), typed.get("destination", ""),
            day_of(typed.get("day", ""), "day"), _whole(typed.get("seats", "")),
        )  # fmt: skip
        made = journeys.arrange(trip, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _list(request, words_of(refusal), "arrange")
    return HttpResponseRedirect(reverse("journey", args=[made.pk]))


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Refusal("座位要写整数。", "The seats are a whole number.", "seats")
    return int(text)


@permission("journey.read")
def show_journey(request: HttpRequest, number: str) -> HttpResponse:
    """One journey: its list in the order of being picked up."""
    return _one(request, thing(Journey, number))


def _one(request: HttpRequest, journey: Journey, problem: str = "", sheet_problem: str = "") -> HttpResponse:
    reader = reader_of(request)
    ticked = set(numbers_of(request, "passengers"))
    may = {name: reader.may(f"journey.{name}") for name in ("manage", "answer")}
    waiting: list[Any] = []
    if may["manage"] and journey.state == journeys.PLANNED:
        found = Match.objects.to_travel().filter(opening__destination=journey.destination)
        waiting = people(list(found.select_related("person")[:A_PAGE]), reader)
    context = {
        "journey": journey,
        "kind": words.kind(journey.kind),
        "state": words.journey(journey.state),
        "rows": [row | {"ticked": row["it"].pk in ticked} for row in rows_of(journey, request)],
        "waiting": waiting,
        "day": today(),
        "typed": typed_of(request),
        "problem": problem,
        "sheet_problem": sheet_problem,
        "may": may,
    }
    return show(request, "deeds/journey.html", context, status=422 if problem or sheet_problem else 200)


def rows_of(journey: Journey, request: HttpRequest, *, off: bool = True) -> list[dict[str, Any]]:
    """The passengers in the order of being picked up, with how each stands and whether they may board."""
    found = Passenger.objects.filter(journey=journey).select_related("person")
    some = list((found if off else found.exclude(state=OFF))[:MOST])
    planned = journey.state == journeys.PLANNED
    why = journeys.hindered(journey, on=max(today(), journey.day)) if planned else {}
    return [
        row
        | {
            "state": words.passage(row["it"].state),
            "ready": planned and row["it"].state == LISTED and row["it"].pk not in why,
            "why": words.hindrance(why.get(row["it"].pk, "")) if row["it"].state == LISTED else "",
        }
        for row in people(some, reader_of(request))
    ]


@permission("journey.manage")
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One of the acts of whoever runs the journey, named by the form."""
    return _carry(request, thing(Journey, number), ACTS.get(request.POST.get("act", ""), _unknown))


@permission("journey.answer")
@require_POST
def declare(request: HttpRequest, number: str) -> HttpResponse:
    """Record what workers on the list declare of their health."""
    return _carry(request, thing(Journey, number), _declare)


def _carry(request: HttpRequest, journey: Journey, verb: Act) -> HttpResponse:
    try:
        with transaction.atomic():
            verb(journey, typed_of(request), request, today(), reader_of(request).user.username)
    except Refusal as refusal:
        journey.refresh_from_db()
        return _one(request, journey, words_of(refusal))
    except IntegrityError:
        journey.refresh_from_db()
        return _one(request, journey, _("刚才有人同时办理,请看最新情况后再办。"))
    return HttpResponseRedirect(reverse("journey", args=[journey.pk]) + "?done=1")


def _unknown(journey: Journey, typed: dict[str, str], request: HttpRequest, on: date, by: str) -> object:
    raise Refusal("没有选办理哪一项。请重新打开本页再办。", "Nothing was chosen. Open the page again.", "act")


def _enlist(journey: Journey, typed: dict[str, str], request: HttpRequest, on: date, by: str) -> object:
    return journeys.enlist(journey, numbers_of(request, "matches"), by=by)


def _depart(journey: Journey, typed: dict[str, str], request: HttpRequest, on: date, by: str) -> object:
    return journeys.depart(journey, numbers_of(request, "passengers"), on=_day(typed), by=by)


def _arrive(journey: Journey, typed: dict[str, str], request: HttpRequest, on: date, by: str) -> object:
    came = typed.get("came")
    if came not in ("yes", "no"):
        raise Refusal("请选到达或未到。", "Choose arrived or not.", "came")
    chosen = dict.fromkeys(numbers_of(request, "passengers"), came == "yes")
    return journeys.arrive(journey, chosen, on=_day(typed), by=by)


def _strike(journey: Journey, typed: dict[str, str], request: HttpRequest, on: date, by: str) -> object:
    found = Passenger.objects.filter(journey=journey, pk__in=numbers_of(request, "passengers"))
    if not found:
        raise Refusal("请先勾选要划去的人。", "Tick who is to be taken off.", "passengers")
    for each in found:
        journeys.strike(each, reason=typed.get("reason", ""), by=by)
    return None


def _cancel(journey: Journey, typed: dict[str, str], request: HttpRequest, on: date, by: str) -> object:
    return journeys.cancel(journey, reason=typed.get("reason", ""), on=on, by=by)


def _declare(journey: Journey, typed: dict[str, str], request: HttpRequest, on: date, by: str) -> object:
    if typed.get("fit") not in ("yes", "no"):
        raise Refusal("请选可以出行或不可以。", "Choose fit to travel or not.", "fit")
    chosen = numbers_of(request, "passengers")
    mine = Passenger.objects.filter(journey=journey, pk__in=chosen).values_list("pk", flat=True)
    return journeys.declare(list(mine), fit=typed["fit"] == "yes", on=_day(typed), by=by)


def _day(typed: dict[str, str]) -> date:
    day = day_of(typed.get("on", ""), "on")
    if day > today():
        raise Refusal(f"{day} 还没有到。", f"{day} is still to come.", "on")
    return day


ACTS: dict[str, Act] = {
    "enlist": _enlist, "depart": _depart, "arrive": _arrive, "strike": _strike, "cancel": _cancel,
}  # fmt: skip


@permission("journey.read")
def draw(request: HttpRequest, number: str) -> HttpResponse:
    """The manifest as PDF."""
    journey = thing(Journey, number)
    rows = rows_of(journey, request, off=False)
    stops: list[dict[str, Any]] = []
    for row in rows:
        if not stops or stops[-1]["village"] != row["village"]:
            stops.append({"village": row["village"], "count": 0})
        stops[-1]["count"] += 1
    context = {
        "journey": journey, "kind": words.kind(journey.kind), "rows": rows, "stops": stops, "day": today(),
        "shell": shell.shell_of(request),
    }  # fmt: skip
    return papers.answer(request, "papers/manifest.html", context, name=_("乘车名单") + f"-{journey.pk}")


@permission("journey.manage")
def give_table(request: HttpRequest, number: str) -> HttpResponse:
    """The manifest as the table in which arrivals come back."""
    journey = thing(Journey, number)
    rows = rows_of(journey, request, off=False)
    return DOOR.give_form([[row["code"], row["name"], row["village"], "", ""] for row in rows])


@permission("journey.manage")
@require_POST
def bring(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table of arrivals to its preview."""
    journey = thing(Journey, number)
    said = DOOR.bring(request, about=str(journey.pk))
    return _one(request, journey, sheet_problem=said) if isinstance(said, str) else said


@permission("journey.manage")
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a table of arrivals."""
    return DOOR.show(request, number, may_accept=True)


@permission("journey.manage")
@require_POST
def accept_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table of arrivals in."""
    return DOOR.take_in(request, number)


@permission("journey.manage")
@require_POST
def discard_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table of arrivals away."""
    return DOOR.throw_away(request, number)


@permission("journey.manage")
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """What stays out of a table of arrivals, with the reasons."""
    return DOOR.give_refused(request, number)


@permission("journey.plan")
@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Plan over everybody who waits."""
    try:
        seats = _whole(plain(request.POST.get("seats", "")).strip())
        made = journey_plans.make(seats=seats, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _list(request, words_of(refusal), "plan")
    return HttpResponseRedirect(reverse("journey-plan", args=[made.pk]))


@permission("journey.plan")
def show_plan(request: HttpRequest, number: str) -> HttpResponse:
    """One plan: its vehicles, its bound and gap."""
    return _plan(request, thing(JourneyPlan, number))


def _plan(request: HttpRequest, made: JourneyPlan, problem: str = "") -> HttpResponse:
    context = {
        "plan": made,
        "gap": f"{made.told.get('gap', 0):.2%}",
        "rows": [
            {"destination": e["destination"], "day": e["day"], "villages": e["villages"], "riders": len(e["matches"])}
            for e in made.loads
        ],
        "typed": typed_of(request),
        "problem": problem,
    }
    return show(request, "deeds/journey_plan.html", context, status=422 if problem else 200)


@permission("journey.plan")
@require_POST
def adopt(request: HttpRequest, number: str) -> HttpResponse:
    """Make a plan's vehicles journeys."""
    made, typed = thing(JourneyPlan, number), typed_of(request)
    try:
        by = reader_of(request).user.username
        journey_plans.adopt(made, organiser=typed.get("organiser", ""), on=today(), by=by)
    except Refusal as refusal:
        made.refresh_from_db()
        return _plan(request, made, words_of(refusal))
    return HttpResponseRedirect(reverse("journeys") + "?done=1")


@permission("journey.plan")
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Put a plan aside."""
    made = thing(JourneyPlan, number)
    try:
        journey_plans.discard(made, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        made.refresh_from_db()
        return _plan(request, made, words_of(refusal))
    return HttpResponseRedirect(reverse("journeys"))
