"""Which missing facts matter: those for which some completion of the others exists in which they change the answer.

Where trying every completion would take too long, or where the values tried may not stand for all there are (two
unknown incomes in one sum), a fact not shown to be idle is counted as mattering: none is ever left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from doudi.rules import nodes
from doudi.rules.completions import fails_anyway, matter_in, relation_of
from doudi.rules.contexts import missing_leaves, reading_of
from doudi.rules.domains import Domains
from doudi.rules.engines.closure import compiled
from doudi.rules.engines.closure_values import Frame, Missing
from doudi.rules.measures import Measure
from doudi.rules.nodes import Node, Value
from doudi.rules.rows import FactRef, Row
from doudi.rules.scope import VocabularyLike
from doudi.rules.trials import Trial
from doudi.rules.types import BOOL

MAX_STATES = 120  # of partial knowledge tried when looking for an unknown in vain


def facts_that_matter(
    targets: Node | Measure | Iterable[Node | Measure],
    *,
    row: Row,
    params: Mapping[str, Value],
    as_of: date,
    vocabulary: VocabularyLike,
) -> list[FactRef]:
    """The missing facts that can still change the answer of some target, in a stable order; none when all is decided.

    The rows are added to while completions are tried and are as they were afterwards: not for two threads at once.
    """
    found: set[FactRef] = set()
    listed = [targets] if isinstance(targets, Node | Measure) else targets
    for target in listed:
        node = verdict_node(target) if isinstance(target, Measure) else target
        trial = Trial(_undecided(node, row, params, as_of), row=row, params=params, as_of=as_of, vocabulary=vocabulary)
        # An amount within its stated range may change nothing and still be what the rule waits for.
        found |= matter_in(trial) or matter_in(trial, wide=True)
    return sorted(found, key=FactRef.order)


_VERDICTS: dict[int, tuple[Measure, Node]] = {}


def verdict_node(measure: Measure) -> Node:
    """The one expression a measure's verdict is: the `&&` of its conditions."""
    found = _VERDICTS.get(id(measure))
    if found is not None and found[0] is measure:
        return found[1]
    if len(_VERDICTS) > 1_000:
        _VERDICTS.clear()
    node = measure.combine or nodes.And(terms=tuple(each.node for each in measure.conditions), type=BOOL)
    _VERDICTS[id(measure)] = (measure, node)
    return node


def _undecided(node: Node, row: Row, params: Mapping[str, Value], as_of: date) -> Node:
    """The part of a rule that is still open, where all around it is decided: the last open term of an `&&` or `||`."""
    frame = Frame(row, params, as_of, {})
    while isinstance(node, nodes.And | nodes.Or):
        deciding = isinstance(node, nodes.Or)
        values = [compiled(term).step(frame) for term in node.terms]
        if any(value is deciding for value in values):
            return nodes.Literal(value=deciding, type=BOOL)
        still_open = [term for term, value in zip(node.terms, values, strict=True) if type(value) is not bool]
        if len(still_open) != 1:
            return node
        node = still_open[0]
    return node


# -- unknown in vain


@dataclass(frozen=True, slots=True)
class InVain:
    """A state of knowledge in which a rule is unknown though nothing that is missing could decide it."""

    known: tuple[tuple[FactRef, Any], ...]
    missing: tuple[FactRef, ...]


Step = tuple[FactRef, Any]
State = tuple[Step, ...]


