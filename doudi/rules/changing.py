"""What would change a verdict: of a no, the parts that failed and by how far; of an unknown, the facts that matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from doudi.rules import nodes
from doudi.rules.explain import Explanation, Reason, explain
from doudi.rules.matter import facts_that_matter
from doudi.rules.measures import Measure
from doudi.rules.nodes import Value
from doudi.rules.results import NO, NOT_KNOWN
from doudi.rules.rows import FactRef, Row
from doudi.rules.scope import VocabularyLike
from doudi.rules.telling import EN, YUAN, ZH, Money, Teller
from doudi.rules.types import DAYS, Type


@dataclass(frozen=True)
class Change:
    """One thing that stands between a subject and another verdict.

    Of a no: `reason` is a part that failed under `condition`, `distance` how far it is off (encoded as `type` says;
    None where there is no distance), and `alone` whether it would be enough for its condition. Of an unknown: `ref` is
    a fact that matters.
    """

    zh: str
    en: str
    condition: str = ""
    reason: Reason | None = None
    distance: int | None = None
    type: Type | None = None
    alone: bool = True
    ref: FactRef | None = None


def would_change(
    measure: Measure,
    *,
    row: Row,
    params: Mapping[str, Value],
    as_of: date,
    vocabulary: VocabularyLike,
    explanation: Explanation | None = None,
    currency: Money = YUAN,
) -> list[Change]:
    """What would change the verdict, the nearest first; nothing for a yes. Give the explanation if it is at hand."""
    told = explanation or explain(
        measure, row=row, params=params, as_of=as_of, vocabulary=vocabulary, currency=currency
    )
    teller = Teller(vocabulary, currency=currency)
    if told.verdict == NO:
        failed = [reason for reason in told.conditions if reason.verdict == NO]
        changes = [change for reason in failed for change in _failed(reason, reason.condition, teller, alone=True)]
        return sorted(changes, key=_nearness)
    if told.verdict != NOT_KNOWN:
        return []
    refs = facts_that_matter(measure, row=row, params=params, as_of=as_of, vocabulary=vocabulary)
    return [_missing(ref, teller) for ref in refs]


def _nearness(change: Change) -> tuple[bool, int]:
    """Comparisons of amounts by their distance; after them what has none."""
    return change.distance is None, abs(change.distance or 0)


def _missing(ref: FactRef, teller: Teller) -> Change:
    if ref.kind == "params":
        zh, en = teller.parameter_label(ref.name, ZH), teller.parameter_label(ref.name, EN)
        return Change(f"县里尚未确定:{zh}", f"the county has not decided: {en}", ref=ref)
    zh, en = (teller.fact_label(ref.kind, ref.name, ref.year, language) for language in (ZH, EN))
    return Change(f"尚不知道:{zh}", f"not known: {en}", ref=ref)


def _failed(reason: Reason, condition: str, teller: Teller, *, alone: bool) -> Iterator[Change]:
    """The smallest parts that failed: every failed term of an `&&`, each term of an `||` by itself."""
    node = reason.node
    if isinstance(node, nodes.And | nodes.Or):
        failed = [child for child in reason.children if child.verdict == NO]
        enough = isinstance(node, nodes.Or) or len(failed) == 1
        for child in failed:
            yield from _failed(child, condition, teller, alone=alone and enough)
        return
    distance, of = _distance(reason)
    zh, en = reason.told_zh, reason.told_en
    if distance is not None and of is not None:
        zh += f"(差 {teller.value(abs(distance), of, ZH)})"
        en += f" (off by {teller.value(abs(distance), of, EN)})"
    yield Change(zh, en, condition, reason, distance, of, alone)


def _distance(reason: Reason) -> tuple[int | None, Type | None]:
    """How far the left side of a failed comparison would have to move, and in what."""
    node = reason.node
    if not isinstance(node, nodes.Compare) or node.left.type.name not in _MEASURED:
        return None, None
    left, right = (result.value for result in reason.sides)
    step = {"<": -1, ">": 1}.get(node.op, 0)
    if isinstance(left, date) and isinstance(right, date):
        return (right - left).days + step, DAYS
    assert isinstance(left, int)
    assert isinstance(right, int)
    return right - left + step, node.left.type


_MEASURED = ("int", "money", "decimal", "days", "months", "date")
