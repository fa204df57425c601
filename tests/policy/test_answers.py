"""An answer: the statement, the belief and the household's decisions at once, whoever gives it."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from doudi.access.scope import Scope, as_engine, enter
from doudi.policy import answers as answering
from doudi.policy import households, questions, running
from doudi.policy.answers import Answered
from doudi.policy.decisions import Decision, Standing, Tally
from doudi.policy.questions import Question
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal
from tests.policy.conftest import DAY, NOW, PACK

COUNTY = Scope(frozenset(["510921"]))


def give(
    household: int, question: Question, value: str, *, source: str = "", by: str = "tester", **more: Any
) -> Answered:
    return answering.record(
        household,
        question.fact,
        value,
        source=source or question.sources[-1],
        by=by,
        about=DAY,
        now=NOW,
        subject=(question.kind, question.subject_id),
        **more,
    )


@pytest.fixture
def open_household(run: Run) -> tuple[int, Question]:
    """A household with an open yes-or-no question about a person that decides an unlimited measure."""
    with as_engine():
        ids = list(Household.objects.order_by("id").values_list("id", flat=True))
    for household in ids:
        for question in questions.of_household(household):
            if question.fact in ("self_employed", "willing_to_go_out"):
                return household, question
    pytest.fail("the small county has no such question")


def test_an_answer_decides_the_household_at_once(run: Run, open_household: tuple[int, Question]) -> None:
    household, question = open_household
    with enter(COUNTY):
        done = give(household, question, "是")
    changed = {(kind, number, measure): (before, after) for kind, number, measure, before, after in done.changed}
    assert changed
    for measure in question.decides:
        before, after = changed[question.kind, question.subject_id, measure]
        assert before == 2
        assert after in (0, 1, 2)
    assert not [q for q in done.questions if (q.subject_id, q.fact) == (question.subject_id, question.fact)]
    with as_engine():
        statement = Statement.objects.get(pk=done.statement_id)
        assert statement.facts == {question.fact: True}
        decision = Standing.objects.get(subject_kind="person", subject_id=question.subject_id).decision
        assert decision.command_id is not None
        assert decision.previous is not None
        assert Decision.objects.get(pk=decision.previous).verdicts != decision.verdicts


def test_villages_still_add_up_and_the_next_run_finds_the_same(run: Run, open_household: tuple[int, Question]) -> None:
    household, question = open_household
    with enter(COUNTY):
        done = give(household, question, "no")
    with as_engine():
        counted = {t.measure: [0, 0, 0, 0] for t in Tally.objects.filter(run=run)}
        for tally in Tally.objects.filter(run=run):
            for place, part in enumerate((tally.yes, tally.no, tally.unknown, tally.amount_fen)):
                counted[tally.measure][place] += part
        stale = set(Tally.objects.filter(run=run, stale=True).values_list("measure", flat=True))
    assert stale == set(done.stale)
    next_run = running.run(PACK, as_of=DAY, by="tester", now=NOW)
    for row in next_run.counts["measures"]:
        if row["name"] not in stale:
            now = [row["yes"], row["no"], row["unknown"], row["amount_fen"]]
            assert counted[row["name"]] == now, row["name"]
    with as_engine():
        moved = Decision.objects.filter(run=next_run).count()
    assert bool(moved) <= bool(stale)


def test_helper_town_and_county_give_the_same_answer(
    run: Run, open_household: tuple[int, Question], someone: Callable[..., Any]
) -> None:
    household, question = open_household
    with as_engine():
        place = Household.objects.get(pk=household).place_code
    scopes = {
        "helper": Scope(households=frozenset([household])),
        "town_clerk": Scope(frozenset([place[:9]])),
        "county_officer": COUNTY,
    }
    seen = []
    for role, scope in scopes.items():
        point = transaction.savepoint()
        with enter(scope):
            done = give(household, question, "是", source="household", by=role, roles=[role])
        with as_engine():
            held = Standing.objects.filter(household_id=household).order_by("subject_kind", "subject_id")
            decisions = [
                (d.subject_kind, d.subject_id, d.verdicts, d.amounts, d.reasons, d.places, d.contested)
                for d in (standing.decision for standing in held.select_related("decision"))
            ]
        seen.append((done.changed, done.stale, done.questions, decisions))
        transaction.savepoint_rollback(point)
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0]


def test_out_of_scope_there_is_nothing_to_answer(run: Run, open_household: tuple[int, Question]) -> None:
    household, question = open_household
    with enter(Scope(frozenset(["510922"]))), pytest.raises(Refusal, match="There is no person"):
        give(household, question, "是")


def test_the_same_key_is_carried_out_once(run: Run, open_household: tuple[int, Question]) -> None:
    household, question = open_household
    key = uuid.uuid4()
    with enter(COUNTY):
        first = give(household, question, "是", key=key)
        again = give(household, question, "是", key=key)
    assert (again.statement_id, again.changed) == (first.statement_id, first.changed)
    with enter(COUNTY), pytest.raises(Refusal, match="was used for something else"):
        give(household, question, "否", key=key)


WRONG = [
    ("self_employd", "是", "household", "Did you mean “self_employed”"),
    ("self_employed", "也许", "household", "answer yes or no"),
    ("self_employed", "是", "bank", "may not state"),
    ("age", "12", "household", "There is no fact"),
    ("birth_date", "2020-02-30", "household", "write a day"),
    ("labour", "wek", "household", "did you mean “weak”"),
    ("self_employed@2019", "是", "household", "Write “found work on their own” as self_employed"),
]


@pytest.mark.parametrize(("fact", "value", "source", "said"), WRONG)
def test_a_wrong_answer_is_refused_with_the_right_word(
    run: Run, open_household: tuple[int, Question], fact: str, value: str, source: str, said: str
) -> None:
    household, question = open_household
    person = ("person", question.subject_id)
    with as_engine():
        before = Statement.objects.count()
    with enter(COUNTY), pytest.raises(Refusal, match=said):
        answering.record(household, fact, value, source=source, by="t", about=DAY, now=NOW, subject=person)
    with as_engine():
        assert Statement.objects.count() == before


def test_a_subject_of_another_household_is_refused(run: Run, open_household: tuple[int, Question]) -> None:
    household, _ = open_household
    with enter(COUNTY), pytest.raises(Refusal, match="does not belong to this household"):
        answering.record(
            household, "labour", "weak", source="household", by="t", about=DAY, now=NOW, subject=("person", 10**9)
        )


def test_a_later_day_is_decided_for_that_day(run: Run, open_household: tuple[int, Question]) -> None:
    household, question = open_household
    later = DAY + datetime.timedelta(days=1)
    with enter(COUNTY):
        done = answering.record(
            household,
            question.fact,
            "是",
            source=question.sources[-1],
            by="t",
            about=later,
            now=NOW + datetime.timedelta(days=2),
            subject=(question.kind, question.subject_id),
        )
    assert done.changed
    assert not [q for q in done.questions if (q.subject_id, q.fact) == (question.subject_id, question.fact)]
    with as_engine():
        assert Standing.objects.get(subject_kind="person", subject_id=question.subject_id).decision.as_of == later


def test_an_answer_of_an_earlier_day_takes_nothing_back(run: Run, open_household: tuple[int, Question]) -> None:
    """Once decided for a later day, a household is not decided again as if that day had not come."""
    household, question = open_household
    subject = (question.kind, question.subject_id)
    given: dict[str, Any] = {"source": question.sources[-1], "by": "t", "now": NOW + datetime.timedelta(days=2)}
    with enter(COUNTY):
        later = DAY + datetime.timedelta(days=1)
        answering.record(household, question.fact, "是", about=later, subject=subject, **given)
        with as_engine():
            settled = Standing.objects.get(subject_kind="person", subject_id=subject[1]).decision
        answering.record(household, "labour", "weak", about=DAY, subject=subject, **{**given, "source": "household"})
    order = [run.measures["person"].index(name) for name in question.decides]
    with as_engine():
        now = Standing.objects.get(subject_kind="person", subject_id=subject[1]).decision
        open_again = [n for n in order if settled.verdicts[n] != 2 and now.verdicts[n] == 2]
        reasons = [now.reasons[n] for n in order]
    assert not open_again
    assert now.as_of == later
    assert reasons == [settled.reasons[n] for n in order]


def test_a_member_who_came_from_another_household_is_counted_once(
    run: Run, open_household: tuple[int, Question]
) -> None:
    household, question = open_household
    with as_engine():
        other = Standing.objects.filter(subject_kind="person").exclude(household_id=household).first()
        Standing.objects.filter(subject_kind="person", subject_id=question.subject_id).update(
            household_id=other.household_id
        )
        before = people_counted(run)
    with enter(COUNTY):
        give(household, question, "是")
    with as_engine():
        assert people_counted(run) == before
        assert Standing.objects.get(subject_kind="person", subject_id=question.subject_id).household_id == household


def test_an_answer_given_while_a_run_is_under_way_is_not_undone(run: Run, open_household: tuple[int, Question]) -> None:
    """The run's snapshot knows nothing of it; when the run comes into force, its decisions and counts do."""
    household, question = open_household
    pack, subject = run.pack.pack, (question.kind, question.subject_id)

    def answer_meanwhile(said: str, _part: float) -> None:
        if said == "storing":
            with transaction.atomic(), enter(COUNTY):
                give(household, question, "是")

    made = running.run(PACK, as_of=DAY, by="t", now=NOW, progress=answer_meanwhile)
    decided = households.decide(household, pack, as_of=DAY)
    with as_engine():
        held = Standing.objects.get(subject_kind="person", subject_id=question.subject_id).decision
        stale = set(Tally.objects.filter(run=made, stale=True).values_list("measure", flat=True))
        counted = {
            name: sum(tally.yes for tally in Tally.objects.filter(run=made, measure=name))
            for name in run.measures["person"]
        }
        standing = list(Standing.objects.filter(subject_kind="person").values_list("decision__verdicts", flat=True))
    assert held.run_id == made.pk
    for n, name in enumerate(run.measures["person"]):
        assert counted[name] == sum(verdicts[n] == 1 for verdicts in standing), name
        if not pack.measures[name].limit:
            assert held.verdicts[n] == decided.answers[subject][n].verdict
            assert name not in stale


