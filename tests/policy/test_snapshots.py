"""Snapshots: what other areas know takes the place of what the register was told, and is hashed with it."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import transaction

from doudi.access.scope import as_engine
from doudi.policy import households, running, snapshots, why
from doudi.policy.decisions import Standing
from doudi.policy.runs import Run
from tests.policy import sales
from tests.policy.conftest import DAY, NOW, PACK


@pytest.fixture
def selling(settings: Any) -> Any:
    settings.FACT_SUPPLIERS = ["doudi.register.snapshot", "doudi.monitoring.snapshot", "tests.policy.sales"]
    yield sales.SOLD
    sales.SOLD.clear()


def sold(run: Run) -> dict[int, int | None]:
    table = pq.read_table(run.snapshot.paths["household"], columns=["id", "sold_in_window"])
    return {row["id"]: row["sold_in_window"] for row in table.to_pylist()}


def test_what_an_area_knows_takes_the_place_of_what_was_told(run: Run, selling: dict[int, int]) -> None:
    selling.update({1: 12_345, 3: 30_000})
    made = running.run(PACK, as_of=DAY, by="t", now=NOW)
    assert sold(made) == sold(run) | {1: 12_345, 3: 30_000}, "where the area says nothing, the register's word stays"
    assert made.snapshot.is_whole()
    assert made.snapshot_hash != run.snapshot_hash
    selling[3] = 40_000
    again = running.run(PACK, as_of=DAY, by="t", now=NOW)
    assert again.snapshot_hash != made.snapshot_hash
    selling.clear()
    silent = running.run(PACK, as_of=DAY, by="t", now=NOW)
    assert silent.snapshot_hash == run.snapshot_hash, "what an area no longer says must not stay in the snapshot"


def test_the_same_facts_are_kept_once(run: Run) -> None:
    pack = run.pack.pack
    one = snapshots.take(as_of=DAY, known_at=None, vocabulary=pack.vocabulary, since=None)
    other = snapshots.take(as_of=DAY, known_at=None, vocabulary=pack.vocabulary, since=one.hash)
    assert one == other
    assert one.hash == run.snapshot_hash


def test_between_two_runs_one_household_is_decided_and_explained_with_what_deeds_know(
    run: Run, selling: dict[int, int]
) -> None:
    measure = "02_farm_purchases"
    at = run.measures["household"].index(measure)
    home = _open_to(at)
    assert households.decide(home, run.pack.pack, as_of=DAY).answers["household", home][at].verdict == 2
    selling[home] = 30_000
    decided = households.decide(home, run.pack.pack, as_of=DAY)
    assert decided.row(("household", home)).facts["sold_in_window"] == 30_000
    assert decided.answers["household", home][at].verdict == 0
    running.run(PACK, as_of=DAY, by="t", now=NOW)
    told = why.explain("household", home, measure, reader=None)
    assert told.verdict == 0
    (leaf,) = (each for top in told.conditions for each in leaves(top) if each.ref.endswith(":sold_in_window"))
    assert leaf.value_zh == "300.00元", "the reason told is the one the run decided by"
    assert leaf.source is None, "what a deed says rests on no statement"


def _open_to(at: int) -> int:
    """A household whose answer to a measure is still open."""
    with transaction.atomic(), as_engine():
        held = Standing.objects.filter(pack_name=PACK, subject_kind="household").select_related("decision")
        return next(each.subject_id for each in held if each.decision.verdicts[at] == 2)


def leaves(reason: Any) -> Any:
    yield reason
    for child in reason.children:
        yield from leaves(child)
