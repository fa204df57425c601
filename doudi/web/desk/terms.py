"""What a measure says, for reading: its conditions in words and as written, the numbers they read, who gets what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doudi.places.divisions import Place
from doudi.policy import needs
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import UNVERIFIED, DatedValue, Parameter, Step
from doudi.policy.reasons import teller_of
from doudi.rules.measures import Limit, Measure
from doudi.rules.nodes import Node
from doudi.values import toml
from doudi.web import figures


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a measure: its name and title, what its nodes say in words, its text and the line it stands on."""

    name: str
    title: str
    words: str
    text: str
    line: int
    clause: str


@dataclass(frozen=True, slots=True)
class Value:
    """One dated value of a number. `unverified`: it was only remembered, no document was read."""

    text: str
    start: date
    source: str
    quote: str
    in_force: bool
    unverified: bool


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter the measure reads; `waits` says that the county has not decided it.

    `later` is the day from which it has its first value, where that is still to come.
    """

    name: str
    title: str
    unit: str
    values: list[Value]
    waits: bool
    later: date | None
    asked_of: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a measure says."""

    name: str
    number: str
    title: str
    subject: str
    clause: str
    cited: str
    reading: str
    file: str
    pack_hash: str
    rules: list[Rule]
    together: str
    numbers: list[Number]
    limits: list[tuple[str, str]]
    gives: list[tuple[str, str]]


def of_measure(pack: Pack, name: str, day: date) -> Sheet:
    """A measure of a pack, as it stands on a day."""
    measure, terms = pack.measures[name], pack.terms[name]
    return Sheet(
        name=name,
        number=terms.number,
        title=figures.word(terms.title),
        subject=figures.word(pack.vocabulary.kinds[measure.subject]),
        clause=_quote(pack, terms.clause),
        cited=cite(pack, terms.clause),
        reading=figures.word(terms.reading),
        file=terms.file,
        pack_hash=pack.hash,
        rules=_rules(pack, measure),
        together=say(pack, measure.combine) if measure.combine is not None else "",
        numbers=[_number(pack, pack.parameters[each], day) for each in numbers_of(pack, name)],
        limits=_limits(pack, measure.limit, day) if measure.limit is not None else [],
        gives=_gives(pack, name),
    )


def numbers_of(pack: Pack, name: str) -> list[str]:
    """The parameters a measure reads, its budget and what it tells with a yes included, in the pack's order."""
    terms = pack.terms[name]
    read = needs.parameters_of([*pack.measures[name].nodes(), *(each.node for each in terms.quantities)])
    read |= {terms.budget} if terms.budget else set()
    return sorted(read, key=lambda each: pack.parameters[each].order)


def say(pack: Pack, node: Node) -> str:
    """What a part of a rule asks, in the language of the reader."""
    return teller_of(pack).tell(node, "en" if get_language() == "en" else "zh")


def _rules(pack: Pack, measure: Measure) -> list[Rule]:
    terms = pack.terms[measure.name]
    document = toml.parse(pack.files[terms.file], terms.file)
    rules = [
        Rule(
            each.name,
            figures.in_words(each.zh, each.en),
            say(pack, each.node),
            terms.rules.get(each.name, "").strip(),
            document.place(("when", each.name, "rule"))[0],
            cite(pack, each.clause) if each.clause != measure.clause else "",
        )
        for each in measure.conditions
    ]
    if measure.amount is not None:
        line = document.place(("gives", "amount"))[0]
        rules.append(Rule("amount", _("金额"), say(pack, measure.amount), terms.amount_rule.strip(), line, ""))
    return rules


def _number(pack: Pack, parameter: Parameter, day: date) -> Number:
    held = parameter.on(day)
    values = [_value(pack, parameter, each, each is held) for each in parameter.values]
    return Number(
        parameter.name,
        figures.in_words(parameter.zh, parameter.en),
        figures.unit("元" if parameter.type.name == "money" else parameter.unit),
        values,
        not values,
        values[0].start if values and held is None else None,
        figures.answerers(("county",)),
    )


def _value(pack: Pack, parameter: Parameter, dated: DatedValue, in_force: bool) -> Value:
    return Value(
        _typed(dated.value, parameter),
        dated.start,
        source_of(pack, dated),
        _quote(pack, dated.source) or figures.word(dated.why),
        in_force,
        dated.source == UNVERIFIED,
    )


