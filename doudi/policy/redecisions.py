"""A household decided again: what changed is put in force, in the transaction of whoever said something of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Q

from doudi.policy import contests, households, results
from doudi.policy.decisions import UNKNOWN, Decision, Standing, Tally
from doudi.policy.households import Decided, Lines, Subject
from doudi.policy.questions import Question
from doudi.policy.runs import Run
from doudi.rules.rows import Row


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


def decide_again(household_id: int, run: Run, lines: Lines, *, command: UUID, now: datetime) -> None:
    """Decide a household answered about while `run` was under way, which drew `lines`; in the run's transaction.

    One of no residence on the run's day is not decided: it left meanwhile, or came after.
    """
    after = households.decide_all([household_id], run.pack.pack, as_of=run.as_of).get(household_id)
    if after is not None:
        Redecision(run, lines, after, command, now).store(0)


def standing(run: Run, several: Iterable[Decided]) -> dict[Subject, Decision]:
    """The decisions in force about the households' subjects, held: by subject, for one may have come from elsewhere."""
    mine, subjects = Q(), sorted({subject for decided in several for subject in decided.answers})
    for kind in {kind for kind, _ in subjects}:
        mine |= Q(subject_kind=kind, subject_id__in=[i for k, i in subjects if k == kind])
    rows = Standing.objects.filter(mine, pack_name=run.pack_name) if subjects else Standing.objects.none()
    decisions = [row.decision for row in rows.select_related("decision").select_for_update(of=("self",))]
    return {(decision.subject_kind, decision.subject_id): decision for decision in decisions}


class Moves:
    """What redecisions move in the villages' counts, put there at the end and in one order.

    Households of a village are decided by several telephones at once: who takes its counts as they come waits for
    whoever holds the next one, and they for them.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.held: dict[tuple[str, str], tuple[str, list[int], bool]] = {}

    def add(self, measure: str, new: Decision, change: Iterable[int], *, stale: bool) -> None:
        """Note what one decision adds to its village's no, yes, unknown and fen."""
        key = measure, new.place_code
        _, before, was = self.held.get(key, ("", [0, 0, 0, 0], False))
        self.held[key] = new.subject_kind, [a + b for a, b in zip(before, change, strict=True)], was or stale

    def put(self) -> None:
        """Move the counts, under the engine role."""
        for (measure, place), (kind, (no, yes, unknown, fen), stale) in sorted(self.held.items()):
            tally, _ = Tally.objects.select_for_update().get_or_create(
                run=self.run,
                measure=measure,
                place_code=place,
                defaults={"subject_kind": kind, "yes": 0, "no": 0, "unknown": 0, "amount_fen": 0},
            )
            tally.no, tally.yes, tally.unknown = tally.no + no, tally.yes + yes, tally.unknown + unknown
            tally.amount_fen, tally.stale = tally.amount_fen + fen, tally.stale or stale
            tally.save()


class Redecision:
    """A household decided again: what changed becomes decisions in force, and the village's counts follow.

    `lines` is what its subjects' places in line depended on before (`households.lines_of`).
    """

    def __init__(self, run: Run, lines: Lines, after: Decided, command: UUID, now: datetime) -> None:
        self.run, self.lines, self.after, self.command, self.now = run, lines, after, command, now
        self.kinds = results.by_kind(after.decider.pack)
        self.changed: list[tuple[str, int, str, int | None, int]] = []
        self.stale: set[str] = set()

    def store(self, statement_id: int) -> Answered:
        """Write the decisions that changed, and move the counts, under the engine role."""
        moves = Moves(self.run)
        answered = self.write(statement_id, standing(self.run, [self.after]), moves)
        moves.put()
        return answered

    def write(self, statement_id: int, held: Mapping[Subject, Decision], moves: Moves) -> Answered:
        """The same of one among several: `held` are the decisions in force, `moves` are put when all is written."""
        verdicts = {
            measure.name: {i: self.after.answers[k, i][n].verdict for (k, i) in self.after.answers if k == kind}
            for kind, measures in self.kinds.items()
            for n, measure in enumerate(measures)
        }
        marks = contests.marks_of_household(self.after.household_id, self.after.graph, self.after.decider, verdicts)
        for subject in self.after.answers:
            old = held.get(subject)
            new = self._decision(subject, old, marks.get(subject, 0))
            if old is None or _content(old) != _content(new):
                self._put_in_force(new, old, moves)
        return Answered(statement_id, tuple(self.changed), tuple(sorted(self.stale)), ())

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
        name, now = households.line_of(self.after, subject, measure)
        then = self.lines.get(name)
        if now == then and old is not None:
            return old.verdicts[n], old.places[n]
        if then is None or not (_is_out(then) and _is_out(now)):
            self.stale.add(measure.name)
        return (verdict if verdict == 0 else UNKNOWN), None

    def _place(self, row: Row) -> str:
        village = self.after.graph.rows.get(("household", self.after.household_id), row).ones.get("village")
        return f"{village.id:012d}" if village is not None else ""

    def _put_in_force(self, new: Decision, old: Decision | None, moves: Moves) -> None:
        new.save(force_insert=True)
        Standing.objects.update_or_create(
            pack_name=self.run.pack_name,
            subject_kind=new.subject_kind,
            subject_id=new.subject_id,
            defaults={"decision": new, "household_id": new.household_id, "place_code": new.place_code},
        )
        for n, measure in enumerate(self.kinds[new.subject_kind]):
            self._count(measure.name, n, new, old, moves)

    def _count(self, name: str, n: int, new: Decision, old: Decision | None, moves: Moves) -> None:
        before = old.verdicts[n] if old else None
        if before != new.verdicts[n]:
            self.changed.append((new.subject_kind, new.subject_id, name, before, new.verdicts[n]))
        was, now = (_share(old, n) if old else (0, 0, 0, 0)), _share(new, n)
        if was != now or name in self.stale:
            moves.add(name, new, (b - a for a, b in zip(was, now, strict=True)), stale=name in self.stale)


def _is_out(line: str) -> bool:
    """Whether who stands there does not qualify, wherever in line."""
    return bool(orjson.loads(line)[0] == 0)


def _share(decision: Decision, n: int) -> tuple[int, int, int, int]:
    """What a decision adds to a village's no, yes, unknown and fen."""
    verdict = decision.verdicts[n]
    amount = (decision.amounts[n] or 0) if verdict == 1 else 0
    return int(verdict == 0), int(verdict == 1), int(verdict == 2), amount


def _content(decision: Decision) -> tuple[Any, ...]:
    return (decision.verdicts, decision.amounts, decision.reasons, decision.places, decision.contested)
