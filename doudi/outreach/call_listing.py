"""The list of calls and visits that wait, as a table that leaves by the one way out (`doudi.policy.listing`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from doudi.access import masking
from doudi.access.users import User
from doudi.outreach import numbers
from doudi.outreach.channels.shape import CALL, DOOR
from doudi.outreach.dispatches import Dispatch
from doudi.policy.listing import facts, households
from doudi.policy.listing.lists import Asker, Found, only_known
from doudi.register.exporting.columns import Column
from doudi.register.households import Household
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

KNOWN = ("step", "place", "campaign")
STEPS = {CALL: ("打电话", "call"), DOOR: ("上门", "at the door")}
COLUMNS = (
    *households.WHO,
    Column("helper", "谁去告知", "who is to tell them", width=14),
    Column("phone", "电话", "telephone", width=14, note_zh="中间四位不导出", note_en="without its middle digits"),
    Column("step", "打电话还是上门", "call or door", width=10),
    Column("campaign", "告诉什么", "what is told", width=30),
    Column("laid_on", "哪天派的", "asked for on", "date", width=12),
    Column("how", "听到、能复述、没联系上、已不在", "heard, repeated, no answer, moved", width=20,
           note_zh="留空供填写", note_en="left empty to fill in"),
    Column("when", "哪天", "on which day", width=12, note_zh="留空供填写", note_en="left empty to fill in"),
)  # fmt: skip


def waiting(*, step: str = "", place: str = "", campaign: str = "") -> QuerySet[Dispatch]:
    """The calls and visits that wait within the wall, helper by helper in walking order."""
    found = Dispatch.objects.by_hand().filter(step__in=[step] if step else [CALL, DOOR])
    if place:
        found = found.filter(place_code__startswith=place)
    if campaign:
        found = found.filter(campaign=int(campaign))
    return found.select_related("campaign__message", "household").order_by("to", "place_code", "household__code", "id")


class Calls:
    """One row a call or visit."""

    name, zh, en, kind = "calls", "待打的电话、待上的门", "calls and visits that wait", ""

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """Helper by helper. Raises Refusal for a condition that cannot be understood."""
        only_known(query, KNOWN)
        step, place, campaign = (query.get(name, "") for name in KNOWN)
        if step not in ("", *STEPS):
            raise Refusal("写 call(打电话)或 door(上门)。", "It is call or door.", "step")
        if place and not is_prefix(place):
            raise Refusal("区划代码应是 6、9 或 12 位数字。", "The code of a place has 6, 9 or 12 digits.", "place")
        if campaign and not (campaign.isascii() and campaign.isdigit() and len(campaign) <= 18):
            raise Refusal("没有这次宣传。", "There is no such campaign.", "campaign")
        found = list(waiting(step=step, place=place, campaign=campaign))
        homes = sorted({each.household_id for each in found if each.household_id})
        held = {each.pk: each for each in found}
        return Found(list(held), households.concerned(homes), len(homes), held)

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words."""
        told = []
        if query.get("step") in STEPS:
            told.append(("打电话还是上门", "call or door", STEPS[query["step"]][asker.language == "en"]))
        if query.get("place"):
            told.append(households.place_told(query["place"]))
        if query.get("campaign"):
            told.append(("第几次宣传", "campaign", query["campaign"]))
        return told

    def facts(self, asker: Asker) -> list[Column]:
        """None."""
        return []

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """Whom to tell, of what, and room to write down what came of it."""
        return list(COLUMNS)

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Row by row."""
        named = dict(
            User.objects.filter(username__in={d.to for d in found.held.values()}).values_list("username", "name")
        )
        for keys in facts.batches(found.keys):
            some = [found.held[key] for key in keys]
            homes = {each.household_id: each.household for each in some if each.household}
            places = households.place_names({home.place_code for home in homes.values()})
            heads, phones = asker.heads(homes.values()), numbers.of(homes)
            for each in some:
                if each.household is not None:
                    phone = masking.partly(masking.PHONE, phones.get(each.household.pk, ""))
                    who = _who(each.household, places, heads[each.household.pk])
                    step = STEPS[each.step][asker.language == "en"]
                    title = each.campaign.message.title
                    yield [
                        each.household.pk,
                        0,
                        *who,
                        named.get(each.to, each.to),
                        phone,
                        step,
                        title,
                        each.laid_on,
                        None,
                        None,
                    ]


def _who(home: Household, places: Mapping[str, str], head: str) -> list[Any]:
    town = places.get(home.place_code[:9] + "000", "")
    return [home.code, home.national_code, head, town, places.get(home.place_code, home.place_code), home.group_name]


LIST = Calls()
