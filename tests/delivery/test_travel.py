"""Filling vehicles: everybody once, never more than the seats, near the least possible, and the bound a bound."""

from __future__ import annotations

import datetime
import itertools
from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from doudi.delivery import travel
from doudi.delivery.travel import TOWN, VEHICLE, VILLAGE, Rider

DAY = datetime.date(2020, 3, 5)
VILLAGES = [f"5109211{town:02d}{village:03d}" for town in (0, 1, 2) for village in (201, 202)]


def riders(*counts: int, destination: str = "宁波") -> list[Rider]:
    ids = itertools.count(1)
    return [Rider(next(ids), VILLAGES[at], destination, DAY) for at, count in enumerate(counts) for _ in range(count)]


def test_villages_of_one_town_share_a_vehicle_in_the_order_of_being_picked_up() -> None:
    plan = travel.plan_journeys(riders(2, 1, 3), seats=3)
    assert [load.stops for load in plan.loads] == [(VILLAGES[0], VILLAGES[1]), (VILLAGES[2],)]
    assert (plan.effort, plan.bound, plan.gap) == (2 * VEHICLE + 3 * VILLAGE + 2 * TOWN,) * 2 + (0.0,)


def test_two_destinations_or_two_days_never_share_a_vehicle() -> None:
    some = [Rider(1, VILLAGES[0], "宁波", DAY), Rider(2, VILLAGES[0], "东莞", DAY)]
    some.append(Rider(3, VILLAGES[0], "宁波", DAY + datetime.timedelta(days=1)))
    assert len(travel.plan_journeys(some, seats=45).loads) == 3


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=6, max_size=6), st.integers(1, 7))
def test_everybody_rides_once_within_the_seats_and_no_vehicle_too_many(counts: list[int], seats: int) -> None:
    asked = riders(*counts)
    plan = travel.plan_journeys(asked, seats=seats)
    assert Counter(each.id for load in plan.loads for each in load.riders) == Counter(each.id for each in asked)
    assert all(0 < len(load.riders) <= seats for load in plan.loads)
    assert len(plan.loads) == -(-len(asked) // seats)
    assert plan.bound <= plan.effort


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=6, max_size=6).filter(lambda some: 0 < sum(some) <= 6), st.integers(2, 3))
def test_no_way_of_seating_them_is_below_the_bound(counts: list[int], seats: int) -> None:
    asked = riders(*counts)
    best = min(_cost(asked, way) for way in _ways(len(asked), seats))
    plan = travel.plan_journeys(asked, seats=seats)
    assert plan.bound <= best <= plan.effort


def _ways(count: int, seats: int) -> list[tuple[int, ...]]:
    every = itertools.product(range(-(-count // seats) + 1), repeat=count)
    return [way for way in every if max(Counter(way).values()) <= seats]


def _cost(asked: Sequence[Rider], way: Sequence[int]) -> int:
    used = set(way)
    stops = {(number, rider.village) for number, rider in zip(way, asked, strict=True)}
    towns = {(number, code[:9]) for number, code in stops}
    return VEHICLE * len(used) + VILLAGE * len(stops) + TOWN * len(towns)
