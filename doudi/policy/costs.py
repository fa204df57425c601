"""What a measure may still cost: the amounts of those not yet decided, should every one of them turn out a yes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from doudi.access.scope import Scope, as_engine
from doudi.policy import engines, snapshots, stores, subjects
from doudi.policy.decisions import UNKNOWN, Decision
from doudi.policy.runs import Run
from doudi.rules.measures import Measure


@dataclass(frozen=True, slots=True)
class Extra:
    """What the unknowns of a measure could add, in fen: nothing at least, `fen` at most.

    `subjects` are the unknowns; for `unpriced` of them the amount itself is not known, so that `fen` leaves them out.
    A limited measure can cost less than `fen`: not all of them would find a place.
    """

    subjects: int
    fen: int
    unpriced: int


def of_unknowns(run: Run, measure: Measure, *, scope: Scope, prefix: str = "") -> Extra:
    """Over the subjects of a place that a scope covers; who was answered about since the run counts as decided now."""
    if measure.amount is None:
        return Extra(0, 0, 0)
    pack, held = run.pack.pack, run.snapshot.hold()
    values = engines.duckdb_values(
        {"amount": measure.amount},
        kind=measure.subject,
        vocabulary=pack.vocabulary,
        params=pack.values_on(run.as_of),
        as_of=run.as_of,
    )
    where = subjects.belonging(held, measure.subject, pack.vocabulary, county=snapshots.county_code())
    amount = f"v.{values.columns['amount']}"
    row = held.execute(
        f"SELECT count(*), coalesce(sum({amount}), 0), count(*) FILTER ({amount} IS NULL)"
        f" FROM read_parquet(?) a JOIN ({values.text}) v ON v.id = a.id JOIN ({where}) b ON b.id = a.id"
        f' WHERE a."{measure.name}_verdict" = 2 AND {subjects.seen(scope)} AND {subjects.below(prefix)}'
        " AND a.id NOT IN (SELECT unnest(?::BIGINT[]))",
        [str(stores.folder_of(stores.ANSWERS, run.answers_hash) / f"{measure.subject}.parquet"), settled(run, measure)],
    ).fetchone()
    assert row is not None
    return Extra(int(row[0]), int(row[1]), int(row[2]))


def settled(run: Run, measure: Measure) -> list[int]:
    """The subjects an answer since the run has decided, though the run itself could not."""
    place = run.measures[measure.subject].index(measure.name)
    with transaction.atomic(), as_engine():
        since = Decision.objects.filter(run=run, subject_kind=measure.subject, command_id__isnull=False)
        return list(
            since.exclude(**{f"verdicts__{place}": UNKNOWN}).order_by("id").values_list("subject_id", flat=True)
        )
