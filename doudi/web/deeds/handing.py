"""Handing over: the list of a village, ticked and signed row by row, printed to sign, or sent in as a table."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import allotments, handovers
from doudi.delivery.allotments import HANDED, PLANNED, SIGNERS, Allotment
from doudi.delivery.handovers import Handing
from doudi.places.divisions import Place
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import figures, names, papers
from doudi.web.deeds.days import today
from doudi.web.deeds.depots import whole
from doudi.web.deeds.queue import key_of
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.sheets import Door
from doudi.web.shell import shell_of, show

MOST = 300
PAPER = 2_000
DOOR = Door(
    handovers.LIST, "/deeds/inputs/handing/", gettext_lazy("农资发放签收"), "handing-sheet", "handing-take-in",
    "handing-discard", "handing-refused",
)  # fmt: skip


@permission("input.read")
def show_handing(request: HttpRequest) -> HttpResponse:
    """The villages whose households wait for goods; one village opened, its list."""
    return _page(request)


def _within(place: str) -> QuerySet[Allotment]:
    """The allotments in sight of a village; none for what is no village."""
    found = Allotment.objects.select_related("household", "good").order_by("good_id", "household__code")
    return found.filter(place_code=place) if len(place) == 12 else found.none()


def _page(request: HttpRequest, problem: str = "", *, brought: str = "") -> HttpResponse:
    reader, sent = reader_of(request), request.POST if request.method == "POST" else request.GET
    place = plain(sent.get("place", ""))[:12]
    waiting = list(_within(place).filter(state=PLANNED)[:MOST])
    signed = list(_within(place).filter(state=HANDED).order_by("-handed_on", "-pk")[:MOST])
    context = {
        "day": today(),
        "villages": _villages(),
        "place": place,
        "village": Place.objects.filter(code=place).first() if place else None,
        "rows": rows_of(waiting, reader, request.POST),
        "signed": rows_of(signed, reader, {}),
        "signers": [(name, figures.in_words(*both)) for name, both in SIGNERS.items()],
        "may_hand": reader.may("input.hand"),
        "may_allot": reader.may("input.allot"),
        "problem": problem,
        "brought": brought,
        "done": request.GET.get("done", "")[:10],
        "key": uuid.uuid4(),
    }
    return show(request, "deeds/handing.html", context, status=422 if problem or brought else 200)


def _villages() -> list[dict[str, Any]]:
    """Each village in sight: households that wait for goods, and that have signed."""
    found = Allotment.objects.exclude(state=allotments.CANCELLED).order_by()
    counted = found.values_list("place_code", "state").annotate(n=Count("household", distinct=True))
    rows: dict[str, dict[str, int]] = {}
    for code, state, number in counted:
        rows.setdefault(code, {PLANNED: 0, HANDED: 0})[state] = number
    told = dict(Place.objects.filter(code__in=rows).values_list("code", "name"))
    return [
        {"code": code, "name": told.get(code, code), "waiting": row[PLANNED], "signed": row[HANDED]}
        for code, row in sorted(rows.items())
    ]


def rows_of(found: Iterable[Allotment], reader: Reader, typed: Any) -> list[dict[str, Any]]:
    """Allotments as a list shows them, each with what was typed for it; the name as the reader's duty has it."""
    every = list(found)
    names.look_up((each.household for each in every), reader)
    return [
        {
            "one": each,
            "code": each.household.code if each.household else "--",
            "name": names.head(each.household, reader) if each.household else "",
            "ticked": typed.get(f"tick-{each.pk}") == "on",
            "handed": plain(typed.get(f"handed-{each.pk}", str(each.quantity)))[:12],
            "by": plain(typed.get(f"by-{each.pk}", ""))[:50],
            "signer": plain(typed.get(f"signer-{each.pk}", ""))[:8],
            "signer_words": figures.in_words(*SIGNERS[each.signer]) if each.signer in SIGNERS else "",
        }
        for each in every
    ]


@permission("input.hand")
@require_POST
def hand(request: HttpRequest) -> HttpResponse:
    """Record the ticked rows as handed over, all or none; 422 with what was typed."""
    place = plain(request.POST.get("place", ""))[:12]
    ticked = [
        each for each in _within(place).filter(state=PLANNED)[:MOST] if request.POST.get(f"tick-{each.pk}") == "on"
    ]
    handings = [
        Handing(
            each.pk,
            whole(request.POST.get(f"handed-{each.pk}", "")),
            plain(request.POST.get(f"by-{each.pk}", ""))[:51],
            plain(request.POST.get(f"signer-{each.pk}", "self"))[:8],
        )
        for each in ticked
    ]
    try:
        number = handovers.hand_over(handings, by=reader_of(request).user.username, on=today(), key=key_of(request))
    except AlreadyDone as done:
        number = done.result["allotments"]
    except Refusal as refusal:
        return _page(request, words_of(refusal))
    return HttpResponseRedirect(f"{reverse('handing')}?place={place}&done={number}")


@permission("input.allot")
@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Take the ticked rows back before they were handed over, with the reason."""
    place = plain(request.POST.get("place", ""))[:12]
    ticked = [
        each.pk for each in _within(place).filter(state=PLANNED)[:MOST] if request.POST.get(f"tick-{each.pk}") == "on"
    ]
    reason = plain(request.POST.get("reason", ""))[:301]
    try:
        allotments.cancel(ticked, reason=reason, by=reader_of(request).user.username, on=today(), key=key_of(request))
    except AlreadyDone:
        pass
    except Refusal as refusal:
        return _page(request, words_of(refusal))
    return HttpResponseRedirect(f"{reverse('handing')}?place={place}")


@permission("input.read")
def draw_list(request: HttpRequest) -> HttpResponse:
    """The list of a village as a paper to be signed: no word of why a household is on it."""
    place = plain(request.GET.get("place", ""))[:12]
    village = Place.objects.filter(code=place).first()
    found = list(_within(place).filter(state=PLANNED)[:PAPER])
    if village is None or not found:
        raise Http404
    context = {
        "village": village,
        "rows": rows_of(found, reader_of(request), {}),
        "day": today(),
        "shell": shell_of(request),
    }
    return papers.answer(request, "papers/handover_list.html", context, name=f"{village.name}-{_('农资发放签收表')}")


@permission("input.hand")
def give_form(request: HttpRequest) -> HttpResponse:
    """The same list as a workbook, to be filled in and sent back."""
    reader, place = reader_of(request), plain(request.GET.get("place", ""))[:12]
    rows = [
        [str(row["one"].pk), row["code"], row["name"], str(row["one"].good), row["one"].quantity, "", "", ""]
        for row in rows_of(_within(place).filter(state=PLANNED)[:PAPER], reader, {})
    ]
    return DOOR.give_form(rows)


@permission("input.hand")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """A filled list sent in: to its preview; 422 where it is none."""
    answer = DOOR.bring(request)
    return answer if isinstance(answer, HttpResponse) else _page(request, brought=answer)


@permission("input.hand")
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a filled list."""
    return DOOR.show(request, number, may_accept=True)


@permission("input.hand")
@require_POST
def take_in(request: HttpRequest, number: str) -> HttpResponse:
    """Record what a filled list says."""
    return DOOR.take_in(request, number)


@permission("input.hand")
@require_POST
def throw_away(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a filled list away."""
    return DOOR.throw_away(request, number)


@permission("input.hand")
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that stayed out, with their reasons."""
    return DOOR.give_refused(request, number)
