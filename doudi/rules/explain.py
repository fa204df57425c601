"""A verdict told as reasons: every condition and its parts, with what was found, down to the facts themselves.

Reasons are neutral as to language (each text comes in Chinese and English) and to the reader: a leaf carries the
`FactRef` of its fact, by which callers attach the statement it comes from, or hide it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from doudi.rules import nodes
from doudi.rules.engines import memory
from doudi.rules.engines.memory import World
from doudi.rules.errors import CAUSE_TEXTS
from doudi.rules.measures import Measure, conjoin
from doudi.rules.nodes import Node, Value
from doudi.rules.results import NO, OK, UNKNOWN, Result
from doudi.rules.rows import FactRef, Row
from doudi.rules.scope import VocabularyLike
from doudi.rules.telling import EN, SIGNS, YUAN, ZH, Money, Teller, side
from doudi.rules.types import BOOL


@dataclass(frozen=True)
class Reason:
    """One part of an explanation.

    `zh`, `en` say what the part asks; `told_zh`, `told_en` the same with what was found in its place
    ("2019年人均纯收入 4,100.00元 < 5,000.00元"); `value_zh`, `value_en` what was found alone. `verdict` is 0 no, 1 yes,
    2 unknown, 3 error; None for a part that is no truth. A leaf has `ref`, the fact it reads, or `parameter`; a part
    about one row of a relation has `subject`, its kind and id. `condition` is the name of a measure's condition, and
    `sides` are what stood left and right of a comparison.
    """

    zh: str
    en: str
    told_zh: str
    told_en: str
    result: Result
    node: Node | None = None
    verdict: int | None = None
    value_zh: str = ""
    value_en: str = ""
    ref: FactRef | None = None
    parameter: str = ""
    subject: tuple[str, int] | None = None
    condition: str = ""
    clause: str = ""
    sides: tuple[Result, ...] = ()
    children: tuple[Reason, ...] = ()

    def walk(self) -> Iterator[Reason]:
        """The part itself and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Explanation:
    """A measure's verdict on one subject: a reason for each condition, in order, and one for the amount if any."""

    measure: str
    verdict: int
    conditions: tuple[Reason, ...]
    amount: Reason | None = None


@dataclass(frozen=True)
class Explainer:
    """What explaining reads beside the world: the words, and the vocabulary they come from."""

    teller: Teller

    def reason(self, node: Node, world: World) -> Reason:
        """The reason of one part."""
        result = memory.meaning(node, world)
        made = Reason(
            zh=self.teller.tell(node, ZH),
            en=self.teller.tell(node, EN),
            told_zh="",
            told_en="",
            result=result,
            node=node,
            verdict=result.verdict if node.type == BOOL else None,
            value_zh=self.found(result, node, ZH),
            value_en=self.found(result, node, EN),
            ref=_leaf(node, world),
            parameter=node.name if isinstance(node, nodes.Parameter) else "",
            sides=_sides(node, world),
            children=tuple(self._children(node, world)),
        )
        return replace(made, told_zh=self._told(node, world, made, ZH), told_en=self._told(node, world, made, EN))

    def found(self, result: Result, node: Node, language: str) -> str:
        """What was found: a value, "not known", or why there is none."""
        if result.status is UNKNOWN:
            return "未知" if language == ZH else "not known"
        if result.status is not OK:
            return CAUSE_TEXTS[result.cause][0 if language == ZH else 1]
        if isinstance(result.value, Row):
            return f"{result.value.kind} {result.value.id}"
        return self.teller.value(result.value, node.type, language, node)

    def _told(self, node: Node, world: World, made: Reason, language: str) -> str:
        asked, found = (made.zh, made.value_zh) if language == ZH else (made.en, made.value_en)
        if isinstance(node, nodes.Compare):
            left, right = (
                self._side(node.left, node.right, world, language),
                self._side(node.right, node.left, world, language),
            )
            return f"{left} {SIGNS[node.op]} {right}"
        if isinstance(node, nodes.Literal):
            return asked
        return f"{asked}:{found}" if language == ZH else f"{asked}: {found}"

    def _side(self, node: Node, other: Node, world: World, language: str) -> str:
        """One side of a comparison with its value: 2019年人均纯收入 4,100.00元."""
        if isinstance(node, nodes.Literal | nodes.Items):
            return side(self.teller, node, other, language)
        found = self.found(memory.meaning(node, world), node, language)
        return f"{self.teller.tell(node, language)} {found}"

    # -- parts

    def _children(self, node: Node, world: World) -> Iterator[Reason]:
        if isinstance(node, nodes.Fold | nodes.Filter | nodes.Map):
            yield from self._elements(node, world)
            return
        for part in _parts(node):
            if isinstance(part, nodes.Many):
                yield from self._completeness(part, world)
            elif isinstance(part, nodes.Filter | nodes.Map):
                yield from self._elements(part, world)
            elif not isinstance(part, _SILENT):
                yield self.reason(part, world)

    def _elements(self, node: nodes.Fold | nodes.Filter | nodes.Map, world: World) -> Iterator[Reason]:
        """One reason for each row or item that belongs or may; then what is not known of the relation itself."""
        for element in memory.elements_of(node.over, world).items:
            if element.guard.status is OK and not element.guard.value:
                continue
            inner = self.reason(node.body, memory.bind(world, node.name, element.item))
            row = element.item.value
            yield replace(inner, subject=(row.kind, row.id)) if isinstance(row, Row) else inner
        for part in node.over.walk():
            if isinstance(part, nodes.Many):
                yield from self._completeness(part, world)
            elif isinstance(part, nodes.Filter):
                found = self._elements(part, world)
                yield from (reason for reason in found if reason.node and reason.result.status is not OK)

    def _completeness(self, node: nodes.Many, world: World) -> Iterator[Reason]:
        """Whether the relation is complete, where it is not: the question "any other?"."""
        complete = memory.elements_of(node, world).complete
        if complete.status is OK:
            return
        ref = min(complete.missing, key=FactRef.order)
        zh = self.teller.fact_label(ref.kind, ref.name, None, ZH)
        en = self.teller.fact_label(ref.kind, ref.name, None, EN)
        yield Reason(zh, en, f"{zh}:未知", f"{en}: not known", complete, None, 2, "未知", "not known", ref)


