"""Laws that hold for any rule and any subject."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doudi.rules import nodes
from doudi.rules.check import check
from doudi.rules.engines.closure import compiled
from doudi.rules.engines.memory import evaluate
from doudi.rules.nodes import Node
from doudi.rules.results import UNKNOWN, Result
from doudi.rules.rows import FactRef, Row, key_of
from tests.agreement.strategies import MAKERS, Case, cases, draw_subjects
from tests.agreement.world import AS_OF, VOCABULARY, World, draw_parameters, draw_value, draw_world, link

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def _answers(case: Case) -> list[Result]:
    rows = case.world.rows.get(case.subject, [])
    return [evaluate(case.node, row=row, params=case.params, as_of=AS_OF) for row in rows]


def test_every_class_of_node_has_a_random_strategy():
    classes = {found for found in vars(nodes).values() if isinstance(found, type) and issubclass(found, Node)}
    assert set(MAKERS) == classes - {Node}


def test_the_strategies_reach_every_class_of_node():
    seen = {type(part) for _, node in draw_subjects(Random(20200227), 1_500, has=True) for part in node.walk()}
    assert seen == set(MAKERS)


@UNHURRIED
@given(cases(has=True))
def test_closures_agree_with_the_definition(case: Case):
    for row in case.world.rows.get(case.subject, []):
        expected = evaluate(case.node, row=row, params=case.params, as_of=AS_OF)
        found = compiled(case.node).evaluate(row=row, params=case.params, as_of=AS_OF)
        assert found == expected
        assert type(found.value) is type(expected.value)


@pytest.mark.parametrize("seed", range(4))
def test_closures_agree_with_the_definition_on_many(seed: int):
    random = Random(seed)
    for subject, node in draw_subjects(random, 800, has=True):
        world, params = draw_world(random), draw_parameters(random)
        for row in world.rows.get(subject, []):
            expected = evaluate(node, row=row, params=params, as_of=AS_OF)
            assert compiled(node).evaluate(row=row, params=params, as_of=AS_OF) == expected


@UNHURRIED
@given(cases(), st.randoms(use_true_random=False))
def test_one_more_fact_never_changes_what_is_decided(case: Case, random: Random):
    before = _answers(case)
    _state_something(random, case.world, case.params)
    for earlier, later in zip(before, _answers(case), strict=False):
        assert earlier.status is UNKNOWN or later == earlier


@pytest.mark.parametrize("seed", range(4))
def test_one_more_fact_never_changes_what_is_decided_on_many(seed: int):
    random = Random(1_000 + seed)
    for subject, node in draw_subjects(random, 500):
        case = Case(subject, node, draw_world(random, known=0.6), draw_parameters(random))
        before = _answers(case)
        for _ in range(6):
            _state_something(random, case.world, case.params)
            after = _answers(case)
            assert all(a.status is UNKNOWN or a == b for a, b in zip(before, after, strict=False)), case
            before = after


HAZARDOUS = (
    "household.members.exists_one(m, 10 / m.days_out > 1)",
    "household.members.exists_one(m, m.days_out > 1 && 10 / m.days_out > 1)",
    "household.members.filter(m, 10 / m.days_out > 1).exists_one(m, m.able)",
    "size(household.members.filter(m, 10 / m.days_out > 1)) >= 1",
    "size(household.members.filter(m, m.able || 10 / m.days_out > 1)) < 1",
    "size(household.members.filter(m, m.able)) == 1",
    "household.members.exists(m, 10 / m.days_out > 1)",
    "household.members.all(m, 10 / m.days_out > 1)",
)


@pytest.mark.parametrize("text", HAZARDOUS)
def test_nothing_is_decided_early_that_an_error_could_take_back(text: str):
    random = Random(text)
    node = check(text, vocabulary=VOCABULARY, subject="household", parameters={})
    for _ in range(150):
        world = draw_world(random, households=1, known=0.5)
        case, people = Case("household", node, world, {}), world.rows.get("person", [])
        for person in people:
            person.facts.pop("days_out", None)
        before = _answers(case)
        for person in random.sample(people, len(people)):
            person.facts["days_out"] = random.choice((0, 1, 5, 20))
            after = _answers(case)
            assert all(a.status is UNKNOWN or a == b for a, b in zip(before, after, strict=True)), case
            before = after


def _state_something(random: Random, world: World, params: dict[str, object]) -> None:
    """One more fact, link, completeness, row or parameter, wherever something is still missing."""
    ways = [*_missing(world), *(FactRef("params", 0, name) for name in _undecided(params))]
    if not ways:
        return
    ref = random.choice(ways)
    if ref.kind == "params":
        params[ref.name] = draw_value(random, _undecided(params)[ref.name])
        return
    row = next(row for row in world.rows[ref.kind] if row.id == ref.id)
    relation = VOCABULARY.relation(ref.kind, ref.name.removesuffix("_complete"))
    if relation is not None and ref.name == relation.name:
        _state_link(random, world, row, ref.name)
    elif relation is not None and random.random() < 0.5:
        child = world.new(relation.to)
        link(row, relation.name, child, relation.back)
    else:
        fact = VOCABULARY.fact(ref.kind, ref.name)
        assert fact is not None
        values = tuple(choice.value for choice in fact.choices)
        row.facts[ref.key] = draw_value(random, fact.type, values) if not fact.relation else True


def _undecided(params: dict[str, object]) -> dict[str, object]:
    from tests.agreement.world import PARAMETERS

    return {name: of for name, of in PARAMETERS.items() if name not in params}


def _missing(world: World) -> list[FactRef]:
    found = []
    for row in [row for rows in world.rows.values() for row in rows]:
        kind = VOCABULARY.kinds[row.kind]
        for fact in kind.facts.values():
            years = (2018, 2019) if fact.yearly else (None,)
            stated = [year for year in years if fact.formula or _is_stated(row, fact, year)]
            found += [FactRef(row.kind, row.id, fact.name, year) for year in years if year not in stated]
        links = [relation.name for relation in kind.relations.values() if not relation.many]
        found += [FactRef(row.kind, row.id, name) for name in links if row.ones.get(name) is None]
    return found


def _is_stated(row: Row, fact: object, year: int | None) -> bool:
    value = row.facts.get(key_of(fact.name, year))  # type: ignore[attr-defined]
    return value is True if fact.relation else value is not None  # type: ignore[attr-defined]


def _state_link(random: Random, world: World, row: Row, name: str) -> None:
    """A link stated: to a row whose relation may still hold more, else to a new one."""
    relation = VOCABULARY.relation(row.kind, name)
    assert relation is not None
    back = next(
        r.name
        for r in VOCABULARY.kinds[relation.to].relations.values()
        if r.many and r.back == name and r.to == row.kind
    )
    open_rows = [other for other in world.rows.get(relation.to, []) if other.facts.get(f"{back}_complete") is not True]
    parent = random.choice(open_rows) if open_rows else world.new(relation.to)
    link(parent, back, row, name)
