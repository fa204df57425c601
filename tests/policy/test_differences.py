"""The difference of two runs names who changed, and what by itself made it."""

from __future__ import annotations

import datetime

import pytest

from doudi.access.scope import Scope, as_engine, enter
from doudi.policy import answers, differences, packs, running, versions
from doudi.policy.decisions import Decision
from doudi.policy.runs import Run
from doudi.values.refusals import Refusal
from tests.policy.conftest import DAY, NOW, PACK

COUNTY = Scope(frozenset(["510921"]))


def decide(**more: object) -> Run:
    return running.run(PACK, **{"as_of": DAY, "by": "tester", "now": NOW, **more})  # type: ignore[arg-type]


def test_nothing_changed_nothing_told(run: Run) -> None:
    found = differences.diff(run, decide())
    assert (found.gained, found.lost, found.became_unknown, found.changes, found.causes) == (0, 0, 0, (), {})


def test_a_fact_that_made_the_difference_is_named(run: Run) -> None:
    order = run.measures["person"].index("01_livelihood_award")
    with as_engine():
        rows = Decision.objects.filter(run=run, subject_kind="person").order_by("id")
        loser = next(row for row in rows if row.verdicts[order] == 0 and row.reasons[order] & 3 == 1)
    with enter(COUNTY):
        answers.record(
            loser.household_id,
            "self_employed",
            "是",
            source="field",
            by="t",
            about=DAY,
            now=NOW,
            subject=("person", loser.subject_id),
        )
    found = differences.diff(run, decide())
    (change,) = [each for each in found.changes if each.measure == "01_livelihood_award"]
    assert (change.before, change.after, change.amount_after) == (0, 1, 10_000)
    assert change.because == (("fact", f"person:{loser.subject_id}:self_employed"),)
    assert found.causes["fact person.self_employed"] == 1
    assert found.gained == 1


def test_a_rule_that_made_the_difference_is_named(run: Run) -> None:
    files = dict(run.pack.files)
    name = "measures/06a_keep_allowance_poor.toml"
    files[name] = files[name].replace("< params.allowance_line_registered", "< yuan(100000)")
    edited = packs.from_files(files)
    versions.store(edited, by="t", now=NOW)
    after = running._decide(
        versions.in_force(PACK), as_of=DAY, known_at=None, engine="duckdb", progress=lambda *_: None
    )
    assert after.pack.hash == edited.hash
    stored = _store(after)
    found = differences.diff(run, stored)
    assert found.gained > 0
    assert set(found.causes) == {"rule 06a_keep_allowance_poor.below_line"}


def _store(work: running._Work) -> Run:
    from doudi.policy import results, stores

    with stores.part(stores.ANSWERS) as folder:
        results.write(work.answers, folder)
        return running._store(work, folder, known_at=None, engine="duckdb", by="t", now=NOW, key=None, started=0.0)


def test_the_day_that_made_the_difference_is_named(run: Run) -> None:
    """Half a year on, what the field saw in February no longer holds."""
    later = DAY + datetime.timedelta(days=200)
    after = decide(as_of=later, now=NOW + datetime.timedelta(days=201))
    found = differences.diff(run, after, most=200)
    assert found.became_unknown > 0
    assert found.causes


def test_a_measure_that_is_new_is_told_as_a_rule(run: Run) -> None:
    older = Run.objects.get(pk=run.pk)
    older.measures = {kind: [n for n in names if n != "02_farm_purchases"] for kind, names in run.measures.items()}
    found = differences.diff(older, run, most=5)
    assert {change.measure for change in found.changes} == {"02_farm_purchases"}
    assert all(change.before is None for change in found.changes)


def test_runs_of_two_packs_are_not_compared(run: Run) -> None:
    with pytest.raises(Refusal, match="only runs of one pack"):
        differences.diff(run, Run(pack_name="other"))


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [
        *((0, 1, "gained"), (2, 1, "gained"), (None, 1, "gained"), (1, 0, "lost"), (1, None, "lost")),
        *((0, 2, "became_unknown"), (1, 2, "became_unknown"), (None, 2, "became_unknown"), (2, 0, "settled_no")),
        *((2, None, ""), (0, None, ""), (None, 0, "")),
    ],
)
def test_who_left_unanswered_was_not_found_out_to_be_a_no(before: int | None, after: int | None, counted: str) -> None:
    change = differences.Change("person", 1, "m", before, after, None, None)
    (row,) = differences._by_measure([change])
    assert {name: number for name, number in row.items() if name != "measure" and number} == (
        {counted: 1} if counted else {}
    )
