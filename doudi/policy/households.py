"""One household decided from the database: its own verdicts and its members', loans' and hires', with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.db.models import Max, QuerySet

from doudi.access.scope import past_wall
from doudi.policy import known, results
from doudi.policy.deciding import Answer, Decider
from doudi.policy.decisions import Standing
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register.graphs import Graph
from doudi.rules.engines import closure
from doudi.rules.measures import Key, Measure
from doudi.rules.rows import Row
from doudi.trail.written import NUMBERS, TEXT, Written

Subject = tuple[str, int]
Lines = Mapping[str, str]  # of each subject and limited measure (`line_of`): what its place in line depends on


@dataclass(frozen=True)
class Decided:
    """A household's rows and, for each subject, one answer a measure in the order of its kind, before any cut."""

    household_id: int
    graph: Graph
    decider: Decider
    answers: Mapping[Subject, list[Answer]]

    def row(self, subject: Subject) -> Row:
        """The row of a subject."""
        return self.graph.rows[subject]


def decide(household_id: int, pack: Pack, *, as_of: date) -> Decided:
    """Decide a household by what is believed and deeds know now. Raises Refusal where there is none on that day."""
    graph, _ = known.graph_of(household_id, as_of=as_of, vocabulary=pack.vocabulary)
    return of_graph(household_id, graph, Decider(pack, params=pack.values_on(as_of), as_of=as_of))


def decide_all(household_ids: Iterable[int], pack: Pack, *, as_of: date) -> dict[int, Decided]:
    """The same of several households, read at once; one of no residence that day is left out."""
    found = known.graphs_of(household_ids, as_of=as_of, vocabulary=pack.vocabulary)
    decider = Decider(pack, params=pack.values_on(as_of), as_of=as_of)
    return {number: of_graph(number, graph, decider) for number, graph in found.items()}


def days_of(household_ids: Iterable[int], run: Run) -> dict[int, date]:
    """The day each household is decided for: the run's, or the later day that an answer since spoke of."""
    ids = list(household_ids)
    with past_wall():
        latest = dict(_latest(pack=run.pack_name, ids=ids))
    return {number: max(run.as_of, latest.get(number, run.as_of)) for number in ids}


def _latest_of(pack: str, ids: Sequence[int]) -> QuerySet[Standing, tuple[int, date]]:
    held = Standing.objects.filter(pack_name=pack, household_id__in=ids)
    return held.values_list("household_id").annotate(day=Max("decision__as_of"))


_latest = Written(_latest_of, pack=TEXT, ids=NUMBERS)


def of_graph(household_id: int, graph: Graph, decider: Decider) -> Decided:
    """Decide every subject of a graph but the village, which belongs to many households."""
    kinds = results.by_kind(decider.pack)
    answers = {
        key: [decider.answer(measure, row) for measure in kinds[row.kind]]
        for key, row in sorted(graph.rows.items(), key=lambda item: item[0])
        if row.kind in kinds and row.kind != "place"
    }
    return Decided(household_id, graph, decider, answers)


def line_of(decided: Decided, subject: Subject, measure: Measure) -> tuple[str, str]:
    """A name for a subject's place in line of a limited measure, and what it depends on, as text that can be kept."""
    return f"{subject[0]}:{subject[1]}:{measure.name}", orjson.dumps(
        line_keys(decided, subject, measure), default=str
    ).decode()


def lines_of(decided: Decided) -> dict[str, str]:
    """The places in line of all its subjects: what a later decision is compared with (`Redecision`)."""
    kinds = results.by_kind(decided.decider.pack)
    return dict(
        line_of(decided, subject, measure)
        for subject in decided.answers
        for measure in kinds[subject[0]]
        if measure.limit is not None
    )


def line_keys(decided: Decided, subject: Subject, measure: Measure) -> tuple[Any, ...]:
    """What a subject's place in line depends on: whether it qualifies, where, and its keys."""
    assert measure.limit is not None
    row, decider = decided.row(subject), decided.decider
    order = [each.node for each in measure.limit.order if isinstance(each, Key)]
    values = [
        closure.compiled(node).evaluate(row=row, params=decider.params, as_of=decider.as_of)
        for node in (measure.limit.per, *order)
    ]
    shown = [v.value.id if isinstance(v.value, Row) else v.value for v in values]
    return (decider.verdict(measure, row), *shown)
