"""Which missing facts matter, against trying everything; and rules that wait for nothing."""

from __future__ import annotations

from datetime import date
from itertools import combinations_with_replacement, product
from random import Random
from typing import Any

import pytest

from doudi.facts import load_vocabulary
from doudi.facts.kinds import Choice, Fact, Kind, Relation, Vocabulary
from doudi.rules.check import check
from doudi.rules.engines.memory import evaluate
from doudi.rules.matter import can_be_unknown_in_vain, facts_that_matter
from doudi.rules.nodes import Node
from doudi.rules.results import OK, UNKNOWN
from doudi.rules.rows import FactRef, Row
from doudi.rules.types import BOOL, CODE, INT, MONEY

AS_OF = date(2020, 2, 27)
CODES = ("x", "y", "z")


def _small() -> Vocabulary:
    """Facts of few values, so that everything can be tried."""
    facts = [
        *(Fact("house", name, BOOL, name, name) for name in "abc"),
        *(Fact("house", name, INT, name, name, low=0, high=3) for name in "nmk"),
        Fact("house", "code", CODE, "code", "code", choices=tuple(Choice(value, value, value) for value in CODES)),
        Fact("house", "items_complete", BOOL, "", "", relation="items"),
    ]
    items = [Fact("item", "p", BOOL, "p", "p"), Fact("item", "q", INT, "q", "q", low=0, high=2)]
    house = Kind(
        "house",
        "",
        "",
        {f.name: f for f in facts},
        {"items": Relation("house", "items", "item", True, "", "", "house")},
    )
    item = Kind(
        "item", "", "", {f.name: f for f in items}, {"house": Relation("item", "house", "house", False, "", "")}
    )
    return Vocabulary({"house": house, "item": item})


SMALL = _small()
VALUES: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys("abcp", (True, False)),
    **dict.fromkeys("nmk", (0, 1, 2, 3)),
    "q": (0, 1, 2),
    "code": CODES,
}


def _draw_text(random: Random, depth: int, inside: bool = False) -> str:
    """A random rule in words over the small facts."""
    atoms = ["house.a", "house.b", "house.c", "house.code == 'x'", "house.code in ['x', 'y']", "house.n > 1"]
    atoms += ["house.n + house.m >= 3", "house.n * 2 - house.m == 1", "house.k % 2 == 0", "house.n / (house.k - 1) > 0"]
    atoms += ["house.k != house.m", "size(house.items) > 1", "size(house.items.filter(i, i.p)) >= 1"]
    atoms += ["house.items.map(i, i.q).sum() > 2"]
    if inside:
        atoms = ["i.p", "i.q > 1", "i.q == house.n", "i.house.a", "house.b"]
    if depth == 0:
        return random.choice(atoms)
    parts = [_draw_text(random, depth - 1, inside) for _ in range(3)]
    forms = ["({0} && {1})", "({0} || {1})", "!({0})", "({0} ? {1} : {2})", "({0} && !({1}))"]
    if not inside:
        inner = _draw_text(random, depth - 1, inside=True)
        forms += [f"house.items.{op}(i, {inner})" for op in ("exists", "all", "exists_one")]
    return random.choice(forms).format(*parts)


def _draw_house(random: Random) -> Row:
    house = Row("house", 1, {n: random.choice(VALUES[n]) for n in (*"abcnmk", "code") if random.random() < 0.4})
    house.facts["items_complete"] = True
    house.manys["items"] = [
        Row("item", number, {n: random.choice(VALUES[n]) for n in "pq" if random.random() < 0.6}, {"house": house})
        for number in range(1, random.randrange(1, 4))
    ]
    return house


def _missing(house: Row) -> list[tuple[Row, str]]:
    own = [(house, name) for name in (*"abcnmk", "code") if name not in house.facts]
    return own + [(item, name) for item in house.manys["items"] for name in "pq" if name not in item.facts]


