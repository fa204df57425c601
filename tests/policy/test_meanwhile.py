"""A run beside what is committed while it decides: it reads one state of the county, and undoes no answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from doudi.access.scope import Scope, as_engine, enter
from doudi.policy import answers, contests, merging, questions, results, running, turns
from doudi.policy.decisions import Decision, Standing, Tally
from doudi.policy.redecisions import Moves
from doudi.policy.runs import Run
from doudi.register.households import Household
from tests.policy import conftest
from tests.policy.conftest import DAY, NOW, PACK

COUNTY = Scope(frozenset(["510921"]))


@pytest.fixture
def county(fresh_database: str) -> None:
    """The small county decided once, in a database where commits are real."""
    conftest._decide()


def elsewhere(work: Callable[[], None]) -> None:
    """Do it in a connection of its own, to the end."""

    def run() -> None:
        try:
            with transaction.atomic():
                work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(timeout=60)


def answer() -> None:
    """Somebody says of a person that they found work of their own."""
    with as_engine():
        ids = list(Household.objects.order_by("id").values_list("id", flat=True))
    asked = next((h, q) for h in ids for q in questions.of_household(h) if q.fact == "self_employed")
    household, question = asked
    with enter(COUNTY):
        answers.record(
            household,
            question.fact,
            "是",
            source="field",
            by="t",
            about=DAY,
            now=NOW,
            subject=(question.kind, question.subject_id),
        )


def while_deciding(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> None:
    """Do it after the snapshot was taken and before sources are compared."""
    evaluate = results.evaluate

    def late(*given: Any, **named: Any) -> Any:
        elsewhere(work)
        return evaluate(*given, **named)

    monkeypatch.setattr(results, "evaluate", late)


def decide() -> Run:
    return running.run(PACK, as_of=DAY, by="t", now=NOW)


def test_sources_are_compared_as_of_the_snapshot_and_the_answer_stands(
    county: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    disputes = contests.disputes

    def counting(*given: Any, **named: Any) -> Any:
        with transaction.atomic(), as_engine(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM register_statement WHERE about_day = %s AND source = 'field'", [DAY])
            compared.append(cursor.fetchone()[0])
        return disputes(*given, **named)

    monkeypatch.setattr(contests, "disputes", counting)
    decide()
    while_deciding(monkeypatch, answer)
    made = decide()
    assert compared[0] == compared[1], "the answer was read by half"
    with transaction.atomic(), as_engine():
        caught_up = Decision.objects.filter(run=made, command_id__isnull=False)
        order = made.measures["person"].index("01_livelihood_award")
        assert [each.verdicts[order] for each in caught_up if each.subject_kind == "person"].count(1) == 1
        standing = Standing.objects.filter(decision__in=caught_up).count()
        assert standing == len(caught_up) > 0


def test_an_answer_stands_though_another_pack_comes_into_force(
    county: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It was decided by the pack in force until then; the other pack's first run has nobody of its own."""
    for name, text in Run.objects.get().pack.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace(f'name = "{PACK}"', 'name = "other"', 1), encoding="utf-8")
    while_deciding(monkeypatch, answer)
    made = running.run(str(tmp_path), as_of=DAY, by="t", now=NOW)
    with transaction.atomic(), as_engine():
        caught_up = Decision.objects.filter(run=made, command_id__isnull=False)
        assert made.standing
        assert Standing.objects.filter(decision__in=caught_up).count() == len(caught_up) > 0


def test_a_merger_waits_for_the_run_under_way(county: None) -> None:
    """A run writes the places of its snapshot: none may change before it ends."""
    with transaction.atomic(), as_engine():
        codes = sorted(set(Household.objects.values_list("place_code", flat=True)))
    old, new = next((a, b) for a in codes for b in codes if a < b and a[:9] == b[:9])
    settings = connection.get_connection_params()
    plain = {name: settings[name] for name in ("host", "user", "dbname") if name in settings}
    for taken in ("SELECT pg_advisory_lock(%s)", "SELECT pg_advisory_xact_lock(%s, 0)"):
        with psycopg.connect(**plain) as run:
            run.execute(taken, [turns.RUN if "xact" not in taken else turns._IN_FORCE])
            with pytest.raises(OperationalError, match="statement timeout"):
                elsewhere(lambda: hurried(old, new))
    elsewhere(lambda: hurried(old, new))
    with transaction.atomic(), as_engine():
        assert not Household.objects.filter(place_code=old).exists()
        assert not Decision.objects.filter(place_code=old).exists()


def hurried(old: str, new: str) -> None:
    """Merge, and wait for nothing longer than a second."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '1s'")
    merging.merge(old, new, on=DAY, by="t", now=NOW)


def test_two_batches_of_a_village_do_not_wait_for_one_another(county: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each moves two of its counts, one after the other; they come to them from different ends."""
    save, both = Tally.save, threading.Barrier(2)

    def slowly(self: Tally, *given: Any, **named: Any) -> None:
        save(self, *given, **named)
        time.sleep(0.3)  # the other takes hold of the count it wants first

    monkeypatch.setattr(Tally, "save", slowly)
    run = Run.objects.get()
    with transaction.atomic(), as_engine():
        some = next(iter(Decision.objects.order_by("id")))
        before = {tally.measure: tally.yes for tally in Tally.objects.filter(place_code=some.place_code)}
    first, second = sorted(before)[:2]

    def move(*measures: str) -> None:
        with transaction.atomic(), as_engine():
            moves = Moves(run)
            for measure in measures:
                moves.add(measure, some, (0, 1, 0, 0), stale=False)
            both.wait(30)
            moves.put()
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(move, first, second), pool.submit(move, second, first)]:
            done.result(timeout=60)
    with transaction.atomic(), as_engine():
        after = {tally.measure: tally.yes for tally in Tally.objects.filter(place_code=some.place_code)}
    assert after == {**before, first: before[first] + 2, second: before[second] + 2}
