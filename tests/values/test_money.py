"""Money as people write it, kept in whole minor units; spans of days; citations."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from doudi.values import citations, money
from doudi.values.citations import Citation
from doudi.values.periods import Period

READ = [("4,472,600", 100, 1, 447260000), ("0.01", 100, 1, 1), ("-3", 100, 1, -300), ("447.26", 100, 10_000, 447260000)]
READ += [("1790", 1, 1000, 1_790_000), (" 12．5 ", 100, 1, 1250), ("1，000", 100, 1, 100000)]
NOT_MONEY = ["", "abc", "1,00", "1.2.3", "1e5", "0.001", "NaN", "十元", "9" * 30, "--1", "1_000"]


@pytest.mark.parametrize(("text", "minor", "unit", "amount"), READ)
def test_an_amount_is_read_to_the_minor_unit(text: str, minor: int, unit: int, amount: int) -> None:
    assert money.read(text, minor=minor, unit=unit) == amount


@pytest.mark.parametrize("text", NOT_MONEY)
def test_what_is_no_amount_is_refused_and_never_rounded(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        money.read(text)


@pytest.mark.parametrize(
    ("amount", "minor", "told"), [(447260, 100, "4,472.60"), (-5, 100, "-0.05"), (1790, 1, "1,790")]
)
def test_an_amount_is_told_as_people_read_it(amount: int, minor: int, told: str) -> None:
    assert money.tell(amount, minor=minor) == told


def test_a_computed_amount_goes_to_the_nearest_unit_and_a_half_to_the_even() -> None:
    assert [money.nearest(Decimal(text), minor=1) for text in ("2.5", "3.5", "2.51", "-2.5")] == [2, 4, 3, -2]


D = datetime.date
SPANS = [
    (Period(D(2020, 1, 1), D(2020, 2, 1)), Period(D(2020, 2, 1)), False),
    (Period(D(2020, 1, 1), D(2020, 2, 2)), Period(D(2020, 2, 1)), True),
    (Period(D(2020, 1, 1)), Period(D(2019, 1, 1)), True),
]


@pytest.mark.parametrize(("one", "other", "overlap"), SPANS)
def test_spans_are_half_open(one: Period, other: Period, overlap: bool) -> None:
    assert one.overlaps(other) == other.overlaps(one) == overlap
    assert one.from_day in one
    assert one.until_day not in one if one.until_day else True


def test_a_span_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Period(D(2020, 1, 1), D(2020, 1, 1))
    assert Period(D(2020, 1, 1)).ending(D(2020, 1, 2)).until_day == D(2020, 1, 2)


CITED = [
    ("report:measure-1", Citation("report", "measure-1")),
    ("facts", Citation("facts")),
    ("gb-11643:6", Citation("gb-11643", "6")),
]


@pytest.mark.parametrize(("text", "citation"), CITED)
def test_a_citation_names_a_document_and_a_part(text: str, citation: Citation) -> None:
    assert citations.read(text) == citation
    assert str(citation) == text


@pytest.mark.parametrize("text", ["", "Report:1", "report:", ":1", "report: x", "a b"])
def test_what_cites_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="document:part"):
        citations.read(text)
