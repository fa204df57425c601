"""A check in the words of who looks at it: how they were reached, each fact as it was said, what is needed, agreed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from doudi.access.models import User
from doudi.facts.kinds import Fact
from doudi.monitoring import changes, need_codes
from doudi.monitoring.checks import Check
from doudi.monitoring.reviews import Review
from doudi.policy import replies, versions
from doudi.policy.packs import Pack
from doudi.register.persons import Person
from doudi.register.sayings import base_name
from doudi.values.refusals import Refusal
from doudi.web import figures, names
from doudi.web.reader import Reader
from doudi.web.watch import words

SAID = {
    "same": gettext_lazy("没变"),
    "changed": gettext_lazy("有变化"),
    "cannot_say": gettext_lazy("说不清"),
}
REACHED = {
    "phone": gettext_lazy("电话"),
    "wechat": gettext_lazy("微信"),
    "door": gettext_lazy("上门"),
    "relative": gettext_lazy("通过亲属"),
    "not_reached": gettext_lazy("没联系上"),
}
AGREES = {
    "yes": gettext_lazy("农户同意这样记"),
    "no": gettext_lazy("农户不同意"),
    "not_asked": gettext_lazy("没有问农户同意不同意"),
}


STEPS = {
    "right": gettext_lazy("村里标记属实"),
    "wrong": gettext_lazy("村里标记不对"),
    "accept": gettext_lazy("乡镇通过"),
    "return": gettext_lazy("乡镇退回重核"),
    "visit": gettext_lazy("乡镇安排入户"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: whose, its words, what was said of it, what it is now, what stood there, whether it waits."""

    who: str
    fact: str
    said: str
    value: str
    before: str
    waits: bool


def told(found: Iterable[Check], reader: Reader) -> list[dict[str, Any]]:
    """Checks for a page, each with what the reader may know of it."""
    checks = list(found)
    names.look_up((each.household for each in checks), reader)
    accounts = {name for each in checks for name in (each.by, each.typed_by)}
    people = dict(User.objects.filter(username__in=accounts).values_list("username", "name"))
    members, pack = _members(checks, reader), versions.in_force().pack
    return [
        {
            "it": each,
            "name": names.head(each.household, reader),
            "who": people.get(each.by, each.by),
            "typed_by": people.get(each.typed_by, each.typed_by),
            "reached": REACHED.get(each.reached, each.reached),
            "whom": each.reached_whom if reader.reads("name") and reader.reads("minor") else "",
            "facts": list(_lines(each, pack, members, reader)),
            "needs": figures.listed(figures.word(need_codes.NEEDS[one]) for one in each.needs),
            "agrees": AGREES[each.agrees],
        }
        for each in checks
    ]


def steps(review: Review) -> Iterable[tuple[date, str, str]]:
    """What village and town said on the way of a review: the day, the step, the reason."""
    for each in review.steps.all():
        if each.reason and each.verdict in STEPS:
            yield each.on_day, str(STEPS[each.verdict]), each.reason


def _members(checks: Iterable[Check], reader: Reader) -> Mapping[int, str]:
    """The members the facts are about, as the reader's duty has them."""
    ids = {said.get("id") for each in checks for said in each.facts if said.get("kind") == "person"}
    full = dict(Person.objects.filter(pk__in=[each for each in ids if type(each) is int]).values_list("pk", "name"))
    return dict(names.persons(full, reader))


def _lines(check: Check, pack: Pack, members: Mapping[int, str], reader: Reader) -> Iterable[Line]:
    """The facts of a class the reader reads."""
    for said in check.facts:
        kind, key = str(said.get("kind", "")), str(said.get("fact", ""))
        fact = pack.vocabulary.fact(kind, base_name(key)) if kind in pack.vocabulary.kinds else None
        if fact is None or not reader.reads(fact.sensitivity):
            continue
        way, base = said.get("said"), said.get("base")
        before = figures.of_fact(base, fact) if base is not None else ""
        yield Line(
            who=members.get(said.get("id", 0), "") if kind == "person" else "",
            fact=words.fact(pack, kind, key),
            said=str(SAID.get(way, "")),
            value=_value(said, fact, pack) if way == "changed" else before if way == "same" else "",
            before=before if way == "changed" else "",
            waits=said.get("outcome") in changes.HELD,
        )


def _value(said: Mapping[str, Any], fact: Fact, pack: Pack) -> str:
    """What is said now: from a form as it was typed, from a telephone as the card encodes it."""
    value = said.get("value")
    if isinstance(value, str):
        try:
            value = replies.read(value, fact, minor=pack.currency.minor)
        except Refusal:  # the fact had other bounds when it was said
            return str(said.get("value"))
    return figures.of_fact(value, fact)
