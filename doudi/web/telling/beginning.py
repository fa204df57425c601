"""What the form of a campaign begins with: usual hours alone, those not told of a measure, or an earlier campaign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.http import HttpRequest

from doudi.outreach.campaigns import Campaign
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.web.desk import areas, standings
from doudi.web.reader import Reader
from doudi.web.telling import days
from doudi.web.telling.typed import CUSTOM, PRESETS, TEXTS, Typed

USUAL = ("loudspeaker", "sms", "paper")
REGISTERED = {"yes": "household.registered_poor", "no": "!household.registered_poor",
              "unknown": "!has(household.registered_poor)"}  # fmt: skip


def fresh(request: HttpRequest, reader: Reader, run: Run | None) -> Typed:
    """The form to begin with: `?like=` a campaign, or `?untold=1&measure=&place=&registered=` as a list is."""
    usual = _usual(reader)
    like = request.GET.get("like", "")
    if like.isascii() and like.isdigit() and len(like) <= 18:
        before = Campaign.objects.select_related("message").filter(pk=int(like)).first()
        return _like(before, reader, usual) if before else Typed(usual, (), USUAL)
    return _of_list(request, reader, run, usual)


def _usual(reader: Reader) -> dict[str, str]:
    """The reader's widest place, two weeks, the usual hours."""
    day, area = days.today(), areas.area_of(reader, None)
    return {
        "place": area.prefix if area else "",
        "preset": "poor",
        "from_day": day.isoformat(),
        "until_day": (day + timedelta(days=14)).isoformat(),
        "quiet_from": "21",
        "quiet_until": "8",
        "wait_days": "3",
        "heard_days": "0",
    }


def _of_list(request: HttpRequest, reader: Reader, run: Run | None, usual: Mapping[str, str]) -> Typed:
    """For those on a list of who was not told: its place, its registration, its measure."""
    asked = {name: request.GET.get(name, "")[:64] for name in ("measure", "place", "registered", "untold")}
    pack = standings.pack_of(run) if run else None
    known = pack is not None and asked["measure"] in pack.terms
    if not known and not asked["untold"]:
        return Typed(usual, (), USUAL)
    one = {**usual, "preset": "all", "untold_only": "1"}
    if asked["place"] and reader.scope.covers(asked["place"].ljust(12, "0")):
        one["place"] = asked["place"]
    if rule := REGISTERED.get(asked["registered"], ""):
        one |= _whom(rule)
    if pack is None or not known:
        return Typed(one, (), USUAL)
    title, text = _draft(pack, asked["measure"])
    return Typed({**one, "title": title, "text": text}, (asked["measure"],), USUAL)


def _whom(rule: str) -> dict[str, str]:
    """A rule as the form says it: by the name of a group where there is one."""
    preset = next((name for name, (_words, text) in PRESETS.items() if text == rule), CUSTOM)
    return {"preset": preset, "rule": "" if preset != CUSTOM else rule}


def _like(before: Campaign, reader: Reader, usual: Mapping[str, str]) -> Typed:
    """What an earlier campaign said, to whom and how; its days begin anew."""
    keys = {name: f"zh/{words}/{channel}" for name, words, channel in TEXTS} | {"english": "en/full/"}
    one = {
        **usual, **_whom(before.rule), "title": before.message.title,
        **{name: before.texts.get(key, "") for name, key in keys.items()},
        "place": before.prefix if reader.scope.covers(before.place_code) else usual["place"],
        "quiet_from": str(before.quiet_from), "quiet_until": str(before.quiet_until),
        "wait_days": str(before.wait_days), "heard_days": str(before.heard_days),
        "untold_only": "1" if before.untold_only else "", "with_unknown": "1" if before.with_unknown else "",
    }  # fmt: skip
    return Typed(one, tuple(before.message.measures), tuple(before.channels))


def _draft(pack: Pack, measure: str) -> tuple[str, str]:
    """A title and a text to begin with, from the pack's own words; in Chinese, for it is told to households."""
    terms = pack.terms[measure]
    clause = pack.clause(terms.clause)
    title = (terms.public_title.zh if terms.publish else terms.title.zh)[:60]
    return title, f"{title}:{terms.gives.zh}。\n{clause.zh if clause else ''}\n符合条件的,请找村里或帮扶干部办理。"
