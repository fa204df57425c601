"""Who is put off while many send is decided a little later as if at once: each once, whatever comes between."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from doudi.access.scope import Scope, as_engine, enter
from doudi.policy import answers, deferrals, questions, running
from doudi.policy.decisions import Decision, Standing, Tally
from doudi.policy.deferrals import Deferral
from doudi.policy.runs import Run
from doudi.policy.sittings import Sitting, Word
from doudi.register import households as homes
from doudi.register.households import Household
from tests.policy.conftest import DAY, NOW, PACK

COUNTY = Scope(frozenset(["510921"]))
LATER = NOW + datetime.timedelta(seconds=4)
Said = tuple[int, str, Any]  # household, fact, value


def asked(*facts: str) -> Iterator[tuple[int, questions.Question]]:
    """Open questions about some facts, of households all over the county."""
    with as_engine():
        ids = list(Household.objects.order_by("id").values_list("id", flat=True))
    for household in ids:
        for question in questions.of_household(household):
            if question.fact in facts:
                yield household, question


def word(question: questions.Question, value: Any) -> Word:
    return Word(question.kind, question.subject_id, question.fact, value, question.sources[-1])


def said(household: int, *words: Word, later: bool, now: datetime.datetime = NOW) -> None:
    """What one batch says of a household, decided at once or put off."""
    with enter(COUNTY):
        sitting = Sitting([household], now=now)
        sitting.say(household, words, by="t", about=DAY)
        if later:
            assert sitting.put_off() == {household}
        else:
            sitting.decide(by="t")


def settle(*households: int) -> deferrals.Settled:
    with enter(COUNTY):
        done = deferrals.settle(households or deferrals.oldest(), by="t", now=LATER)
    assert done is not None
    return done


def stands() -> tuple[Any, ...]:
    """Everything in force and every count, without the ids and commands of the day."""
    with as_engine():
        rows = Standing.objects.select_related("decision").order_by("subject_kind", "subject_id")
        held = [
            (
                *(d.subject_kind, d.subject_id, d.household_id, d.place_code, d.as_of),
                *(d.verdicts, d.amounts, d.reasons, d.places, d.contested),
            )
            for d in (row.decision for row in rows)
        ]
        run = Run.objects.in_force(PACK)
        columns = ("measure", "place_code", "no", "yes", "unknown", "amount_fen", "stale")
        counts = list(Tally.objects.filter(run=run).order_by("measure", "place_code").values_list(*columns))
    return held, counts


@contextmanager
def undone() -> Iterator[None]:
    """What is done in the body is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def both_ways(work: Callable[[bool], None]) -> tuple[Any, Any]:
    """How the county stands after the work decided at once, and after it was put off and settled."""
    with undone():
        work(False)
        at_once = stands()
    work(True)
    settle()
    return at_once, stands()


@pytest.mark.parametrize("facts", [("self_employed",), ("willing_to_go_out",)])
def test_it_is_decided_as_if_at_once(run: Run, facts: tuple[str, ...]) -> None:
    some = [(h, word(q, n % 2 == 0)) for n, (h, q) in enumerate(asked(*facts)) if n < 6]
    before = stands()

    def work(later: bool) -> None:
        for household, each in some:
            said(household, each, later=later)

    at_once, afterwards = both_ways(work)
    assert afterwards == at_once
    assert afterwards != before


def in_line(run: Run) -> Iterator[tuple[int, questions.Question]]:
    """Open questions that decide a limited measure: the answer moves somebody in line."""
    limited = {m.name for m in run.pack.pack.measures.values() if m.limit is not None}
    with as_engine():
        ids = list(Household.objects.order_by("id").values_list("id", flat=True))
    for household in ids:
        for question in questions.of_household(household):
            if limited & set(question.decides) and question.type == "bool":
                yield household, question


@pytest.mark.parametrize("value", [True, False])
def test_a_place_in_line_is_drawn_again_as_if_at_once(run: Run, value: bool) -> None:
    household, question = next(in_line(run))
    with as_engine():
        stale = Tally.objects.filter(run=run, stale=True).count()
    at_once, afterwards = both_ways(lambda later: said(household, word(question, value), later=later))
    assert afterwards == at_once
    with as_engine():
        assert Tally.objects.filter(run=run, stale=True).count() > stale


