"""Which of the pack's alerts hold: over a run's whole snapshot, or of some households by what is believed now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from doudi.policy import engines, known, subjects
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Alert
from doudi.policy.runs import Run
from doudi.policy.snapshots import county_code
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


def of_run(run: Run) -> list[Raised]:
    """Every alert of the run's pack that holds of somebody in its snapshot."""
    found: list[Raised] = []
    alerts = run.pack.pack.alerts.values()
    for kind in dict.fromkeys(each.subject for each in alerts):
        if kind in run.snapshot.paths:
            found += _of_kind(run, kind, [each for each in alerts if each.subject == kind])
    return found


def _of_kind(run: Run, kind: str, alerts: Collection[Alert]) -> Iterator[Raised]:
    pack, held = run.pack.pack, run.snapshot.hold()
    values = engines.duckdb_values(
        {each.name: each.node for each in alerts},
        kind=kind,
        vocabulary=pack.vocabulary,
        params=pack.values_on(run.as_of),
        as_of=run.as_of,
    )
    where = subjects.belonging(held, kind, pack.vocabulary, county=county_code())
    parts = " UNION ALL ".join(
        f"SELECT '{each.name}', id, household_id, place_code FROM held WHERE {values.columns[each.name]}"
        for each in alerts
    )
    query = f"WITH held AS (SELECT * FROM ({values.text}) v JOIN ({where}) b USING (id)) {parts}"
    for name, number, household, place in held.execute(query).fetchall():
        yield Raised(name, kind, number, household, place)


def of_households(pack: Pack, places: Mapping[int, str], *, on: date) -> list[Raised]:
    """Every alert that holds of some households (id and place) and of who and what is theirs, as believed now."""
    found: list[Raised] = []
    for number, place in places.items():
        try:
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
