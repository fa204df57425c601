"""Plans over the whole county: 2,913 workers who still have to go out, in 321 villages, to forty places on four days.

    python -m bench.plans [--workers 2913] [--seats 45] [--rounds 3] [--json]

The workers are drawn with a fixed seed; nothing is read or written.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from doudi.delivery import travel
from doudi.delivery.travel import Rider

BAR = 30.0  # seconds
TOWNS, VILLAGES, PLACES, DAYS = 20, 321, 10, 4


def riders(workers: int) -> list[Rider]:
    """Workers of villages of uneven size."""
    dice = random.Random(20_200_227)  # noqa: S311 - a repeatable problem
    codes = [f"5109211{at % TOWNS:02d}{200 + at // TOWNS:03d}" for at in range(VILLAGES)]
    weights = [dice.random() + 0.2 for _ in codes]
    chosen = dice.choices(codes, weights, k=workers)
    begun = date(2020, 3, 3)
    return [
        Rider(at, code, f"P{dice.randrange(PLACES)}", begun + timedelta(days=dice.randrange(DAYS)))
        for at, code in enumerate(chosen)
    ]


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
@click.option("--rounds", default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(workers: int, seats: int, rounds: int, as_json: bool) -> None:
    """Measure, and print it."""
    found = measure(workers, seats, rounds)
    if as_json:
        print(json.dumps(found))
        return
    print(
        f"journeys: {found['workers']:,} workers in {found['vehicles']} vehicles of {seats} seats,"
        f" {found['processor_seconds']} s of processor (bar {BAR:.0f} s); gap {found['gap']:.3%}"
    )


if __name__ == "__main__":
    main()
