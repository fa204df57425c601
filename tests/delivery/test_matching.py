"""The purchase plan: within wishes and stock, equal pairs, as cheap as any, and short only where it must be."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from doudi.delivery.matching import EFFORT, Lot, Offer, Plan, Problem, Stock, plan_purchases

HERE, NEAR, FAR = "510921110212", "510921110700", "510921102701"
COUNTY = "510921000000"


def paid(plan: Plan) -> Counter[int]:
    """Fen by buyer."""
    found: Counter[int] = Counter()
    for lot in plan.lots:
        found[lot.buyer] += lot.fen if lot.unit is None else lot.fen // 2
        if lot.unit is not None:
            found[lot.unit] += lot.fen // 2
    return found


def test_a_helper_and_the_unit_buy_half_each_from_the_helpers_own_household() -> None:
    problem = Problem(
        needs={1: 30_000},
        stock=(Stock(1, 1, HERE, "鸡蛋", 40_000, 100),),
        helpers=(Offer(10, COUNTY, 20_000, unit=20),),
        paired={10: (1,)},
        units=(Offer(20, COUNTY, 90_000),),
        others=(Offer(30, HERE, 90_000),),
    )
    plan = plan_purchases(problem)
    assert plan.lots == (Lot(1, 10, 20, 30_000, "own"),)
    assert (plan.lacking, plan.gap, plan.effort) == ({}, 0.0, 30_000 * EFFORT["own"])


def test_what_the_pair_cannot_pay_comes_from_the_nearest_other_buyer() -> None:
    problem = Problem(
        needs={1: 30_000},
        stock=(Stock(1, 1, HERE, "鸡蛋", 40_000, 100),),
        helpers=(Offer(10, COUNTY, 5_000, unit=20),),
        paired={10: (1,)},
        units=(Offer(20, COUNTY, 90_000),),
        others=(Offer(30, FAR, 90_000), Offer(31, NEAR, 90_000), Offer(32, HERE, 4_000)),
    )
    plan = plan_purchases(problem)
    assert {(lot.buyer, lot.fen, lot.level) for lot in plan.lots} == {
        (10, 10_000, "own"),
        (32, 4_000, "village"),
        (31, 16_000, "town"),
    }


def test_a_shortage_is_proved_in_money_and_stock() -> None:
    problem = Problem(
        needs={1: 30_000, 2: 30_000},
        stock=(Stock(1, 1, HERE, "鸡蛋", 10_000, 100), Stock(2, 2, FAR, "蜂蜜", 90_000, 100)),
        others=(Offer(30, HERE, 25_000),),
    )
    plan = plan_purchases(problem)
    short = plan.shortage
    assert short is not None
    assert short.needed - short.stock - short.helpers - short.units - short.others == short.lacking
    assert short.lacking == sum(plan.lacking.values()) == 60_000 - 25_000
    assert short.households == {1, 2}


def test_what_is_sold_by_the_piece_is_sold_whole() -> None:
    problem = Problem(
        needs={1: 30_000},
        stock=(Stock(1, 1, HERE, "土鸡", 80_000, 8_000, whole=True),),
        others=(Offer(30, HERE, 90_000),),
    )
    (lot,) = plan_purchases(problem).lots
    assert lot.fen == 32_000


def test_nobody_buys_a_part_of_a_piece_where_the_wish_ends_within_one() -> None:
    problem = Problem(
        needs={1: 30_000},
        stock=(Stock(1, 1, HERE, "土鸡", 80_000, 8_000, whole=True),),
        others=(Offer(30, HERE, 20_000), Offer(31, HERE, 12_000), Offer(32, FAR, 7_999)),
    )
    plan = plan_purchases(problem)
    assert sorted(lot.fen for lot in plan.lots) == [8_000, 16_000]
    assert plan.lacking == {1: 6_000}


def test_a_wish_names_kinds_and_places() -> None:
    stock = (Stock(1, 1, HERE, "鸡蛋", 40_000, 100), Stock(2, 2, FAR, "鸡蛋", 40_000, 100))
    only_far = Offer(30, COUNTY, 90_000, frozenset({"鸡蛋"}), (FAR[:9],))
    only_honey = Offer(31, COUNTY, 90_000, frozenset({"蜂蜜"}))
    plan = plan_purchases(Problem(needs={1: 200, 2: 200}, stock=stock, others=(only_far, only_honey)))
    assert {(lot.stock, lot.buyer) for lot in plan.lots} == {(2, 30)}
    assert plan.lacking == {1: 200}


_place = st.sampled_from((HERE, NEAR, FAR, COUNTY))
_kind = st.sampled_from(("鸡蛋", "蜂蜜"))


@st.composite
def problems(draw: st.DrawFn, most: int, price: int = 3) -> Problem:
    homes = range(1, draw(st.integers(1, 3)) + 1)
    villages = {home: draw(st.sampled_from((HERE, NEAR, FAR))) for home in homes}
    fen = st.integers(0, most)
    stock = tuple(
        Stock(number, home, villages[home], draw(_kind), draw(fen), draw(st.integers(1, price)), draw(st.booleans()))
        for number, home in enumerate(draw(st.lists(st.sampled_from(list(homes)), min_size=1, max_size=3)), start=1)
    )
    wishes = st.frozensets(_kind, max_size=1), st.sampled_from(((), (HERE,), (FAR[:9],)))
    helpers = tuple(
        Offer(10 + n, COUNTY, draw(fen), draw(wishes[0]), draw(wishes[1]), unit=20)
        for n in range(draw(st.integers(0, 2)))
    )
    others = tuple(
        Offer(30 + n, draw(_place), draw(fen), draw(wishes[0]), draw(wishes[1])) for n in range(draw(st.integers(0, 2)))
    )
    return Problem(
        needs={home: draw(fen) for home in homes},
        stock=stock,
        helpers=helpers,
        paired={helper.id: tuple(home for home in homes if draw(st.booleans())) for helper in helpers},
        units=(Offer(20, COUNTY, draw(fen)),),
        others=others,
    )


@settings(max_examples=150, deadline=None)
@given(problems(400, 90))
def test_a_plan_keeps_to_stock_and_wishes(problem: Problem) -> None:
    plan = plan_purchases(problem)
    assert plan == plan_purchases(problem)
    offers = {offer.id: offer for offer in (*problem.helpers, *problem.units, *problem.others)}
    stock = {each.id: each for each in problem.stock}
    sold: Counter[int] = Counter()
    got: Counter[int] = Counter()
    for lot in plan.lots:
        each = stock[lot.stock]
        sold[lot.stock] += lot.fen // each.price * each.price if each.whole else lot.fen
        assert not each.whole or lot.fen % each.price <= (lot.unit is not None), "a part of a piece"
        got[each.household] += lot.fen
        assert offers[lot.buyer].takes(each)
        if lot.unit is not None:
            assert lot.fen % 2 == 0
            assert lot.unit == offers[lot.buyer].unit
            assert each.household in problem.paired[lot.buyer]
            assert offers[lot.unit].takes(each)
    assert all(sold[each.id] <= each.fen for each in problem.stock)
    assert all(fen <= offers[buyer].fen for buyer, fen in paid(plan).items())
    for home, need in problem.needs.items():
        assert got[home] + plan.lacking.get(home, 0) >= need
    assert plan.bound <= plan.effort or any(each.whole for each in problem.stock)


@settings(max_examples=60, deadline=None)
@given(problems(6))
def test_no_other_plan_serves_more_or_goes_less_far(problem: Problem) -> None:
    """Every way of sharing out whole steps is tried."""
    problem = Problem(
        problem.needs,
        tuple(Stock(s.id, s.household, s.village, s.kind, s.fen, 1) for s in problem.stock),
        problem.helpers,
        problem.paired,
        problem.units,
        problem.others,
    )
    plan = plan_purchases(problem)
    lacking, effort = _best(problem)
    assert (sum(plan.lacking.values()), plan.effort) == (lacking, effort)
    assert plan.bound == plan.effort
    assert (plan.shortage is None) == (lacking == 0)


def _best(problem: Problem) -> tuple[int, int]:
    """The least lacking, then the least effort, by trying every number of steps on every way."""
    ways = [(each, offer, None) for each in problem.stock for offer in problem.others if offer.takes(each)] + [
        (each, helper, problem.units[0])
        for each in problem.stock
        for helper in problem.helpers
        if each.household in problem.paired[helper.id] and helper.takes(each) and problem.units[0].takes(each)
    ]
    return _tried(problem, ways, [0] * len(ways), 0)


def _tried(problem: Problem, ways: list, steps: list[int], at: int) -> tuple[int, int]:
    if at == len(ways):
        return _told(problem, ways, steps)
    best = (10**9, 10**9)
    for much in range(4):
        steps[at] = much
        if not _fits(problem, ways, steps[: at + 1]):
            break
        best = min(best, _tried(problem, ways, steps, at + 1))
    steps[at] = 0
    return best


def _fits(problem: Problem, ways: list, steps: list[int]) -> bool:
    sold: Counter[int] = Counter()
    spent: Counter[int] = Counter()
    got: Counter[int] = Counter()
    for (each, offer, unit), much in zip(ways, steps, strict=False):
        sold[each.id] += much
        got[each.household] += much
        spent[offer.id] += much if unit else 2 * much
        if unit:
            spent[unit.id] += much
    offers = {offer.id: offer.fen for offer in (*problem.helpers, *problem.units, *problem.others)}
    return (
        all(sold[each.id] <= each.fen // 2 for each in problem.stock)
        and all(much <= (offers[who] // 2 * 2 if who >= 30 else offers[who]) for who, much in spent.items())
        and all(much <= -(-problem.needs[home] // 2) for home, much in got.items())
    )


def _told(problem: Problem, ways: list, steps: list[int]) -> tuple[int, int]:
    got: Counter[int] = Counter()
    effort = 0
    for (each, offer, unit), much in zip(ways, steps, strict=True):
        got[each.household] += much
        effort += 2 * much * EFFORT["own" if unit else offer.level(each.village)]
    lacking = sum(-(-need // 2) - got[home] for home, need in problem.needs.items())
    return 2 * lacking, effort
