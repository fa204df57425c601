"""The words of monitoring: states, what is to be done, who sees an alert, values as the reader's duty shows them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from doudi.access.roles import ROLES
from doudi.access.users import User
from doudi.facts.kinds import Fact
from doudi.monitoring import disagreements, sensitivities
from doudi.places.divisions import Place
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Alert as Rule
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.register.sayings import base_name
from doudi.web import figures, names
from doudi.web.reader import Reader


def of_state(state: str) -> str:
    """How a copy stands to what is believed."""
    return {"agree": _("一致"), "differ": _("不一致"), "stale": _("过期"), "missing": _("缺项")}.get(state, state)


STATE_CHIPS = {"agree": "v-yes", "differ": "v-error", "stale": "v-unknown", "missing": "v-no"}


def of_alert_state(state: str) -> str:
    """What has become of an alert."""
    return {"open": _("待处理"), "followed": _("已约回访"), "closed": _("已处理"), "over": _("情况已消失")}.get(
        state, state
    )


ALERT_CHIPS = {"open": "v-error", "followed": "v-unknown", "closed": "v-yes", "over": "v-no"}


def ways_to_close() -> list[tuple[str, str]]:
    """How an alert can be dealt with."""
    return [("handled", _("已办妥")), ("false_alarm", _("情况不实")), ("others", _("已转别人办"))]


def of_end(how: str) -> str:
    """How a disagreement came to an end."""
    return figures.in_words(*disagreements.HOW[how]) if how in disagreements.HOW else ""


def of_risk_level(risk: str) -> str:
    """How the expected income lies to the line."""
    return {
        "above": _("线以上"),
        "may_fall": _("可能低于线"),
        "below": _("低于线"),
        "not_known": _("还算不出"),
    }.get(risk, risk)


RISK_CHIPS = {"above": "v-yes", "may_fall": "v-unknown", "below": "v-error", "not_known": "v-no"}


def of_line(name: str) -> str:
    """A line of income."""
    return {"wage": _("工资性收入"), "business": _("生产经营净收入"), "property": _("财产性收入"),
            "transfer": _("转移性收入")}.get(name, name)  # fmt: skip


def entry_kinds() -> list[tuple[str, str]]:
    """What a line in a file can be."""
    return [("measure", _("帮扶措施")), ("visit", _("走访")), ("progress", _("进展")), ("seen", _("核看风险已消除"))]


def ways_to_see() -> list[tuple[str, str]]:
    """How a household was seen."""
    return [("door", _("入户")), ("phone", _("电话"))]


def roles(of: Iterable[str]) -> str:
    """Roles in words."""
    return figures.listed(figures.word(ROLES[name]) for name in of if name in ROLES)


def fact(pack: Pack, kind: str, key: str) -> str:
    """A fact's label, with its year."""
    held = pack.vocabulary.fact(kind, base_name(key))
    year = key.partition("@")[2]
    words = figures.word(held) if held else key
    return f"{words} {year}" if year else words


def value(pack: Pack, kind: str, key: str, said: Any, reader: Reader) -> str:
    """A value as the reader's duty shows it."""
    return shown(pack, kind, key, reader)(said)


def shown(pack: Pack, kind: str, key: str, reader: Reader) -> Callable[[Any], str]:
    """How the values of one fact are shown to the reader: asked once for many rows."""
    held = pack.vocabulary.fact(kind, base_name(key))
    if held is not None and not reads(reader, held):
        withheld = _("受保护的信息")
        return lambda _said: withheld
    return lambda said: figures.of_fact(said, held)


def reads(reader: Reader, held: Fact) -> bool:
    """Whether the duty shows a fact; what names a person is shown masked to whoever reads what is personal."""
    return reader.reads("personal" if held.sensitivity == "identity" else held.sensitivity)


def sees(reader: Reader, rule: Rule | None, pack: Pack) -> bool:
    """Whether an alert is for this reader: it is told to their role, or they read every fact its rule rests on."""
    if rule is None:
        return False
    return bool(set(rule.to) & reader.roles) or all(reader.reads(each) for each in sensitivities.of(rule, pack))


def visible(reader: Reader, pack: Pack) -> list[str]:
    """The alerts of the pack this reader may see."""
    return [each.name for each in pack.alerts.values() if sees(reader, each, pack)]


def places(codes: Collection[str]) -> dict[str, str]:
    """The names of places by their twelve digits."""
    return dict(Place.objects.filter(code__in=codes).values_list("code", "name"))


def people(usernames: Collection[str]) -> Mapping[str, str]:
    """The names behind accounts."""
    return dict(User.objects.filter(username__in=usernames).values_list("username", "name"))


def _many(ids: Collection[int]) -> RawSQL:
    """Ids as one array: ten thousand parameters take the server half a second to read."""
    return RawSQL("SELECT unnest(%s::bigint[])", [sorted(ids)])


class Subjects:
    """Whom rows are about, named as the reader's duty has it: asked once for all of them."""

    def __init__(self, keys: Collection[tuple[str, int, int | None]], reader: Reader) -> None:
        self.reader = reader
        homes = Household.objects.filter(pk__in=_many({home for *_, home in keys if home}))
        self.homes = {home.pk: home for home in homes.only("code", "head_name")}
        ids = {number for kind, number, _ in keys if kind == "person"}
        full = dict(Person.objects.filter(pk__in=_many(ids)).values_list("pk", "name"))
        self.persons = dict(names.persons(full, reader))
        without = {(kind, number) for kind, number, home in keys if not home and kind != "person"}
        found = Item.objects.filter(pk__in={number for _, number in without})
        self.items = {(each.kind, each.pk): each.label or each.code for each in found}
        names.look_up(self.homes.values(), reader)
        self.heads = {home.pk: names.head(home, reader) for home in self.homes.values()}

    def head(self, home: int | None) -> str:
        """The head of a household."""
        return self.heads.get(home or 0, "")

    def named(self, kind: str, number: int, home: int | None) -> str:
        """A member by name; a project, post or platform by its own; anything else by its household's head."""
        return self.persons.get(number, "") if kind == "person" else self.items.get((kind, number)) or self.head(home)

    def code(self, home: int | None) -> str:
        """A household's code."""
        held = self.homes.get(home or 0)
        return held.code if held else ""
