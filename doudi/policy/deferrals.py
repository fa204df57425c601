"""Deferrals: while many send, what is said is believed at once and its household decided a little later, each once.

A household may be put off by several sittings; it waits in one row, and is decided when its turn comes, for all that
was said of it by then. A run that comes into force decides them all. Nobody asks for that: whoever works off jobs looks
every second (`monitoring.backlog`), so that nothing is left behind by a crash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import orjson
from django.db import connection, models

from doudi.access.scope import as_engine, past_wall
from doudi.policy import households, redecisions, turns, versions
from doudi.policy.households import Decided, Lines
from doudi.policy.redecisions import Moves, Redecision
from doudi.policy.runs import Run
from doudi.trail.commands import carry_out
from doudi.trail.written import NUMBERS, Written

MOST = 40  # households decided in one transaction: their telephones wait for no more than a moment


class Deferral(models.Model):
    """A household of which something was said that is believed, and that is not decided by it yet.

    `since` is the moment of the first such word, `times` how many sittings put the household off, `on_day` the latest
    day spoken of. `lines` is what its subjects' places in line depended on before the first word.
    """

    household_id = models.BigIntegerField(primary_key=True)
    place_code = models.CharField(max_length=12)
    since = models.DateTimeField(db_index=True)
    times = models.IntegerField(default=1)
    on_day = models.DateField()
    lines = models.JSONField(default=dict)

    class Meta:
        db_table = "policy_deferral"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many households wait to be decided, and since when the one that waits longest; None where none does."""

    households: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Settled:
    """Households decided after all: how often they had been put off, how long the longest had waited by then."""

    run: Run
    decided: Mapping[int, Decided]
    times: int
    lag: timedelta


def put(household_id: int, place_code: str, *, on: date, lines: Lines, now: datetime) -> None:
    """Put a household off, whose turn is held. Where it waits already, what is known of it from before stays."""
    with as_engine(), connection.cursor() as cursor:
        cursor.execute(_PUT, [household_id, place_code, now, on, orjson.dumps(lines).decode()])


_PUT = """
INSERT INTO policy_deferral AS held (household_id, place_code, since, times, on_day, lines)
VALUES (%s, %s, %s, 1, %s, %s::jsonb)
ON CONFLICT (household_id) DO UPDATE
    SET times = held.times + 1, on_day = greatest(held.on_day, excluded.on_day), place_code = excluded.place_code
"""


_rows = Written(lambda ids: Deferral.objects.filter(pk__in=ids), ids=NUMBERS)
_numbers = Written(lambda ids: Deferral.objects.filter(pk__in=ids).values_list("pk", flat=True), ids=NUMBERS)


def take(household_ids: Collection[int]) -> dict[int, Deferral]:
    """Take what waits of some households, whose turns are held, off the list: whoever takes it decides them."""
    with as_engine():
        found = {each.household_id: each for each in _rows(ids=household_ids)}
        if found:
            Deferral.objects.filter(pk__in=found).delete()
    return found


def take_all() -> list[int]:
    """Take every household that waits, while nobody else decides (`turns.take_of_county`)."""
    with as_engine():
        ids = list(Deferral.objects.order_by("pk").values_list("pk", flat=True))
        Deferral.objects.filter(pk__in=ids).delete()
    return ids


def of(household_ids: Collection[int]) -> frozenset[int]:
    """Those of some households that wait to be decided."""
    with past_wall():
        return frozenset(_numbers(ids=household_ids))


def waiting() -> Waiting:
    """How many wait in the county, and since when."""
    with past_wall():
        found = Deferral.objects.aggregate(households=models.Count("pk"), since=models.Min("since"))
    return Waiting(**found)


def oldest(*, most: int = MOST, but: Collection[int] = ()) -> list[int]:
    """Those that wait longest, by id; `but` some."""
    with past_wall():
        found = Deferral.objects.exclude(pk__in=but).order_by("since", "pk")
        return sorted(found.values_list("pk", flat=True)[:most])


def settle(household_ids: Collection[int], *, by: str, now: datetime) -> Settled | None:
    """Decide households that wait, each once, in the transaction under way; `now` is when they count as decided.

    None where none of them waits any more: a run or a sitting has decided them.
    """
    turns.take_of_households(sorted(household_ids))
    run, held = Run.objects.standing(), take(household_ids)
    if run is None or not held:
        return None
    times = sum(each.times for each in held.values())
    lag = max(now - min(each.since for each in held.values()), timedelta())
    with carry_out("policy.deferrals.settle", by=by, payload=sorted(held)) as act, as_engine():
        decided = _decide(held, run)
        standing, moves = redecisions.standing(run, decided.values()), Moves(run)
        for number, after in sorted(decided.items()):
            Redecision(run, held[number].lines, after, act.id, now).write(0, standing, moves)
        moves.put()
        act.result = {"households": len(held), "times": times, "lag": lag.total_seconds()}
    return Settled(run, decided, times, lag)


def _decide(held: Mapping[int, Deferral], run: Run) -> dict[int, Decided]:
    pack, by_day = versions.of_hash(run.pack_id), defaultdict(list)
    for number, day in households.days_of(held, run).items():
        by_day[max(day, held[number].on_day)].append(number)
    found: dict[int, Decided] = {}
    for day, some in by_day.items():
        found |= households.decide_all(some, pack, as_of=day)
    return found
