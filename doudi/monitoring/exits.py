"""When a monitored household may leave: the pack's conditions, told with their reasons, and who has seen it since."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from django.db import connection

from doudi.policy import engines, known
from doudi.policy.packs import Pack
from doudi.policy.snapshots import Snapshot
from doudi.rules.engines import closure
from doudi.rules.rows import Row
from doudi.values.refusals import Refusal


class Sighting(NamedTuple):
    """That somebody saw the household on a day, at the door or not."""

    by: str
    on: date
    door: bool


def holding(pack: Pack, households: Collection[int], *, on: date) -> frozenset[int]:
    """Those of some households for which every condition of leaving holds; none where the pack has no condition."""
    return frozenset(number for number in households if pack.exits and _holds(pack, number, on))


def holding_in(snapshot: Snapshot, pack: Pack, *, on: date) -> frozenset[int]:
    """Those of all households in a snapshot for which every condition of leaving holds; none without a condition."""
    if not pack.exits:
        return frozenset()
    held = snapshot.hold()
    values = engines.duckdb_values(
        {name: each.node for name, each in pack.exits.items()},
        kind="household",
        vocabulary=pack.vocabulary,
        params=pack.values_on(on),
        as_of=on,
    )
    every = " AND ".join(values.columns[name] for name in pack.exits)
    return frozenset(number for (number,) in held.execute(f"SELECT id FROM ({values.text}) v WHERE {every}").fetchall())


def _holds(pack: Pack, household: int, on: date) -> bool:
    row = row_of(pack, household, on)
    params = pack.values_on(on)
    verdicts = (closure.compiled(each.node).evaluate(row=row, params=params, as_of=on) for each in pack.exits.values())
    return row is not None and all(each.verdict == 1 for each in verdicts)


def row_of(pack: Pack, household: int, on: date) -> Row | None:
    """The household's row with its members; None where it has left the register."""
    try:
        graph, _deeds = known.graph_of(household, as_of=on, vocabulary=pack.vocabulary)
        return graph.rows["household", household]
    except Refusal:
        return None


def sightings(files: Collection[int]) -> dict[int, list[Sighting]]:
    """Who has seen each file's household and when: lines of the file, and checks in which somebody was reached."""
    found: dict[int, list[Sighting]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"files": sorted(files)})
        for file, by, on, door in cursor.fetchall():
            found.setdefault(file, []).append(Sighting(by, on, door))
    return found


def people(seen: Iterable[Sighting], *, since: date) -> dict[str, Sighting]:
    """One sighting of each person since a day: at the door where there was one, else the first."""
    found: dict[str, Sighting] = {}
    for each in sorted(seen, key=lambda one: (not one.door, one.on)):
        if each.on >= since:
            found.setdefault(each.by, each)
    return found


_SEEN = """
SELECT e.file_id, e."by", e.on_day, e.way = 'door' FROM monitoring_file_entry e
WHERE e.kind = 'seen' AND e.file_id = ANY (%(files)s::bigint[])
UNION ALL SELECT f.id, c."by", c.about_day, c.reached = 'door' FROM monitoring_file f
JOIN monitoring_check c ON c.household_id = f.household_id AND c.reached <> 'not_reached' AND c.about_day >= f.opened_on
WHERE f.id = ANY (%(files)s::bigint[])
"""
