"""What `doudi rule eval` answers: values with their types, the facts missing by name, and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from doudi.facts import load_vocabulary
from doudi.rules.evaluation import answer


def _answer(**case: Any) -> dict[str, Any]:
    return answer([case], vocabulary=load_vocabulary())[0]


@pytest.mark.parametrize(
    ("word", "given", "expr", "value"),
    [
        ("bool", True, "x", True),
        ("int", -(2**63), "x", -(2**63)),
        ("decimal", 1.5, "x * 2", 3.0),
        ("decimal", "922337203685477.5807", "x", "922337203685477.5807"),
        ("money", 12345, "x + yuan(1)", 12445),
        ("text", "中\n😀", "x + '!'", "中\n😀!"),
        ("date", "2020-02-29", "x + months(12)", "2021-02-28"),
        ("days", 3, "x + days(4)", 7),
        ("months", 3, "-x", -3),
        ("code(a, b)", "a", "x == 'a'", True),
        ("list(int)", [1, 2], "x + [3]", [1, 2, 3]),
        ("list(list(text))", [["a"], []], "x.map(y, size(y))", [1, 0]),
        ("list(date)", ["2020-01-01"], "x", ["2020-01-01"]),
    ],
)
def test_values_come_back_in_their_type(word: str, given: Any, expr: str, value: Any):
    found = _answer(expr=expr, facts={"x": given}, types={"x": word})
    assert found == {"value": value}
    assert type(found["value"]) is type(value)


@pytest.mark.parametrize(
    ("word", "given"),
    [
        ("int", True),
        ("int", 1.5),
        ("int", 2**63),
        ("int", "3"),
        ("bool", 1),
        ("decimal", "1.00001"),
        ("decimal", "1e3"),
        ("money", 1.5),
        ("date", "2020-02-30"),
        ("text", 3),
        ("text", "a\x00"),
        ("list(int)", ["a"]),
        ("intt", 3),
    ],
)
def test_a_value_not_of_its_type_is_refused_by_name(word: str, given: Any):
    found = _answer(expr="x == x", facts={"x": given}, types={"x": word})
    assert found["refused"] == "case"
    assert found["error"].startswith("x: ")


def test_types_left_out_are_taken_from_the_values():
    assert _answer(expr="a && b > 2 && c == 'x' && d < 2.0", facts={"a": True, "b": 3, "c": "x", "d": 1.5}) == {
        "value": True
    }


def test_what_is_missing_is_named_as_the_case_names_it():
    types = {"h": {"people": [{"age": "int"}], "home": {"poor": "bool"}, "income": "yearly(money)"}}
    found = _answer(
        expr="h.people.exists(p, p.age > 60) || h.home.poor || h.income(2019) < params.line || n > 1",
        facts={"h": {"people": [{"age": 3}, {}]}},
        types={**types, "n": "int", "params": {"line": "money"}},
    )
    assert set(found["unknown"]) == {
        "h.people[1].age",
        "h.people_complete",
        "h.home",
        "h.income(2019)",
        "n",
        "params.line",
    }


def test_one_bad_line_does_not_stop_the_others():
    cases: list[Any] = [
        {"expr": "1 +"},
        [],
        {"expr": 3},
        {"facts": {}},
        {"expr": "1 + 1", "facts": 3},
        {"expr": "1 + 1"},
    ]
    found = answer(cases)
    assert found[-1] == {"value": 2}
    assert ["refused" in one for one in found] == [True] * 5 + [False]


def test_subjects_of_the_vocabulary_need_no_types():
    facts = {"household": {"members": [{"labour": "weak", "birth_date": "1950-01-01"}], "members_complete": True}}
    assert _answer(expr="household.members.all(m, m.age >= 60 && m.able_to_work)", facts=facts) == {"value": True}
    assert _answer(expr="household.members.all(m, m.household.insured)", facts=facts) == {
        "unknown": ["household.insured"]
    }


def test_the_day_is_the_case_s():
    facts = {"person": {"birth_date": "1960-02-28"}}
    assert _answer(expr="person.age", facts=facts) == {"value": 59}
    assert _answer(expr="person.age", facts=facts, as_of="2020-02-28") == {"value": 60}
