"""A filled check sheet typed in: one box a question, by keyboard, recorded as the check it is."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone

from doudi.access.permissions import permission
from doudi.monitoring import check_bodies, orders, watching
from doudi.monitoring.cards import Card
from doudi.monitoring.check_bodies import NOT_REACHED, REACHED
from doudi.monitoring.days import OLDEST
from doudi.monitoring.need_codes import NEEDS
from doudi.monitoring.orders import Taker
from doudi.policy.sittings import Sitting
from doudi.register.households import Household
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web.deeds.days import today
from doudi.web.errors import words_of
from doudi.web.phone import form
from doudi.web.phone.syncing import ELSEWHERE
from doudi.web.phone.typed_checks import text
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.village import sheet_lines
from doudi.web.village.patrolling import household_of
from doudi.web.village.sheet_lines import Line

SAME = {"=", "没变", "same"}
CANNOT_SAY = {"?", "说不清"}


@permission("check.type_in")
def type_in(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet of one household to type in, and recording it; 422 with what was typed where it cannot be."""
    household, reader = household_of(code), reader_of(request)
    card = sheet_lines.cards_of([household.pk], reader)[household.pk]
    if request.method != "POST":
        return _page(request, household, card)
    try:
        _record(request.POST, household, card, reader)
    except AlreadyDone:
        pass  # pressed twice
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
        "speakers": _speakers(household, reader_of(request)),
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
    given = text(typed, "version")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


def _speakers(household: Household, reader: Reader) -> list[tuple[str, str]]:
    """Who may have gone: the helpers who stand by the household, or the one who types."""
    held = household.pairings.filter(until_day=None).select_related("helper").order_by("pk")
    found = {each.helper.username: each.helper.name for each in held}
    return list((found | {reader.user.username: reader.user.name}).items())


# -- recording it


def _record(typed: QueryDict, household: Household, card: Card, reader: Reader) -> None:
    body, on, key = _body(typed, card), _day(text(typed, "on")), _key(text(typed, "key"))
    speaker = text(typed, "spoken_by")
    if speaker not in dict(_speakers(household, reader)):
        raise Refusal("请选是谁去核实的。", "Choose who spoke to the household.", "spoken_by")
    given = check_bodies.read(body, base_version=_version(typed) or card["version"])
    now, by = timezone.now(), reader.user.username
    with transaction.atomic():
        sitting = Sitting([household.pk], now=now)
        taker = Taker(by, reader.roles, None, now, today(), sitting, ELSEWHERE)
        orders.take_check(household.pk, given, taker, on=on, key=key, spoken_by=speaker)
        sitting.decide(by=by)
        watching.look_at([household.pk], by=by, on=today(), just=sitting.decided, run=sitting.run)


def _body(typed: QueryDict, card: Card) -> dict[str, Any]:
    """The check the sheet is. Raises Refusal naming the line of the sheet that is wrong."""
    reached, agrees, version = text(typed, "reached"), text(typed, "agrees"), _version(typed)
    if reached not in REACHED:
        raise Refusal("请选怎么联系的。", "Choose how they were reached.", "reached")
    if reached != NOT_REACHED and not text(typed, "reached_whom"):
        raise Refusal("请写明和谁说的。", "Say who was spoken to.", "reached_whom")
    if not agrees and reached != NOT_REACHED:
        raise Refusal("请选农户同意不同意。", "Choose whether the household agrees.", "agrees")
    lines = [*sheet_lines.asked(card, version), *sheet_lines.others(card, version)]
    return {
        "reached": reached,
        "reached_whom": text(typed, "reached_whom"),
        "facts": [said for line in lines if (said := _said(line, text(typed, line.field)))],
        "needs": [code for code in typed.getlist("needs") if code in NEEDS],
        "wants_counselling": typed.get("wants_counselling") == "1",
        "note": text(typed, "note"),
        "read_back": agrees in ("yes", "no"),  # the sheet asks for it only of what was read to them
        "agrees": agrees or "not_asked",
        "disagreement": text(typed, "disagreement"),
    }


def _said(line: Line, typed: str) -> dict[str, Any] | None:
    """One box: “=” for the same, “?” for cannot say, else what it is now; an empty one was not asked."""
    cleaned = unicodedata.normalize("NFKC", typed).strip().lower()
    if not cleaned:
        return None
    if cleaned in SAME and (line.later or not line.record):
        raise _not_the_same(line)
    said = "same" if cleaned in SAME else "cannot_say" if cleaned in CANNOT_SAY else "changed"
    about = {name: line.fact[name] for name in ("kind", "id", "fact")}
    told: Mapping[str, Any] = {**about, "said": said, "base": None if line.later else line.fact["value"]}
    return {**told, "value": typed} if said == "changed" else dict(told)


def _not_the_same(line: Line) -> Refusal:
    if not line.record:
        return Refusal(
            f"“{line.fact['zh']}”表上没有记录,不能填“=”,请填农户说的。",
            f"The sheet has no record of “{line.fact['en']}”: “=” means nothing; type what they said.",
            line.field,
        )
    return Refusal(
        f"“{line.fact['zh']}”在打印之后又有了新记录,不能填“=”,请填表上印的那个数。",
        f"“{line.fact['en']}” was recorded anew after printing: type the value the sheet shows, not “=”.",
        line.field,
    )


def _day(typed: str) -> date:
    try:
        on = date.fromisoformat(typed)
    except ValueError:
        raise Refusal("请填表上的日期,如 2020-02-27。", "Type the sheet's day, as 2020-02-27.", "on") from None
    if not today() - OLDEST <= on <= today():
        raise Refusal(
            f"表上的日期 {on} 应在 {today() - OLDEST} 到 {today()} 之间。",
            f"The sheet's day {on} is between {today() - OLDEST} and {today()}.",
            "on",
        )
    return on


def _key(typed: str) -> uuid.UUID:
    try:
        return uuid.UUID(typed)
    except ValueError:
        raise Refusal("请重新打开这一页再填。", "Open the page again and fill it in.", "key") from None
