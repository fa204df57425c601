"""Audiences: the households a rule names, found over the snapshot of the run in force by the rules' own engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from doudi.facts.kinds import Fact as VocabularyFact
from doudi.facts.kinds import Vocabulary
from doudi.policy import engines, snapshots, subjects
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.rules.check import check
from doudi.rules.errors import RuleError
from doudi.rules.nodes import Derived, Fact, Known, Node
from doudi.rules.types import BOOL
from doudi.values.refusals import Refusal

LONGEST = 2_000
EVERYBODY = "true"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who a rule names: `ids` for sure, `unknown` those about whom a fact it reads is missing, out of `whole`."""

    ids: tuple[int, ...]
    unknown: tuple[int, ...]
    whole: int
    as_of: date

    def among(self, ids: Collection[int]) -> Audience:
        """Only those of some households."""
        kept = set(ids)
        own, open_ = (tuple(n for n in part if n in kept) for part in (self.ids, self.unknown))
        return Audience(own, open_, self.whole, self.as_of)

    def those(self, *, with_unknown: bool) -> tuple[int, ...]:
        """The households told: with those that may belong to it, where that is wanted."""
        return tuple(sorted({*self.ids, *self.unknown})) if with_unknown else self.ids


def understand(rule: str, pack: Pack, *, reads: Collection[str]) -> Node:
    """A rule over a household, `has()` allowed.

    Raises Refusal, with the place, for one that cannot be understood, and for facts the reader is not shown: an
    audience would tell of them.
    """
    text = rule.strip() or EVERYBODY
    if len(text) > LONGEST or "\0" in text:
        raise Refusal("规则太长。请写短些。", "The rule is too long. Write a shorter one.", "rule")
    try:
        node = check(
            text,
            vocabulary=pack.vocabulary,
            subject="household",
            parameters={name: parameter.type for name, parameter in pack.parameters.items()},
            allow_has=True,
            expect=BOOL,
        )
    except RuleError as error:
        raise Refusal(
            f"对象规则看不懂(第 {error.column} 字):{error.zh}",
            f"The rule is not understood (character {error.column}): {error.en}",
            "rule",
        ) from None
    _refuse_unread(node, pack.vocabulary, reads)
    return node


def _refuse_unread(node: Node, vocabulary: Vocabulary, reads: Collection[str]) -> None:
    """Of a number that names a person `has()` tells only that there is one; its value is nobody's to ask for."""
    shown = {*reads, "open"} - {"identity"}
    facts = {fact.name: fact for known, fact in _facts(node, vocabulary) if _hides(fact, shown, known=known)}
    if facts:
        zh, en = "、".join(each.zh for each in facts.values()), ", ".join(each.en for each in facts.values())
        raise Refusal(
            f"您的职责不能按“{zh}”选对象。请改用别的条件。",
            f"Your duty does not choose households by {en}. Use another condition.",
            "rule",
        )


def _hides(fact: VocabularyFact, shown: Collection[str], *, known: bool) -> bool:
    return fact.sensitivity not in shown and not (known and fact.sensitivity == "identity")


def _facts(node: Node, vocabulary: Vocabulary, *, known: bool = False) -> Iterator[tuple[bool, VocabularyFact]]:
    """Every fact an expression reads, stated or worked out, and whether only `has()` of it is asked."""
    if isinstance(node, Fact | Derived):
        fact = vocabulary.fact(node.of.type.kind, node.name)
        if fact is not None:
            yield known, fact
    for child in node.children():
        yield from _facts(child, vocabulary, known=known or isinstance(node, Known))


def find(rule: str, run: Run, *, places: Sequence[str], reads: Collection[str]) -> Audience:
    """The audience of a rule within some places, over the snapshot of a run. Raises Refusal as `understand` does."""
    pack = run.pack.pack
    node = understand(rule, pack, reads=reads)
    held = run.snapshot.hold()
    values = engines.duckdb_values(
        {"rule": node}, kind="household", vocabulary=pack.vocabulary, params=pack.values_on(run.as_of), as_of=run.as_of
    )
    home = subjects.belonging(held, "household", pack.vocabulary, county=snapshots.county_code()[:6])
    ways = " OR ".join(f"starts_with(b.place_code, '{code}')" for code in sorted(places) if code.isdigit()) or "false"
    found = held.execute(
        f"SELECT b.id, v.{values.columns['rule']} FROM ({values.text}) v JOIN ({home}) b ON b.id = v.id"
        f" WHERE {ways} ORDER BY b.place_code, b.id"
    ).fetchall()
    return Audience(
        ids=tuple(number for number, holds in found if holds),
        unknown=tuple(number for number, holds in found if holds is None),
        whole=len(found),
        as_of=run.as_of,
    )