def test_answers_about_one_household_wait_for_each_other(
    run: Run, open_household: tuple[int, Question], cluster: Any
) -> None:
    household, question = open_household
    with enter(COUNTY):
        give(household, question, "是")
    with cluster.connect("postgres", "postgres") as other:
        held = other.execute("SELECT objid, mode FROM pg_locks WHERE locktype = 'advisory' AND granted").fetchall()
    assert (household, "ExclusiveLock") in held
    assert "ShareLock" in [mode for _, mode in held]


def people_counted(run: Run) -> list[tuple[str, int]]:
    """How many persons each measure has in the villages' counts."""
    counted = dict.fromkeys(run.measures["person"], 0)
    for tally in Tally.objects.filter(run=run, subject_kind="person"):
        counted[tally.measure] += tally.yes + tally.no + tally.unknown
    return sorted(counted.items())


def test_what_lies_outside_the_duty_is_refused_in_words(run: Run, open_household: tuple[int, Question]) -> None:
    """A helper's duty holds a household, not its village, though the household's rules read facts of the village."""
    household, _ = open_household
    with as_engine():
        village = Household.objects.get(pk=household).place_code
    with enter(Scope(households=frozenset([household]))), pytest.raises(Refusal, match="There is no place"):
        answering.record(
            *(household, "is_community", "是"),
            source="national",
            by="t",
            about=DAY,
            now=NOW,
            subject=("place", int(village)),
        )


