"""Writes the reference pages of the facts and of the shipped packs from the files themselves.

python -m tests.policy.render
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doudi.facts import vocabulary
from doudi.facts.kinds import Fact, Kind, Vocabulary
from doudi.policy import packs
from doudi.policy.packs import Pack
from doudi.policy.packs_examples import ANSWERS, Example, Reader
from doudi.policy.packs_parts import UNVERIFIED, DatedValue, Indicator, Parameter, Terms
from doudi.policy.packs_values import tell
from doudi.rules.measures import Measure

ROOT = Path(__file__).parents[2]
SHIPPED = ("pengxi_2020", "vlss_1998")
_NOTE = "<!-- Written by `python -m tests.policy.render`; change the files of doudi/facts or doudi/packs instead. -->"
_ANSWERS = {verdict: name for name, verdict in ANSWERS.items()}


def pages() -> dict[str, str]:
    """The pages by path."""
    held = [packs.load(ROOT / "doudi" / "packs" / name) for name in SHIPPED]
    return {
        "docs/reference/facts.md": _page("Facts", _facts(vocabulary.load(), held)),
        "docs/reference/measures.md": _page("Measures", (line for pack in held for line in _measures(pack))),
        "docs/reference/parameters.md": _page("Parameters", (line for pack in held for line in _parameters(pack))),
        "docs/reference/indicators.md": _page("Indicators", (line for pack in held for line in _indicators(pack))),
        "docs/reference/checks.md": _page("Checks and alerts", (line for pack in held for line in _watchers(pack))),
    }


def _page(title: str, lines: Iterator[str]) -> str:
    return "\n".join([_NOTE, "", f"# {title}", "", *lines]).rstrip() + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _table(*names: str) -> list[str]:
    return [_row(*names), "|" + "---|" * len(names)]


# -- facts


def _facts(shipped: Vocabulary, held: list[Pack]) -> Iterator[str]:
    yield "What a rule may mention. Sources are listed the most trusted first; one not listed may not state the fact."
    yield "A fact of a year is read `name(2019)`. A to-many relation `r` has the fact `r_complete`: all is listed."
    yield ""
    for kind in shipped.kinds.values():
        yield from _kind(kind, set(kind.facts), "")
    for pack in held:
        for kind in pack.vocabulary.kinds.values():
            added = {name for of, name in pack.added if of == kind.name}
            if added:
                yield from _kind(kind, added, f", added by `{pack.name}`")
    yield "## Sources"
    yield ""
    yield from _table("source", "中文", "English")
    yield from (_row(f"`{source.name}`", source.zh, source.en) for source in shipped.sources.values())


def _kind(kind: Kind, names: set[str], addition: str) -> Iterator[str]:
    yield f"## {kind.name}: {kind.zh}, {kind.en}{addition}"
    yield ""
    if not addition and kind.relations:
        yield from _table("relation", "to", "中文", "English")
        for each in kind.relations.values():
            yield _row(f"`{each.name}`", f"{'many' if each.many else 'one'} `{each.to}`", each.zh, each.en)
        yield ""
    yield from _table("fact", "type", "中文", "English", "who may know", "holds", "stated by, or formula", "question")
    yield from (_fact(fact) for name, fact in kind.facts.items() if name in names)
    yield ""


def _fact(fact: Fact) -> str:
    kept = f"{fact.keeps} days" if fact.keeps else ""
    origin = f"`{fact.formula}`" if fact.formula else ", ".join(fact.sources)
    choices = "; ".join(f"`{each.value}` {each.zh}" for each in fact.choices)
    named = f"`{fact.name}{'(year)' if fact.yearly else ''}`"
    unit = f" ({fact.unit})" if fact.unit else ""
    question = f"{fact.question_zh} {fact.question_en}".strip()
    asked = f" [{', '.join(fact.asks)}]" if question else ""
    of = f"{fact.type}{unit}{': ' + choices if choices else ''}"
    return _row(named, of, fact.zh, fact.en, fact.sensitivity, kept, origin, f"{question}{asked}")


# -- measures


def _measures(pack: Pack) -> Iterator[str]:
    yield f"## {pack.title.zh} ({pack.title.en})"
    yield ""
    yield f"Pack `{pack.name}`, from {pack.start}. Amounts in {pack.currency.unit.en}."
    yield ""
    examples = Reader(pack).read()
    for measure in pack.measures.values():
        mine = [each for each in examples.single if each.measure == measure.name]
        yield from _measure(pack, measure, pack.terms[measure.name], mine)


def _measure(pack: Pack, measure: Measure, terms: Terms, examples: list[Example]) -> Iterator[str]:
    yield f"### {terms.number} {measure.zh}: {measure.en}"
    yield ""
    clause = pack.clause(terms.clause)
    quoted = f"“{clause.zh}” " if clause else ""
    yield f"`{measure.name}`, about a {measure.subject}. {quoted}({terms.clause})"
    yield ""
    if terms.reading.zh:
        yield f"*{terms.reading.zh}* {terms.reading.en}"
        yield ""
    yield from _table("condition", "rule", "source")
    for each in measure.conditions:
        yield _row(f"{each.zh}<br>{each.en}", f"`{terms.rules[each.name]}`", each.clause)
    yield ""
    yield from _gives(pack, measure, terms)
    yield "<details><summary>Examples</summary>"
    yield ""
    yield from _table("situation", "answer", "asks")
    for each in examples:
        amount = f", {tell(each.amount, measure.amount.type, pack.currency)}" if each.amount and measure.amount else ""
        asks = ", ".join(f"`{name}`" for name in sorted(each.asks or ()))
        yield _row(f"{each.words.zh}<br>{each.words.en}", f"{_ANSWERS[each.expect]}{amount}", asks)
    yield ""
    yield "</details>"
    yield ""


def _gives(pack: Pack, measure: Measure, terms: Terms) -> Iterator[str]:
    spoken = pack.dictionary
    yield f"Gives the {terms.to}: {terms.gives.zh}; {terms.gives.en}."
    if terms.amount_rule:
        yield f"Amount `{terms.amount_rule}`{f', budget `params.{terms.budget}`' if terms.budget else ''}."
    for quantity in terms.quantities:
        yield f"{quantity.words.zh}, {quantity.words.en}: `{quantity.rule}` ({quantity.unit.en})."
    if measure.limit:
        keys = [key if isinstance(key, str) else key.text for key in measure.limit.order]
        yield f"Limited in each {measure.limit.per.type.kind}; in line by {', '.join(f'`{key}`' for key in keys)}."
    yield f"Evidence: {'; '.join(spoken['evidence'][each].en for each in terms.evidence)}."
    steps = [
        spoken["approval"][each.name].en + (f" ({each.days} days)" if each.days else "") for each in terms.approval
    ]
    yield f"Approval: {', then '.join(steps)}. Channel: {spoken['channels'][terms.channel].en}."
    if not terms.publish:
        yield "The list is not published: its title would tell of health or status."
    yield ""


# -- numbers


def _parameters(pack: Pack) -> Iterator[str]:
    yield f"## {pack.name}"
    yield ""
    chosen = packs.overlay(pack, pack.overlays[0]) if pack.overlays else pack
    yield from _table("parameter", "type", "中文", "English", "value", "source", "assumed by the demo county")
    for parameter in pack.parameters.values():
        demo = chosen.parameters[parameter.name].values if chosen is not pack else ()
        assumed = [_dated(pack, parameter, each) for each in demo if each not in parameter.values]
        value = (
            "**undecided**" if parameter.undecided else "; ".join(_dated(pack, parameter, v) for v in parameter.values)
        )
        source = f"{parameter.source} (only remembered)" if parameter.source == UNVERIFIED else parameter.source
        yield _row(
            f"`{parameter.name}`", str(parameter.type), parameter.zh, parameter.en, value, source, "; ".join(assumed)
        )
    yield ""
    yield "### Documents"
    yield ""
    for source in pack.documents.values():
        dated = f", {source.dated}" if source.dated else ""
        named = f"{source.title.zh} ({source.title.en}), {source.issuer.en}{dated}"
        yield f"* `{source.name}`: {named}. Read: {source.read.en}."
    yield ""


def _dated(pack: Pack, parameter: Parameter, value: DatedValue) -> str:
    return f"{tell(value.value, parameter.type, pack.currency)} from {value.start}"


def _indicators(pack: Pack) -> Iterator[str]:
    if pack.indicators:
        yield f"## {pack.name}"
        yield ""
        for figure in pack.indicators.values():
            yield from _indicator(figure)


def _indicator(figure: Indicator) -> Iterator[str]:
    yield f"### {figure.words.zh}: {figure.words.en}"
    yield ""
    yield f"`{figure.name}`, over each {figure.subject}, in {figure.unit.en}."
    yield ""
    for part, rule in figure.rules.items():
        yield f"* {part}: `{rule}`"
    if figure.claim:
        yield f"* claimed: “{figure.claim.text}” ({figure.claim.source})"
    yield f"* reproducible: {figure.reproducible}. {figure.note.zh} {figure.note.en}".rstrip()
    yield ""


def _watchers(pack: Pack) -> Iterator[str]:
    if pack.checks:
        yield f"## Data-quality checks of {pack.name}"
        yield ""
        yield from _table("check", "catalogue", "about", "中文", "English", "rule")
        for check in pack.checks.values():
            words = (check.words.zh, check.words.en)
            yield _row(f"`{check.name}`", check.catalogue, check.subject, *words, f"`{check.rule}`")
        yield ""
    if pack.alerts:
        yield f"## Alerts of {pack.name}"
        yield ""
        yield from _table("alert", "about", "中文", "English", "to", "to do", "rule")
        for alert in pack.alerts.values():
            words = (alert.words.zh, alert.words.en, ", ".join(alert.to), alert.do.en)
            yield _row(f"`{alert.name}`", alert.subject, *words, f"`{alert.rule}`")
        yield ""


def main() -> None:
    """Write the pages."""
    for page, text in pages().items():
        (ROOT / page).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
