"""Reasons as they were in one run: the same words as `why`, over the facts of that run's own snapshot.

A snapshot holds what was believed, not who said it; so the numbers carry their sources here, the facts do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from doudi.policy import graphs, needs, reasons, stores, tables
from doudi.policy.reasons import Reads, Reason, Telling
from doudi.policy.runs import Run
from doudi.rules import explain as telling


@dataclass(frozen=True, slots=True)
class Then:
    """What one run said of one subject. `verdict` is None where the subject or the measure is not in that run."""

    run: int
    as_of: date
    verdict: int | None
    amount_fen: int | None
    conditions: tuple[Reason, ...]


def explain(
    run: Run, kind: str, subject_id: int, measure: str, *, reader: Reads | None, names: Mapping[tuple[str, int], str]
) -> Then:
    """Why a run said what it said, as this reader may know it (None: everything); `names` are what rows are called."""
    pack = run.pack.pack
    rule = pack.measures.get(measure)
    stored = _stored(run, kind, subject_id, measure) if rule is not None and rule.subject == kind else None
    if rule is None or stored is None:
        return Then(run.pk, run.as_of, None, None, ())
    folds = needs.folds_of(rule.nodes())
    graph = graphs.build(run.snapshot.hold(), {kind: [subject_id]}, vocabulary=pack.vocabulary, folds=folds)
    row = graph.rows.get((kind, subject_id))
    if row is None:
        return Then(run.pk, run.as_of, stored[0], stored[1], ())
    world: dict[str, Any] = {"row": row, "params": pack.values_on(run.as_of), "as_of": run.as_of}
    told = telling.explain(
        rule,
        **world,
        vocabulary=pack.vocabulary,
        parameters=reasons.labels(pack),
        currency=reasons.money_of(pack),
    )
    shown = reasons.told_all(Telling(pack, run.as_of, {}, names, reader), told.conditions)
    return Then(run.pk, run.as_of, stored[0], stored[1], shown)


def _stored(run: Run, kind: str, subject_id: int, measure: str) -> tuple[int, int | None] | None:
    """The verdict and amount in the run's answers."""
    file = stores.folder_of(stores.ANSWERS, run.answers_hash) / f"{kind}.parquet"
    if measure not in run.measures.get(kind, []) or not file.exists():
        return None
    with tables.connect() as connection:
        found = connection.execute(
            f'SELECT "{measure}_verdict", "{measure}_amount" FROM read_parquet(?) WHERE id = ?', [str(file), subject_id]
        ).fetchone()
    return (int(found[0]), found[1]) if found else None
