"""Answers: a statement, the belief, and the household's decisions, in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from doudi.access.permissions import passes_on
from doudi.access.scope import as_engine
from doudi.facts.kinds import Fact
from doudi.facts.vocabulary import load as shipped
from doudi.policy import contests, households, questions, replies, results, turns, versions
from doudi.policy.decisions import UNKNOWN, Decision, Standing, Tally
from doudi.policy.households import Decided, Subject
from doudi.policy.packs import Pack
from doudi.policy.questions import Question
from doudi.policy.runs import Run
from doudi.register import statements
from doudi.rules.errors import nearest
from doudi.rules.rows import Row
from doudi.trail.commands import AlreadyDone, carry_out
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer did: the statement, the verdicts that changed, and the questions that are left.

    `changed` holds (kind, subject id, measure, verdict before, verdict after); `stale` the limited measures whose line
    in the village is drawn again by the next run.
    """

    statement_id: int
    changed: tuple[tuple[str, int, str, int | None, int], ...]
    stale: tuple[str, ...]
    questions: tuple[Question, ...]


def record(
    household_id: int,
    fact: str,
    value: str,
    *,
    source: str,
    by: str,
    about: date,
    now: datetime,
    subject: Subject | None = None,
    key: UUID | None = None,
    roles: Collection[str] | None = None,
) -> Answered:
    """Answer one question about a household or a subject of it, and decide the household again.

    `fact` is a fact key ("wage_income@2019"); `subject` is (kind, id) when it is not the household itself; `value` is
    text as a person types it ("4,999.99", "是", "2020-03-01"). What the answer changes does not depend on who gives it:
    the decision is the engine's, under its own role. Carried out before under the same `key`, it answers the same.

    `roles` are those of who records it: each passes on some sources only. None is the operator, who passes on any.

    Raises Refusal when the fact, the value, its bounds or the source is not right, naming the nearest right word.
    """
    if roles is not None and not passes_on(roles, source):
        raise _not_theirs(source, roles)
    about_whom = subject or ("household", household_id)
    payload = [household_id, *about_whom, fact, value, source, about.isoformat()]
    try:
        with carry_out("policy.answer", by=by, key=key, payload=payload) as act:
            done = _carry_out(household_id, about_whom, fact, value, source, by, about, now, act.id)
            act.result = {"statement": done.statement_id, "changed": done.changed, "stale": done.stale}
    except AlreadyDone as before:
        changed = tuple((k, i, m, a, b) for k, i, m, a, b in before.result["changed"])
        done = Answered(before.result["statement"], changed, tuple(before.result["stale"]), ())
    return replace(done, questions=tuple(questions.of_household(household_id)))


def _not_theirs(source: str, roles: Collection[str]) -> Refusal:
    words = shipped().sources
    theirs = [each for name, each in words.items() if passes_on(roles, name)]
    zh = words[source].zh if source in words else source
    en = words[source].en if source in words else source
    listed_zh, listed_en = "、".join(each.zh for each in theirs) or "无", ", ".join(e.en for e in theirs) or "none"
    return Refusal(
        f"您的职责不能代“{zh}”回答。可以选的来源:{listed_zh};别的来源请报县里录入。",
        f"Your duty does not let you answer for “{en}”. Sources you may pass on: {listed_en}."
        " What another source says is recorded by the county.",
        source,
    )


def _carry_out(
    household_id: int,
    subject: Subject,
    key: str,
    text: str,
    source: str,
    by: str,
    about: date,
    now: datetime,
    command: UUID,
) -> Answered:
    turns.take_of_household(household_id)
    run = Run.objects.standing(versions.default_name())
    pack = run.pack.pack if run else versions.in_force().pack
    day = max(households.days_of([household_id], run)[household_id], about) if run else about
    before = households.decide(household_id, pack, as_of=day)
    if subject not in before.graph.rows:
        raise Refusal(
            f"{subject[0]} {subject[1]} 不属于这一户。", f"{subject[0]} {subject[1]} does not belong to this household."
        )
    stated = replies.read(text, fact_of(pack, subject[0], key), minor=pack.currency.minor)
    statement = statements.record(
        *subject, {key: stated}, source=source, about=about, by=by, now=now, vocabulary=pack.vocabulary
    )
    if run is None:
        return Answered(statement.pk, (), (), ())
    after = households.decide(household_id, pack, as_of=day)
    with transaction.atomic(), as_engine():
        return _Redecision(run, before, after, command, now).store(statement.pk)


def decide_again(household_id: int, run: Run, before: Decided, *, command: UUID, now: datetime) -> None:
    """Decide a household answered about while `run` was under way, which decided `before`; in the run's transaction."""
    after = households.decide(household_id, run.pack.pack, as_of=run.as_of)
    _Redecision(run, before, after, command, now).store(0)


def fact_of(pack: Pack, kind: str, key: str) -> Fact:
    """The stated fact of a key. Refused with the nearest right word when there is none."""
    name, _, year = key.partition("@")
    found = pack.vocabulary.fact(kind, name)
    if found is None or found.formula:
        facts = pack.vocabulary.kinds[kind].facts.values() if kind in pack.vocabulary.kinds else ()
        close = nearest(name, [each.name for each in facts if not each.formula])
        hint_zh, hint_en = (f"是不是“{close}”?", f" Did you mean “{close}”?") if close else ("", "")
        raise Refusal(
            f"没有“{name}”这项可以回答的事实。{hint_zh}", f"There is no fact “{name}” to answer.{hint_en}", key
        )
    if found.yearly != year.isdigit():
        form = f"{name}@2019" if found.yearly else name
        raise Refusal(f"“{found.zh}”应写成 {form}。", f"Write “{found.en}” as {form}.", key)
    return found


