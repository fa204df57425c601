"""The list of what moved between two runs that leaves: who gained, lost or became unknown, and what made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doudi.access import permissions
from doudi.policy import attribution, movements
from doudi.policy.listing import facts, households
from doudi.policy.listing.lists import Asker, Found, only_known
from doudi.policy.movements import CAUSES, WAYS, Filter, Movement
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register import children
from doudi.register.exporting.columns import Column, in_words
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

KNOWN = ("a", "b", "measure", "way", "cause", "place")
MOST = 20_000  # rows at once
WAY_WORDS = {
    "gained": ("新符合", "newly yes"),
    "lost": ("不再符合", "no longer yes"),
    "became_unknown": ("变为待核", "become not yet known"),
    "settled_no": ("查明不符合", "found to be no"),
    "amount_changed": ("金额改变", "other amount"),
    "other": ("其他", "other"),
}
CAUSE_WORDS = {
    "fact": ("事实变了", "a fact changed"),
    "parameter": ("参数变了", "a parameter changed"),
    "rule": ("规则变了", "the rule changed"),
    "day": ("日期变了", "the day changed"),
    "subject": ("对象新增或消失", "a subject came or went"),
    "line": ("名次变了", "the place in line changed"),
    "together": ("几样合起来", "several together"),
}
THINGS = frozenset({"loan", "hire", "post", "platform", "project"})
VERDICTS = (("不符合", "no"), ("符合", "yes"), ("待核", "not yet known"))
_FEN = ("money", "元", 12)
COLUMNS = (
    Column("code", "户编号", "household code", width=18),
    households.of_name("head", "户主", "head"),
    households.of_name("subject", "对象", "subject"),
    *households.PLACES[:2],
    Column("measure", "措施", "measure", width=36),
    Column("way", "变化", "change", width=12),
    Column("before", "前一次", "earlier run", width=12, note_zh="空格表示那次没有", note_en="empty: not in that run"),
    Column("after", "后一次", "later run", width=12, note_zh="空格表示那次没有", note_en="empty: not in that run"),
    Column("fen_before", "前一次金额", "amount before", *_FEN),
    Column("fen_after", "后一次金额", "amount after", *_FEN),
    Column(
        "cause",
        "原因",
        "cause",
        width=16,
        note_zh="只把这一样换成后一次的,结论就成了后一次的样子",
        note_en="this alone, taken from the later run, brings about what it says",
    ),
    Column("because", "具体是哪项", "which very one", width=40),
)


class Movements:
    """One row a verdict that differs between run `a` and run `b`."""

    name, zh, en, kind = "movements", "两次运行的差异", "differences of two runs", ""

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """The movements within the scope, in the page's order. Raises Refusal for a wrong condition or too many."""
        a, b = runs_of(query, asker)
        asked = _filter(query)
        total = movements.between(a, b, asker.scope, asked).total
        if total > MOST:
            raise Refusal(
                f"共 {total:,} 个结论,一次最多导出 {MOST:,} 个。请选一项措施或一个乡镇。",
                f"{total:,} verdicts; at most {MOST:,} leave at once. Choose a measure or a town.",
                "measure",
            )
        keys = movements.listed(a, b, asker.scope, asked, number=1, size=MOST)
        homes = sorted({one.household_id for one in keys if one.household_id is not None})
        return Found(keys, households.concerned(homes), len(homes))

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words."""
        a, b = runs_of(query, asker)
        told = [("从哪次运行", "from run", f"{a.pk} ({a.as_of})"), ("到哪次运行", "to run", f"{b.pk} ({b.as_of})")]
        asked, language = _filter(query), asker.language
        if asked.measure:
            told.append(("措施", "measure", _title(_pack(asked.measure, a, b), asked.measure, language)))
        if asked.way:
            told.append(("变化", "change", in_words(*WAY_WORDS[asked.way], language)))
        if asked.cause:
            told.append(("原因", "cause", in_words(*CAUSE_WORDS[asked.cause], language)))
        if asked.prefix:
            told.append(households.place_told(asked.prefix))
        return told

    def facts(self, asker: Asker) -> list[Column]:
        """None."""
        return []

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """Who, which way, and why; amounts for whom the duty shows money."""
        money = permissions.reads(asker.roles, "money")
        return [column for column in COLUMNS if money or column.type != "money"]

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Row by row."""
        a, b = runs_of(query, asker)
        shown = {column.name for column in self.columns(query, asker)}
        for some in facts.batches(found.keys):
            known = _Known(some, asker)
            causes = attribution.explain(a, b, [(m.kind, m.subject_id, m.measure) for m in some])
            for one, because in zip(some, causes, strict=True):
                pack = _pack(one.measure, a, b)
                told = known.listed(one, pack) | {"because": _because(because, pack, asker.language)}
                yield [one.subject_id, 0, *(told[column.name] for column in COLUMNS if column.name in shown)]