def test_who_is_back_where_they_stood_never_left(run: Run) -> None:
    """Said one way and back again before anybody decided: nobody moved in line, and the line is not drawn again."""
    household, question = next(in_line(run))
    said(household, word(question, False), later=False)
    before = stands()
    said(household, word(question, True), later=True)
    said(household, word(question, False), later=True)
    settle()
    assert stands() == before


def test_several_words_are_decided_once(run: Run) -> None:
    household, question = next(asked("self_employed"))
    with as_engine():
        before = Decision.objects.count()
    for n, value in enumerate((True, False, True)):
        said(household, word(question, value), later=True, now=NOW + datetime.timedelta(seconds=n))
    waits = deferrals.waiting()
    assert (waits.households, waits.since) == (1, NOW)
    done = settle()
    assert (set(done.decided), done.times, done.lag) == ({household}, 3, LATER - NOW)
    with as_engine():
        made = Decision.objects.filter(pk__gt=0, household_id=household, run=run, command_id__isnull=False)
        assert made.values("subject_kind", "subject_id").distinct().count() == made.count(), "each subject once"
        assert Decision.objects.count() > before
    assert deferrals.waiting() == deferrals.Waiting(0, None)


def test_who_speaks_at_leisure_meanwhile_decides_it_and_nobody_else_does_again(run: Run) -> None:
    household, question = next(asked("self_employed"))
    said(household, word(question, True), later=True)
    said(household, word(question, False), later=False)
    with enter(COUNTY):
        assert deferrals.oldest() == []
        assert deferrals.settle([household], by="t", now=LATER) is None


def test_an_answer_on_the_desk_leaves_it_to_be_settled(run: Run) -> None:
    """The desk decides at once what it was told; the line before the first word is not forgotten over it."""
    household, question = next(asked("self_employed"))

    def work(later: bool) -> None:
        said(household, word(question, True), later=later)
        with enter(COUNTY):
            answers.record(
                household, question.fact, "否", source="field", by="t", about=DAY, now=NOW,
                subject=(question.kind, question.subject_id),
            )  # fmt: skip

    at_once, afterwards = both_ways(work)
    assert afterwards == at_once


def test_a_run_decides_who_was_put_off(run: Run) -> None:
    household, question = next(asked("self_employed"))
    with undone():
        said(household, word(question, True), later=False)
        running.run(PACK, as_of=DAY, by="t", now=LATER)
        at_once = stands()
    said(household, word(question, True), later=True)
    running.run(PACK, as_of=DAY, by="t", now=LATER)
    assert stands() == at_once
    assert deferrals.waiting().households == 0


def test_a_run_of_another_pack_decides_who_was_put_off(run: Run, tmp_path: Path) -> None:
    """It comes into force: whoever waits is decided by it, and compared with its own lines, not with the other's."""
    household, question = next(in_line(run))
    for name, text in run.pack.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace(f'name = "{PACK}"', 'name = "other"', 1), encoding="utf-8")
    said(household, word(question, True), later=True)
    made = running.run(str(tmp_path), as_of=DAY, by="t", now=LATER)
    assert (made.pack_name, made.standing, deferrals.waiting().households) == ("other", True, 0)
    with as_engine():
        assert not Tally.objects.filter(run=made, stale=True).exists(), "the run heard it and drew the lines"


def test_who_left_while_waiting_keeps_no_run_from_coming_into_force(run: Run) -> None:
    household, question = next(asked("self_employed"))
    said(household, word(question, True), later=True)
    with as_engine():
        homes.dissolve(Household.objects.get(pk=household), on=DAY, by="t", now=NOW)
    made = running.run(PACK, as_of=DAY, by="t", now=LATER)
    assert deferrals.waiting().households == 0
    with as_engine():
        assert not Standing.objects.filter(household_id=household, decision__run=made).exists()


def test_what_is_undone_does_not_wait(run: Run) -> None:
    household, question = next(asked("self_employed"))
    with undone():
        said(household, word(question, True), later=True)
    assert deferrals.waiting().households == 0


def test_who_may_not_see_a_household_does_not_see_that_it_waits(run: Run) -> None:
    household, question = next(asked("self_employed"))
    said(household, word(question, True), later=True)
    with as_engine():
        assert Deferral.objects.filter(pk=household).exists()
        village = Household.objects.get(pk=household).place_code
    with enter(Scope(frozenset(["510922"]))):
        assert not Deferral.objects.exists()
    with enter(Scope(frozenset([village]))):
        assert [each.pk for each in Deferral.objects.all()] == [household]