_SILENT = (nodes.Literal, nodes.Subject, nodes.Variable, nodes.AsOf, nodes.One)


def _parts(node: Node) -> Iterator[Node]:
    """The parts worth telling: of reckoning, all its terms at once; of a derived fact, the parts of its formula."""
    if isinstance(node, nodes.Derived):
        yield from _parts(node.body) if not isinstance(node.body, nodes.Fact) else (node.body,)
    elif isinstance(node, nodes.Fact | nodes.One):
        return
    elif isinstance(node, nodes.Fold | nodes.Filter | nodes.Map):
        yield node
    else:
        for child in node.children():
            if isinstance(child, nodes.Arithmetic | nodes.Negate | nodes.Items):
                yield from _parts(child)
            else:
                yield child


def _sides(node: Node, world: World) -> tuple[Result, ...]:
    """What stands left and right of a comparison."""
    if not isinstance(node, nodes.Compare):
        return ()
    return memory.meaning(node.left, world), memory.meaning(node.right, world)


def _leaf(node: Node, world: World) -> FactRef | None:
    """The fact, link or parameter a leaf reads."""
    if isinstance(node, nodes.Parameter):
        return FactRef("params", 0, node.name)
    if not isinstance(node, nodes.Fact):
        return None
    of = memory.meaning(node.of, world)
    if isinstance(of.value, Row):
        return FactRef(of.value.kind, of.value.id, node.name, node.year)
    return min(of.missing, key=FactRef.order) if of.missing else None


def explain(
    measure: Measure,
    *,
    row: Row,
    params: Mapping[str, Value],
    as_of: date,
    vocabulary: VocabularyLike,
    parameters: Mapping[str, tuple[str, str]] | None = None,
    currency: Money = YUAN,
) -> Explanation:
    """Why a measure says what it says of a subject. `parameters` are the labels (zh, en) of parameters.

    The verdict is the one before any limit's cut.
    """
    explainer = Explainer(Teller(vocabulary, parameters or {}, currency))
    world = World(row, params, as_of, {})
    conditions = []
    for condition in measure.conditions:
        inner = explainer.reason(condition.node, world)
        told = replace(inner, zh=condition.zh or inner.zh, en=condition.en or inner.en)
        conditions.append(replace(told, condition=condition.name, clause=condition.clause))
    amount = explainer.reason(measure.amount, world) if measure.amount is not None else None
    verdict = conjoin([reason.verdict or 0 for reason in conditions])
    return Explanation(measure.name, verdict, tuple(conditions), amount)


def explain_node(
    node: Node,
    *,
    row: Row | None,
    params: Mapping[str, Value],
    as_of: date,
    vocabulary: VocabularyLike,
    parameters: Mapping[str, tuple[str, str]] | None = None,
) -> Reason:
    """The reason of a single expression: an indicator's condition, a check, a key of an order."""
    return Explainer(Teller(vocabulary, parameters or {})).reason(node, World(row, params, as_of, {}))


def leaves(reason: Reason) -> Iterator[Reason]:
    """The facts and parameters an explanation rests on."""
    return (part for part in reason.walk() if part.ref is not None)


def failed_conditions(explanation: Explanation) -> list[Reason]:
    """The conditions that do not hold."""
    return [reason for reason in explanation.conditions if reason.verdict == NO]
