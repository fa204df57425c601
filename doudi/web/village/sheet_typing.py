"""A filled check sheet typed in: one box a question, by keyboard, recorded as the check it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone

from doudi.access.permissions import permission
from doudi.monitoring import check_sheets
from doudi.monitoring.cards import Card
from doudi.monitoring.check_bodies import Given
from doudi.monitoring.check_sheets import Around, Clerk, Filled
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web.deeds.days import today
from doudi.web.errors import words_of
from doudi.web.phone import form
from doudi.web.phone.typed_checks import text
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.village import sheet_lines
from doudi.web.village.patrolling import household_of
from doudi.web.village.sheet_lines import Line


@permission("check.type_in")
def type_in(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet of one household to type in, and recording it; 422 with what was typed where it cannot be."""
    household, reader = household_of(code), reader_of(request)
    card = sheet_lines.cards_of([household.pk], reader)[household.pk]
    if request.method != "POST":
        return _page(request, household, card)
    try:
        _record(request.POST, household, card, sheet_lines.clerk_of(reader))
    except Refusal as refusal:
        return _page(request, household, card, refusal)
    return HttpResponseRedirect(f"{reverse('paper')}?place={household.place_code}&typed={household.code}#code")


def _page(request: HttpRequest, household: Household, card: Card, refusal: Refusal | None = None) -> HttpResponse:
    typed = request.POST if refusal else request.GET
    version = _version(typed)
    rows, others = sheet_lines.asked(card, version), sheet_lines.others(card, version)
    context = {
        "household": household,
        "card": card,
        "version": version,
        "stale": bool(version) and version < card["version"],
        "rows": _filled(rows, typed),
        "others": _filled(others, typed),
        "others_said": any(text(typed, line.field) for line in others),
        "speakers": _speakers(household, sheet_lines.clerk_of(reader_of(request))).items(),
        "spoken_by": text(typed, "spoken_by"),
        "day": today(),
        "on": text(typed, "on"),
        "key": text(typed, "key") or str(uuid.uuid4()),
        "problem": words_of(refusal) if refusal else "",
        "where": refusal.where if refusal else "",
        **form.around(typed),
    }
    return show(request, "village/sheet_type.html", context, status=422 if refusal else 200)


def _filled(lines: Iterable[Line], typed: QueryDict) -> list[tuple[Line, str]]:
    return [(line, text(typed, line.field)) for line in lines]


def _version(typed: QueryDict) -> int:
    return check_sheets.read_version(text(typed, "version"))


def _speakers(household: Household, clerk: Clerk) -> dict[str, str]:
    return check_sheets.speakers(check_sheets.helpers_of([household.pk])[household.pk], clerk)


# -- recording it


def _record(typed: QueryDict, household: Household, card: Card, clerk: Clerk) -> None:
    version = _version(typed)
    check_sheets.refuse_later(version, card)
    given = _given(typed, card, version)
    on, key = check_sheets.day(text(typed, "on"), today=clerk.today), _key(text(typed, "key"))
    speaker = text(typed, "spoken_by")
    if speaker not in _speakers(household, clerk):
        raise Refusal("请选是谁去核实的。", "Choose who spoke to the household.", "spoken_by")
    check_sheets.record([Filled(household.pk, "", given, speaker, on, key)], clerk, now=timezone.now())


def _given(typed: QueryDict, card: Card, version: int) -> Given:
    """The check the sheet is. Raises Refusal naming the line of the sheet that is wrong."""
    around = Around(
        reached=text(typed, "reached"),
        reached_whom=text(typed, "reached_whom"),
        needs=typed.getlist("needs"),
        wants_counselling=typed.get("wants_counselling") == "1",
        note=text(typed, "note"),
        agrees=text(typed, "agrees"),
        disagreement=text(typed, "disagreement"),
    )
    check_sheets.refuse_unfinished(around)
    boxes = [fact for fact in card["facts"] if fact["can_say"]]
    said = [check_sheets.said(fact, text(typed, check_sheets.box_of(fact)), version) for fact in boxes]
    return check_sheets.given(around, filter(None, said), base_version=version or card["version"])


def _key(typed: str) -> uuid.UUID:
    try:
        return uuid.UUID(typed)
    except ValueError:
        raise Refusal("请重新打开这一页再填。", "Open the page again and fill it in.", "key") from None