def can_be_unknown_in_vain(
    target: Node | Measure,
    *,
    vocabulary: VocabularyLike,
    params: Mapping[str, Value],
    as_of: date,
    subject: str = "",
    most: int = MAX_STATES,
) -> InVain | None:
    """A state of knowledge in which the rule is unknown while no fact matters, as in `x || !x`; None: none was found.

    From nothing known, facts are stated one by one, each with every value the rule's constants tell apart, the fewest
    facts first, then at random all the way down; `most` states are tried in each of the two ways.
    """
    kind = target.subject if isinstance(target, Measure) else subject
    node = verdict_node(target) if isinstance(target, Measure) else target
    trial = Trial(node, row=Row(kind, 1), params=params, as_of=as_of, vocabulary=vocabulary)
    for state in _states(trial, most):
        with ExitStack() as stack:
            missing = _reach(trial, state, stack)
            if missing and not matter_in(trial) and not matter_in(trial, wide=True) and not fails_anyway(trial):
                return InVain(state, tuple(sorted(missing, key=FactRef.order)))
    return None


def _reach(trial: Trial, state: State, stack: ExitStack) -> frozenset[FactRef]:
    """State the facts of a state; what is missing then (nothing, when the rule is decided or a step no longer fits)."""
    for ref, value in state:
        if ref.kind != "params" and not trial.rows_of(ref):
            return frozenset()
        stack.enter_context(_enter(trial, ref, value))
    trial.settle()
    found = trial.evaluate()
    return found.refs if type(found) is Missing else frozenset()


def _enter(trial: Trial, ref: FactRef, value: Any) -> AbstractContextManager[None]:
    relation = relation_of(trial, ref)
    if relation is None or value is True:
        return trial.fact(ref, value)
    if relation.many:
        return trial.more(ref, relation.name, relation.to, relation.back)
    return trial.link(ref, relation.to)


def _states(trial: Trial, most: int) -> Iterator[State]:
    """States of knowledge, those with the fewest facts first; then random ones."""
    waiting: deque[State] = deque([()])
    seen: set[frozenset[Step]] = set()
    while waiting and len(seen) < most:
        state = waiting.popleft()
        if frozenset(state) not in seen:
            seen.add(frozenset(state))
            yield state
            waiting.extend((*state, step) for step in _next_steps(trial, state))
    random = Random(0)  # noqa: S311 - the same states at every check
    for _ in range(most if waiting else 0):
        yield from _dive(trial, random)


def _dive(trial: Trial, random: Random) -> Iterator[State]:
    state: State = ()
    while steps := _next_steps(trial, state):
        state = (*state, random.choice(steps))
    # The states just before the rule decides are the ones with most known.
    yield state[:-1]


def _next_steps(trial: Trial, state: State) -> list[Step]:
    with ExitStack() as stack:
        if not _reach(trial, state, stack):
            return []
        # Not only what the rule now waits for: a branch not yet chosen may be known already.
        missing = missing_leaves(trial.node, trial.frame)
        return [(ref, value) for ref in sorted(missing, key=FactRef.order) for value in _values(trial, ref)]


def _values(trial: Trial, ref: FactRef) -> list[Any]:
    relation = relation_of(trial, ref)
    if relation is None:
        return _told_apart(trial, ref)
    depth = sum(parent.id < 0 for parent in trial.rows_of(ref))
    if not relation.many:
        return ["linked"] if depth < 2 else []
    present = len(trial.rows_of(ref)[0].manys.get(relation.name, ()))
    return [True, f"more {present}"] if depth < 1 and present < 2 else [True]


# An undecided parameter is tried at one value a county could choose: absurd ones make any rule idle.
_LIKELY: dict[str, Any] = {"int": 60, "decimal": 10_000, "money": 500_000, "days": 30, "months": 6}


def _told_apart(trial: Trial, ref: FactRef) -> list[Any]:
    """The values of a fact; of a code, those the rule mentions and one it does not."""
    of = reading_of(trial.node).parameters[ref.name].name if ref.kind == "params" else ""
    if of in _LIKELY or of == "date":
        return [_LIKELY.get(of, trial.frame.as_of)]
    values = Domains(trial).of(ref).values
    if len(values) <= 4 or not isinstance(values[0], str):
        return list(values[:5])
    texts = reading_of(trial.node).texts
    mentioned = [value for value in values if value in texts]
    return [*mentioned, *[value for value in values if value not in texts][:1]]
