"""How statements become a belief: source order, recency, `keeps`, words taken back."""

from __future__ import annotations

import datetime
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doudi.facts import vocabulary
from doudi.register import resolution
from doudi.register.resolution import Said

WORDS = vocabulary.load()
LASTS = resolution.lasting(WORDS, "household")
RANK = resolution.rank_in(WORDS, "household")
HIT = WORDS.kinds["household"].facts["wage_income_hit"]  # field, household, village; keeps 90 days
ALLOWANCE = WORDS.kinds["household"].facts["minimum_allowance"]  # bureau, national, ..., household; for ever
AS_OF = datetime.date(2020, 2, 27)


def said(number: int, source: str, about: str, recorded: int = 0, /, **facts: Any) -> Said:
    return Said(number, source, about, recorded, facts)


CASES: dict[str, tuple[list[Said], Any, str]] = {
    "one source": ([said(1, "national", "2020-01-01", minimum_allowance=True)], True, "national"),
    "the order of sources beats recency": (
        [
            said(1, "bureau", "2018-01-01", minimum_allowance=True),
            said(2, "household", "2020-01-01", minimum_allowance=False),
        ],
        *(True, "bureau"),
    ),
    "of one source, the later day": (
        [
            said(1, "national", "2020-01-02", minimum_allowance=True),
            said(2, "national", "2020-01-01", minimum_allowance=False),
        ],
        *(True, "national"),
    ),
    "of one day, the later recording": (
        [
            said(2, "national", "2020-01-01", 5, minimum_allowance=True),
            said(1, "national", "2020-01-01", 9, minimum_allowance=False),
        ],
        *(False, "national"),
    ),
    "of one moment, the later statement": (
        [
            said(2, "national", "2020-01-01", minimum_allowance=True),
            said(1, "national", "2020-01-01", minimum_allowance=False),
        ],
        *(True, "national"),
    ),
    "a word taken back lets the next source speak": (
        [
            said(1, "bureau", "2019-01-01", minimum_allowance=True),
            said(2, "bureau", "2020-01-01", minimum_allowance=None),
            said(3, "household", "2019-06-01", minimum_allowance=False),
        ],
        *(False, "household"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_whose_word_is_believed(case: str) -> None:
    statements, value, source = CASES[case]
    for order in permutations(statements):
        document, _ = resolution.resolve(order, RANK)
        cell = document["minimum_allowance"]
        assert (cell[0], cell[2]) == (value, source)
        assert cell[1] == next(s.id for s in statements if s.source == source and s.facts["minimum_allowance"] == value)


def test_a_word_taken_back_and_nothing_else_is_nothing_known() -> None:
    statements = [said(1, "bureau", "2019-01-01", insured=True), said(2, "bureau", "2020-01-01", insured=None)]
    assert resolution.resolve(statements, RANK) == ({}, [])


KEPT = {
    "ninety days ago still holds": ("2019-11-29", True),
    "ninety-one days ago does not": ("2019-11-28", None),
    "today": ("2020-02-27", True),
}


@pytest.mark.parametrize("case", KEPT)
def test_a_fact_that_no_longer_keeps_is_unknown(case: str) -> None:
    about, value = KEPT[case]
    document, _ = resolution.resolve([said(1, "field", about, wage_income_hit=True)], RANK)
    flat = resolution.flatten(document, LASTS)["wage_income_hit"]
    assert resolution.settle(flat, HIT, resolution.oldest_kept(HIT, AS_OF)) is value
    word = resolution.believed(document["wage_income_hit"], HIT, AS_OF)
    assert (word.value if word else None) is value
    assert resolution.words(document["wage_income_hit"], HIT)[0].about == about  # the last word is still shown


def test_when_the_trusted_word_no_longer_keeps_the_fresh_one_is_believed() -> None:
    statements = [
        said(1, "field", "2019-10-01", wage_income_hit=True),
        said(2, "village", "2020-02-01", wage_income_hit=False),
    ]
    document, contested = resolution.resolve(statements, RANK)
    flat = resolution.flatten(document, LASTS)["wage_income_hit"]
    assert resolution.settle(flat, HIT, resolution.oldest_kept(HIT, AS_OF)) is False
    assert resolution.settle(flat, HIT, resolution.oldest_kept(HIT, datetime.date(2019, 12, 1))) is True
    assert contested == ["wage_income_hit"]


def test_sources_that_agree_are_not_contested_and_those_that_differ_are_all_kept() -> None:
    agree = [
        said(1, "bureau", "2020-01-01", minimum_allowance=True),
        said(2, "paper", "2019-01-01", minimum_allowance=True),
    ]
    assert resolution.resolve(agree, RANK)[1] == []
    document, contested = resolution.resolve(
        [*agree, said(3, "household", "2020-01-03", minimum_allowance=False)], RANK
    )
    assert contested == ["minimum_allowance"]
    assert [other[1] for other in document["minimum_allowance"][4]] == ["paper", "household"]
    flat = resolution.flatten(document, LASTS)["minimum_allowance"]
    assert resolution.alternatives(flat, ALLOWANCE, AS_OF) == [False]


def test_a_fact_the_vocabulary_does_not_know_takes_the_general_order() -> None:
    statements = [said(1, "household", "2020-01-01", extra=1), said(2, "national", "2019-01-01", extra=2)]
    assert resolution.resolve(statements, RANK)[0]["extra"][0] == 2


SOURCES = st.sampled_from(HIT.sources)
DAYS = st.integers(0, 200).map(lambda back: (AS_OF - datetime.timedelta(days=back)).isoformat())
TOLD = st.lists(st.tuples(SOURCES, DAYS, st.booleans()), max_size=6)


@given(TOLD, st.permutations(HIT.sources))
def test_a_document_resolves_the_same_for_any_order_of_sources_as_its_statements_would(
    told: list[tuple[str, str, bool]], order: list[str]
) -> None:
    """A reader with another vocabulary need not go back to the statements."""
    statements = [said(n, source, about, n, wage_income_hit=value) for n, (source, about, value) in enumerate(told)]
    fact = replace(HIT, sources=tuple(order))
    document, _ = resolution.resolve(statements, RANK)
    flat = resolution.flatten(document, LASTS).get("wage_income_hit")
    limit = resolution.oldest_kept(fact, AS_OF)
    assert (None if flat is None else resolution.settle(flat, fact, limit)) == by_the_book(statements, order, limit)


def by_the_book(statements: list[Said], order: list[str], limit: str) -> bool | None:
    """The most trusted source whose last word still holds."""
    for source in order:
        own = sorted((s for s in statements if s.source == source), key=lambda s: (s.about, s.recorded, s.id))
        if own and own[-1].about >= limit:
            return bool(own[-1].facts["wage_income_hit"])
    return None
