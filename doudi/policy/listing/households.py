"""The list of households that leaves: the same conditions, the same rows in the same order, as the list on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from doudi.access import permissions
from doudi.places.divisions import Place
from doudi.policy import household_rolls, selections
from doudi.policy.household_rolls import NOTHING, UNKNOWN
from doudi.policy.listing import facts
from doudi.policy.listing.lists import Asker, Found, only_known
from doudi.policy.selections import SORTS, STATES, TRUTHS, Selection, Wanted
from doudi.register.exporting.columns import Column, in_words
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.values.refusals import Refusal

_FLAG, _TRUTH = "yes|no", "|".join(TRUTHS)
# condition: what it may be, and what it is called. The names are those of the page's address.
CONDITIONS = {
    "town": (r"[0-9]{9}", "乡镇", "town"),
    "village": (r"[0-9]{12}", "村(社区)", "village"),
    "group": (r"[^\0]{1,50}", "社、组", "group"),
    "measure": (r"[^\0]{1,64}", "措施", "measure"),
    "state": ("|".join(STATES), "状态", "state"),
    "registered": (_TRUTH, "建档立卡户", "registered poor household"),
    "monitored": (_TRUTH, "动态监测户", "monitored household"),
    "contested": (_FLAG, "说法不一会改变结论", "contested"),
    "open": (_FLAG, "有待核的事", "has open questions"),
    "differ": (_FLAG, "来源说法不一", "sources differ"),
    "members": ("[0-6]", "人数(人)", "members"),
    "band": ("[0-9]|unknown", "预计今年人均纯收入的档", "band of expected income a head"),
    "q": (r"[^\0]{1,50}", "查找", "text"),
    "sort": (f"-?({'|'.join(SORTS)})", "排序", "order"),
}
WORDS = {"yes": ("是", "yes"), "no": ("否", "no"), "unknown": ("不清楚", "not known")}
STATE_WORDS = {"yes": ("符合", "qualifies"), "unknown": ("待核", "not yet known"), "no": ("不符合", "does not qualify")}
NEEDS_MONEY = ("band", "income")
USUAL = ("members", "yeses", "unknowns")


def select(query: Mapping[str, str], asker: Asker) -> Selection:
    """The households the conditions ask for, within the wall of the transaction.

    Raises Refusal for a condition that cannot be understood.
    """
    found = understood(query, asker)
    names = {one.name for one in fields(Wanted)} - {"text"}
    pack = asker.run.pack.pack if asker.run else None
    lines = {fen for _, fen in selections.lines_of(pack, asker.run)} if pack and asker.run else set()
    return selections.select(
        household_rolls.present(asker.run),
        Wanted(**{name: found.get(name, "") for name in names}, text=found.get("q", "")),
        names=asker.sees_names,
        adults_on=None if permissions.reads(asker.roles, "minor") else asker.day,
        reads=[word for word in household_rolls.SENSITIVITIES if permissions.reads(asker.roles, word)],
        only=asker.scope.measures,
        lines=sorted(lines),
    )


def understood(query: Mapping[str, str], asker: Asker) -> dict[str, str]:
    """The conditions as the page understands them: another town lets go of the village, a village of its group."""
    only_known(query, [*CONDITIONS, "col", "page"])
    found = {name: value.strip() for name, value in query.items() if value.strip() and name in CONDITIONS}
    for name, value in found.items():
        if not re.fullmatch(CONDITIONS[name][0], value):
            zh, en = CONDITIONS[name][1:]
            raise Refusal(f"“{zh}”不能是“{value[:40]}”。", f"“{en}” cannot be “{value[:40]}”.", name)
    if not found.get("village", "").startswith(found.get("town", "")):
        found.pop("village", None)
    if "village" not in found:
        found.pop("group", None)
    if not permissions.reads(asker.roles, "money"):
        found = {name: value for name, value in found.items() if name not in NEEDS_MONEY}
    _refuse_unknown_measure(found.get("measure", ""), asker)
    return found


def _refuse_unknown_measure(name: str, asker: Asker) -> None:
    only = asker.scope.measures
    if name and (name not in household_rolls.bits_of(asker.run) or (only and name not in only)):
        raise Refusal(f"没有“{name[:40]}”这项措施。", f"There is no measure “{name[:40]}”.", "measure")


def tell(query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
    """The conditions in words."""
    found = understood(query, asker)
    codes = {name: found[name].ljust(12, "0") for name in ("town", "village") if name in found}
    names = dict(Place.objects.filter(code__in=codes.values()).values_list("code", "name"))
    told = []
    for name, value in found.items():
        words = STATE_WORDS if name == "state" else WORDS
        shown = (
            names.get(codes[name], value)
            if name in codes
            else in_words(*words.get(value, (value, value)), asker.language)
        )
        told.append((*CONDITIONS[name][1:], title_of(asker, value) if name == "measure" else shown))
    return told


def title_of(asker: Asker, measure: str) -> str:
    """A measure's title in the asker's language."""
    terms = asker.run.pack.pack.terms.get(measure) if asker.run else None
    return in_words(terms.title.zh, terms.title.en, asker.language) if terms else measure


def concerned(ids: Sequence[int]) -> int:
    """How many persons live in the households."""
    return sum(Person.objects.filter(household_id__in=list(some)).count() for some in facts.batches(ids))


def place_names(codes: set[str]) -> dict[str, str]:
    """The names of villages and their towns, by twelve-digit code."""
    every = codes | {code[:9] + "000" for code in codes}
    return dict(Place.objects.filter(code__in=every).values_list("code", "name"))


def place_told(prefix: str) -> tuple[str, str, str]:
    """The condition "at this place" in words; `prefix` is what the codes begin with."""
    code = prefix.ljust(12, "0")
    return "地区", "place", place_names({code}).get(code, prefix)


def of_name(name: str, zh: str, en: str) -> Column:
    """A column of names."""
    note = "only its first character where the duty needs no names"
    return Column(name, zh, en, width=12, note_zh="职责不需要姓名的,只显示姓", note_en=note)


PLACES = (
    Column("town", "乡镇", "town"),
    Column("village", "村(社区)", "village"),
    Column("group", "组", "group", width=8),
)
WHO = (
    Column(
        "code",
        "户编号",
        "household code",
        width=18,
        note_zh="本系统的户编号,不变",
        note_en="doudi's own, never changes",
    ),
    Column("national_code", "国扶户编号", "national code", width=16),
    of_name("head", "户主", "head"),
    *PLACES,
)
# What the page can show beside, by the name of its column there.
SHOWN = {
    "members": Column(
        "members", "人数", "members", "int", "人", 8, "现在登记在这户的人", "persons of the household now"
    ),
    "yeses": Column(
        "yeses",
        "符合",
        "qualifies",
        "int",
        "项",
        8,
        "这户及其成员、贷款、用工“符合”的结论数",
        "verdicts yes, of the household, its members, loans and hires",
    ),
    "unknowns": Column("unknowns", "待核", "not yet known", "int", "项", 8, "“待核”的结论数", "verdicts not yet known"),
    "fen": Column(
        "fen",
        "应得资金",
        "amounts due",
        "money",
        "元",
        12,
        "“符合”的结论给的金额之和",
        "what the verdicts yes give, in sum",
    ),
    "income": Column(
        "income", "预计今年人均", "expected income a head", "money", "元", 14, "空格表示不知道", "empty: not known"
    ),
    "registered": Column("registered", "建档立卡户", "registered poor household", width=10),
    "monitored": Column("monitored", "动态监测户", "monitored household", width=10),
    "contested": Column(
        "contested",
        "说法不一会改变结论",
        "contested",
        width=18,
        note_zh="换一个来源的说法,至少一项结论会变",
        note_en="another source's word would change a verdict",
    ),
    "differ": Column("differ", "来源说法不一", "sources differ", width=12),
}


class Households:
    """One row a household."""

    name, zh, en, kind = "households", "农户", "households", "household"

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """The households in the order of the page."""
        found = select(query, asker)
        ids = [int(number) for number in found.ids]
        return Found(ids, concerned(ids), len(ids), {int(line["id"]): line for line in found.chosen})

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words."""
        return tell(query, asker)

    def facts(self, asker: Asker) -> list[Column]:
        """The facts of a household."""
        return facts.columns_of("household", asker)

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """Who and where, then those the page shows."""
        return [*WHO, *(SHOWN[name] for name in _shown(query, asker))]

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Row by row."""
        names = _shown(query, asker)
        for ids in facts.batches(found.keys):
            known = Household.objects.in_bulk(ids)
            places = place_names({one.place_code for one in known.values()})
            held, heads = dict(facts.believed("household", ids)), asker.heads(known.values())
            for number in ids:
                if number in known:
                    revision = held[number][0] if number in held else 0
                    who = _who(known[number], places, heads[number])
                    beside = [_beside(name, found.held[number], asker) for name in names]
                    yield [number, revision, *who, *beside, *facts.values(held.get(number), chosen, asker)]


def _shown(query: Mapping[str, str], asker: Asker) -> list[str]:
    wanted = query["col"].split(",") if query.get("col") else USUAL
    money = permissions.reads(asker.roles, "money")
    return [name for name in SHOWN if name in wanted and (money or name not in NEEDS_MONEY)]


def _who(one: Household, places: Mapping[str, str], head: str) -> list[Any]:
    village = places.get(one.place_code, one.place_code)
    town = places.get(one.place_code[:9] + "000", "")
    return [one.code, one.national_code, head, town, village, one.group_name]


def _beside(name: str, line: Any, asker: Asker) -> Any:
    """A value of the roll as a cell's value."""
    value = int(line[name])
    if name in ("registered", "monitored"):
        return None if value == UNKNOWN else in_words("是" if value else "否", "yes" if value else "no", asker.language)
    if name == "differ":
        value &= sum(
            1 << n for n, word in enumerate(household_rolls.SENSITIVITIES) if permissions.reads(asker.roles, word)
        )
    if name in ("contested", "differ"):
        return in_words("有" if value else "没有", "yes" if value else "no", asker.language)
    return None if value == NOTHING else value


LIST = Households()
