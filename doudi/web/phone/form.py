"""The same check as a plain form: for a browser without JavaScript, or one that keeps nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.delivery import files
from doudi.monitoring import days, orders, photos, watching
from doudi.monitoring.need_codes import NEEDS
from doudi.monitoring.orders import Order, Taker
from doudi.outreach import scripts
from doudi.policy.sittings import Sitting
from doudi.register.households import Household
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import errors, figures
from doudi.web.phone import errands, typed_checks
from doudi.web.phone.syncing import ELSEWHERE
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show


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
        _take(request.POST, _photo(request), card, reader)
    except AlreadyDone:
        pass  # pressed twice
    except Refusal as refusal:
        return _page(request, card, refusal)
    return HttpResponseRedirect(reverse("phone-forms") + "?done=1")


def _photo(request: HttpRequest) -> bytes:
    """The photograph that goes with it; empty for none. Raises Refusal for one too large to be read."""
    sent = request.FILES.get("photo")
    if sent is None or not sent.name:
        return b""
    if (sent.size or 0) > files.MOST_BYTES:
        raise photos.too_large(files.MOST_BYTES)
    return bytes(sent.read())


def _take(typed: QueryDict, photo: bytes, card: Mapping[str, Any], reader: Reader) -> None:
    now, by = timezone.now(), reader.user.username
    key, version = typed_checks.text(typed, "key"), typed_checks.text(typed, "version")
    if not (version.isascii() and version.isdigit() and len(version) < 19):
        raise Refusal("表单不完整,请重新打开。", "The form is not whole; open it again.", "key")
    content = {
        "id": key,
        "verb": "check",
        "household": card["id"],
        "base_version": int(version),
        "body": typed_checks.body(typed, card) | {"photo": hashlib.sha256(photo).hexdigest() if photo else ""},
    }
    order: Order = orders.read(content, device_at=None)
    with transaction.atomic():
        sitting = Sitting([card["id"]], now=now)
        day = days.county_day(now, sitting.run)
        taker = Taker(by, reader.roles, None, now, day, sitting, ELSEWHERE)
        orders.carry_out(order, taker)
        if photo:
            photos.keep(order.body["photo"], photo, by=by, on=timezone.localdate(now), most=files.MOST_BYTES)
        sitting.decide(by=by)
        watching.look_at([card["id"]], by=by, on=day, just=sitting.decided, run=sitting.run)


def _page(request: HttpRequest, card: Mapping[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    typed = request.POST if refusal else QueryDict()
    others = [_ask(k, fact, card, typed) for k, fact in enumerate(_others(card), len(card["ask"]))]
    context = {
        "card": card,
        "key": typed_checks.text(typed, "key") or str(uuid.uuid4()),
        "version": card["version"],
        "asks": [_ask(k, card["facts"][n], card, typed) for k, n in enumerate(card["ask"])],
        "others": others,
        "others_said": any(ask["said"] for ask in others),
        "problem": errors.words_of(refusal) if refusal else "",
        "untold": [(one["name"], figures.in_words(one["zh"], one["en"]), one["name"] in typed.getlist("told"))
                   for one in card["untold"]],
        **around(typed),
    }  # fmt: skip
    return show(request, "phone/check.html", context, status=422 if refusal else 200)


def around(typed: QueryDict) -> dict[str, Any]:
    """What a form asks besides the facts, as it was typed: how they were reached, needs, what was told, agreement."""
    return {
        "reached": [(name, words, typed_checks.text(typed, "reached") == name) for name, words in _ways()],
        "needs": [(need.code, figures.word(need), need.code in typed.getlist("needs")) for need in NEEDS.values()],
        "scripts": [
            (one.name, figures.in_words(one.title_zh, one.title_en), figures.in_words(one.zh, one.en),
             one.name in typed.getlist("told"))
            for one in scripts.present()
        ],
        "agrees": [(name, words, typed_checks.text(typed, "agrees") == name) for name, words in _agreements()],
        "typed": {name: typed_checks.text(typed, name) for name in ("reached_whom", "note", "disagreement")},
        "ticked": {name: typed.get(name) == "1" for name in ("wants_counselling", "read_back")},
    }  # fmt: skip


def _others(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What else the household may say has changed."""
    return [fact for n, fact in enumerate(card["facts"]) if fact["can_say"] and n not in card["ask"]]


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
    field = typed_checks.fields_of(typed).get(typed_checks.about(fact), f"f{k}")
    if fact["type"] == "bool" and not choices:
        choices = [("true", _("是")), ("false", _("否"))]
    return {
        "name": f"f{k}",
        "about": typed_checks.about(fact),
        "base": json.dumps(fact["value"]),
        "who": who,
        "text": figures.in_words(fact["asks_zh"] or fact["zh"], fact["asks_en"] or fact["en"]),
        "unit": _("元") if fact["type"] == "money" else figures.unit(fact["unit"]),
        "believed": figures.in_words(fact["shown"], fact["shown_en"])
        or figures.measured(fact["value"], fact["type"], fact["unit"]),
        "source": figures.in_words(fact["source_zh"], fact["source_en"]),
        "day": fact["about_day"],
        "known": fact["value"] is not None,
        "choices": choices,
        "door": fact["at_door_only"],
        "said": typed_checks.text(typed, f"{field}-said"),
        "value": typed_checks.text(typed, f"{field}-value"),
    }
