"""Plans over the whole county: who buys what from whom, and who rides in which vehicle.

    python -m bench.plans [--workers 2913] [--seats 45] [--households 22180] [--rounds 3] [--json]

Purchases: every registered poor household with stock, 9,000 helpers and their units in equal amounts, firms and others.
Journeys: 2,913 workers who still have to go out, in 321 villages, to ten places on four days. Both are drawn with a
fixed seed; nothing is read or written.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from doudi.delivery import matching, travel
from doudi.delivery.matching import Offer, Problem, Stock
from doudi.delivery.travel import Rider

BAR = 30.0  # seconds
TOWNS, VILLAGES, PLACES, DAYS = 20, 321, 10, 4
COUNTY = "510921000000"
FLOOR = 30_000  # fen
HELPERS, UNITS, OTHERS = 9_000, 150, 300
KINDS = {"鸡蛋": (120, True), "土鸡": (8_000, True), "腊肉": (3_500, False), "红薯": (200, False), "柠檬": (600, False),
         "菜籽油": (1_500, False)}  # fmt: skip


def riders(workers: int) -> list[Rider]:
    """Workers of villages of uneven size."""
    dice = random.Random(20_200_227)  # noqa: S311 - a repeatable problem
    codes = _villages()
    weights = [dice.random() + 0.2 for _ in codes]
    chosen = dice.choices(codes, weights, k=workers)
    begun = date(2020, 3, 3)
    return [
        Rider(at, code, f"P{dice.randrange(PLACES)}", begun + timedelta(days=dice.randrange(DAYS)))
        for at, code in enumerate(chosen)
    ]


def market(households: int) -> Problem:
    """Households with a lot or two each, most below the floor, and buyers whose wishes do not quite suffice."""
    dice = random.Random(20_200_227)  # noqa: S311 - a repeatable problem
    codes, names = _villages(), list(KINDS)
    homes = {home: dice.choice(codes) for home in range(1, households + 1)}
    stock = []
    for home, village in homes.items():
        for kind in dice.sample(names, dice.choice((1, 1, 2))):
            price, whole = KINDS[kind]
            fen = dice.randrange(20_000, 90_000) // price * price
            stock.append(Stock(len(stock) + 1, home, village, kind, fen, price, whole))
    needs = {home: dice.choice((FLOOR, FLOOR, FLOOR - dice.randrange(FLOOR))) for home in homes}
    count = max(1, HELPERS * households // 22_180)
    paired: dict[int, list[int]] = {}
    for home in homes:
        paired.setdefault(1 + home % count, []).append(home)
    share, first = max(1, count // UNITS), count + 1
    helpers = [Offer(n, COUNTY, dice.randrange(10, 41) * 1_000, unit=first + n // share) for n in range(1, count + 1)]
    units = [Offer(n, COUNTY, share * dice.randrange(20, 40) * 1_000) for n in range(first, first + count // share + 1)]
    others = [_firm(dice, first + UNITS * 9 + n, codes, names) for n in range(max(1, OTHERS * households // 22_180))]
    return Problem(
        needs, tuple(stock), tuple(helpers), {n: tuple(some) for n, some in paired.items()}, tuple(units), tuple(others)
    )


def _villages() -> list[str]:
    return [f"5109211{at % TOWNS:02d}{200 + at // TOWNS:03d}" for at in range(VILLAGES)]


def _firm(dice: random.Random, number: int, codes: list[str], names: list[str]) -> Offer:
    """A buyer of anything anywhere, of some kinds, or of one town alone."""
    fen = dice.randrange(2, 30) * 100_000
    kinds = frozenset(dice.sample(names, 2)) if number % 3 else frozenset()
    places = (dice.choice(codes)[:9],) if number % 4 == 0 else ()
    return Offer(number, dice.choice([COUNTY, *codes]), fen, kinds, places)


def purchases(households: int, rounds: int) -> dict[str, Any]:
    """Processor seconds of the purchases' plan (median of rounds), what it costs, its bound and gap, what lacks."""
    problem, took = market(households), []
    for _ in range(rounds):
        begun = time.process_time()
        plan = matching.plan_purchases(problem)
        took.append(time.process_time() - begun)
    return {
        "households": households,
        "buyers": len(problem.helpers) + len(problem.units) + len(problem.others),
        "lots": len(plan.lots),
        "lacking": len(plan.lacking),
        "effort": plan.effort,
        "bound": plan.bound,
        "gap": round(plan.gap, 6),
        "rounds": rounds,
        "processor_seconds": round(statistics.median(took), 3),
        "bar": BAR,
    }


def measure(workers: int, seats: int, rounds: int) -> dict[str, Any]:
    """Processor seconds of the journeys' plan (median of rounds), what it costs, its bound and gap."""
    problem, took = riders(workers), []
    for _ in range(rounds):
        begun = time.process_time()
        plan = travel.plan_journeys(problem, seats=seats)
        took.append(time.process_time() - begun)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "workers": workers,
        "seats": seats,
        "vehicles": len(plan.loads),
        "effort": plan.effort,
        "bound": plan.bound,
        "gap": round(plan.gap, 6),
        "rounds": rounds,
        "processor_seconds": round(statistics.median(took), 3),
        "bar": BAR,
    }


@click.command()
@click.option("--workers", default=2_913, show_default=True)
@click.option("--seats", default=45, show_default=True)
@click.option("--households", default=22_180, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(workers: int, seats: int, households: int, rounds: int, as_json: bool) -> None:
    """Measure, and print both."""
    bought, found = purchases(households, rounds), measure(workers, seats, rounds)
    if as_json:
        print(json.dumps({**found, "purchases": bought}))
        return
    print(
        f"purchases: {bought['households']:,} households, {bought['buyers']:,} buyers, {bought['lots']:,} lots,"
        f" {bought['lacking']:,} below the floor; {_held(bought)}; gap {bought['gap']:.3%}"
    )
    print(
        f"journeys: {found['workers']:,} workers in {found['vehicles']} vehicles of {seats} seats;"
        f" {_held(found)}; gap {found['gap']:.3%}"
    )


def _held(found: dict[str, Any]) -> str:
    word = "holds" if found["processor_seconds"] <= BAR else "MISSED"
    return f"{found['processor_seconds']} s of processor (bar {BAR:.0f} s: {word})"


if __name__ == "__main__":
    main()
