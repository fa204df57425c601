"""The vocabulary read from TOML: what ships with doudi, and what a pack adds to it.

A file that says something wrong is refused with its place and the nearest right word (`RuleError`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from doudi.facts.entries import all_of, complain, known_keys, one_of, words
from doudi.facts.kinds import Choice, Fact, Kind, Relation, Source, Vocabulary
from doudi.rules.types import SCALARS
from doudi.values import toml
from doudi.values.toml import Document, KeyPath

SENSITIVITIES = ("open", "personal", "health", "money", "identity")
ANSWERERS = ("household", "village", "bureau", "bank", "county")
NUMBERS = ("int", "decimal", "money", "days", "months")

_KIND_KEYS = ("zh", "en", "facts", "relations")
_SOURCE_KEYS = ("zh", "en", "beside")
_CHOICE_KEYS = ("value", "zh", "en")
_RELATION_KEYS = ("to", "many", "back", "zh", "en", "complete")
_COMPLETE_KEYS = ("sources", "asks", "keeps", "question_zh", "question_en")
_FACT_KEYS = (
    *("type", "zh", "en", "unit", "yearly", "sensitivity", "sources", "keeps", "formula"),
    *("question_zh", "question_en", "asks", "choices", "low", "high"),
)
_SHIPPED = Path(__file__).with_name("vocabulary.toml")


@functools.cache
def load() -> Vocabulary:
    """The vocabulary doudi ships."""
    return extend(Vocabulary({}), toml.read(_SHIPPED))


def extend(base: Vocabulary, document: Document) -> Vocabulary:
    """The vocabulary with what a document adds: facts and sources, never a change of what is there.

    A source of its own `beside` one that is there may state whatever that one may, and is trusted next after it.
    Raises RuleError at the first thing that is wrong.
    """
    data = document.data
    sources, kinds = dict(base.sources), dict(base.kinds)
    for name, told in data.get("sources", {}).items():
        path = ("sources", name)
        known_keys(document, path, told, _SOURCE_KEYS)
        sources[name] = Source(name, *words(document, path, told))
        if "beside" in told:
            beside = one_of(document, path, told, "beside", [each for each in base.sources if each != name])
            kinds = {kind: _joined(each, name, beside) for kind, each in kinds.items()}
    names = [name for name in data if name != "sources"]
    for name in names:
        kinds[name] = _kind(document, name, kinds.get(name), sources)
    vocabulary = Vocabulary(kinds, sources)
    _check_relations(document, vocabulary, names)
    return vocabulary


def _joined(kind: Kind, source: str, beside: str) -> Kind:
    """The kind with a source that states whatever another may, next after it."""
    facts = {name: replace(fact, sources=_after(fact.sources, source, beside)) for name, fact in kind.facts.items()}
    return replace(kind, facts=facts)


def _after(sources: tuple[str, ...], source: str, beside: str) -> tuple[str, ...]:
    others = [each for each in sources if each != source]
    return tuple(found for each in others for found in ((each, source) if each == beside else (each,)))


def _kind(document: Document, name: str, before: Kind | None, sources: Mapping[str, Source]) -> Kind:
    table = document.data[name]
    known_keys(document, (name,), table, _KIND_KEYS)
    zh, en = (before.zh, before.en) if before else words(document, (name,), table)
    kind = Kind(name, zh, en, dict(before.facts) if before else {}, dict(before.relations) if before else {})
    for relation_name, relation_table in table.get("relations", {}).items():
        _add_relation(document, kind, relation_name, relation_table, sources)
    for fact_name, fact_table in table.get("facts", {}).items():
        path = (name, "facts", fact_name)
        if fact_name in kind.facts or fact_name in kind.relations:
            zh, en = f"事实“{fact_name}”已经有了", f"the fact “{fact_name}” exists already"
            raise complain(document, path, zh, en, fact_name)
        kind.facts[fact_name] = _fact(document, path, fact_table, sources)
    return kind


def _add_relation(
    document: Document, kind: Kind, name: str, table: dict[str, Any], sources: Mapping[str, Source]
) -> None:
    path = (kind.name, "relations", name)
    known_keys(document, path, table, _RELATION_KEYS)
    zh, en = words(document, path, table)
    many = bool(table.get("many", False))
    kind.relations[name] = Relation(kind.name, name, str(table.get("to", "")), many, zh, en, str(table.get("back", "")))
    if many:
        kind.facts[f"{name}_complete"] = _completeness(document, kind.relations[name], table, sources)


def _completeness(document: Document, relation: Relation, table: dict[str, Any], sources: Mapping[str, Source]) -> Fact:
    """The fact that every row of a to-many relation is listed."""
    path = (relation.kind, "relations", relation.name, "complete")
    stated = table.get("complete", {})
    known_keys(document, path, stated, _COMPLETE_KEYS)
    told = {"type": "bool", "zh": f"{relation.zh}已列全", "en": f"all {relation.en} are listed"}
    fact = _fact(document, path, {"sources": list(sources), **stated, **told}, sources)
    return replace(fact, kind=relation.kind, name=f"{relation.name}_complete", relation=relation.name)


def _fact(document: Document, path: KeyPath, table: dict[str, Any], sources: Mapping[str, Source]) -> Fact:
    known_keys(document, path, table, _FACT_KEYS)
    zh, en = words(document, path, table)
    fact = Fact(
        kind=str(path[0]),
        name=str(path[-1]),
        type=SCALARS[one_of(document, path, table, "type", tuple(SCALARS))],
        zh=zh,
        en=en,
        unit=str(table.get("unit", "")),
        yearly=bool(table.get("yearly", False)),
        sensitivity=one_of(document, path, table, "sensitivity", SENSITIVITIES, "personal"),
        sources=all_of(document, path, table, "sources", tuple(sources)),
        keeps=table.get("keeps"),
        formula=str(table.get("formula", "")),
        question_zh=str(table.get("question_zh", "")),
        question_en=str(table.get("question_en", "")),
        asks=all_of(document, path, table, "asks", ANSWERERS) or ("household",),
        choices=_choices(document, (*path, "choices"), table.get("choices", [])),
        low=table.get("low"),
        high=table.get("high"),
    )
    _check_fact(document, path, fact, table)
    return fact


def _check_fact(document: Document, path: KeyPath, fact: Fact, table: dict[str, Any]) -> None:
    """A fact is stated or derived, choices belong to codes and bounds to numbers, a question has both languages."""
    if bool(fact.formula) == bool(fact.sources):
        zh, en = "事实要么有来源(sources),要么有公式(formula)", "a fact has either sources or a formula"
        raise complain(document, path, zh, en, fact.name)
    if fact.choices and fact.type.name != "code":
        zh, en = "只有 code 类型才有选项(choices)", "only a code has choices"
        raise complain(document, (*path, "choices"), zh, en, "choices")
    if fact.type.name not in NUMBERS and (fact.low is not None or fact.high is not None):
        zh, en = "只有数字才有上下限(low、high)", "only a number has bounds (low, high)"
        raise complain(document, (*path, "low" if "low" in table else "high"), zh, en, "low")
    if bool(fact.question_zh) != bool(fact.question_en):
        missing = "question_en" if fact.question_zh else "question_zh"
        zh, en = f"提问缺少 {missing}", f"the question has no {missing}"
        raise complain(document, (*path, missing), zh, en, missing)
    for bound in ("keeps", "low", "high"):
        value = table.get(bound)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise complain(document, (*path, bound), f"“{bound}”应当是整数", f"“{bound}” is a whole number", str(value))


def _choices(document: Document, path: KeyPath, tables: Any) -> tuple[Choice, ...]:
    if not isinstance(tables, list):
        raise complain(document, path, "选项应当是列表", "choices are a list", "choices")
    found: list[Choice] = []
    for index, table in enumerate(tables):
        here = (*path, index)
        known_keys(document, here, table, _CHOICE_KEYS)
        value = table.get("value")
        if not isinstance(value, str) or value in [choice.value for choice in found]:
            raise complain(document, here, "选项的 value 应当各不相同", "each choice has its own value", str(value))
        found.append(Choice(value, *words(document, here, table)))
    return tuple(found)


def _check_relations(document: Document, vocabulary: Vocabulary, names: Iterable[str]) -> None:
    """Every relation leads to a kind, and a to-many comes back by a to-one of that kind."""
    for name in names:
        for relation in vocabulary.kinds[name].relations.values():
            path = (name, "relations", relation.name)
            if relation.to not in vocabulary.kinds:
                zh, en = f"没有“{relation.to}”这一类", f"there is no kind “{relation.to}”"
                raise complain(document, (*path, "to"), zh, en, relation.to, vocabulary.kinds)
            if relation.many and vocabulary.relation(relation.to, relation.back) is None:
                zh, en = (
                    f"“{relation.to}”没有关系“{relation.back}”",
                    f"“{relation.to}” has no relation “{relation.back}”",
                )
                raise complain(
                    document, (*path, "back"), zh, en, relation.back, vocabulary.kinds[relation.to].relations
                )
