"""A pack's parts as a page shows them: words beside the rule, numbers with day and source, open ones marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doudi.policy.packs import Pack
from doudi.policy.packs_examples import Example, LineExample, Reader
from doudi.policy.packs_parts import UNVERIFIED, Alert, Check, Copy, DatedValue, Exit, Indicator, Parameter, Terms
from doudi.rules.measures import Measure
from doudi.web import figures
from doudi.web.desk.terms import cite, step_word

PARTS = {
    "measures": gettext_lazy("措施"),
    "parameters": gettext_lazy("参数"),
    "facts": gettext_lazy("新增事实"),
    "indicators": gettext_lazy("影响指标"),
    "alerts": gettext_lazy("提醒"),
    "copies": gettext_lazy("要一致的各份数据"),
    "exits": gettext_lazy("监测户退出条件"),
    "checks": gettext_lazy("数据质量检查"),
    "examples": gettext_lazy("例子"),
    "documents": gettext_lazy("文件与条款"),
    "files": gettext_lazy("原文"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words and as written."""

    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """A measure."""

    name: str
    number: str
    title: str
    subject: str
    rules: list[Rule]
    joined: str
    gives: str
    amount: str
    budget: str
    limit: list[str]
    steps: str
    evidence: str
    reading: str
    clause: str
    citation: str
    file: str


