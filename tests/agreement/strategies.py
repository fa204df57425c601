"""Random well-typed rules over the small world: one maker for every class of node.

`draw(random, ...)` works from any `random.Random`, so that thousands of rules cost milliseconds each; the Hypothesis
strategies below give it Hypothesis's own randomness, so that a failing rule is shrunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from doudi.rules import nodes
from doudi.rules.check import check
from doudi.rules.errors import RuleError
from doudi.rules.nodes import Node
from doudi.rules.quotients import refuse_inexact
from doudi.rules.types import (
    BOOL,
    CODE,
    DATE,
    DAYS,
    DECIMAL,
    INT,
    MONEY,
    MONTHS,
    TEXT,
    Type,
    list_of,
    row_of,
    rows_of,
)
from tests.agreement.world import (
    AS_OF,
    CHOICES,
    PARAMETERS,
    VOCABULARY,
    YEARS,
    World,
    draw_parameters,
    draw_value,
    draw_world,
)

KINDS = tuple(VOCABULARY.kinds)
SCALARS = (BOOL, INT, DECIMAL, MONEY, CODE, TEXT, DATE, DAYS, MONTHS)
LISTED = (BOOL, INT, MONEY, TEXT, DATE, DECIMAL)
NUMBERS = (INT, DECIMAL, MONEY, DAYS, MONTHS)
_SIGNATURES: dict[str, tuple[tuple[str, Type, Type], ...]] = {
    "int": (("+", INT, INT), ("-", INT, INT), ("*", INT, INT), ("/", INT, INT), ("%", INT, INT)),
    "decimal": (("+", DECIMAL, DECIMAL), ("-", DECIMAL, DECIMAL), ("*", DECIMAL, INT), ("*", DECIMAL, DECIMAL)),
    "money": (("+", MONEY, MONEY), ("-", MONEY, MONEY), ("*", MONEY, INT), ("*", MONEY, DECIMAL), ("/", MONEY, INT)),
    "days": (("+", DAYS, DAYS), ("-", DAYS, DAYS), ("*", DAYS, INT), ("-", DATE, DATE)),
    "months": (("+", MONTHS, MONTHS), ("-", MONTHS, MONTHS), ("*", MONTHS, INT)),
    "date": (("+", DATE, DAYS), ("-", DATE, DAYS), ("+", DATE, MONTHS), ("-", DATE, MONTHS)),
    "text": (("+", TEXT, TEXT),),
}


@dataclass(frozen=True)
class Draft:
    """Where a rule is being made: its subject, the names bound so far, how deep it may still go, and the dice."""

    random: Random
    subject: str
    bound: tuple[tuple[str, Type], ...]
    depth: int
    has: bool = False

    def inner(self, *bound: tuple[str, Type]) -> Draft:
        return replace(self, depth=self.depth - 1, bound=(*self.bound, *bound))

    def kinds(self) -> list[str]:
        """The kinds of row that can be reached by names and to-one walks."""
        found = [self.subject, *(of.kind for _, of in self.bound if of.name == "row")]
        for kind in found:
            for relation in VOCABULARY.kinds[kind].relations.values():
                if not relation.many and relation.to not in found:
                    found.append(relation.to)
        return list(dict.fromkeys(found))

    def fresh(self) -> str:
        return f"v{len(self.bound)}"


def make(draft: Draft, of: Type) -> Node:
    """A random expression of a type."""
    able = [cls for cls, (fits, _) in MAKERS.items() if fits(draft, of) and (draft.depth > 0 or cls in _LEAVES)]
    while True:
        cls = draft.random.choice(able)
        made = MAKERS[cls][1](draft, of)
        if made is not None:
            return made


# -- leaves


def _literal(draft: Draft, of: Type) -> Node | None:
    return nodes.Literal(value=draw_value(draft.random, of), type=of)


def _parameter(draft: Draft, of: Type) -> Node:
    return nodes.Parameter(name=next(name for name, t in PARAMETERS.items() if t == of), type=of)


def _variables(draft: Draft, of: Type) -> list[str]:
    return [name for name, t in draft.bound if t == of]


def _variable(draft: Draft, of: Type) -> Node:
    return nodes.Variable(name=draft.random.choice(_variables(draft, of)), type=of)


def _facts(draft: Draft, of: Type, derived: bool) -> list[tuple[str, Any]]:
    return [
        (kind, fact)
        for kind in draft.kinds()
        for fact in VOCABULARY.kinds[kind].facts.values()
        if fact.type == of and bool(fact.formula) == derived and (not fact.relation or draft.has)
    ]


def _fact(draft: Draft, of: Type) -> Node:
    kind, fact = draft.random.choice(_facts(draft, of, derived=False))
    year = draft.random.choice(YEARS) if fact.yearly else None
    return nodes.Fact(of=_row(draft, kind), name=fact.name, year=year, type=of)


def _derived(draft: Draft, of: Type) -> Node:
    """The formula as the checker unfolds it, moved onto the row drawn."""
    kind, fact = draft.random.choice(_facts(draft, of, derived=True))
    year = draft.random.choice(YEARS) if fact.yearly else None
    call = f"({year})" if year else ""
    unfolded = check(f"{kind}.{fact.name}{call}", vocabulary=VOCABULARY, subject=kind, parameters={})
    return _moved(unfolded, _row(draft, kind))


def _moved(node: Node, row: Node) -> Node:
    """The node with its subject replaced by another row."""
    if isinstance(node, nodes.Subject):
        return row
    changes = {}
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if isinstance(value, Node):
            changes[name] = _moved(value, row)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changes[name] = tuple(_moved(item, row) for item in value)
    return replace(node, **changes) if changes else node


# -- rows


def _row(draft: Draft, kind: str) -> Node:
    """Some row of a kind that can be reached: the subject, a bound row, or one walk from either."""
    direct = [cls for cls in (nodes.Subject, nodes.Variable) if MAKERS[cls][0](draft, row_of(kind))]
    ways = [*direct, *direct, *([nodes.One] if _one_ways(draft, kind) else [])]
    made = MAKERS[draft.random.choice(ways)][1](draft, row_of(kind))
    assert made is not None
    return made


def _one_ways(draft: Draft, kind: str) -> list[tuple[str, str]]:
    return [
        (source, relation.name)
        for source in draft.kinds()
        for relation in VOCABULARY.kinds[source].relations.values()
        if not relation.many and relation.to == kind
    ]


def _one(draft: Draft, of: Type) -> Node:
    source, relation = draft.random.choice(_one_ways(draft, of.kind))
    return nodes.One(of=_row(draft, source), relation=relation, type=of)


def _many_ways(draft: Draft, kind: str) -> list[tuple[str, str]]:
    return [
        (source, relation.name)
        for source in draft.kinds()
        for relation in VOCABULARY.kinds[source].relations.values()
        if relation.many and relation.to == kind
    ]


def _many(draft: Draft, of: Type) -> Node:
    source, relation = draft.random.choice(_many_ways(draft, of.kind))
    return nodes.Many(of=_row(draft, source), relation=relation, type=of)


def _rows(draft: Draft) -> Node:
    """The rows of some relation, filtered or not."""
    kinds = [kind for kind in KINDS if _many_ways(draft, kind)]
    of = rows_of(draft.random.choice(kinds))
    if draft.depth > 1 and draft.random.random() < 0.3:
        return _filter(draft, of)
    return _many(draft, of)


def _element(over: Node) -> Type:
    return row_of(over.type.kind) if over.type.name == "rows" else over.type.of or INT


# -- logic, comparing, reckoning


def _known(draft: Draft, of: Type) -> Node:
    kind = draft.random.choice(draft.kinds())
    fact = draft.random.choice(list(VOCABULARY.kinds[kind].facts.values()))
    derived = bool(fact.formula)
    maker = _derived if derived else _fact
    return nodes.Known(fact=maker(draft.inner(), fact.type), type=BOOL)


def _terms(draft: Draft, of: Type, least: int = 2) -> tuple[Node, ...]:
    return tuple(make(draft.inner(), of) for _ in range(draft.random.choice((least, least, least + 1))))


def _choose(draft: Draft, of: Type) -> Node:
    inner = draft.inner()
    return nodes.Choose(condition=make(inner, BOOL), then=make(inner, of), otherwise=make(inner, of), type=of)


def _compare(draft: Draft, of: Type) -> Node | None:
    inner, random = draft.inner(), draft.random
    compared = random.choice((*SCALARS, list_of(random.choice(LISTED))))
    if compared == CODE:
        return _compare_code(inner)
    ops = ("==", "!=") if compared.name == "list" else ("==", "!=", "<", "<=", ">", ">=")
    left, right, op = make(inner, compared), make(inner, compared), random.choice(ops)
    if isinstance(right, nodes.Size) and not isinstance(left, nodes.Size):
        left, right = right, left
    try:
        refuse_inexact(op, left, right, (1, 1))
    except RuleError:
        return None
    return nodes.Compare(op=op, left=left, right=right, type=BOOL)


def _compare_code(draft: Draft) -> Node:
    left = make(draft, CODE)
    right = make(draft, CODE) if draft.random.random() < 0.3 else _code_literal(draft, left)
    return nodes.Compare(op=draft.random.choice(("==", "!=")), left=left, right=right, type=BOOL)


def _code_literal(draft: Draft, code: Node) -> Node:
    choices = CHOICES[code.name] if isinstance(code, nodes.Fact) else CHOICES["cause"]
    return nodes.Literal(value=draft.random.choice(choices), type=TEXT)


def _arithmetic(draft: Draft, of: Type) -> Node:
    if of.name == "list":
        left, right = make(draft.inner(), of), make(draft.inner(), of)
        return nodes.Arithmetic(op="+", left=left, right=right, type=of)
    op, first, second = draft.random.choice(_SIGNATURES[of.name])
    inner = draft.inner()
    return nodes.Arithmetic(op=op, left=make(inner, first), right=make(inner, second), type=of)


def _negate(draft: Draft, of: Type) -> Node:
    return nodes.Negate(term=make(draft.inner(), of), type=of)


def _years_between(draft: Draft, of: Type) -> Node:
    inner = draft.inner()
    return nodes.YearsBetween(start=make(inner, DATE), until=make(inner, DATE), type=INT)


def _text_test(draft: Draft, of: Type) -> Node:
    inner = draft.inner()
    op = draft.random.choice(("startsWith", "endsWith", "contains"))
    text = make(inner, draft.random.choice((TEXT, TEXT, CODE)))
    return nodes.TextTest(op=op, text=text, part=make(inner, TEXT), type=BOOL)


# -- many things


def _items(draft: Draft, of: Type) -> Node:
    assert of.of is not None
    count = draft.random.randrange(4)
    return nodes.Items(items=tuple(make(draft.inner(), of.of) for _ in range(count)), type=of)


def _in(draft: Draft, of: Type) -> Node | None:
    random, inner = draft.random, draft.inner()
    item_type = random.choice(LISTED)
    item = make(inner, item_type)
    over = _row_list(draft, item_type) if random.random() < 0.4 else make(inner, list_of(item_type))
    try:
        refuse_inexact("==", item, over, (1, 1))
    except RuleError:
        return None
    return nodes.In(item=item, list=over, type=BOOL)


def _row_list(draft: Draft, of: Type) -> Node:
    """Rows mapped to a value; only where a total, a size or `in` folds them."""
    over, name = _rows(draft), draft.fresh()
    body = make(draft.inner((name, _element(over))), of)
    return nodes.Map(over=over, name=name, body=body, type=list_of(of))


def _over(draft: Draft) -> Node:
    if draft.random.random() < 0.7:
        return _rows(draft)
    return make(draft.inner(), list_of(draft.random.choice(LISTED)))


def _fold(draft: Draft, of: Type) -> Node:
    over, name = _over(draft), draft.fresh()
    body = make(draft.inner((name, _element(over))), BOOL)
    op = draft.random.choice(("exists", "all", "exists_one"))
    return nodes.Fold(op=op, over=over, name=name, body=body, type=BOOL)


def _filter(draft: Draft, of: Type) -> Node:
    inner, name = draft.inner(), draft.fresh()
    over = make(inner, of) if of.name == "list" else _many(draft, of)
    body = make(draft.inner((name, _element(over))), BOOL)
    return nodes.Filter(over=over, name=name, body=body, type=of)


def _map(draft: Draft, of: Type) -> Node:
    assert of.of is not None
    over, name = make(draft.inner(), list_of(draft.random.choice(LISTED))), draft.fresh()
    body = make(draft.inner((name, _element(over))), of.of)
    return nodes.Map(over=over, name=name, body=body, type=of)


def _size(draft: Draft, of: Type) -> Node:
    random = draft.random.random()
    if random < 0.6:
        return nodes.Size(of=_rows(draft), type=INT)
    if random < 0.7:
        return nodes.Size(of=_row_list(draft, draft.random.choice(LISTED)), type=INT)
    return nodes.Size(of=make(draft.inner(), TEXT if random < 0.85 else list_of(INT)), type=INT)


def _total(draft: Draft, of: Type) -> Node:
    op = "min" if of == DATE else draft.random.choice(("sum", "min", "max"))
    over = _row_list(draft, of) if draft.random.random() < 0.7 else make(draft.inner(), list_of(of))
    return nodes.Total(op=op, of=over, type=of)


def _scalar(draft: Draft, of: Type) -> bool:
    return of.name not in ("row", "rows")


def _only(*types: Type) -> Callable[[Draft, Type], bool]:
    return lambda draft, of: of in types


def _is_list(draft: Draft, of: Type) -> bool:
    return of.name == "list"


Maker = tuple[Callable[[Draft, Type], bool], Callable[[Draft, Type], Node | None]]
MAKERS: dict[type[Node], Maker] = {
    nodes.Literal: (lambda d, of: _scalar(d, of) and of not in (CODE,) and of.name != "list", _literal),
    nodes.Parameter: (lambda d, of: of in PARAMETERS.values(), _parameter),
    nodes.AsOf: (_only(DATE), lambda d, of: nodes.AsOf(type=DATE)),
    nodes.Subject: (lambda d, of: of == row_of(d.subject), lambda d, of: nodes.Subject(type=of)),
    nodes.Variable: (lambda d, of: bool(_variables(d, of)), _variable),
    nodes.Fact: (lambda d, of: bool(_facts(d, of, derived=False)), _fact),
    nodes.Derived: (lambda d, of: bool(_facts(d, of, derived=True)), _derived),
    nodes.One: (lambda d, of: of.name == "row" and bool(_one_ways(d, of.kind)), _one),
    nodes.Many: (lambda d, of: of.name == "rows" and bool(_many_ways(d, of.kind)), _many),
    nodes.Known: (lambda d, of: of == BOOL and d.has, _known),
    nodes.Not: (_only(BOOL), lambda d, of: nodes.Not(term=make(d.inner(), BOOL), type=BOOL)),
    nodes.And: (_only(BOOL), lambda d, of: nodes.And(terms=_terms(d, BOOL), type=BOOL)),
    nodes.Or: (_only(BOOL), lambda d, of: nodes.Or(terms=_terms(d, BOOL), type=BOOL)),
    nodes.Choose: (_scalar, _choose),
    nodes.Compare: (_only(BOOL), _compare),
    nodes.Arithmetic: (lambda d, of: of.name in _SIGNATURES or of.name == "list", _arithmetic),
    nodes.Negate: (_only(*NUMBERS), _negate),
    nodes.YearsBetween: (_only(INT), _years_between),
    nodes.TextTest: (_only(BOOL), _text_test),
    nodes.Items: (_is_list, _items),
    nodes.In: (_only(BOOL), _in),
    nodes.Fold: (_only(BOOL), _fold),
    nodes.Filter: (_is_list, _filter),
    nodes.Map: (_is_list, _map),
    nodes.Size: (_only(INT), _size),
    nodes.Total: (_only(*NUMBERS, DATE), _total),
}
_LEAVES = frozenset(
    [nodes.Literal, nodes.Parameter, nodes.AsOf, nodes.Variable, nodes.Fact, nodes.Derived, nodes.Items]
)


def draw(random: Random, *, subject: str | None = None, of: Type = BOOL, depth: int = 3, has: bool = False) -> Node:
    """A random rule of a type on a subject of some kind. `has` admits `has()` and completeness facts."""
    return make(Draft(random, subject or random.choice(KINDS), (), depth, has), of)


def draw_subjects(random: Random, count: int, *, has: bool = False) -> Iterable[tuple[str, Node]]:
    """Many random rules with their subject kinds, of every scalar type, most of them truths."""
    for _ in range(count):
        subject = random.choice(KINDS)
        of = BOOL if random.random() < 0.6 else random.choice([t for t in SCALARS if t != CODE])
        yield subject, draw(random, subject=subject, of=of, depth=random.choice((1, 2, 3, 3, 4)), has=has)


# -- for Hypothesis


@dataclass(frozen=True)
class Case:
    """A rule, its subject, the world it stands in and the parameters decided."""

    subject: str
    node: Node
    world: World
    params: dict[str, Any]

    def __repr__(self) -> str:
        told = {kind: [(row.id, row.facts) for row in rows] for kind, rows in self.world.rows.items()}
        return f"Case({self.subject}, {self.node}, {told}, {self.params})"


@st.composite
def cases(draw_from: st.DrawFn, of: Type | None = None, has: bool = False, depth: int = 3) -> Case:
    """A random rule in a random world."""
    random = draw_from(st.randoms(use_true_random=False))
    subject = random.choice(KINDS)
    kind = of or random.choice([t for t in SCALARS if t != CODE])
    node = draw(random, subject=subject, of=kind, depth=random.randrange(1, depth + 1), has=has)
    return Case(subject, node, draw_world(random), draw_parameters(random))


__all__ = ["AS_OF", "VOCABULARY", "Case", "cases", "draw", "draw_subjects"]
