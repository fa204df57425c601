"""The three-way merge as a table, and its law: nothing said meanwhile is overridden."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from doudi.facts.vocabulary import load
from doudi.monitoring.changes import (
    APPLIED,
    CONFLICT,
    HELD,
    NOTHING,
    PARALLEL,
    PROTECTED,
    SAME,
    Field,
    Held,
    is_protected,
    merge,
)

ME, OTHER = "li", "wang"


def held(value: Any, statement: int = 1, by: str = OTHER) -> Held:
    return Held(value, "household", statement, by)


def field(base: Any, mine: Any, *words: Held, version: int = 10, protected: bool = False, moved: bool = False) -> Field:
    return Field(base, mine, words, version, ME, protected, moved)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (field(None, None), NOTHING),
        (field(None, 5), APPLIED),
        (field(3, 3, held(3)), SAME),
        (field(3, 5, held(3)), APPLIED),
        (field(3, 5, held(3), moved=True), PARALLEL),
        (field(3, 5, held(5, 20)), SAME),
        (field(3, 5, held(4, 20)), CONFLICT),
        (field(None, 5, held(4, 20)), CONFLICT),
        (field(3, 3, held(4, 20)), CONFLICT),  # "still the same" of what is no longer so
        (field(3, 5, held(4, 20, ME)), APPLIED),  # one's own earlier word
        (field(3, 5), APPLIED),  # what was shown no longer holds, and nobody says otherwise
        (field(3, 5, held(3), held(4, 20)), CONFLICT),  # not believed, but said since
        (field(3, 5, held(3), held(4, 9)), APPLIED),  # said before the card was made
        (field(3, 5, held(3), held(4, 20), version=0), APPLIED),  # no version: by value alone
        (field(True, 1, held(True)), APPLIED),  # yes is not 1
        (field(3, 5, held(3), protected=True), PROTECTED),
        (field(3, 5, held(4, 20), protected=True), PROTECTED),
        (field(3, 3, held(3), protected=True), SAME),
        (field(None, 5, protected=True), APPLIED),  # nothing believed: what is said fills it
    ],
)
def test_the_table(given: Field, outcome: str) -> None:
    assert merge(given)[0] == outcome


def test_nothing_said_since_by_somebody_else_is_overridden() -> None:
    values = (None, 1, 2)
    for base, mine, believed, version, by in itertools.product(values, values, values, (0, 10), (ME, OTHER)):
        words = [] if believed is None else [held(believed, 20, by)]
        outcome, against = merge(field(base, mine, *words, version=version))
        overridden = bool(words) and mine not in (None, believed) and believed != base and by == OTHER
        assert (outcome in HELD) == overridden
        assert (against is not None) == (outcome in HELD)


def test_money_identity_standing_and_loans_are_protected() -> None:
    words = load()
    protected = {(k, f.name) for k, kind in words.kinds.items() for f in kind.facts.values() if is_protected(f)}
    assert {
        ("household", "wage_income"),
        ("household", "registered_poor"),
        ("household", "minimum_allowance"),
        ("household", "phone"),
        ("person", "birth_date"),
        ("loan", "extension_asked"),
    } <= protected
    assert not {("person", "working_away"), ("household", "unsold_produce"), ("person", "health")} & protected
