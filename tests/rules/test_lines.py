"""The cut of a limited measure, with keys and qualifications unknown: sound, exact for one, and the same in SQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doudi.facts import vocabulary
from doudi.policy.packs_tables import tables_of
from doudi.rules.check import check
from doudi.rules.engines import duckdb, sql
from doudi.rules.lines import Place, lot, stand_in_line
from doudi.rules.measures import Condition, Key, Limit, Measure
from doudi.rules.nodes import Node
from doudi.rules.results import NO, NOT_KNOWN, YES
from doudi.rules.rows import Row
from doudi.rules.types import INT, Type, row_of

WORDS = vocabulary.load()
DAY = date(2020, 2, 27)
UNSAID = object()


def rule(text: str, subject: str | None = "household", expect: Type | None = None) -> Node:
    return check(text, vocabulary=WORDS, subject=subject, parameters={"posts": INT}, expect=expect)


MEASURE = Measure(
    "posts",
    "household",
    (Condition("poor", rule("household.registered_poor")),),
    limit=Limit(
        per=rule("household.village", expect=row_of("place")),
        count=rule("params.posts", None),
        order=(Key(rule("household.monitored")), Key(rule("household.sold_in_window")), "lot"),
    ),
)
KNOWN = {"registered_poor": (True, False), "monitored": (True, False), "sold_in_window": (0, 1, 2)}
HOUSEHOLD = st.fixed_dictionaries(
    {
        "registered_poor": st.sampled_from([True, True, True, False, UNSAID]),
        "monitored": st.sampled_from([True, False, UNSAID]),
        "sold_in_window": st.sampled_from([0, 1, 2, UNSAID]),
    }
)
VILLAGE = st.sampled_from([1, 1, 1, 2, UNSAID])


def rows_of(facts: list[dict[str, Any]], villages: list[Any]) -> list[Row]:
    places = {1: Row("place", 1), 2: Row("place", 2)}
    rows = []
    for index, (stated, village) in enumerate(zip(facts, villages, strict=True)):
        row = Row("household", index + 1, {name: value for name, value in stated.items() if value is not UNSAID})
        row.ones["village"] = places.get(village)
        rows.append(row)
    return rows


def stand(rows: list[Row], posts: int | None, seed: str = "s") -> dict[int, Place]:
    params = {} if posts is None else {"posts": posts}
    return stand_in_line(MEASURE, rows, params=params, as_of=DAY, seed=seed)


def completions(facts: list[dict[str, Any]], villages: list[Any]) -> list[tuple[list[dict[str, Any]], list[int]]]:
    choices = [list(KNOWN[name]) if each[name] is UNSAID else [each[name]] for each in facts for name in KNOWN]
    places = [[1, 2] if village is UNSAID else [village] for village in villages]
    found = []
    for values in product(*choices, *places):
        filled = [dict(zip(KNOWN, values[3 * at : 3 * at + 3], strict=True)) for at in range(len(facts))]
        found.append((filled, list(values[3 * len(facts) :])))
    return found


def unsaid(facts: list[dict[str, Any]], villages: list[Any]) -> int:
    return sum(value is UNSAID for stated in facts for value in stated.values()) + villages.count(UNSAID)


@settings(deadline=None)
@given(st.lists(st.tuples(HOUSEHOLD, VILLAGE), min_size=1, max_size=4), st.integers(0, 3))
def test_no_completion_contradicts_a_decided_place(drawn: list[tuple[dict[str, Any], Any]], posts: int) -> None:
    facts, villages = [stated for stated, _ in drawn], [village for _, village in drawn]
    if unsaid(facts, villages) > 6:
        return
    before = stand(rows_of(facts, villages), posts)
    for filled, settled in completions(facts, villages):
        after = stand(rows_of(filled, settled), posts)
        for subject, place in before.items():
            assert place.verdict in (NOT_KNOWN, after[subject].verdict)
            if place.best is not None and after[subject].best is not None:
                assert place.best <= after[subject].best <= (place.worst or 0)


@given(st.lists(st.tuples(HOUSEHOLD, st.sampled_from([1, 2])), min_size=1, max_size=9), st.integers(0, 4))
def test_when_all_is_known_the_first_get_it(drawn: list[tuple[dict[str, Any], int]], posts: int) -> None:
    facts = [{n: KNOWN[n][0] if v is UNSAID else v for n, v in stated.items()} for stated, _ in drawn]
    rows = rows_of(facts, [village for _, village in drawn])
    places = stand(rows, posts)
    for village in (1, 2):
        mine = [row for row in rows if row.ones["village"].id == village and row.facts["registered_poor"]]
        order = sorted(
            mine, key=lambda row: (not row.facts["monitored"], row.facts["sold_in_window"], lot("s", row.id))
        )
        assert [places[row.id].verdict for row in order] == [YES] * min(posts, len(order)) + [NO] * (len(order) - posts)
        assert [places[row.id].best for row in order] == list(range(1, len(order) + 1))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(HOUSEHOLD, VILLAGE), min_size=1, max_size=8), st.sampled_from([None, 0, 1, 2, 3]))
def test_duckdb_draws_the_same_line(drawn: list[tuple[dict[str, Any], Any]], posts: int | None) -> None:
    rows = rows_of([stated for stated, _ in drawn], [village for _, village in drawn])
    params = {} if posts is None else {"posts": posts}
    program = sql.compile_kind([MEASURE], vocabulary=WORDS, params_sets=[params], as_of=DAY, dialect="duckdb", seed="s")
    table = duckdb.Engine().run(program, tables_of(rows, WORDS)).to_pylist()
    assert program.answers is not None
    names = program.answers[0, "posts"]
    found = {row["id"]: (row[names.verdict], row[names.qualifies], row[names.place], row[names.last]) for row in table}
    wanted = {
        subject: (place.verdict, place.qualifies, place.best, place.worst)
        for subject, place in stand(rows, posts).items()
    }
    assert found == wanted


@pytest.mark.parametrize(
    ("order", "wanted"),
    [((Key(rule("household.sold_in_window"), descending=True),), {1: NO, 2: YES}), (("lot",), {1: NO, 2: YES})],
    ids=["descending", "lot"],
)
def test_keys(order: tuple[Key | str, ...], wanted: dict[int, int]) -> None:
    assert MEASURE.limit is not None
    measure = replace(MEASURE, limit=replace(MEASURE.limit, order=order))
    facts = [{"registered_poor": True, "sold_in_window": amount, "monitored": False} for amount in (1, 2)]
    seed = next(str(number) for number in range(99) if lot(str(number), 2) < lot(str(number), 1))
    placed = stand_in_line(measure, rows_of(facts, [1, 1]), params={"posts": 1}, as_of=DAY, seed=seed)
    assert {subject: place.verdict for subject, place in placed.items()} == wanted


def test_a_measure_without_a_limit_has_no_line() -> None:
    with pytest.raises(ValueError, match="no limit"):
        stand_in_line(replace(MEASURE, limit=None), [], params={}, as_of=DAY, seed="")
