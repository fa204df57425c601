"""A run: every subject in one state, changes alone stored, whole or not at all, one at a time."""

from __future__ import annotations

import datetime
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from django.conf import settings
from django.db import connection

from doudi.access.scope import as_engine
from doudi.policy import changes, results, running, stores, turns, versions
from doudi.policy.decisions import Decision, Standing, Tally
from doudi.policy.runs import Run
from doudi.values.refusals import Refusal
from tests.policy.conftest import DAY, NOW, PACK


def decide(**more: Any) -> Run:
    return running.run(PACK, **{"as_of": DAY, "by": "tester", "now": NOW, **more})


def test_every_subject_is_in_one_state_for_every_measure(run: Run) -> None:
    for row in run.counts["measures"]:
        subjects = run.counts["subjects"][row["subject"]]
        assert row["yes"] + row["no"] + row["unknown"] == subjects, row["name"]
    assert len(run.counts["measures"]) == 23
    assert any(row["yes"] for row in run.counts["measures"])
    assert any(row["unknown"] for row in run.counts["measures"])


def test_villages_add_up_to_the_county(run: Run) -> None:
    with as_engine():
        for row in run.counts["measures"]:
            tallies = Tally.objects.filter(run=run, measure=row["name"])
            found = [sum(getattr(tally, part) for tally in tallies) for part in ("yes", "no", "unknown", "amount_fen")]
            assert found == [row["yes"], row["no"], row["unknown"], row["amount_fen"]], row["name"]


def test_the_first_run_stores_one_decision_a_subject(run: Run) -> None:
    decided = {kind: run.counts["subjects"][kind] for kind in run.measures}
    with as_engine():
        for kind, number in decided.items():
            assert Standing.objects.filter(subject_kind=kind).count() == number
            assert Decision.objects.filter(run=run, subject_kind=kind).count() == number


def test_the_view_tells_each_verdict_as_the_answers_do(run: Run, answers: results.Answers) -> None:
    with as_engine(), connection.cursor() as cursor:
        cursor.execute("SELECT subject_id, verdict FROM policy_verdict WHERE measure = '04_village_posts' ORDER BY 1")
        seen = cursor.fetchall()
    table = answers["person"]
    assert seen == list(zip(table["id"].to_pylist(), table["04_village_posts_verdict"].to_pylist(), strict=True))


def test_decisions_are_seen_within_the_scope_alone(run: Run, seeing: Any) -> None:
    assert Decision.objects.count() == 0
    with seeing("510921110"):
        inside = set(Decision.objects.values_list("place_code", flat=True))
    assert inside
    assert {code[:9] for code in inside} == {"510921110"}


def test_the_same_again_stores_nothing_new(run: Run) -> None:
    again = decide()
    assert (again.answers_hash, again.snapshot_hash) == (run.answers_hash, run.snapshot_hash)
    with as_engine():
        assert not Decision.objects.filter(run=again).exists()
        assert Tally.objects.filter(run=again).exists()


def test_a_run_that_looks_back_does_not_stand(run: Run) -> None:
    back = decide(as_of=DAY - datetime.timedelta(days=20))
    assert not back.standing
    assert Run.objects.in_force(PACK) == run
    with as_engine():
        assert not Decision.objects.filter(run=back).exists()
    known = decide(known_at=NOW)
    assert not known.standing


def test_a_day_before_the_county_is_refused_and_nothing_stored(run: Run) -> None:
    before = Run.objects.count()
    with pytest.raises(Refusal, match="holds nothing"):
        decide(as_of=datetime.date(1800, 1, 1))
    assert Run.objects.count() == before


def test_a_day_to_come_is_refused(run: Run) -> None:
    with pytest.raises(Refusal, match="still to come"):
        decide(as_of=DAY + datetime.timedelta(days=2))


def test_a_second_run_at_once_is_refused(run: Run) -> None:
    at = settings.DATABASES["default"]
    host, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    with psycopg.connect(host=host, dbname=name, user=at["USER"]) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [turns.RUN])
        with pytest.raises(Refusal, match="Another run is under way"):
            decide()
        other.execute("SELECT pg_advisory_unlock(%s)", [turns.RUN])
    decide()


def test_a_run_that_breaks_leaves_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    def kept() -> set[str]:
        return {path.name for store in ("snapshots", "answers") for path in (stores.root() / store).iterdir()}

    decide()  # what is left over from other tests is cleaned
    before, runs = kept(), Run.objects.count()
    with monkeypatch.context() as broken, pytest.raises(OSError, match="No space"):
        broken.setattr(changes, "store_tallies", break_off)
        decide(as_of=DAY - datetime.timedelta(days=0))
    assert Run.objects.count() == runs
    assert kept() == before


def test_leftovers_of_a_killed_run_are_cleaned(run: Run) -> None:
    left = stores.root() / "answers" / "0123.part"
    orphan = stores.root() / "snapshots" / ("0" * 64)
    for folder in (left, orphan):
        folder.mkdir(parents=True)
    decide()
    assert not left.exists()
    assert not orphan.exists()
    assert stores.folder_of("answers", run.answers_hash).exists()


@pytest.mark.parametrize("harm", ["lost", "twice", "fourth state"])
def test_answers_that_do_not_add_up_are_refused(harm: str) -> None:
    verdicts = {"lost": [0, 1], "twice": [0, 1, 2], "fourth state": [0, 1, 3]}[harm]
    ids = {"lost": [1, 2], "twice": [1, 2, 2], "fourth state": [1, 2, 3]}[harm]
    table = pa.table({"id": pa.array(ids, pa.int64()), "m_verdict": pa.array(verdicts, pa.int64())})
    with pytest.raises(Refusal, match="exactly one state"):
        results.check_sums({"person": table}, {"person": 3})


def test_answers_that_add_up_pass() -> None:
    table = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "m_verdict": pa.array([0, 1, 2], pa.int64())})
    results.check_sums({"person": table}, {"person": 3})


def test_the_pack_last_decided_by_is_meant_when_none_is_named(run: Run) -> None:
    """Pages and questions then speak of one run, also after another pack was tried."""
    running.run("vlss_1998", as_of=DAY, by="t", now=NOW)
    assert versions.default_name() == Run.objects.standing().pack_name == "vlss_1998"
    decide()
    assert versions.default_name() == Run.objects.standing().pack_name == PACK
