"""Forecasts: the middle pace of the last weeks, a band, and no answer under two points."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doudi.projects import forecasts
from doudi.projects.forecasts import DONE, MOVING, STALLED, UNKNOWN, WHOLE, Forecast, after

FIRST = date(2020, 1, 3)


def weeks(*shares: int) -> list[tuple[date, int]]:
    return [(FIRST + timedelta(weeks=at), share) for at, share in enumerate(shares)]


@pytest.mark.parametrize(
    ("shares", "standing", "end"),
    [
        ([], UNKNOWN, None),
        ([500], UNKNOWN, None),
        ([1_000, 2_000], MOVING, date(2020, 3, 6)),  # eight more weeks
        ([1_000, 2_000, 9_000, 4_000, 5_000], MOVING, date(2020, 3, 6)),  # one wrong report bends nothing
        ([1_000, 1_000, 1_000], STALLED, None),
        ([3_000, 2_000], STALLED, None),
        ([5_000, WHOLE], DONE, date(2020, 1, 10)),
        ([WHOLE], DONE, date(2020, 1, 3)),
        ([9_000, WHOLE, 9_500, WHOLE], DONE, date(2020, 1, 24)),  # taken back once: done when it was so for good
    ],
)
def test_by_example(shares: list[int], standing: str, end: date | None) -> None:
    found = forecasts.of(weeks(*shares), as_of=date(2020, 2, 1))
    assert found.standing == standing
    if standing != STALLED:
        assert found.end == end


def test_what_cannot_end_within_ten_years_counts_as_late() -> None:
    found = forecasts.of(weeks(0, 0), as_of=date(2020, 2, 1))
    assert found.end == date(2020, 2, 1) + forecasts.FARTHEST
    assert found.late is None


def test_nothing_later_than_the_day_is_looked_at() -> None:
    assert forecasts.of(weeks(1_000, 2_000, WHOLE), as_of=date(2020, 1, 11)).standing == MOVING


def test_money_is_not_out_before_the_works_end() -> None:
    works = Forecast(MOVING, date(2020, 7, 1), date(2020, 6, 20), date(2020, 8, 1))
    money = Forecast(MOVING, date(2020, 5, 1), date(2020, 4, 1), date(2020, 5, 9))
    assert after(money, works).end == date(2020, 7, 1)
    assert after(money, Forecast(UNKNOWN)) == money
    assert after(Forecast(UNKNOWN), works).end is None


@given(st.lists(st.integers(0, WHOLE - 1), min_size=2, max_size=12), st.integers(0, 30))
def test_the_band_holds_the_end_and_no_end_is_past(shares: list[int], later: int) -> None:
    as_of = FIRST + timedelta(weeks=len(shares) - 1, days=later)
    found = forecasts.of(weeks(*shares), as_of=as_of)
    assert found.end is not None
    assert found.end >= as_of
    assert found.early is None or found.early <= found.end
    assert found.late is None or found.late >= found.end


@given(st.lists(st.integers(0, 5_000), min_size=3, max_size=8, unique=True))
def test_more_done_last_is_never_later(shares: list[int]) -> None:
    """With the same past, a higher last report never moves the end back."""
    rising = sorted(shares)
    slow = forecasts.of(weeks(*rising), as_of=date(2020, 3, 27))
    fast = forecasts.of(weeks(*rising[:-1], rising[-1] + 1_000), as_of=date(2020, 3, 27))
    assert slow.end is not None
    assert fast.end is not None
    assert fast.end <= slow.end
