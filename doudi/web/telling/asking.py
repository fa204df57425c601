"""Counselling requests: who asked, who is to call by when, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.access.roles import ROLES
from doudi.access.users import User
from doudi.outreach import callers, counselling, planning
from doudi.outreach.counselling import CounsellingRequest
from doudi.values.refusals import Refusal
from doudi.web import errors, figures
from doudi.web.desk.drafts import plain
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.telling import days, preparing, words

A_PAGE = 30
LONGEST = 500


@permission("counselling.read")
@require_safe
def show_requests(request: HttpRequest) -> HttpResponse:
    """The requests within the duty, those due first."""
    return page(request)


def page(
    request: HttpRequest, *, problem: Refusal | None = None, at: str = "", typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """The page; with a problem 422, told at the request it is of, with what was typed."""
    reader, day = reader_of(request), days.today()
    state = request.GET.get("state", "going")[:8]
    every = CounsellingRequest.objects.select_related("household")
    wanted = every.filter(state=state) if state in counselling.STATES else every.going()
    if state == "mine":
        wanted = every.going().filter(to=reader.user.username)
    pages = Paginator(wanted.order_by("due_on", "id"), A_PAGE).get_page(plain(request.GET.get("page", "")))
    context = {
        "page": pages,
        "rows": rows_of(list(pages), reader),
        "count": pages.paginator.count,
        "state": state,
        "figures": {
            "going": every.going().count(),
            "unnamed": every.filter(state=counselling.OPEN).count(),
            "overdue": every.overdue(on=day).count(),
            "closed": every.filter(state=counselling.CLOSED).count(),
            "all": every.count(),
        },
        "callers": _callers(list(pages), reader, day),
        "outcomes": [(name, words.of_outcome(name)) for name in counselling.OUTCOMES],
        "may": {name: reader.may(f"counselling.{name}") for name in ("name", "close")},
        "me": reader.user.username,
        "day": day,
        "problem": errors.words_of(problem) if problem else "",
        "at": at,
        "typed": typed or {},
    }
    return show(request, "telling/counselling.html", context, status=422 if problem else 200)


def _callers(some: list[CounsellingRequest], reader: Reader, day: date) -> list[tuple[str, str]]:
    """Whom the reader can name for the requests shown: the account, and the name with the role."""
    if not reader.may("counselling.name"):
        return []
    homes = [each.household for each in some if each.state != counselling.CLOSED]
    return [(each.username, f"{each.name} · {figures.word(ROLES[each.role])}") for each in callers.of(homes, on=day)]


def rows_of(some: list[CounsellingRequest], reader: Reader) -> list[dict[str, Any]]:
    """Requests as a row shows them; what was said only to those it concerns."""
    homes = {row["code"]: row for row in preparing.rows_of([each.household_id for each in some], reader)}
    people = {name for each in some for name in (each.to, each.asked_by, *(note.by for note in each.notes))}
    named = dict(User.objects.filter(username__in=people).values_list("username", "name"))
    day = days.today()
    helpers = planning.helpers_of([each.household_id for each in some], days.now())
    return [
        {
            "request": each,
            "helper": helpers.get(each.household_id, ""),
            "home": homes.get(each.household.code, {}),
            "topic": words.of_topic(each.topic),
            "state": words.of_request(each.state),
            "to": named.get(each.to, each.to),
            "asked_by": named.get(each.asked_by, each.asked_by),
            "answer": each.answer if _may_hear(each, reader) or each.asked_by == reader.user.username else "",
            "notes": _heard(each, named, reader),
            "outcome": words.of_outcome(each.outcome),
            "late": each.state != counselling.CLOSED and each.due_on < day,
        }
        for each in some
    ]


def _heard(each: CounsellingRequest, named: Mapping[str, str], reader: Reader) -> list[tuple[date, str, str]]:
    """What was said that the reader may hear, with day and name: all of it, or what they wrote themselves."""
    me, hears = reader.user.username, _may_hear(each, reader)
    return [(note.on, named.get(note.by, note.by), note.note) for note in each.notes if hears or note.by == me]


def _may_hear(each: CounsellingRequest, reader: Reader) -> bool:
    return reader.user.username == each.to or reader.reads("health")


def request_of(number: str) -> CounsellingRequest:
    """The request of a number in an address, within the duty. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = CounsellingRequest.objects.select_related("household").filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("counselling.name")
@require_POST
def name(request: HttpRequest, number: str) -> HttpResponse:
    """Name the person who is to call."""

    def act(held: CounsellingRequest, typed: Mapping[str, str], by: str) -> None:
        to = User.objects.filter(username=typed.get("to", "")).first()
        if to is None:
            raise Refusal("没有这个用户名。请填要指定的人的用户名。", "There is no such username.", "to")
        counselling.name(held, to, by=by, on=days.today())

    return _carry(request, number, act)


@permission("counselling.close")
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Say what came of it, as the person named."""

    def act(held: CounsellingRequest, typed: Mapping[str, str], by: str) -> None:
        outcome, answer = typed.get("outcome", ""), typed.get("answer", "")
        counselling.close(held, outcome=outcome, answer=answer, by=by, on=days.today())

    return _carry(request, number, act)


def _carry(
    request: HttpRequest, number: str, act: Callable[[CounsellingRequest, Mapping[str, str], str], None]
) -> HttpResponse:
    held = request_of(number)
    typed = {key: str(value).replace("\0", "").strip()[:LONGEST] for key, value in request.POST.items()}
    try:
        with transaction.atomic():
            act(held, typed, reader_of(request).user.username)
    except Refusal as refusal:
        return page(request, problem=refusal, at=number, typed=typed)
    return HttpResponseRedirect(reverse("counselling"))
