"""What is wrong with a pack that can be read: examples that fail, sides not shown, texts untranslated, things idle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from doudi.policy.packs import DICTIONARIES, Pack
from doudi.policy.packs_answers import answer, by_memory
from doudi.policy.packs_boundaries import reads
from doudi.policy.packs_context import Context
from doudi.policy.packs_examples import ANSWERS, Example, Examples, LineExample, name_of
from doudi.policy.packs_parts import OUTLOOK, Terms
from doudi.policy.packs_values import tell
from doudi.policy.packs_watchers import Watched
from doudi.rules.errors import RuleError
from doudi.rules.lines import stand_in_line
from doudi.rules.matter import can_be_unknown_in_vain, facts_that_matter
from doudi.rules.measures import Measure
from doudi.rules.nodes import Node, Parameter
from doudi.rules.results import NO, NOT_KNOWN, YES
from doudi.rules.types import MONEY
from doudi.values.toml import KeyPath

_CHINESE = re.compile(r"[㐀-鿿]")
_NAMES = {verdict: name for name, verdict in ANSWERS.items()}
_NAMES_ZH = {NO: "否", YES: "是", NOT_KNOWN: "还不知道"}


@dataclass(frozen=True)
class Finding:
    """Something wrong.

    `kind` is one of syntax, name, type, size, unsupported (these cannot be read), example, side, translation, unused,
    vain, engines, mutant, excuse.
    """

    kind: str
    error: RuleError


def finding(kind: str, zh: str, en: str, file: str, line: int, word: str = "") -> Finding:
    """A finding at a line of a file."""
    return Finding(kind, RuleError(zh, en, file, line, 1, word, "", kind))


def wrong_examples(pack: Pack, examples: Examples) -> Iterator[Finding]:
    """Examples whose answer is not the one expected, by the definition."""
    for example in examples.single:
        for zh, en in _differences(pack, example):
            zh, en = f"例“{example.words.zh}”:{zh}", f"example '{example.words.en}': {en}"
            yield finding("example", zh, en, example.file, example.line, example.measure)
    for line in examples.lines:
        yield from _wrong_line(pack.measures[line.measure], line)


def _differences(pack: Pack, example: Example) -> Iterator[tuple[str, str]]:
    measure = pack.measures[example.measure]
    got = answer(measure, row=example.row, params=example.params, as_of=example.as_of)
    if got.verdict != example.expect:
        zh = f"应为“{_NAMES_ZH[example.expect]}”,得“{_NAMES_ZH[got.verdict]}”"
        yield zh, f"{_NAMES[example.expect]} expected, {_NAMES[got.verdict]} answered"
    if example.amount is not None and got.amount != example.amount:
        wanted, given = tell(example.amount, MONEY, pack.currency), tell(got.amount, MONEY, pack.currency)
        yield f"金额应为{wanted},得{given}", f"an amount of {wanted} expected, {given} answered"
    refs = facts_that_matter(
        measure, row=example.row, params=example.params, as_of=example.as_of, vocabulary=pack.vocabulary
    )
    asked = {name_of(ref, example.row) for ref in refs}
    if example.asks is not None and asked != example.asks:
        wanted, given = ", ".join(sorted(example.asks)), ", ".join(sorted(asked))
        yield f"应问:{wanted};实问:{given}", f"should ask {wanted}, asks {given}"
    for quantity in pack.terms[example.measure].quantities:
        if quantity.name in example.quantities:
            value = by_memory(quantity.node, example.row, example.params, example.as_of).value
            if value != example.quantities[quantity.name]:
                wanted = tell(example.quantities[quantity.name], quantity.node.type, pack.currency)
                given = tell(value, quantity.node.type, pack.currency)  # type: ignore[arg-type]
                zh, en = f"{quantity.words.zh}应为{wanted},得{given}", f"{quantity.name} should be {wanted}, is {given}"
                yield zh, en


def _wrong_line(measure: Measure, line: LineExample) -> Iterator[Finding]:
    places = stand_in_line(measure, line.rows.values(), params=line.params, as_of=line.as_of, seed=line.seed)
    for name, row in line.rows.items():
        expected, got = line.expect[name], places[row.id].verdict
        if expected != got:
            zh = f"例“{line.words.zh}”:{name}应为“{_NAMES_ZH[expected]}”,得“{_NAMES_ZH[got]}”"
            en = f"example '{line.words.en}': {name}: {_NAMES[expected]} expected, {_NAMES[got]} answered"
            yield finding("example", zh, en, line.file, line.line, measure.name)


def sides_not_shown(pack: Pack, examples: Examples) -> Iterator[Finding]:
    """Conditions without an example in which they alone fail, or in which their unknown makes the answer unknown."""
    for name, measure in pack.measures.items():
        mine = [example for example in examples.single if example.measure == name]
        answers = [answer(measure, row=each.row, params=each.params, as_of=each.as_of) for each in mine]
        for index, condition in enumerate(measure.conditions):
            alone = [got for got in answers if got.verdict == NO and _only(got.reasons, index)]
            unknown = [got for got in answers if got.verdict == NOT_KNOWN and got.reasons[index] == NOT_KNOWN]
            for shown, zh, en in ((alone, "单独不满足", "alone fails"), (unknown, "还不知道", "is not known")):
                if not shown:
                    zh = f"没有“{condition.zh}”{zh}的例子"
                    en = f"no example in which '{condition.name}' {en}"
                    yield finding("side", zh, en, pack.terms[name].file, 1, condition.name)
        if measure.limit is not None:
            yield from _lines_not_shown(pack.terms[name], [line for line in examples.lines if line.measure == name])


def unknown_in_vain(pack: Pack, decided: Pack) -> Iterator[Finding]:
    """Measures that can be unknown though no fact could decide them, as `x || !x`.

    `decided` is the pack with as many parameters decided as its overlays can.
    """
    params = decided.values_on(pack.as_of)
    for name, measure in pack.measures.items():
        found = can_be_unknown_in_vain(measure, vocabulary=pack.vocabulary, params=params, as_of=pack.as_of)
        if found is not None:
            missing = ", ".join(sorted({f"{ref.kind}.{ref.key}" for ref in found.missing}))
            zh = f"可能一直“还不知道”,问什么都定不下来(缺 {missing})"
            en = f"can be unknown though no fact could decide it (missing: {missing})"
            yield finding("vain", zh, en, pack.terms[name].file, 1, name)


def _only(reasons: tuple[int, ...], index: int) -> bool:
    return reasons[index] == NO and all(reason == YES for at, reason in enumerate(reasons) if at != index)


def _lines_not_shown(terms: Terms, lines: list[LineExample]) -> Iterator[Finding]:
    shown = {verdict for line in lines for verdict in line.expect.values()}
    for verdict in {NO, YES, NOT_KNOWN} - shown:
        zh, en = (
            f"没有排队结果为“{_NAMES_ZH[verdict]}”的例子",
            f"no line in which somebody's answer is {_NAMES[verdict]}",
        )
        yield finding("side", zh, en, terms.file, 1, terms.name)


def wrong_watchers(examples: Iterable[Watched]) -> Iterator[Finding]:
    """Checks, alerts and exits of which a case that should fire does not, or one that should be silent is not."""
    for held in examples:
        for case in held.examples:
            got = answer(held.measure, row=case.row, params=case.params, as_of=case.as_of).verdict
            if got != case.expect:
                side, side_zh = ("fire", "应报而未报") if case.expect == YES else ("be silent", "应不报而报")
                zh = f"“{case.words.zh}”的例子{side_zh}(得“{_NAMES_ZH[got]}”)"
                en = f"a case of '{case.measure}' should {side}, and answers {_NAMES[got]}"
                yield finding("example", zh, en, case.file, case.line, case.measure)


def untranslated(pack: Pack) -> Iterator[Finding]:
    """Texts whose zh has no Chinese, whose en has some, or that lack one of the two."""
    context = Context(pack.files, pack.prefix, pack.vocabulary)
    for name in sorted(pack.files):
        document = context.open(name)
        for path, table in _tables(document.data, ()):
            for language, other in (("zh", "en"), ("en", "zh")):
                value = table.get(language)
                if isinstance(value, str) and (
                    bool(_CHINESE.search(value)) == (language == "en") or other not in table
                ):
                    line = document.place((*path, language))[0]
                    zh, en = f"“{value}”没有译成中英两种文字", f"'{value}' is not in both languages"
                    yield finding("translation", zh, en, document.file, line, value)


def _tables(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield from _tables(child, (*path, key))


def unused(pack: Pack) -> Iterator[Finding]:
    """Facts, parameters, words and documents that nothing in the pack uses."""
    nodes = list(every_rule(pack))
    facts = {fact for node in nodes for fact in reads(node)}
    named = {each.name for node in nodes for each in node.walk() if isinstance(each, Parameter)}
    named |= {*OUTLOOK, *(terms.budget for terms in pack.terms.values())}
    yield from _unused(pack, "facts.toml", sorted(f"{kind}.facts.{name}" for kind, name in pack.added - facts))
    yield from _unused(pack, "parameters.toml", sorted(set(pack.parameters) - named))
    spoken = {
        "evidence": {name for terms in pack.terms.values() for name in terms.evidence},
        "approval": {step.name for terms in pack.terms.values() for step in terms.approval},
        "channels": {terms.channel for terms in pack.terms.values()},
    }
    for each in DICTIONARIES:
        yield from _unused(
            pack, "pack.toml", sorted(f"{each}.{name}" for name in set(pack.dictionary[each]) - spoken[each])
        )
    yield from _unused(pack, "pack.toml", sorted(f"documents.{name}" for name in set(pack.documents) - _cited(pack)))


def _cited(pack: Pack) -> set[str]:
    citations = [condition.clause for measure in pack.measures.values() for condition in measure.conditions]
    citations += [value.source for each in pack.parameters.values() for value in each.values]
    citations += [each.source for each in pack.parameters.values()]
    citations += [each.claim.source for each in pack.indicators.values() if each.claim]
    return {citation.partition(":")[0] for citation in citations}


def _unused(pack: Pack, file: str, paths: Iterable[str]) -> Iterator[Finding]:
    document = Context(pack.files, pack.prefix, pack.vocabulary).open(file)
    for path in paths:
        keys = tuple(path.split("."))
        zh, en = f"“{keys[-1]}”没有用到", f"'{keys[-1]}' is not used"
        yield finding("unused", zh, en, document.file, document.place(keys)[0], keys[-1])


def every_rule(pack: Pack) -> Iterator[Node]:
    """Every rule of the pack."""
    for measure in pack.measures.values():
        yield from measure.nodes()
    for terms in pack.terms.values():
        yield from (quantity.node for quantity in terms.quantities)
    for figure in pack.indicators.values():
        parts = (figure.numerator, figure.denominator, figure.asked, figure.asked_of, figure.total)
        yield from (part for part in parts if part is not None)
    yield from (check.node for check in pack.checks.values())
    yield from (alert.node for alert in pack.alerts.values())
    yield from (each.node for each in pack.exits.values())
    yield from (part for each in pack.adds.values() for part in (each.low, each.high) if part is not None)