def _outcome(node: Node, house: Row) -> Any:
    result = evaluate(node, row=house, params={}, as_of=AS_OF)
    return result.value if result.status is OK else "error"


def _try_everything(node: Node, house: Row) -> set[FactRef]:
    """The facts that change the answer in some completion of the others: every completion is tried."""
    missing = _missing(house)
    answers = {}
    for values in product(*(VALUES[name] for _, name in missing)):
        for (row, name), value in zip(missing, values, strict=True):
            row.facts[name] = value
        answers[values] = str(_outcome(node, house))
    for row, name in missing:
        del row.facts[name]
    return {FactRef(row.kind, row.id, name) for place, (row, name) in enumerate(missing) if _turns(answers, place)}


def _more_rows() -> list[tuple[Row, ...]]:
    """Up to two more items, with every value of their facts."""
    rows = [Row("item", 90 + n, {"p": p, "q": q}) for n, (p, q) in enumerate(product(VALUES["p"], VALUES["q"]))]
    return [(), *((row,) for row in rows), *combinations_with_replacement(rows, 2)]


def _try_everything_and_more(node: Node, house: Row) -> set[FactRef]:
    """The same where more items may belong: completeness stands for whatever items there may be beside these."""
    present, answers = house.manys["items"], {}
    missing = _missing(house)
    ways = _more_rows()
    house.facts["items_complete"] = True
    for more, *values in product(range(len(ways)), *(VALUES[name] for _, name in missing)):
        house.manys["items"] = [*present, *ways[more]]
        for row in ways[more]:
            row.ones["house"] = house
        for (row, name), value in zip(missing, values, strict=True):
            row.facts[name] = value
        answers[more, *values] = str(_outcome(node, house))
    house.manys["items"] = present
    for row, name in [*missing, (house, "items_complete")]:
        del row.facts[name]
    refs = [FactRef("house", 1, "items_complete"), *(FactRef(row.kind, row.id, name) for row, name in missing)]
    return {ref for place, ref in enumerate(refs) if _turns(answers, place)}


def _turns(answers: dict[tuple[Any, ...], str], place: int) -> bool:
    """Two completions that differ in one place alone differ in the answer."""
    others: dict[Any, set[str]] = {}
    for values, answer in answers.items():
        others.setdefault(values[:place] + values[place + 1 :], set()).add(answer)
    return any(len(told) > 1 for told in others.values())


@pytest.mark.parametrize("seed", range(4))
def test_exactly_the_facts_that_matter_are_found_where_more_rows_may_belong(seed: int):
    random, tried = Random(100 + seed), 0
    while tried < 25:
        house = _draw_house(random)
        if len(_missing(house)) > 3:
            continue
        text = _draw_text(random, random.choice((1, 2, 2)))
        node = check(text, vocabulary=SMALL, subject="house", parameters={})
        del house.facts["items_complete"]
        if evaluate(node, row=house, params={}, as_of=AS_OF).status is not UNKNOWN:
            continue
        tried += 1
        found = set(facts_that_matter(node, row=house, params={}, as_of=AS_OF, vocabulary=SMALL))
        wanted = _try_everything_and_more(node, house)
        assert found == wanted or not wanted, (text, house.facts, house.manys, found ^ wanted)


@pytest.mark.parametrize("seed", range(6))
def test_exactly_the_facts_that_matter_are_found(seed: int):
    random, tried = Random(seed), 0
    while tried < 40:
        house = _draw_house(random)
        if not 0 < len(_missing(house)) <= 6:
            continue
        node = check(_draw_text(random, random.choice((1, 2, 2, 3))), vocabulary=SMALL, subject="house", parameters={})
        if evaluate(node, row=house, params={}, as_of=AS_OF).status is not UNKNOWN:
            continue
        tried += 1
        found = set(facts_that_matter(node, row=house, params={}, as_of=AS_OF, vocabulary=SMALL))
        wanted = _try_everything(node, house)
        # Where no stated range lets anything change, what the rule waits for is asked all the same.
        assert found == wanted or not wanted, (node, house.facts, found ^ wanted)


