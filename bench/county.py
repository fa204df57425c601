"""The county's bars: from stored facts to stored, explained decisions, what-if, one household; each a median.

    python -m bench.county [--rounds 5] [--demo-rounds 1] [--households 24180] [--json]

Everything happens in a home of its own that is removed afterwards.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

DAY = date(2020, 2, 27)
NOW = datetime(2020, 2, 27, 12, tzinfo=UTC)
PACK = "pengxi_2020"
FACTS, WORK = "bench_facts", "bench_work"
CHANGED = 1_000
HOUSEHOLDS = 24_180  # the county of the report; bars are told of no other


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the table: seconds, and the bar they are held to (None where there is none)."""

    what: str
    seconds: float
    bar: float | None
    rounds: int
    spread: tuple[float, float]
    processor: float | None = None  # seconds of this process, user and system; without the database's

    def line(self) -> str:
        """The line as printed."""
        held = "" if self.bar is None else f"{self.bar * 1000:>10,.0f} ms  {self._verdict()}"
        low, high = self.spread
        own = "" if self.processor is None else f", processor {self.processor * 1000:,.0f}"
        spread = f"({low * 1000:,.1f}..{high * 1000:,.1f}{own})"
        return f"{self.what:<58}{self.seconds * 1000:>10,.1f} ms  {spread:<32}{held:>24}"

    def _verdict(self) -> str:
        assert self.bar is not None
        over = self.seconds / self.bar
        return "ok" if over <= 1 else f"MISSED by {over - 1:.0%}"


def _bar(what: str, times: list[float], bar: float | None) -> Bar:
    return Bar(what, statistics.median(times), bar, len(times), (min(times), max(times)))


def measure(*, rounds: int = 5, demo_rounds: int = 1, households: int = HOUSEHOLDS) -> list[Bar]:
    """Every bar of the county, in a home made for it. Prints what is under way on stderr."""
    folder = Path(tempfile.mkdtemp(prefix="doudi-bench-"))
    os.environ["DOUDI_HOME"] = str(folder / "home")
    try:
        made = [_demo(folder / "home", last=n == demo_rounds - 1, households=households) for n in range(demo_rounds)]
        bars = [_bar(f"demo county made and decided ({households:,} households)", made, 60)]
        with _opened() as cluster:
            _keep_facts(cluster)
            bars += _runs(cluster, folder / "home", rounds)
            bars += _trials(rounds)
            bars += _households()
        return bars
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _demo(home: Path, *, last: bool, households: int = HOUSEHOLDS) -> float:
    _say("making the demo county")
    started, demo = time.perf_counter(), ["demo", "--households", str(households), "--json"]
    subprocess.run([sys.executable, "-m", "doudi", *demo], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    if not last:
        shutil.rmtree(home)
    return seconds


@contextmanager
def _opened() -> Iterator[Any]:
    """The home open in this process; what is given is its server."""
    from doudi.cli import frame
    from doudi.cli.cluster import Cluster

    with click.Context(click.Command("bench")) as context:
        home = frame.open_home(context)
        yield Cluster(home)


def _keep_facts(cluster: Any) -> None:
    """A database with the county's facts and nothing decided or delivered yet, to start each first run from."""
    from django.db import connections

    connections.close_all()
    with cluster.connect("postgres", "postgres") as connection:
        connection.execute(f"CREATE DATABASE {FACTS} TEMPLATE doudi OWNER doudi_owner")
    with cluster.connect("postgres", FACTS) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("TRUNCATE policy_run, policy_decision, policy_standing, policy_tally CASCADE")
        connection.execute("VACUUM ANALYZE")


def _start_over(cluster: Any, home: Path) -> None:
    from django.db import connections

    from doudi.policy import tables

    connections.close_all()
    tables.forget()
    shutil.rmtree(home / "runs", ignore_errors=True)
    with cluster.connect("postgres", "postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {WORK} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {WORK} TEMPLATE {FACTS} OWNER doudi_owner")
        connection.execute("CHECKPOINT")
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = WORK


def _timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _run(now: datetime = NOW) -> Any:
    from doudi.policy import running

    return running.run(PACK, as_of=DAY, by="bench", now=now)


def _runs(cluster: Any, home: Path, rounds: int) -> list[Bar]:
    first = []
    for n in range(rounds):
        _say(f"first run {n + 1} of {rounds}")
        _start_over(cluster, home)
        first.append(_timed(_run))
    later = []
    for n in range(rounds):
        _say(f"next run {n + 1} of {rounds}")
        _change(n)
        later.append(_timed(lambda: _run(NOW + timedelta(hours=1))))
    return [
        _bar("first run, stored facts to stored decisions", first, 6),
        _bar(f"next run, after {CHANGED:,} changed households", later, 2),
    ]


def _change(number: int) -> None:
    """The field sees something new in a thousand households."""
    from doudi.policy import versions
    from doudi.register import bulk
    from doudi.register.bulk import StatementRow

    vocabulary = versions.in_force(PACK).pack.vocabulary
    said = [
        StatementRow("household", identity, "field", DAY, {"produce_for_sale": (identity + number) % 2 == 0})
        for identity in _household_ids()[number * CHANGED : (number + 1) * CHANGED]
    ]
    bulk.load(by="bench", now=NOW + timedelta(minutes=number + 1), vocabulary=vocabulary, statements=said)


def _household_ids() -> list[int]:
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.register.households import Household

    with transaction.atomic(), as_engine():
        return list(Household.objects.order_by("id").values_list("id", flat=True))


def _trials(rounds: int) -> list[Bar]:
    from doudi.policy import what_if

    one = [{"allowance_line_registered": "5500"}]
    sixteen = [{"allowance_line_registered": str(4000 + 125 * n)} for n in range(16)]
    _say("what-if")
    what_if.try_out(one)  # warm: the tables are held by the process
    return [
        _bar("what-if, one overlay", [_timed(lambda: what_if.try_out(one)) for _ in range(rounds)], 0.3),
        _bar(
            "what-if, sixteen overlays in one pass",
            [_timed(lambda: what_if.try_out(sixteen)) for _ in range(rounds)],
            0.3,
        ),
    ]


def _households() -> list[Bar]:
    from doudi.policy import households, questions
    from doudi.policy.runs import Run

    _say("one household")
    run = Run.objects.in_force(PACK)
    pack, ids = run.pack.pack, _household_ids()[::120]
    households.decide(ids[0], pack, as_of=DAY)
    decide = [_timed(lambda i=i: households.decide(i, pack, as_of=DAY)) for i in ids]
    ask = [_timed(lambda i=i: questions.of_household(i)) for i in ids]
    return [
        _bar("one household from the database, reasons included", decide, 0.010),
        _bar("one household's questions", ask, None),
    ]


def table(bars: list[Bar]) -> str:
    """The bars as one table, and the memory the process took at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return "\n".join([*(bar.line() for bar in bars), f"peak memory {peak:,.0f} MiB; {os.cpu_count()} cores"])


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--demo-rounds", default=1, show_default=True)
@click.option("--households", default=HOUSEHOLDS, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(rounds: int, demo_rounds: int, households: int, as_json: bool) -> None:
    """Measure the county's bars."""
    bars = measure(rounds=rounds, demo_rounds=demo_rounds, households=households)
    click.echo(json.dumps({"bars": [asdict(bar) for bar in bars]}) if as_json else table(bars))


if __name__ == "__main__":
    main()
