"""The same check as a plain form: for a browser without JavaScript, or one that keeps nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.monitoring import days, orders, watching
from doudi.monitoring.need_codes import NEEDS
from doudi.monitoring.orders import Order, Taker
from doudi.outreach import scripts
from doudi.policy.sittings import Sitting
from doudi.register.households import Household
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import errors, figures
from doudi.web.phone import errands
from doudi.web.phone.syncing import ELSEWHERE
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

MOST = 1000  # letters of a field that are looked at
FEW = 6


@permission("phone.read")
def show_list(request: HttpRequest) -> HttpResponse:
    """The reader's own households, each with what is to be done."""
    reader, now = reader_of(request), timezone.now()
    found = errands.cards_of(
        reader.scope.households, reader=reader, on=days.county_day(now), duties_on=timezone.localdate(now)
    )
    for card in found:
        for each in card["call"]:
            each["words"] = figures.in_words(each["who"]["zh"], each["who"]["en"])
        card["todo"] = [figures.in_words(task["zh"], task["en"]) for task in card["tasks"]]
    return show(request, "phone/list.html", {"cards": found, "done": request.GET.get("done", "") == "1"})


@permission("check.record")
def check(request: HttpRequest, code: str) -> HttpResponse:
    """The form, and its answer: what was found is stated and decided at once. 422 with what was typed and is wrong."""
    reader, now = reader_of(request), timezone.now()
    household = Household.objects.filter(code=code.replace("\0", ""), pk__in=reader.scope.households).first()
    if household is None:
        raise Http404
    (card,) = errands.cards_of(
        [household.pk], reader=reader, on=days.county_day(now), duties_on=timezone.localdate(now)
    )
    if request.method != "POST":
        return _page(request, card)
    try:
        _take(request.POST, card, reader)
    except AlreadyDone:
        pass  # pressed twice
    except Refusal as refusal:
        return _page(request, card, refusal)
    return HttpResponseRedirect(reverse("phone-forms") + "?done=1")


def _take(typed: QueryDict, card: Mapping[str, Any], reader: Reader) -> None:
    now = timezone.now()
    key, version = _text(typed, "key"), _text(typed, "version")
    if not (version.isascii() and version.isdigit() and len(version) < 19):
        raise Refusal("表单不完整,请重新打开。", "The form is not whole; open it again.", "key")
    content = {
        "id": key,
        "verb": "check",
        "household": card["id"],
        "base_version": int(version),
        "body": _body(typed, card),
    }
    order: Order = orders.read(content, device_at=None)
    with transaction.atomic():
        sitting = Sitting([card["id"]], now=now)
        by = reader.user.username
        day = days.county_day(now, sitting.run)
        taker = Taker(by, reader.roles, None, now, day, sitting, ELSEWHERE)
        orders.carry_out(order, taker)
        sitting.decide(by=by)
        watching.look_at([card["id"]], by=by, on=day, just=sitting.decided, run=sitting.run)


def _body(typed: QueryDict, card: Mapping[str, Any]) -> dict[str, Any]:
    """The check as a telephone would write it."""
    return {
        "reached": _text(typed, "reached"),
        "reached_whom": _text(typed, "reached_whom"),
        "facts": [fact for n in card["ask"] if (fact := _fact(typed, n, card["facts"][n]))],
        "needs": [code for code in typed.getlist("needs") if code in NEEDS],
        "wants_counselling": typed.get("wants_counselling") == "1",
        "note": _text(typed, "note"),
        "told": [name[:64] for name in typed.getlist("told")],
        "read_back": typed.get("read_back") == "1",
        "agrees": _text(typed, "agrees") or "not_asked",
        "disagreement": _text(typed, "disagreement"),
    }


def _fact(typed: QueryDict, n: int, fact: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was said of a fact: its place may be another's by now, so what it is about is sent along."""
    about = f"{fact['kind']}:{fact['id']}:{fact['fact']}"
    field = next((f"f{k}" for k in range(FEW * 4) if _text(typed, f"f{k}-about") == about), f"f{n}")
    said = _text(typed, f"{field}-said")
    if not said:
        return None
    told = {"kind": fact["kind"], "id": fact["id"], "fact": fact["fact"], "said": said, "base": fact["value"]}
    return told | ({"value": _text(typed, f"{field}-value")} if said == "changed" else {})


def _text(typed: QueryDict, name: str) -> str:
    return typed.get(name, "")[:MOST].replace("\0", "").strip()


def _page(request: HttpRequest, card: Mapping[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    typed = request.POST if refusal else QueryDict()
    context = {
        "card": card,
        "key": _text(typed, "key") or str(uuid.uuid4()),
        "version": card["version"],
        "reached": [(name, words, _text(typed, "reached") == name) for name, words in _ways()],
        "asks": [_ask(k, card["facts"][n], card, typed) for k, n in enumerate(card["ask"])],
        "needs": [(need.code, figures.word(need), need.code in typed.getlist("needs")) for need in NEEDS.values()],
        "scripts": [
            (one.name, figures.in_words(one.title_zh, one.title_en), figures.in_words(one.zh, one.en),
             one.name in typed.getlist("told"))
            for one in scripts.present()
        ],
        "agrees": [(name, words, _text(typed, "agrees") == name) for name, words in _agreements()],
        "typed": {name: _text(typed, name) for name in ("reached_whom", "note", "disagreement")},
        "ticked": {name: typed.get(name) == "1" for name in ("wants_counselling", "read_back")},
        "problem": errors.words_of(refusal) if refusal else "",
    }  # fmt: skip
    return show(request, "phone/check.html", context, status=422 if refusal else 200)


def _ways() -> list[tuple[str, str]]:
    return [
        ("phone", _("电话")),
        ("wechat", _("微信")),
        ("door", _("上门")),
        ("relative", _("通过亲属")),
        ("not_reached", _("没联系上")),
    ]


def _agreements() -> list[tuple[str, str]]:
    return [("yes", _("同意")), ("no", _("不认同")), ("not_asked", _("没有问"))]


def _ask(k: int, fact: Mapping[str, Any], card: Mapping[str, Any], typed: QueryDict) -> dict[str, Any]:
    """One question: what is believed and by whom said, and a field that is always empty to begin with."""
    who = next((each["name"] for each in card["members"] if fact["kind"] == "person" and each["id"] == fact["id"]), "")
    choices = [(value, figures.in_words(zh, en)) for value, zh, en in fact["choices"]]
    if fact["type"] == "bool" and not choices:
        choices = [("true", _("是")), ("false", _("否"))]
    return {
        "name": f"f{k}",
        "about": f"{fact['kind']}:{fact['id']}:{fact['fact']}",
        "who": who,
        "text": figures.in_words(fact["asks_zh"] or fact["zh"], fact["asks_en"] or fact["en"]),
        "unit": figures.unit(fact["unit"]),
        "believed": figures.in_words(fact["shown"], fact["shown_en"]),
        "source": figures.in_words(fact["source_zh"], fact["source_en"]),
        "day": fact["about_day"],
        "known": fact["value"] is not None,
        "choices": choices,
        "door": fact["at_door_only"],
        "said": _text(typed, f"f{k}-said"),
        "value": _text(typed, f"f{k}-value"),
    }