def _matter(text: str, row: Row, **params: Any) -> set[str]:
    vocabulary = load_vocabulary()
    types = {"line": MONEY, "count": INT}
    node = check(text, vocabulary=vocabulary, subject=row.kind, parameters=types)
    found = facts_that_matter(node, row=row, params=params, as_of=AS_OF, vocabulary=vocabulary)
    return {f"{ref.kind}{ref.id or ''}.{ref.key}" for ref in found}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("household.loans.exists(l, l.repayment_hit)", {"household1.loans_complete"}),
        ("size(household.loans) >= 3", {"household1.loans_complete"}),
        (
            "household.loans.all(l, l.repayment_hit) && household.insured",
            {"household1.loans_complete", "household1.insured"},
        ),
        ("household.loans.exists_one(l, l.repayment_hit)", {"household1.loans_complete"}),
        ("village.is_community", {"household1.village"}),
        ("household.sold_in_window >= params.line", {"household1.sold_in_window", "params.line"}),
        (
            "household.insured ? household.monitored : household.fallen_back",
            {"household1.insured", "household1.monitored", "household1.fallen_back"},
        ),
        ("household.insured || !household.insured", set()),
        ("household.insured && household.registered_poor", set()),
        ("household.main_cause == 'illness' || household.insured", {"household1.main_cause", "household1.insured"}),
    ],
)
def test_facts_that_matter_of_a_household(text: str, wanted: set[str]):
    row = Row("household", 1, {"registered_poor": False})
    before = repr((row.facts, row.ones, row.manys))
    assert _matter(text, row) == wanted
    assert repr((row.facts, row.ones, row.manys)) == before, "the row must be as it was"


def test_a_fact_known_to_be_idle_is_not_asked():
    row = Row("household", 1, {"business_income@2019": 0, "property_income@2019": 0, "members_complete": True})
    row.facts |= {"transfer_income@2019": 0, "business_expense@2019": 0, "insured": False}
    row.manys["members"] = [Row("person", 1, {}, {"household": row})]
    income = "household.net_income_per_head(2019) < yuan(5000)"
    assert _matter(income, row) == {"household1.wage_income@2019"}
    assert _matter(f"{income} && household.insured", row) == set()
    assert _matter(f"{income} || household.insured", row) == {"household1.wage_income@2019"}


@pytest.mark.parametrize(
    "text",
    [
        "household.insured || !household.insured",
        "household.monitored && (household.insured || !household.insured)",
        "household.insured ? household.monitored : household.monitored",
        "household.main_cause == 'illness' || household.main_cause != 'illness'",
        "household.members.map(m, m.age).max() > 3",
    ],
)
def test_a_rule_that_can_wait_for_nothing_is_found(text: str):
    node = check(text, vocabulary=load_vocabulary(), subject="household", parameters={})
    found = can_be_unknown_in_vain(node, vocabulary=load_vocabulary(), params={}, as_of=AS_OF, subject="household")
    assert found is not None


@pytest.mark.parametrize(
    "text",
    [
        "household.net_income_per_head(2019) < yuan(5000)",
        "household.members.exists(m, m.age > 60 && m.able_to_work) && household.registered_poor",
        "household.loans.exists(l, l.repayment_hit && l.due_date >= date('2020-01-01'))",
        "household.main_cause in ['illness', 'school'] && household.main_cause != 'illness'",
    ],
)
def test_a_rule_whose_every_unknown_has_a_question_passes(text: str):
    node = check(text, vocabulary=load_vocabulary(), subject="household", parameters={})
    found = can_be_unknown_in_vain(node, vocabulary=load_vocabulary(), params={}, as_of=AS_OF, subject="household")
    assert found is None
