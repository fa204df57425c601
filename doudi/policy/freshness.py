"""What may be otherwise than at the last run: rows that differ, and households whose ties or beliefs have moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.policy import subjects
from doudi.policy.snapshots import Snapshot
from doudi.policy.tables import columns_of
from doudi.register import beliefs

_NULL = -(2**63)


@dataclass(frozen=True, slots=True)
class Since:
    """Since the last run: the households that may be decided otherwise, and whether some village may be."""

    households: frozenset[int]
    villages: bool


def differing_ids(now: pa.Table, then: pa.Table) -> np.ndarray:
    """The ids of rows that are new or differ in some column; both tables hold whole numbers and are sorted by id."""
    ids, old_ids = (table.column("id").to_numpy() for table in (now, then))
    if set(now.column_names) != set(then.column_names):
        return ids
    _, at, old_at = np.intersect1d(ids, old_ids, assume_unique=True, return_indices=True)
    whole = len(at) == len(ids) == len(old_ids)
    changed = np.zeros(len(at), dtype=bool)
    for name in (name for name in now.column_names if name != "id"):
        one, other = _numbers(now.column(name)), _numbers(then.column(name))
        changed |= one != other if whole else one[at] != other[old_at]
    new = np.setdiff1d(ids, old_ids, assume_unique=True)
    return np.concatenate([ids[at][changed], new])


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return pc.fill_null(column, _NULL).to_numpy() if column.null_count else column.to_numpy()


def since(held: duckdb.DuckDBPyConnection, now: Snapshot, then: Snapshot, *, vocabulary: Vocabulary) -> Since | None:
    """What moved between two snapshots of one day and vocabulary; None where that cannot be told.

    Ties are compared table by table; what sources say beside what is believed is found by the beliefs' revision.
    """
    early, late = then.manifest(), now.manifest()
    if early is None or late is None or early.cluster != late.cluster or early.vocabulary != late.vocabulary:
        return None
    households, villages = _revised(early.horizon)
    for kind in vocabulary.kinds:
        moved = _retied(now, then, kind, columns_of(held, kind))
        if len(moved):
            villages |= kind == "place"
            for tables in (held, then.hold()):  # whom they belong to now, and whom they have left
                households |= _households_of(tables, kind, moved, vocabulary)
    return Since(frozenset(households), villages)


def _revised(horizon: int) -> tuple[set[int], bool]:
    with transaction.atomic(), as_engine(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT b.household_id, b.subject_kind = 'place' FROM register_belief b"
            f" WHERE {beliefs.WRITTEN_SINCE}",
            [horizon],
        )
        rows = cursor.fetchall()
    return {household for household, _ in rows if household is not None}, any(place for _, place in rows)


def _retied(now: Snapshot, then: Snapshot, kind: str, columns: Iterable[str]) -> np.ndarray:
    """The ids of a kind whose links are others than before, or that are new or gone."""
    links = [name for name in columns if name == "id" or name.endswith("_id")]
    if kind not in now.paths or kind not in then.paths:
        return np.array([], dtype=np.int64)
    tables = [pq.read_table(snapshot.paths[kind], columns=links).sort_by("id") for snapshot in (now, then)]
    moved = differing_ids(tables[0], tables[1])
    lost = differing_ids(tables[1], tables[0])
    return np.union1d(moved, lost)


def _households_of(held: duckdb.DuckDBPyConnection, kind: str, ids: np.ndarray, vocabulary: Vocabulary) -> set[int]:
    where = subjects.belonging(held, kind, vocabulary, county="")
    rows = held.execute(
        f"SELECT DISTINCT household_id FROM ({where}) WHERE id IN (SELECT unnest(?))", [ids.tolist()]
    ).fetchall()
    return {household for (household,) in rows if household is not None}