class _Redecision:
    """A household decided again: what changed becomes decisions in force, and the village's counts follow."""

    def __init__(self, run: Run, before: Decided, after: Decided, command: UUID, now: datetime) -> None:
        self.run, self.before, self.after, self.command, self.now = run, before, after, command, now
        self.kinds = results.by_kind(after.decider.pack)
        self.changed: list[tuple[str, int, str, int | None, int]] = []
        self.stale: set[str] = set()

    def store(self, statement_id: int) -> Answered:
        """Write the decisions that changed, under the engine role."""
        standing = self._standing()
        verdicts = {
            measure.name: {i: self.after.answers[k, i][n].verdict for (k, i) in self.after.answers if k == kind}
            for kind, measures in self.kinds.items()
            for n, measure in enumerate(measures)
        }
        marks = contests.marks_of_household(self.after.household_id, self.after.graph, self.after.decider, verdicts)
        for subject in self.after.answers:
            old = standing.get(subject)
            new = self._decision(subject, old, marks.get(subject, 0))
            if old is None or _content(old) != _content(new):
                self._put_in_force(new, old)
        return Answered(statement_id, tuple(self.changed), tuple(sorted(self.stale)), ())

    def _standing(self) -> dict[Subject, Decision]:
        """The decisions in force about the subjects: found by subject, for one may have come from elsewhere."""
        mine = Q()
        for kind in {kind for kind, _ in self.after.answers}:
            mine |= Q(subject_kind=kind, subject_id__in=[i for k, i in self.after.answers if k == kind])
        rows = Standing.objects.filter(mine, pack_name=self.run.pack_name)
        decisions = [row.decision for row in rows.select_related("decision").select_for_update(of=("self",))]
        return {(decision.subject_kind, decision.subject_id): decision for decision in decisions}

    def _decision(self, subject: Subject, old: Decision | None, contested: int) -> Decision:
        answers = self.after.answers[subject]
        verdicts, places = [answer.verdict for answer in answers], [None] * len(answers)
        amounts = [answer.amount for answer in answers]
        for n, measure in enumerate(self.kinds[subject[0]]):
            if measure.limit is not None:
                verdicts[n], places[n] = self._after_cut(subject, n, old)
                amounts[n] = amounts[n] if verdicts[n] == 1 else None
        return Decision(
            run=self.run,
            subject_kind=subject[0],
            subject_id=subject[1],
            household_id=self.after.household_id,
            place_code=old.place_code if old else self._place(self.after.row(subject)),
            verdicts=verdicts,
            amounts=amounts,
            reasons=[answer.reasons for answer in answers],
            places=places,
            contested=contested,
            previous=old.pk if old else None,
            command_id=self.command,
            as_of=self.after.decider.as_of,
            decided_at=self.now,
        )

    def _after_cut(self, subject: Subject, n: int, old: Decision | None) -> tuple[int, Any]:
        """The verdict of a limited measure: kept while nothing in line moved, else open until the line is drawn again.

        Who does not qualify is out at once. Anyone else whose keys changed waits for the next run, and says so.
        """
        measure, verdict = self.kinds[subject[0]][n], self.after.answers[subject][n].verdict
        now = households.line_keys(self.after, subject, measure)
        known_before = subject in self.before.answers
        then = households.line_keys(self.before, subject, measure) if known_before else None
        if now == then and old is not None:
            return old.verdicts[n], old.places[n]
        if then is None or then[0] != 0 or now[0] != 0:
            self.stale.add(measure.name)
        return (verdict if verdict == 0 else UNKNOWN), None

    def _place(self, row: Row) -> str:
        village = self.after.graph.rows.get(("household", self.after.household_id), row).ones.get("village")
        return f"{village.id:012d}" if village is not None else ""

    def _put_in_force(self, new: Decision, old: Decision | None) -> None:
        new.save(force_insert=True)
        Standing.objects.update_or_create(
            pack_name=self.run.pack_name,
            subject_kind=new.subject_kind,
            subject_id=new.subject_id,
            defaults={"decision": new, "household_id": new.household_id, "place_code": new.place_code},
        )
        for n, measure in enumerate(self.kinds[new.subject_kind]):
            self._count(measure.name, n, new, old)

    def _count(self, name: str, n: int, new: Decision, old: Decision | None) -> None:
        before = old.verdicts[n] if old else None
        if before != new.verdicts[n]:
            self.changed.append((new.subject_kind, new.subject_id, name, before, new.verdicts[n]))
        was, now = (_share(old, n) if old else (0, 0, 0, 0)), _share(new, n)
        if was == now and name not in self.stale:
            return
        tally, _ = Tally.objects.select_for_update().get_or_create(
            run=self.run,
            measure=name,
            place_code=new.place_code,
            defaults={"subject_kind": new.subject_kind, "yes": 0, "no": 0, "unknown": 0, "amount_fen": 0},
        )
        tally.no, tally.yes, tally.unknown, tally.amount_fen = (
            held + b - a
            for held, a, b in zip((tally.no, tally.yes, tally.unknown, tally.amount_fen), was, now, strict=True)
        )
        tally.stale = tally.stale or name in self.stale
        tally.save()


def _share(decision: Decision, n: int) -> tuple[int, int, int, int]:
    """What a decision adds to a village's no, yes, unknown and fen."""
    verdict = decision.verdicts[n]
    amount = (decision.amounts[n] or 0) if verdict == 1 else 0
    return int(verdict == 0), int(verdict == 1), int(verdict == 2), amount


def _content(decision: Decision) -> tuple[Any, ...]:
    return (decision.verdicts, decision.amounts, decision.reasons, decision.places, decision.contested)
