"""What waits for a person: what the village plays, posts and hands over, who is called or visited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from doudi.access import masking
from doudi.access.permissions import permission
from doudi.outreach import dispatches, messages, numbers
from doudi.outreach.channels import every
from doudi.outreach.channels.shape import CALL, DOOR, HOUSEHOLD
from doudi.outreach.dispatches import Dispatch
from doudi.places.divisions import Place
from doudi.values.refusals import Refusal
from doudi.web import errors, names
from doudi.web.desk.drafts import plain
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.telling import days, preparing, words

A_PAGE = 20
VILLAGE_DIGITS = 12


@permission("told.read")
@require_safe
def show_queue(request: HttpRequest) -> HttpResponse:
    """What waits within the duty: the reader's own first."""
    return page(request)


def page(
    request: HttpRequest, *, problem: Refusal | None = None, at: str = "", typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """The page; with a problem 422, told at the message it is of, with what was typed."""
    reader = reader_of(request)
    asked = request.GET or request.POST
    channel = asked.get("channel", "")[:16]
    everybody = bool(asked.get("all")) or not own(reader)
    waiting = mine(reader) if everybody else mine(reader).filter(_to(reader))
    if channel in every.CHANNELS:
        waiting = waiting.filter(channel=channel)
    pages = Paginator(waiting, A_PAGE).get_page(plain(asked.get("page", "")))
    context = {
        "page": pages,
        "count": pages.paginator.count,
        "rows": _rows(list(pages), reader),
        "channel": channel,
        "all": everybody,
        "may_all": bool(own(reader)),
        "channels": [(each.name, words.of_channel(each.name)) for each in every.CHANNELS.values() if each.by_hand],
        "reasons": [(name, words.why(name)) for name in dispatches.BY_PEOPLE],
        "may_confirm": reader.may("dispatch.confirm"),
        "may_reveal": reader.may("household.reveal"),
        "calls": mine(reader).filter(step__in=[CALL, DOOR]).exists(),
        "may_export": reader.may("export.request"),
        "day": days.today(),
        "problem": errors.words_of(problem) if problem else "",
        "at": at,
        "typed": typed or {},
    }
    return show(request, "telling/queue.html", context, status=422 if problem else 200)


def mine(reader: Reader) -> Any:
    """What waits within the reader's duty: that named to them, and a village's own, before what is others'."""
    first = Case(When(to=reader.user.username, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = Dispatch.objects.by_hand().select_related("campaign__message", "household")
    return found.annotate(first=first).order_by("first", "laid_on", "place_code", "id")


def _to(reader: Reader) -> Q:
    """What is the reader's own to do: named to them, or their village's and named to nobody."""
    villages = [code for code in reader.scope.places if len(code) == VILLAGE_DIGITS]
    return Q(to=reader.user.username) | Q(to="", place_code__in=villages)


def own(reader: Reader) -> int:
    """How many wait for the reader in person."""
    return int(Dispatch.objects.by_hand().filter(_to(reader)).count())


def _rows(some: list[Dispatch], reader: Reader) -> list[dict[str, Any]]:
    homes = {row["code"]: row for row in preparing.rows_of([d.household_id for d in some if d.household_id], reader)}
    places = dict(Place.objects.filter(code__in={d.place_code for d in some}).values_list("code", "name"))
    phones = numbers.of([d.household_id for d in some if d.household_id and d.step == CALL])
    named = names.accounts(each.to for each in some if each.to)
    return [
        {
            "dispatch": each,
            "channel": words.of_channel(each.channel),
            "per_household": every.named(each.channel).per == HOUSEHOLD,
            "home": homes.get(each.household.code) if each.household else None,
            "place": places.get(each.place_code, each.place_code),
            "text": messages.text_for(each.campaign.texts, each.channel, words=every.named(each.channel).words),
            "phone": masking.partly(masking.PHONE, phones.get(each.household_id or 0, "")),
            "mine": each.to == reader.user.username,
            "to": named.get(each.to, ""),
        }
        for each in some
    ]