def runs_of(query: Mapping[str, str], asker: Asker) -> tuple[Run, Run]:
    """The two runs. Raises Refusal for none, or for a duty that reads no runs."""
    only_known(query, KNOWN)
    if not permissions.may(asker.roles, "run.read"):
        raise Refusal("您的职责不查看运行记录。", "Your duty reads no runs.", "list")
    return _run(query, "a"), _run(query, "b")


def _run(query: Mapping[str, str], name: str) -> Run:
    number = query.get(name, "")
    found = Run.objects.filter(pk=int(number)).first() if re.fullmatch("[0-9]{1,18}", number) else None
    if found is None:
        raise Refusal(
            "请在“两次运行的差异”页选好两次运行,再从那里导出。",
            "Choose two runs on the page that compares them, and export from there.",
            name,
        )
    return found


def _filter(query: Mapping[str, str]) -> Filter:
    """What is asked for. Raises Refusal for a way, a cause or a place there is none of."""
    asked = Filter(*(query.get(name, "") for name in ("measure", "way", "cause", "place")))
    for name, value, choices in (("way", asked.way, WAYS), ("cause", asked.cause, CAUSES)):
        if value and value not in choices:
            raise Refusal(f"{name} 只能是 {'、'.join(choices)}。", f"{name} is one of {', '.join(choices)}.", name)
    if asked.prefix and not is_prefix(asked.prefix):
        raise Refusal("区划代码应是 6、9 或 12 位数字。", "The code of a place has 6, 9 or 12 digits.", "place")
    return asked


def _pack(measure: str, a: Run, b: Run) -> Pack:
    """The later pack, or the earlier one where only it has the measure. Raises Refusal where neither has."""
    for pack in (b.pack.pack, a.pack.pack):
        if measure in pack.measures:
            return pack
    raise Refusal(f"没有“{measure[:40]}”这项措施。", f"There is no measure “{measure[:40]}”.", "measure")


def _title(pack: Pack, measure: str, language: str) -> str:
    terms = pack.terms.get(measure)
    return in_words(terms.title.zh, terms.title.en, language) if terms else measure


def _because(causes: attribution.Causes, pack: Pack, language: str) -> str:
    """The very facts, numbers or conditions that by themselves made it."""
    told = dict.fromkeys(_cause(what, which, pack, language) for what, which in causes)
    return in_words("、", ", ", language).join(each for each in told if each)


def _cause(what: str, which: str, pack: Pack, language: str) -> str:
    if what == "fact":
        kind, _number, key = which.split(":", 2)
        name, _at, year = key.partition("@")
        fact = pack.vocabulary.fact(kind, name)
        return f"{in_words(fact.zh, fact.en, language)} {year}".strip() if fact else name
    if what == "parameter" and which in pack.parameters:
        return in_words(pack.parameters[which].zh, pack.parameters[which].en, language)
    return which if what in ("rule", "day") else ""


class _Known:
    """The households, persons and things of some movements, as the asker may read them."""

    def __init__(self, some: Sequence[Movement], asker: Asker) -> None:
        self.asker = asker
        self.homes = Household.objects.in_bulk({one.household_id for one in some if one.household_id is not None})
        self.heads = asker.heads(self.homes.values())
        ids = {kind: [one.subject_id for one in some if one.kind == kind] for kind in {one.kind for one in some}}
        people = ids.get("person", [])
        self.people, self.young = Person.objects.in_bulk(people), children.among(people, on=asker.day)
        self.items = Item.objects.in_bulk([n for kind, numbers in ids.items() if kind in THINGS for n in numbers])
        self.places = households.place_names({one.place_code for one in some if one.place_code})

    def listed(self, one: Movement, pack: Pack) -> dict[str, Any]:
        """One line, by column."""
        home, language = self.homes.get(one.household_id or 0), self.asker.language
        return {
            "code": home.code if home else "",
            "head": self.heads[home.pk] if home else "",
            "subject": self._subject(one, home),
            "town": self.places.get(one.place_code[:9] + "000", ""),
            "village": self.places.get(one.place_code, one.place_code),
            "measure": _title(pack, one.measure, language),
            "way": in_words(*WAY_WORDS[one.way], language),
            "before": _verdict(one.before, language),
            "after": _verdict(one.after, language),
            "fen_before": one.amount_before,
            "fen_after": one.amount_after,
            "cause": in_words(*CAUSE_WORDS[one.cause], language),
        }

    def _subject(self, one: Movement, home: Household | None) -> str:
        """What it is of: a person or a household's head as the duty shows them, a thing by its label."""
        if one.kind == "person":
            person = self.people.get(one.subject_id)
            return self.asker.name(person.name, child=person.pk in self.young) if person else ""
        if one.kind == "household":
            return self.heads[home.pk] if home else ""
        if one.kind == "place":
            return self.places.get(one.place_code, one.place_code)
        item = self.items.get(one.subject_id)
        return (item.label or item.code) if item else ""


def _verdict(value: int | None, language: str) -> str | None:
    return None if value is None else in_words(*VERDICTS[value], language)


LIST = Movements()
