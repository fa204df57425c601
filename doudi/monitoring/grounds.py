"""The grounds of an alert, or of a condition of leaving: its rule told part by part, with the source of every fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from doudi.policy import known, labels, reasons, why
from doudi.policy.deeds import behind
from doudi.policy.known import Told
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Alert, Exit
from doudi.policy.reasons import Reads, Reason, Telling
from doudi.register.graphs import Graph
from doudi.rules import explain as telling
from doudi.rules.measures import Condition, Measure
from doudi.values.refusals import Refusal


class Grounds(NamedTuple):
    """Whether each of some rules holds of a subject now (0 no, 1 yes, 2 not known, 3 error), and why."""

    verdict: int
    parts: tuple[Reason, ...]


def of(
    rules: Sequence[Alert | Exit], kind: str, subject_id: int, household_id: int | None, pack: Pack, *, on: date,
    reader: Reads | None,
) -> Grounds | None:  # fmt: skip
    """The grounds of rules about one subject as believed on a day; None where it has left the register."""
    try:
        graph, deeds = _graph(subject_id, household_id, pack, on)
    except Refusal:
        return None
    row = graph.rows.get((kind, subject_id))
    if row is None or not rules:
        return None
    conditions = tuple(Condition(each.name, each.node, each.words.zh, each.words.en) for each in rules)
    told = telling.explain(
        Measure("watched", kind, conditions),
        row=row,
        params=pack.values_on(on),
        as_of=on,
        vocabulary=pack.vocabulary,
        parameters=reasons.labels(pack),
        currency=reasons.money_of(pack),
    )
    names = labels.of_household(household_id) if household_id is not None else {}
    teller = Telling(pack, on, why.cells_of(graph, deeds), names, reader, behind(deeds, as_of=on))
    parts = reasons.told_all(teller, told.conditions)
    return Grounds(told.verdict, _apart(parts[0]) if len(parts) == 1 else parts)


def _apart(alone: Reason) -> tuple[Reason, ...]:
    """One rule told by its parts, for its words stand above already; of a comparison first what was compared."""
    if not alone.children:
        return (alone,)
    if not alone.value_zh or alone.protected:
        return alone.children
    compared = replace(alone, zh=alone.value_zh, en=alone.value_en, value_zh="", value_en="", children=())
    return (compared, *alone.children)


def _graph(subject_id: int, household_id: int | None, pack: Pack, on: date) -> tuple[Graph, Told]:
    if household_id is None:
        return known.graph_of_item(subject_id, as_of=on, vocabulary=pack.vocabulary)
    return known.graph_of(household_id, as_of=on, vocabulary=pack.vocabulary)
