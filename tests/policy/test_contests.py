"""Contested: another source's word would change the verdict. Two ways to find it, one answer."""

from __future__ import annotations

import datetime

from doudi.access.scope import Scope, as_engine, enter
from doudi.policy import contests, deciding, households, needs, results, running, stores
from doudi.policy.decisions import Decision, Standing
from doudi.policy.results import Answers
from doudi.policy.runs import Run
from doudi.register import bulk, persons
from doudi.register.beliefs import Belief
from doudi.register.bulk import StatementRow
from doudi.register.households import Household
from doudi.register.persons import Person
from tests.policy.conftest import DAY, NOW, PACK


def test_the_engine_and_the_closures_find_the_same(run: Run, answers: Answers) -> None:
    pack, held = run.pack.pack, run.snapshot.hold()
    params = pack.values_on(run.as_of)
    at_once = contests.marks(held, pack, answers, as_of=run.as_of, params=params)
    kinds = results.by_kind(pack)
    reads = {m.name: needs.facts_of(m.nodes()) for some in kinds.values() for m in some}
    found = contests.disputes(pack.vocabulary, frozenset().union(*reads.values()), as_of=run.as_of)
    graph = contests._graph(held, pack, found)
    around = contests._dependents(graph, pack.vocabulary)
    decider = deciding.Decider(pack, params=params, as_of=run.as_of)
    trial = contests._Trial(graph, around, kinds, reads, contests._before_cut(answers, kinds), decider)
    assert at_once
    assert contests._try_all(found, trial) == at_once


def test_a_mark_is_a_verdict_that_the_other_word_changes(run: Run) -> None:
    pack = run.pack.pack
    with as_engine():
        marked = list(Decision.objects.filter(run=run, subject_kind="person").exclude(contested=0)[:20])
    assert marked
    for decision in marked:
        decided = households.decide(decision.household_id, pack, as_of=run.as_of)
        subject = ("person", decision.subject_id)
        facts = contests._disputes_of
        needed = needs.facts_of(node for m in pack.measures.values() for node in m.nodes())
        moved = 0
        for about, beliefs in decided.graph.beliefs.items():
            keys = list(beliefs)
            for dispute in facts(*about, decision.household_id, beliefs, keys, pack.vocabulary, needed, run.as_of):
                row = decided.graph.rows[about]
                believed = row.facts.get(dispute.key)
                for value in dispute.values:
                    row.facts[dispute.key] = value
                    again = households.of_graph(decision.household_id, decided.graph, decided.decider)
                    for bit, answer in enumerate(again.answers[subject]):
                        moved |= (answer.verdict != decided.answers[subject][bit].verdict) << bit
                if believed is None:
                    row.facts.pop(dispute.key)
                else:
                    row.facts[dispute.key] = believed
        assert moved == decision.contested, subject


def test_marks_carried_over_are_those_found_anew(run: Run) -> None:
    """After some households changed, the next run tries only those again; the whole county gives the same marks."""
    vocabulary = run.pack.pack.vocabulary
    long_believed(run)
    with as_engine():
        ids = list(Household.objects.order_by("id").values_list("id", flat=True))[::9]
    said = [StatementRow("household", i, "household", DAY, {"minimum_allowance": i % 2 == 0}) for i in ids]
    bulk.load(by="t", now=NOW + datetime.timedelta(minutes=5), vocabulary=vocabulary, statements=said)
    after = running.run(PACK, as_of=DAY, by="t", now=NOW + datetime.timedelta(minutes=6))
    carried, anew = marks_in_force(), marks_anew(after)
    with as_engine():
        before = set(Decision.objects.filter(run=run).exclude(contested=0).values_list("subject_kind", "subject_id"))
    assert carried == anew
    assert set(carried) != before


def test_a_dispute_that_leaves_every_belief_as_it_was_is_still_found(run: Run) -> None:
    """The snapshot is the same to the byte; what other sources say beside it is not."""
    with as_engine():
        believed = Belief.objects.filter(subject_kind="household", document__has_key="minimum_allowance")
        cells = {each.subject_id: each.document["minimum_allowance"] for each in believed}
    said = [
        StatementRow("household", number, "paper", DAY, {"minimum_allowance": not cell[0]})
        for number, cell in cells.items()
        if len(cell) == 4 and cell[2] not in ("household", "paper")
    ]
    before = marks_in_force()
    bulk.load(by="t", now=NOW, vocabulary=run.pack.pack.vocabulary, statements=said)
    manifest = run.snapshot.manifest()
    assert manifest is not None
    with as_engine():  # as if said by a transaction that ended before the next run began; a test has only one
        Belief.objects.filter(revision__gt=manifest.horizon).update(revision=manifest.horizon)
    after = running.run(PACK, as_of=DAY, by="t", now=NOW)
    assert after.snapshot_hash == run.snapshot_hash
    assert marks_in_force() == marks_anew(after) != before


def test_a_dispute_about_a_member_who_left_marks_the_household_no_more(run: Run) -> None:
    long_believed(run)
    with as_engine():
        held = Standing.objects.filter(subject_kind="household", decision__contested__gt=0)
        disputed = Belief.objects.filter(subject_kind="person", household_id__in=held.values("household_id"))
        leaving = list(Person.objects.filter(pk__in=disputed.exclude(contested=[]).values("subject_id")))
    with enter(Scope(frozenset(["510921"]))):
        for person in leaving:
            persons.leave(person, on=DAY, ended="moved_out", by="t", now=NOW)
    before = marks_in_force()
    after = running.run(PACK, as_of=DAY, by="t", now=NOW)
    left = {("person", person.pk) for person in leaving}
    assert set(before) - set(marks_anew(after)) - left, "no household was marked by a dispute about a member"
    assert marks_in_force() == marks_anew(after)


def long_believed(run: Run) -> None:
    """As if the county had been loaded well before the run: the tests' county is loaded and decided at once."""
    manifest = run.snapshot.manifest()
    assert manifest is not None
    with as_engine():
        Belief.objects.update(revision=manifest.horizon - 1)


def marks_in_force() -> dict[tuple[str, int], int]:
    with as_engine():
        standing = Standing.objects.filter(decision__contested__gt=0).select_related("decision")
        return {(each.subject_kind, each.subject_id): each.decision.contested for each in standing}


def marks_anew(after: Run) -> dict[tuple[str, int], int]:
    """Every dispute of the county tried again."""
    pack, folder = after.pack.pack, stores.folder_of(stores.ANSWERS, after.answers_hash)
    found = results.read(folder)
    return contests.marks(after.snapshot.hold(), pack, found, as_of=DAY, params=pack.values_on(DAY))
