"""One household's rows as a run would see them: what the register believes, and over it what deeds know.

A run takes its facts from every supplier (`snapshots.take`); whoever decides or explains one household between two
runs asks the same suppliers about the few subjects at hand, so that a sale or an arrival is not forgotten meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from importlib import import_module
from typing import Any

from django.conf import settings

from doudi.access.scope import past_wall
from doudi.facts.kinds import Vocabulary
from doudi.policy.snapshots import SUPPLIERS
from doudi.register import graphs
from doudi.register.graphs import Graph

Told = frozenset[tuple[str, int, str]]  # kind, number and fact of what a deed says


def graph_of(household_id: int, *, as_of: date, vocabulary: Vocabulary) -> tuple[Graph, Told]:
    """Every row about one household, and which facts of them deeds have said."""
    with past_wall():
        graph = graphs.graph_of(household_id, as_of=as_of, vocabulary=vocabulary)
        return graph, _take_over([graph], as_of, vocabulary)


def graphs_of(household_ids: Iterable[int], *, as_of: date, vocabulary: Vocabulary) -> dict[int, Graph]:
    """Every row about each of some households, in one read; one of no residence that day has none."""
    with past_wall():
        found = graphs.graphs_of(household_ids, as_of=as_of, vocabulary=vocabulary)
        if found:
            _take_over(found.values(), as_of, vocabulary)
        return found


def graph_of_item(item_id: int, *, as_of: date, vocabulary: Vocabulary) -> tuple[Graph, Told]:
    """The row of a post, platform or project and its village, and which facts of them deeds have said."""
    graph = graphs.graph_of_item(item_id, as_of=as_of, vocabulary=vocabulary)
    return graph, _take_over([graph], as_of, vocabulary)


def _take_over(several: Collection[Graph], as_of: date, vocabulary: Vocabulary) -> Told:
    subjects: dict[str, list[int]] = {}
    for kind, number in sorted({key for graph in several for key in graph.rows}):
        subjects.setdefault(kind, []).append(number)
    told = set()
    for supplier in getattr(settings, "FACT_SUPPLIERS", SUPPLIERS)[1:]:
        found: Mapping[tuple[str, str], Mapping[int, Any]] = import_module(supplier).know(
            subjects, as_of=as_of, vocabulary=vocabulary
        )
        for (kind, fact), values in found.items():
            said = {number: value for number, value in values.items() if value is not None}
            for graph in several:
                for key in graph.rows.keys() & {(kind, number) for number in said}:
                    graph.rows[key].facts[fact] = said[key[1]]
                    told.add((*key, fact))
    return frozenset(told)