def test_a_line_that_may_move_is_marked_and_not_guessed(run: Run) -> None:
    """Who does not qualify is out at once; whose place may move waits for the next run, and the village says so."""
    with as_engine():
        order = run.measures["person"].index("04_village_posts")
        rows = Decision.objects.filter(run=run, subject_kind="person").order_by("id")
        holder = next(row for row in rows if row.verdicts[order] == 1)
    with enter(COUNTY):
        done = answering.record(
            holder.household_id,
            "working_away",
            "是",
            source="field",
            by="t",
            about=DAY,
            now=NOW,
            subject=("person", holder.subject_id),
        )
    assert ("person", holder.subject_id, "04_village_posts", 1, 0) in done.changed
    assert done.stale == ("04_village_posts",)
    with as_engine():
        tally = Tally.objects.get(run=run, measure="04_village_posts", place_code=holder.place_code)
    assert tally.stale
    next_run = running.run(PACK, as_of=DAY, by="t", now=NOW)
    with as_engine():
        assert not Tally.objects.filter(run=next_run, stale=True).exists()


def test_one_household_is_decided_as_the_run_decided_it(run: Run, answers: Any) -> None:
    pack = run.pack.pack
    persons = answers["person"]
    at = {number: row for row, number in enumerate(persons["id"].to_pylist())}
    with as_engine():
        ids = list(Household.objects.order_by("id").values_list("id", flat=True)[:40])
    compared = 0
    for household in ids:
        decided = households.decide(household, pack, as_of=run.as_of)
        for (kind, number), found in decided.answers.items():
            if kind != "person":
                continue
            for name, answer in zip(run.measures["person"], found, strict=True):
                part = "qualifies" if pack.measures[name].limit else "verdict"
                row = at[number]
                assert answer.verdict == persons[f"{name}_{part}"][row].as_py(), (number, name)
                assert answer.reasons == persons[f"{name}_reasons"][row].as_py(), (number, name)
                compared += 1
    assert compared > 100


@pytest.mark.parametrize(
    ("role", "source", "theirs"),
    [
        ("helper", "national", "seen in the field, told by the household"),
        ("helper", "bank", "seen in the field, told by the household"),
        ("helper", "village", "seen in the field, told by the household"),
        ("village_officer", "paper", "seen in the field, told by the household, reported by the village"),
        ("auditor", "household", "none"),
    ],
)
def test_nobody_answers_for_a_source_that_is_not_theirs(
    run: Run, open_household: tuple[int, Question], role: str, source: str, theirs: str
) -> None:
    household, _ = open_household
    with enter(COUNTY), pytest.raises(Refusal, match=f"you may pass on: {theirs}\\."):
        answering.record(
            household, "registered_poor", "是", source=source, by="t", about=DAY, now=NOW, roles=[role]
        )  # fmt: skip


@pytest.mark.parametrize("roles", [None, ["county_officer"], ["helper", "county_officer"]])
def test_the_operator_and_the_county_answer_for_any(
    run: Run, open_household: tuple[int, Question], roles: list[str] | None
) -> None:
    household, _ = open_household
    with enter(COUNTY):
        done = answering.record(
            household, "registered_poor", "是", source="national", by="t", about=DAY, now=NOW, roles=roles
        )
    with as_engine():
        assert Statement.objects.get(pk=done.statement_id).source == "national"
