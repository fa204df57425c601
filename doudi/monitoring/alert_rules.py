"""Which of the pack's alerts hold: over a run's whole snapshot, or of some households by what is believed now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from doudi.policy import engines, known, snapshots, subjects
from doudi.policy.households import Decided
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Alert
from doudi.policy.runs import Run
from doudi.policy.snapshots import Snapshot, county_code
from doudi.register.graphs import Graph
from doudi.rules.engines import closure
from doudi.values.refusals import Refusal

OF_HOUSEHOLDS = ("household", "person", "loan", "hire")  # what is decided again with its household


class Raised(NamedTuple):
    """An alert that holds of a subject. `household_id` and `place_code` say who may see it."""

    name: str
    kind: str
    subject_id: int
    household_id: int | None
    place_code: str


def as_now(run: Run, *, on: date) -> Snapshot:
    """The facts as they are now, taken anew from the run's; the next run starts from its own."""
    return snapshots.take(as_of=on, known_at=None, vocabulary=run.pack.pack.vocabulary, since=run.snapshot_hash)


def over(snapshot: Snapshot, pack: Pack, *, on: date) -> list[Raised]:
    """Every alert of a pack that holds of somebody in a snapshot."""
    found: list[Raised] = []
    alerts = pack.alerts.values()
    for kind in dict.fromkeys(each.subject for each in alerts):
        if kind in snapshot.paths:
            found += _of_kind(snapshot, pack, on, kind, [each for each in alerts if each.subject == kind])
    return found


def _of_kind(snapshot: Snapshot, pack: Pack, on: date, kind: str, alerts: Collection[Alert]) -> Iterator[Raised]:
    held = snapshot.hold()
    values = engines.duckdb_values(
        {each.name: each.node for each in alerts},
        kind=kind,
        vocabulary=pack.vocabulary,
        params=pack.values_on(on),
        as_of=on,
    )
    where = subjects.belonging(held, kind, pack.vocabulary, county=county_code())
    parts = " UNION ALL ".join(
        f"SELECT '{each.name}', id, household_id, place_code FROM held WHERE {values.columns[each.name]}"
        for each in alerts
    )
    query = f"WITH held AS (SELECT * FROM ({values.text}) v JOIN ({where}) b USING (id)) {parts}"
    for name, number, household, place in held.execute(query).fetchall():
        yield Raised(name, kind, number, household, place)


def of_households(
    pack: Pack, places: Mapping[int, str], *, on: date, just: Mapping[int, Decided] | None = None
) -> list[Raised]:
    """Every alert that holds of some households (id and place) and of who and what is theirs, as believed now.

    `just` are those that were decided in this transaction, after everything said in it: their rows are not read again.
    """
    found: list[Raised] = []
    for number, place in places.items():
        held = (just or {}).get(number)
        try:
            if held is not None and held.decider.as_of == on:
                graph = held.graph
            else:
                graph, _deeds = known.graph_of(number, as_of=on, vocabulary=pack.vocabulary)
        except Refusal:  # it has left the register: nothing holds of it any more
            continue
        found += _of_graph(pack, graph, number, place, on)
    return found


def _of_graph(pack: Pack, graph: Graph, household: int, place: str, on: date) -> Iterator[Raised]:
    params = pack.values_on(on)
    for alert in pack.alerts.values():
        for row in graph.of(alert.subject) if alert.subject in OF_HOUSEHOLDS else ():
            if closure.compiled(alert.node).evaluate(row=row, params=params, as_of=on).verdict == 1:
                yield Raised(alert.name, alert.subject, row.id, household, place)