def _typed(value: Any, parameter: Parameter) -> str:
    """A value as read; places by their names."""
    if isinstance(value, (list, tuple)) and value and all(str(each).isdigit() for each in value):
        names = dict(Place.objects.filter(code__in=list(value)).values_list("code", "name"))
        return figures.typed([names.get(each, each) for each in value], "list")
    return figures.typed(value, parameter.type.name)


def cite(pack: Pack, citation: str) -> str:
    """A citation as people read it: the document's title and the clause; the citation itself for no document."""
    parts = [_document(pack, citation) or citation, figures.clause_name(citation)]
    return " · ".join(part for part in parts if part)


def source_of(pack: Pack, dated: DatedValue) -> str:
    """Where a value comes from: the document it was read in, who chose it, or that it was only remembered."""
    if _document(pack, dated.source):
        return cite(pack, dated.source)
    if chosen := figures.word(dated.by):
        return chosen if dated.source.endswith(".toml") else f"{chosen} · {dated.source}"
    return _("凭记忆,未见文件") if dated.source == UNVERIFIED else dated.source


def _document(pack: Pack, citation: str) -> str:
    document = pack.documents.get(citation.partition(":")[0])
    return figures.word(document.title) if document else ""


def _quote(pack: Pack, citation: str) -> str:
    words = pack.clause(citation)
    return figures.word(words) if words else ""


def _limits(pack: Pack, limit: Limit, day: date) -> list[tuple[str, str]]:
    """Per what, how many, and who comes first."""
    told = [(_("每个"), say(pack, limit.per)), (_("名额"), _places(pack, limit, day))]
    for place, key in enumerate(limit.order, 1):
        if isinstance(key, str):
            words = _("抽签(公开的种子:%(seed)s)") % {"seed": pack.name}
        else:
            words = figures.with_unit(say(pack, key.node), _first(key.node.type.name, key.descending))
        told.append((_("第%(place)s看") % {"place": place}, words))
    return [*told, (_("还分不出"), _("按编号,小的在前"))]


def _first(type_name: str, descending: bool) -> str:
    """Who comes first by a key."""
    if type_name == "bool":
        return _("否的在前") if descending else _("是的在前")
    return _("大的在前") if descending else _("小的在前")


def _places(pack: Pack, limit: Limit, day: date) -> str:
    held = pack.values_on(day)
    names = sorted(needs.parameters_of([limit.count]))
    now = [figures.typed(held[name], pack.parameters[name].type.name) for name in names if name in held]
    return figures.with_colon(say(pack, limit.count), figures.listed(now) if now else _("待县里确定"))


def _gives(pack: Pack, name: str) -> list[tuple[str, str]]:
    """What a yes gives, to whom, on what evidence, through whose hands, and how it is told."""
    terms = pack.terms[name]
    receivers = {
        "person": _("个人"), "household": _("本户"), "enterprise": _("企业"), "village": _("村集体"),
        "project": _("项目"),
    }  # fmt: skip
    told = [
        (_("给什么"), figures.word(terms.gives)),
        (_("给谁"), receivers.get(terms.to, terms.to)),
        (
            _("另告知"),
            figures.listed(figures.with_unit(figures.word(q.words), figures.word(q.unit)) for q in terms.quantities),
        ),
        (
            _("凭证(每种都要)") if terms.evidence_each else _("凭证"),
            figures.listed(_entry(pack, "evidence", each) for each in terms.evidence),
        ),
        (_("审批"), " → ".join(step_word(pack, each) for each in terms.approval)),
        (_("发放渠道"), _entry(pack, "channels", terms.channel)),
        (_("公示名称"), figures.word(terms.public_title) if terms.publish else _("不公示:名称会透露个人情况")),
    ]
    return [(word, text) for word, text in told if text]


def _entry(pack: Pack, dictionary: str, name: str) -> str:
    words = pack.dictionary[dictionary].get(name)
    return figures.word(words) if words else name


def step_word(pack: Pack, step: Step) -> str:
    """A step of approval, with its days."""
    word = _entry(pack, "approval", step.name)
    return figures.with_unit(word, _("%(number)s天") % {"number": step.days} if step.days else "")
