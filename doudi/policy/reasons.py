"""Reasons for one reader: the language's explanation, the source of every leaf, and what may not be shown hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from doudi.access.roles import ROLES
from doudi.facts.kinds import Fact
from doudi.policy.deeds import Deed, Of
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import UNVERIFIED
from doudi.register import resolution
from doudi.rules import explain as telling
from doudi.rules import nodes
from doudi.rules.telling import ZH, Money, Teller

Cells = Mapping[tuple[str, int], Mapping[str, Any]]


class Reads(Protocol):
    """A reader: whom a duty shows facts of a sensitivity (open, personal, health, money)."""

    def reads(self, sensitivity: str) -> bool:
        """Whether facts of this sensitivity are shown."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where a leaf comes from: a statement of a source about a day, or a parameter's document and first day.

    `others` is what other sources say of the same fact: (value in words, source's name, day).
    """

    name: str  # the source's name in the vocabulary, or the pack's document
    zh: str
    en: str
    about: date | None = None
    statement_id: int | None = None
    clause: str = ""
    others: tuple[tuple[str, str, date | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of the explanation. `verdict` is 0 no, 1 yes, 2 unknown, 3 error, None for a plain value.

    `zh`, `en` say what the part asks; `value_zh`, `value_en` what was found. `subject` is the row it is about, where it
    is one of several. `protected`: the reader's duty does not cover it; `value_*` then says who may see it.
    """

    zh: str
    en: str
    verdict: int | None = None
    value_zh: str = ""
    value_en: str = ""
    condition: str = ""
    clause: str = ""
    ref: str = ""  # "household:12:wage_income@2019", "params:0:line_2020"
    subject: tuple[str, int] | None = None
    label: str = ""  # what that subject is called
    source: Source | None = None
    protected: bool = False
    sensitivity: str = ""
    cause: str = ""
    deeds: tuple[Deed, ...] = ()  # where a deed has said it: which
    children: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Telling:
    """What telling needs beside the explanation."""

    pack: Pack
    as_of: date
    cells: Cells
    names: Mapping[tuple[str, int], str]
    reader: Reads | None
    deeds: Mapping[Of, tuple[Deed, ...]] = field(default_factory=dict)

    def tell(self, part: telling.Reason) -> Reason:
        """A part and all below it, as the reader may know them."""
        fact = self._fact(part)
        told = Reason(
            zh=part.zh,
            en=part.en,
            verdict=part.verdict,
            value_zh=_found(part, part.told_zh, part.value_zh),
            value_en=_found(part, part.told_en, part.value_en),
            condition=part.condition,
            clause=part.clause,
            ref=f"{part.ref.kind}:{part.ref.id}:{part.ref.key}" if part.ref else "",
            subject=part.subject,
            label=self.names.get(part.subject, "") if part.subject else "",
            source=self._source(part, fact),
            sensitivity=fact.sensitivity if fact else "",
            cause=part.result.cause,
            deeds=self.deeds.get((part.ref.kind, part.ref.id, part.ref.key), ()) if part.ref else (),
            children=tuple(self.tell(child) for child in part.children),
        )
        return self._hide(told)

    def _fact(self, part: telling.Reason) -> Fact | None:
        """The fact a leaf states, or that a formula works out: a sum of what may not be seen may not be seen either."""
        if isinstance(part.node, nodes.Derived):
            return self.pack.vocabulary.fact(part.node.of.type.kind, part.node.name)
        ref = part.ref
        return self.pack.vocabulary.fact(ref.kind, ref.name) if ref and ref.kind != "params" else None

    def _hide(self, told: Reason) -> Reason:
        """Withhold what the reader's duty does not cover: the leaf, what rests on it alone, and values made from it."""
        if self.reader is None:
            return told
        if told.sensitivity and not self.reader.reads(told.sensitivity):
            return withheld(told, told.sensitivity)
        leaves = [leaf for child in told.children for leaf in _leaves(child)]
        hidden = [leaf for leaf in leaves if leaf.protected]
        if not hidden:
            return told
        if len(hidden) == len(leaves):
            return replace(withheld(told, hidden[0].sensitivity), children=told.children)
        return replace(told, value_zh="", value_en="")

    def _source(self, part: telling.Reason, fact: Fact | None) -> Source | None:
        if part.parameter:
            return parameter_source(self.pack, part.parameter, self.as_of)
        if part.ref is None or fact is None:
            return None
        cell = self.cells.get((part.ref.kind, part.ref.id), {}).get(part.ref.key)
        return self._statement(cell, fact, part) if cell else None

    def _statement(self, cell: Any, fact: Fact, part: telling.Reason) -> Source | None:
        believed = resolution.believed(cell, fact, self.as_of)
        words = [word for word in resolution.words(cell, fact) if word.about <= self.as_of.isoformat()]
        first = believed or (words[0] if words else None)
        if first is None:
            return None
        teller = teller_of(self.pack)
        stated = self.pack.vocabulary.sources.get(first.source)
        others = tuple(
            (self._in_words(teller, word.value, fact, part), word.source, date.fromisoformat(word.about))
            for word in words
            if word.value != first.value
        )
        return Source(
            name=first.source,
            zh=stated.zh if stated else first.source,
            en=stated.en if stated else first.source,
            about=date.fromisoformat(first.about),
            statement_id=first.statement,
            others=others,
        )

    def _in_words(self, teller: Teller, value: Any, fact: Fact, part: telling.Reason) -> str:
        typed = date.fromisoformat(value) if fact.type.name == "date" else value
        return teller.value(typed, fact.type, ZH, part.node)


def _leaves(reason: Reason) -> list[Reason]:
    """The facts a part rests on, as told: those withheld, and those named; numbers of the policy are none."""
    if reason.protected or (reason.ref and not reason.ref.startswith("params:")):
        return [reason]
    return [leaf for child in reason.children for leaf in _leaves(child)]


def _found(part: telling.Reason, told: str, value: str) -> str:
    """What to show as found: both sides of a comparison, the value of a leaf; of other truths the verdict says it."""
    if isinstance(part.node, nodes.Compare):
        return told
    return value if part.verdict is None or part.verdict > 1 or part.ref is not None else ""


def withheld(told: Reason, sensitivity: str) -> Reason:
    """The reason as it is told to whom no duty shows facts of that sensitivity: who may see it, and nothing more."""
    seers = [role for role in ROLES.values() if sensitivity in role.reads]
    return replace(
        told,
        verdict=None,
        value_zh=f"受保护的事实,可见:{'、'.join(role.zh for role in seers) or '写明理由后单次查看'}",
        value_en=f"a protected fact, seen by: {', '.join(role.en for role in seers) or 'whoever gives a reason, once'}",
        source=None,
        protected=True,
        sensitivity=sensitivity,
        cause="",
        deeds=(),
        children=(),
    )


def parameter_source(pack: Pack, name: str, day: date) -> Source:
    """The document, clause and first day of a parameter's value; where nobody has decided it, the county."""
    parameter = pack.parameters[name]
    dated = parameter.on(day)
    if dated is None:
        return Source("county", "县里尚未确定", "not decided by the county yet", clause=parameter.source)
    document = pack.documents.get(dated.source.partition(":")[0])
    if document is not None:
        return Source(document.name, document.title.zh, document.title.en, dated.start, clause=dated.source)
    if dated.source == UNVERIFIED:
        return Source(UNVERIFIED, "凭记忆,未核实", "remembered, not verified", dated.start)
    zh = f"{dated.by.zh}:{dated.why.zh}" if dated.why.zh else dated.by.zh
    en = f"{dated.by.en}: {dated.why.en}" if dated.why.en else dated.by.en
    return Source(dated.source, zh or dated.source, en or dated.source, dated.start, clause=dated.source)


def labels(pack: Pack) -> dict[str, tuple[str, str]]:
    """The labels of a pack's parameters."""
    return {name: (each.zh, each.en) for name, each in pack.parameters.items()}


def teller_of(pack: Pack) -> Teller:
    """Tells rules and values in the pack's own words and money."""
    return Teller(pack.vocabulary, labels(pack), money_of(pack))


def money_of(pack: Pack) -> Money:
    """The pack's money, as amounts are told in it."""
    return Money(pack.currency.unit.zh, pack.currency.unit.en, pack.currency.decimals)


def document_of(pack: Pack, clause: str) -> tuple[str, str]:
    """The title of the document a clause is in."""
    document = pack.documents.get(clause.partition(":")[0])
    return (document.title.zh, document.title.en) if document else ("", "")


def told_all(teller: Telling, parts: Sequence[telling.Reason]) -> tuple[Reason, ...]:
    """Several parts as the reader may know them."""
    return tuple(teller.tell(part) for part in parts)
