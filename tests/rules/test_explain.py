"""A verdict told as reasons, down to the facts, and what would change it."""

from __future__ import annotations

from datetime import date

import pytest

from doudi.facts import load_vocabulary
from doudi.rules.changing import would_change
from doudi.rules.check import check
from doudi.rules.engines.memory import evaluate
from doudi.rules.explain import Explanation, explain, explain_node, leaves
from doudi.rules.measures import Condition, Measure, conjoin, pack_reasons, unpack_reasons
from doudi.rules.results import NO, NOT_KNOWN, YES
from doudi.rules.rows import FactRef, Row
from doudi.rules.telling import Money
from doudi.rules.types import MONEY
from tests.agreement.strategies import draw_subjects
from tests.agreement.world import AS_OF as WORLD_DAY
from tests.agreement.world import VOCABULARY, draw_parameters, draw_world

AS_OF = date(2020, 2, 27)


def _condition(name: str, text: str, zh: str = "", en: str = "") -> Condition:
    node = check(text, vocabulary=load_vocabulary(), subject="household", parameters={"line": MONEY})
    return Condition(name, node, zh, en)


MEASURE = Measure(
    "keeps_allowance",
    "household",
    (
        _condition("poor", "household.registered_poor", "属于建档立卡贫困户", "belongs to a registered poor household"),
        _condition("income", "household.net_income_per_head(2019) < params.line"),
        _condition("elder", "household.members.exists(m, m.age >= 60 && m.able_to_work)"),
    ),
)


@pytest.fixture
def household() -> Row:
    row = Row("household", 1, {"registered_poor": True, "members_complete": True, "wage_income@2019": 820_000})
    for name in ("business_income", "property_income", "transfer_income", "business_expense"):
        row.facts[f"{name}@2019"] = 0
    people = ({"birth_date": date(1950, 5, 1), "labour": "weak"}, {"birth_date": date(1990, 1, 1), "labour": "skilled"})
    row.manys["members"] = [
        Row("person", number, dict(facts), {"household": row}) for number, facts in enumerate(people, 1)
    ]
    return row


def _explain(row: Row, **params: int) -> Explanation:
    labels = {"line": ("低保线", "the line")}
    return explain(MEASURE, row=row, params=params, as_of=AS_OF, vocabulary=load_vocabulary(), parameters=labels)


def test_a_yes_is_told_with_every_value(household: Row):
    told = _explain(household, line=500_000)
    assert told.verdict == YES
    poor, income, elder = told.conditions
    assert (poor.zh, poor.told_zh) == ("属于建档立卡贫困户", "建档立卡贫困户:是")
    assert income.told_zh == "2019年人均纯收入 4,100.00元 < 低保线 5,000.00元"
    assert income.told_en == "net income per head in 2019 4,100.00 yuan < the line 5,000.00 yuan"
    assert [child.subject for child in elder.children] == [("person", 1), ("person", 2)]
    assert [child.verdict for child in elder.children] == [YES, NO]
    found = {leaf.ref: leaf.value_zh for leaf in leaves(income)}
    assert found[FactRef("household", 1, "wage_income", 2019)] == "8,200.00元"
    assert found[FactRef("params", 0, "line", None)] == "5,000.00元"
    assert FactRef("person", 1, "labour", None) in {leaf.ref for leaf in leaves(elder)}


def test_a_no_names_what_failed_and_by_how_far(household: Row):
    household.facts["wage_income@2019"] = 1_000_000
    told = _explain(household, line=500_000)
    assert told.verdict == NO
    changes = would_change(MEASURE, row=household, params={"line": 500_000}, as_of=AS_OF, vocabulary=load_vocabulary())
    assert [(change.condition, change.distance) for change in changes] == [("income", -1)]
    assert "0.01元" in changes[0].zh


def test_money_without_a_minor_unit_is_told_whole(household: Row):
    world = {"row": household, "params": {"line": 300_000}, "as_of": AS_OF, "vocabulary": load_vocabulary()}
    dong = Money("盾", "dong", 0)
    told = explain(MEASURE, **world, currency=dong)
    assert told.conditions[1].told_zh.endswith("410,000盾 < line 300,000盾")
    (change,) = would_change(MEASURE, **world, currency=dong)
    assert change.en.endswith("(off by 110,001 dong)")


def test_the_nearest_failed_condition_comes_first(household: Row):
    household.facts |= {"wage_income@2019": 9_000_000, "registered_poor": False}
    household.manys["members"][0].facts["labour"] = "lost"
    changes = would_change(MEASURE, row=household, params={"line": 500_000}, as_of=AS_OF, vocabulary=load_vocabulary())
    assert {change.condition for change in changes} == {"poor", "income", "elder"}
    assert changes[0].condition == "income"


def test_an_unknown_is_told_by_the_facts_that_matter(household: Row):
    del household.facts["wage_income@2019"]
    del household.manys["members"][1].facts["labour"]
    told = _explain(household)
    assert told.verdict == NOT_KNOWN
    assert "未知" in told.conditions[1].told_zh
    changes = would_change(MEASURE, row=household, params={}, as_of=AS_OF, vocabulary=load_vocabulary())
    assert {change.ref for change in changes} == {
        FactRef("household", 1, "wage_income", 2019),
        FactRef("params", 0, "line"),
    }


def test_a_relation_not_complete_is_told_as_a_leaf(household: Row):
    del household.facts["members_complete"]
    household.manys["members"][0].facts["labour"] = "lost"
    elder = _explain(household, line=1).conditions[2]
    assert elder.verdict == NOT_KNOWN
    assert elder.children[-1].ref == FactRef("household", 1, "members_complete", None)


def test_every_rule_can_be_told_and_says_what_the_definition_says():
    from random import Random

    random = Random(7)
    for subject, node in draw_subjects(random, 300, has=True):
        world, params = draw_world(random), draw_parameters(random)
        for row in world.rows.get(subject, [])[:2]:
            told = explain_node(node, row=row, params=params, as_of=WORLD_DAY, vocabulary=VOCABULARY)
            assert told.result == evaluate(node, row=row, params=params, as_of=WORLD_DAY)
            assert told.zh
            assert told.en
            assert all(part.told_zh and part.told_en for part in told.walk())


def test_reasons_fit_two_bits_each_and_come_back():
    verdicts = (0, 1, 2, 3, 1)
    assert unpack_reasons(pack_reasons(verdicts), 5) == verdicts
    assert [conjoin(some) for some in ((1, 1), (1, 2), (1, 3), (2, 0), (3, 0), (1, 0))] == [1, 2, 2, 0, 0, 0]
    with pytest.raises(ValueError, match="1 to 30"):
        Measure("too_many", "household", MEASURE.conditions * 11)
