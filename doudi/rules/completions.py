"""Trying every completion of what a rule does not know, as a tree, and reading from it which facts it turns on.

What the rule cannot decide without is given each of its values in turn (`domains` cuts them at the rule's own
constants) until the rule decides. A fact matters exactly when two leaves of the tree differ in the answer and in
nothing but that fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from doudi.rules.contexts import missing_leaves, reading_of
from doudi.rules.domains import Domains
from doudi.rules.engines.closure_values import Failure, Missing
from doudi.rules.rows import FactRef
from doudi.rules.trials import MAX_SUPPOSED, Trial

MAX_LEAVES = 600  # of one rule's tree; beyond, every missing leaf counts as mattering
MAX_PAIRS = 60_000  # leaves compared
Variable = tuple[FactRef, int]


@dataclass(slots=True)
class Leaf:
    """A decided answer: a value, or "error"."""

    outcome: Any


@dataclass(slots=True)
class Split:
    """A fact tried: what each of its values leads to. `owner` is the missing fact of the real subject it stands for."""

    variable: Variable
    owner: FactRef
    branches: list[tuple[Any, Leaf | Split]]


Tree = Leaf | Split


@dataclass
class Growth:
    """What growing a tree has cost and shown."""

    leaves: int = 0
    seen: set[FactRef] = field(default_factory=set)
    inexact: set[FactRef] = field(default_factory=set)


class TooLarge(Exception):
    """The tree has more leaves than can be tried."""


def fails_anyway(trial: Trial) -> bool:
    """Every completion ends in an error: what is unknown now will be an error, whatever is stated."""
    growth = Growth()
    try:
        tree = _grow(trial, Domains(trial, wide=True), growth)
    except TooLarge:
        return False
    return all(outcome == "error" for _, outcome in _leaves(tree))


def matter_in(trial: Trial, *, wide: bool = False) -> set[FactRef]:
    """The missing facts that matter to the trial's rule; `wide` ignores the ranges stated for numbers."""
    value = trial.evaluate()
    if type(value) is not Missing:
        return set()
    growth = Growth()
    try:
        tree = _grow(trial, Domains(trial, wide=wide), growth)
        found = _influential(tree)
    except TooLarge:
        trial.frame.bound = {}
        return set(missing_leaves(trial.node, trial.frame)) | growth.seen
    if growth.inexact - found:
        # Values not tried could lead where the tree has not been.
        trial.frame.bound = {}
        found |= growth.inexact | growth.seen | missing_leaves(trial.node, trial.frame)
    return found


def _grow(trial: Trial, domains: Domains, growth: Growth) -> Tree:
    value = trial.evaluate()
    if type(value) is not Missing:
        growth.leaves += 1
        if growth.leaves > MAX_LEAVES:
            raise TooLarge
        return Leaf("error" if type(value) is Failure else value)
    ref = min(value.refs, key=lambda one: (_rank(trial, one), one.order()))
    growth.seen |= {trial.owner(one) for one in value.refs}
    relation = relation_of(trial, ref)
    if relation is None:
        return _try_values(trial, domains, growth, ref)
    return _try_rows(trial, domains, growth, ref, relation)


def _rank(trial: Trial, ref: FactRef) -> int:
    """Truths and codes first, then links and completeness, numbers last: by then little else is open beside them."""
    if relation_of(trial, ref) is not None:
        return 1
    if ref.kind == "params":
        return 3
    fact = trial.vocabulary.fact(ref.kind, ref.name)
    return 0 if fact is not None and fact.type.name in ("bool", "code") else 2


def relation_of(trial: Trial, ref: FactRef) -> Any:
    """The relation whose link or completeness is missing; None for a fact or a parameter."""
    if ref.kind == "params":
        return None
    return trial.vocabulary.relation(ref.kind, ref.name.removesuffix("_complete"))


def _try_values(trial: Trial, domains: Domains, growth: Growth, ref: FactRef) -> Tree:
    domain = domains.of(ref)
    owner = trial.owner(ref)
    if not domain.exact:
        growth.inexact.add(owner)
    branches = []
    for value in domain.values:
        with trial.fact(ref, value):
            branches.append((value, _grow(trial, domains, growth)))
    return Split((ref, 0), owner, branches)


def _try_rows(trial: Trial, domains: Domains, growth: Growth, ref: FactRef, relation: Any) -> Tree:
    """A link to a row nothing is known of; or a relation that is complete, or has one more row."""
    owner = trial.owner(ref)
    if trial.level(ref) >= MAX_SUPPOSED:
        raise TooLarge
    if not relation.many:
        with trial.link(ref, relation.to):
            return Split((ref, 0), owner, [("linked", _grow(trial, domains, growth))])
    branches = []
    with trial.fact(ref, True):
        branches.append(("complete", _grow(trial, domains, growth)))
    already = trial.supposed(ref, relation.name)
    for copies in _copies(trial, ref, relation, growth) if already < _wanted(trial, relation, growth, owner) else ():
        with trial.more(ref, relation.name, relation.to, relation.back, copies):
            branches.append((f"more {copies}", _grow(trial, domains, growth)))
    return Split((ref, already), owner, branches)


def _wanted(trial: Trial, relation: Any, growth: Growth, owner: FactRef) -> int:
    """How many different rows more are worth supposing; more than three are not tried."""
    reading = reading_of(trial.node)
    wanted = reading.folded.get(relation.name, 1) + reading.totalled
    if wanted > 3 or reading.totalled:
        growth.inexact.add(owner)
    return min(wanted, 3)


def _copies(trial: Trial, ref: FactRef, relation: Any, growth: Growth) -> list[int]:
    """One row more, or as many alike as bring a size to the numbers it is compared with."""
    present = len(trial.rows_of(ref)[0].manys.get(relation.name, ()))
    reading = reading_of(trial.node)
    if reading.sized:
        growth.inexact.add(trial.owner(ref))
    wanted = {number + step - present for number in reading.sizes for step in (0, 1)}
    return [1, *sorted(count for count in wanted if 1 < count <= 50)]


# -- reading the tree


def _influential(tree: Tree) -> set[FactRef]:
    """The facts in which two leaves with different answers differ alone."""
    found: set[FactRef] = set()
    pairs = 0
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Leaf):
            continue
        waiting.extend(branch for _, branch in here.branches)
        if here.owner in found:
            continue
        sides = [list(_leaves(branch)) for _, branch in here.branches]
        for first, second in combinations(sides, 2):
            pairs += len(first) * len(second)
            if pairs > MAX_PAIRS:
                raise TooLarge
            if any(_differ(one, other, here.owner) for one in first for other in second):
                found.add(here.owner)
                break
    return found


Path = dict[Variable, tuple[FactRef, Any]]


def _leaves(tree: Tree) -> Iterator[tuple[Path, Any]]:
    """Every leaf with the facts tried on the way to it."""
    if isinstance(tree, Leaf):
        yield {}, tree.outcome
        return
    for value, branch in tree.branches:
        for path, outcome in _leaves(branch):
            yield {**path, tree.variable: (tree.owner, value)}, outcome


def _differ(one: tuple[Path, Any], other: tuple[Path, Any], owner: FactRef) -> bool:
    """Two leaves whose answers differ though every fact but `owner` may be the same."""
    (first, a), (second, b) = one, other
    if a == b and type(a) is type(b):
        return False
    return all(second.get(key, step)[1] == step[1] for key, step in first.items() if step[0] != owner)