@dataclass(frozen=True, slots=True)
class Number:
    """One value of a parameter from a day on; `mark` tells what is open: undecided, unverified, chosen or ""."""

    name: str
    title: str
    unit: str
    value: str
    start: date | None
    source: str
    clause: str
    mark: str
    first: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact, an indicator, an alert or a check: a title, its rules, and what else is to be said."""

    name: str
    title: str
    subject: str
    rules: list[Rule]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Case:
    """An example: what is the case, and the answer expected."""

    words: str
    verdict: int
    line: int


def of(pack: Pack, part: str) -> Any:
    """What a page shows of a part."""
    makers: dict[str, Callable[[Pack], Any]] = {
        "measures": lambda pack: [_card(pack, pack.measures[name], terms) for name, terms in pack.terms.items()],
        "parameters": lambda pack: [row for each in pack.parameters.values() for row in _numbers(pack, each)],
        "facts": _facts,
        "indicators": lambda pack: [_indicator(pack, each) for each in pack.indicators.values()],
        "alerts": lambda pack: [_alert(pack, each) for each in pack.alerts.values()],
        "copies": lambda pack: [_copy(pack, each) for each in pack.copies.values()],
        "exits": lambda pack: [_exit(pack, each) for each in pack.exits.values()],
        "checks": lambda pack: [_check(pack, each) for each in pack.checks.values()],
        "examples": _examples,
        "documents": lambda pack: list(pack.documents.values()),
        "files": lambda pack: sorted(pack.files),
    }
    return makers[part](pack)


def _card(pack: Pack, measure: Measure, terms: Terms) -> Card:
    say = figures.word
    clause = pack.clause(terms.clause)
    return Card(
        name=measure.name,
        number=terms.number,
        title=say(terms.title),
        subject=say(pack.vocabulary.kinds[measure.subject]),
        rules=[Rule(say(each), terms.rules.get(each.name, "")) for each in measure.conditions],
        joined=_("任意一种组合") if measure.combine is not None else _("全部满足"),
        gives=say(terms.gives),
        amount=terms.amount_rule,
        budget=f"params.{terms.budget}" if terms.budget else "",
        limit=_limit(pack, terms.file) if measure.limit else [],
        steps=" → ".join(step_word(pack, each) for each in terms.approval),
        evidence=_("、").join(say(pack.dictionary["evidence"][each]) for each in terms.evidence)
        + (_("(每种都要)") if terms.evidence_each else ""),
        reading=say(terms.reading),
        clause=say(clause) if clause else "",
        citation=cite(pack, terms.clause),
        file=terms.file,
    )


def _limit(pack: Pack, file: str) -> list[str]:
    """How many there are for each place, and the keys of the line, as written."""
    from doudi.policy.packs_context import Context

    limits = Context(pack.files, "", pack.vocabulary).open(file).data.get("limits", {})
    keys = [each if isinstance(each, str) else str(each.get("rule", "")) for each in limits.get("order", [])]
    return [str(limits.get("count", "")), *keys]


def _numbers(pack: Pack, parameter: Parameter) -> list[Number]:
    if not parameter.values:
        return [_number(pack, parameter, None, first=True)]
    return [_number(pack, parameter, each, first=at == 0) for at, each in enumerate(parameter.values)]


def _number(pack: Pack, parameter: Parameter, dated: DatedValue | None, *, first: bool) -> Number:
    if dated is None:
        mark, source, clause = "undecided", parameter.source, pack.clause(parameter.source)
    else:
        source, clause = dated.source, pack.clause(dated.source)
        mark = "unverified" if source == UNVERIFIED else "chosen" if clause is None else ""
    chosen = figures.word(dated.by) if dated else ""
    shown = _("凭记忆,未见文件") if source == UNVERIFIED else cite(pack, source)
    return Number(
        name=parameter.name,
        title=figures.in_words(parameter.zh, parameter.en),
        unit=figures.unit(parameter.unit) if parameter.type.name in ("int", "decimal") else "",
        value=figures.typed(dated.value, parameter.type.name) if dated else "",
        start=dated.start if dated else None,
        source=f"{shown} · {chosen}" if chosen else shown,
        clause=figures.word(clause) if clause else (figures.word(dated.why) if dated else ""),
        mark=mark,
        first=first,
    )


def _facts(pack: Pack) -> list[Entry]:
    found = []
    for kind, name in sorted(pack.added):
        fact = pack.vocabulary.fact(kind, name)
        if fact is not None:
            notes = [_("类型 %(type)s") % {"type": fact.type}]
            notes += [_("保留 %(days)s 天") % {"days": fact.keeps}] if fact.keeps else []
            rules = [Rule(_("怎么算"), fact.formula)] if fact.formula else []
            words = figures.word(pack.vocabulary.kinds[kind])
            found.append(Entry(f"{kind}.{name}", figures.word(fact), words, rules, notes))
    return found


def _indicator(pack: Pack, each: Indicator) -> Entry:
    words = {"numerator": _("分子"), "denominator": _("分母"), "asked": _("算作已问到"), "total": _("合计")}
    rules = [Rule(word, each.rules[part]) for part, word in words.items() if each.rules.get(part)]
    notes = [figures.word(each.unit), figures.word(each.note)]
    notes += [_("报道:%(text)s") % {"text": each.claim.text}] if each.claim else []
    return Entry(each.name, figures.word(each.words), _subject(pack, each.subject), rules, [n for n in notes if n])


def _alert(pack: Pack, each: Alert) -> Entry:
    rules = [Rule(_("什么情况下提醒"), each.rule)]
    notes = [figures.word(each.do)]
    return Entry(each.name, figures.word(each.words), _subject(pack, each.subject), rules, notes)


def _copy(pack: Pack, each: Copy) -> Entry:
    sources = figures.listed(figures.word(pack.vocabulary.sources[name]) for name in each.sources)
    return Entry(each.name, figures.word(each.words), sources, [], [figures.word(each.do)])


def _exit(pack: Pack, each: Exit) -> Entry:
    return Entry(
        each.name, figures.word(each.words), _subject(pack, each.subject), [Rule(_("什么情况下满足"), each.rule)], []
    )


def _check(pack: Pack, each: Check) -> Entry:
    notes = [_("规则目录 %(number)s") % {"number": each.catalogue}]
    return Entry(each.name, figures.word(each.words), _subject(pack, each.subject), [Rule("", each.rule)], notes)


def _subject(pack: Pack, kind: str) -> str:
    return figures.word(pack.vocabulary.kinds[kind])


def _examples(pack: Pack) -> list[tuple[str, str, list[Case]]]:
    """By file: the measure's title, and its cases."""
    read = Reader(pack).read()
    held: dict[str, list[Case]] = {}
    every: list[Example | LineExample] = [*read.single, *read.lines]
    titles = {each.file: figures.word(pack.terms[each.measure].title) for each in every}
    for each in read.single:
        held.setdefault(each.file, []).append(Case(figures.word(each.words), each.expect, each.line))
    for line in read.lines:
        for name, verdict in line.expect.items():
            held.setdefault(line.file, []).append(Case(f"{figures.word(line.words)} · {name}", verdict, line.line))
    return [(file, titles[file], held[file]) for file in sorted(held)]
