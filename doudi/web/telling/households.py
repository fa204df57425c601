"""One household: what it was told, when, by whom and how sure; what it has said about being told; what it asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.outreach import consents, counselling, reaches, scripts, untold
from doudi.outreach.campaigns import Campaign
from doudi.outreach.channels import every
from doudi.outreach.consents import Consent
from doudi.outreach.counselling import CounsellingRequest
from doudi.outreach.reaches import Reach
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import errors, figures, names
from doudi.web.desk import standings
from doudi.web.desk.household import household_of
from doudi.web.desk.households import place_names
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.telling import acting, asking, days, words

MOST = 100
WAYS = ("phone", "wechat", "door", "relative", "meeting", "paper")


@permission("told.read")
@require_safe
def show_household(request: HttpRequest, code: str) -> HttpResponse:
    """The page of one household; 404 outside the duty."""
    return page(request, household_of(code))


def page(
    request: HttpRequest, home: Household, *, problem: Refusal | None = None, at: str = "",
    typed: Mapping[str, str] | None = None, chosen: tuple[str, ...] = (),
) -> HttpResponse:  # fmt: skip
    """The page; with a problem 422, told at the form it is of, with what was typed."""
    reader, run = reader_of(request), standings.run_in_force()
    pack = standings.pack_of(run) if run else None
    places = place_names([home])
    missing = _missing(home, reader)
    told = list(Reach.objects.filter(household=home)[:MOST])
    context = {
        "home": home,
        "name": names.head(home, reader),
        "village": places.get(home.place_code, home.place_code),
        "missing": [(f"measure:{name}", standings.title_of(pack, name)) for name in missing] if pack else [],
        "scripts": [(f"script:{s.name}", figures.in_words(s.title_zh, s.title_en)) for s in scripts.present()],
        "reaches": _told(told, pack),
        "consents": _consents(home),
        "channels": [(c.name, words.of_channel(c.name)) for c in every.CHANNELS.values() if c.per == "household"],
        "hows": [(name, figures.in_words(*pair)) for name, pair in consents.HOW.items()],
        "ways": [(name, words.of_channel(name)) for name in WAYS],
        "sures": [(name, words.of_sure(name)) for name in ("heard", "read_back", "delivered")],
        "topics": [(name, words.of_topic(name)) for name in counselling.TOPICS],
        "requests": asking.rows_of(list(CounsellingRequest.objects.filter(household=home)), reader)
        if reader.may("counselling.read") else [],
        "may": {name: reader.may(each) for name, each in
                (("told", "told.record"), ("consent", "consent.record"), ("ask", "counselling.ask"),
                 ("household", "household.read"))},
        "day": days.today(),
        "problem": errors.words_of(problem) if problem else "",
        "at": at,
        "typed": typed or {},
        "chosen": chosen,
    }  # fmt: skip
    return show(request, "telling/household.html", context, status=422 if problem else 200)


def _missing(home: Household, reader: Reader) -> list[str]:
    run = standings.run_in_force()
    if run is None:
        return []
    found = untold.of(run, prefix=home.place_code, only=reader.scope.measures)
    mine = found.missing[found.rows["id"] == home.pk]
    return found.names(int(mine[0])) if len(mine) else []


def _consents(home: Household) -> list[tuple[Consent, str, str]]:
    """What it has said about being told: each word, of which channel (empty: all), who wrote it down."""
    said = list(Consent.objects.filter(household=home))
    by = names.accounts(each.recorded_by for each in said)
    return [(each, words.of_channel(each.channel) if each.channel else "", by[each.recorded_by]) for each in said]


def _told(some: list[Reach], pack: Any) -> list[dict[str, Any]]:
    numbers = {t.partition(":")[2] for each in some for t in each.things if t.startswith("campaign:")}
    found = Campaign.objects.select_related("message").filter(pk__in=[int(n) for n in numbers if n.isdigit()])
    titles = {str(campaign.pk): campaign.message.title for campaign in found}
    by = names.accounts(each.confirmed_by for each in some)
    return [
        {
            "reach": each,
            "what": words.of_things(each.things, pack, titles),
            "channel": words.of_channel(each.channel),
            "sure": words.of_sure(each.sure),
            "by": by[each.confirmed_by],
        }
        for each in some
    ]


def _carry(request: HttpRequest, code: str, at: str, act: Callable[[Household, dict[str, str], str, date], Any]) -> Any:
    """Do it and come back to the household; a refusal leaves nothing and is told at the form."""
    home, typed = household_of(code), acting.typed_of(request)
    things = tuple(each[:80].replace("\0", "") for each in request.POST.getlist("thing")[:80])
    try:
        on = _day(typed.get("on", ""))
        with transaction.atomic():
            act(home, typed, reader_of(request).user.username, on)
    except Refusal as refusal:
        return page(request, home, problem=refusal, at=at, typed=typed, chosen=things)
    return HttpResponseRedirect(reverse("telling-household", args=[home.code]))


def _day(text: str) -> date:
    try:
        on = date.fromisoformat(text) if text else days.today()
    except ValueError:
        raise Refusal("日期写成 2020-02-27 的样子。", "Write the day as 2020-02-27.", "on") from None
    if on > days.today():
        raise Refusal(
            "这一天还没有到。请填告知的那天。", "That day is still to come. Give the day they were told.", "on"
        )
    return on


@permission("told.record")
@require_POST
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Record that the household was told."""
    things = [each[:80].replace("\0", "") for each in request.POST.getlist("thing")[:80]]

    def act(home: Household, typed: dict[str, str], by: str, on: date) -> None:
        channel = typed.get("channel", "")
        if channel not in WAYS:
            raise Refusal("请选是怎么告知的。", "Choose how they were told.", "channel")
        sure = typed.get("sure", "")
        reaches.told(home.pk, things, channel=channel, on=on, by=by, sure=sure, note=typed.get("note", ""))

    answer: HttpResponse = _carry(request, code, "told", act)
    return answer


@permission("consent.record")
@require_POST
def consent(request: HttpRequest, code: str) -> HttpResponse:
    """Record what the household said about being written to or called."""

    def act(home: Household, typed: dict[str, str], by: str, on: date) -> None:
        if typed.get("agrees") not in ("yes", "no"):
            raise Refusal("请选同意或不要。", "Choose whether they agree.", "agrees")
        consents.say(
            home, agrees=typed["agrees"] == "yes", channel=typed.get("channel", ""), how=typed.get("how", ""), by=by,
            on=on, now=days.now(),
        )  # fmt: skip

    answer: HttpResponse = _carry(request, code, "consent", act)
    return answer


@permission("counselling.ask")
@require_POST
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Write down that the household wants to talk to somebody."""

    def act(home: Household, typed: dict[str, str], by: str, on: date) -> None:
        counselling.ask(home.pk, note=typed.get("note", ""), topic=typed.get("topic", ""), by=by, on=on)

    answer: HttpResponse = _carry(request, code, "ask", act)
    return answer
