"""The year's end: the bands hold what may happen, what is not known widens them, and both ways of reckoning agree."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from doudi.access.scope import Scope, as_engine
from doudi.monitoring import outlooks, projections
from doudi.monitoring.projections import ABOVE, BELOW, MAY_FALL, NOT_KNOWN, Added, Blocked

FULL = {
    "wage_income@2019": 3_650_000, "business_income@2019": 1_000_000, "business_expense@2019": 270_000,
    "property_income@2019": 0, "transfer_income@2019": 100_000, "wage_income_hit": True, "business_income_hit": False,
    "unsold_produce": False, "wages_now": 100_000, "wages_a_year_ago": 200_000,
}  # fmt: skip
WITHOUT = Blocked(least=73, most=146, past=27)
PARAMS: dict[str, Any] = {"line_2020": 400_000, "work_back_earliest": datetime.date(2020, 4, 14),
                          "work_back_latest": datetime.date(2020, 6, 26)}  # fmt: skip


def project(facts: dict[str, Any], heads: int | None = 2, added: tuple[Added, ...] = ()) -> projections.Projection:
    return projections.project(facts, heads, added, params=PARAMS, year=2019, without=WITHOUT)


def test_half_the_wages_are_lost_for_the_days_without_work() -> None:
    told = project(FULL)
    wage = told.lines[0]
    # half of 36,500 yuan a year is 50 yuan a day: 182/365 lost, for 73 to 146 days
    assert (wage.low, wage.high) == (3_650_000 - 728_000, 3_650_000 - 364_000)
    assert told.unknown == ()
    assert told.low == (wage.low + 730_000 + 100_000) // 2
    assert told.risk == ABOVE


def test_what_is_not_known_widens_the_band_and_is_named() -> None:
    told, unsure = project(FULL), project({k: v for k, v in FULL.items() if k != "wages_now"})
    assert unsure.low is not None
    assert told.low is not None
    assert unsure.high is not None
    assert told.high is not None
    assert unsure.low < told.low < told.high < unsure.high
    assert unsure.unknown == ("household:wages_now",)


@pytest.mark.parametrize("lacking", ["wage_income@2019", "business_expense@2019", "transfer_income@2019"])
def test_without_a_line_of_income_nothing_is_reckoned(lacking: str) -> None:
    told = project({name: value for name, value in FULL.items() if name != lacking})
    assert (told.low, told.high, told.with_measures(), told.risk) == (None, None, None, NOT_KNOWN)
    assert f"household:{lacking.partition('@')[0]}" in told.unknown


def test_who_is_in_the_household_must_be_known() -> None:
    told = project(FULL, heads=None)
    assert (told.risk, told.unknown[0]) == (NOT_KNOWN, "household:members_complete")


def test_how_a_band_lies_to_the_line() -> None:
    told = project(FULL)
    assert [told.risk_of(*band) for band in ((400_000, 500_000), (399_999, 400_000), (1, 399_999), (None, 1))] == [
        ABOVE, MAY_FALL, BELOW, NOT_KNOWN,
    ]  # fmt: skip


def test_measures_add_what_is_said_of_them_alone_or_together() -> None:
    added = (Added("award", 20_000, 20_000), Added("post", 240_000, 800_000), Added("out", None, None, lifts="wage"),
             Added("goods", None, None), Added("open", 99, 99, sure=False))  # fmt: skip
    told = project(FULL, added=added)
    assert told.low is not None
    assert told.high is not None
    assert told.with_measures(["award"]) == (told.low + 10_000, told.high + 10_000)
    assert told.with_measures(["goods"]) == (told.low, told.high)
    lifted = told.with_measures(["out"])
    assert lifted is not None
    assert told.low < lifted[0] <= lifted[1]
    assert lifted[1] == lifted[0]  # back at once: nothing more is uncertain
    every = told.with_measures()
    assert every == (lifted[0] + 130_000, lifted[1] + 410_000)  # what is open is not counted


def test_before_the_county_decides_the_low_lasts_to_the_years_end_and_the_high_to_today() -> None:
    start, on = datetime.date(2020, 2, 1), datetime.date(2020, 2, 27)
    assert projections.blocked({}, start=start, on=on) == Blocked(26, 335, 26)
    assert projections.blocked(PARAMS, start=start, on=on) == Blocked(73, 146, 26)


FACTS = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.integers(-(10**6), 10**8) for name in FULL if name.endswith("@2019")},
        **{name: st.booleans() for name in ("wage_income_hit", "business_income_hit", "unsold_produce")},
        **{name: st.integers(0, 10**7) for name in ("wages_now", "wages_a_year_ago")},
    },
)


@given(FACTS, st.integers(1, 9), st.integers(0, 400), st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_a_band_is_a_band_and_knowing_more_never_widens_it(facts: Any, heads: int, a: int, b: int) -> None:
    without = Blocked(min(a, b), max(a, b), min(a, b))
    told = projections.project(facts, heads, (), params=PARAMS, year=2019, without=without)
    for line in told.lines:
        assert line.low <= line.back <= line.high <= max(line.before, line.high)
    for name in ("wage_income_hit", "business_income_hit", "unsold_produce"):
        if name not in facts and told.known:
            for value in (True, False):
                more = projections.project({**facts, name: value}, heads, (), params=PARAMS, year=2019, without=without)
                assert told.low is not None
                assert more.low is not None
                assert told.high is not None
                assert told.low <= more.low
                assert more.high is not None
                assert more.high <= told.high


def test_one_household_and_the_list_of_all_say_the_same(run: Any) -> None:
    with transaction.atomic(), as_engine():
        listed = outlooks.of_run(run)
        assert len(listed) == 150
        for each in listed:
            one = outlooks.of_household(each.household_id, run, on=run.as_of)
            assert (one.low, one.high, one.risk, one.risk_with) == (each.low, each.high, each.risk, each.risk_with)
            assert one.with_measures() == ((each.with_low, each.with_high) if each.with_low is not None else None)
        places = outlooks.by_place(listed, 9)
        assert sum(counts["all"] for counts in places.values()) == 150


def test_a_scope_sees_its_own_households_lowest_first(run: Any) -> None:
    listed = outlooks.of_run(run)
    place = listed[0].place_code
    with transaction.atomic(), as_engine():
        seen = outlooks.seen(listed, Scope(frozenset([place])))
        assert outlooks.seen(listed, Scope()) == []
        assert [e.household_id for e in outlooks.seen(listed, Scope(households=frozenset([7])))] == [7]
    assert seen
    assert {each.place_code for each in seen} == {place}
    known = [each.low for each in seen if each.low is not None]
    assert known == sorted(known)
