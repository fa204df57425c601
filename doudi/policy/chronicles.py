"""What was decided of a household's subjects: at a moment, and how each decision differs from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Q, QuerySet

from doudi.policy.decisions import NO, Decision
from doudi.policy.packs import Pack
from doudi.policy.versions import PackVersion
from doudi.register.histories import Moment, Subject

OK_BITS = 3  # two bits a condition


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measure's verdict of one subject as it was decided.

    `conditions` are (code, zh, en): 0 no, 1 yes, 2 unknown, 3 error.
    """

    run: int
    kind: str
    subject_id: int
    measure: str
    title_zh: str
    title_en: str
    number: str
    verdict: int
    amount_fen: int | None
    place: int | None
    contested: bool
    conditions: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A decision that changed something.

    `changes` are (measure, zh, en, verdict before or None, after, fen before, fen after). What a first decision refuses
    is no change.
    """

    run: int
    by_answer: bool
    kind: str
    subject_id: int
    as_of: date
    decided_at: datetime
    changes: tuple[tuple[str, str, str, int | None, int, int | None, int | None], ...]


def decided_at(subjects: Iterable[Subject], moment: Moment, *, pack_name: str) -> list[Verdict]:
    """The verdicts that stood at a moment: the last decision of each subject for that day or before, known by then."""
    found = _of(subjects, pack_name)
    if moment.day is not None:
        found = found.filter(as_of__lte=moment.day)
    if moment.known is not None:
        found = found.filter(decided_at__lte=moment.known)
    last = found.order_by("subject_kind", "subject_id", "-id").distinct("subject_kind", "subject_id")
    return [verdict for decision in last for verdict in _verdicts(decision)]


def steps_of(subjects: Iterable[Subject], *, pack_name: str, most: int = 200) -> list[Step]:
    """The decisions about some subjects that changed a verdict or an amount, the latest first."""
    every = list(_of(subjects, pack_name).order_by("-id")[: most + 1])
    known = {decision.pk: decision for decision in every}
    steps = (_step(decision, known.get(decision.previous or 0)) for decision in every)
    return [step for step in steps if step.changes]


def _of(subjects: Iterable[Subject], pack_name: str) -> QuerySet[Decision]:
    wanted = Q(pk__in=[])
    for kind, number in subjects:
        wanted |= Q(subject_kind=kind, subject_id=number)
    return Decision.objects.filter(wanted, run__pack_name=pack_name).select_related("run")


def _verdicts(decision: Decision) -> Iterator[Verdict]:
    pack = _pack(decision.run.pack_id)
    for n, name in enumerate(decision.run.measures.get(decision.subject_kind, [])):
        measure, bits = pack.measures[name], decision.reasons[n]
        told = tuple(
            (bits >> 2 * i & OK_BITS, c.zh or c.name, c.en or c.name) for i, c in enumerate(measure.conditions)
        )
        yield Verdict(
            run=decision.run_id,
            kind=decision.subject_kind,
            subject_id=decision.subject_id,
            measure=name,
            title_zh=measure.zh,
            title_en=measure.en,
            number=pack.terms[name].number,
            verdict=decision.verdicts[n],
            amount_fen=decision.amounts[n],
            place=decision.places[n],
            contested=bool(decision.contested >> n & 1),
            conditions=told,
        )


def _step(decision: Decision, before: Decision | None) -> Step:
    earlier = {verdict.measure: verdict for verdict in _verdicts(before)} if before else {}
    changes = []
    for now in _verdicts(decision):
        then = earlier.get(now.measure)
        if then is None and now.verdict == NO:
            continue
        if then is None or (then.verdict, then.amount_fen) != (now.verdict, now.amount_fen):
            was, fen = (then.verdict, then.amount_fen) if then else (None, None)
            changes.append((now.measure, now.title_zh, now.title_en, was, now.verdict, fen, now.amount_fen))
    return Step(
        run=decision.run_id,
        by_answer=decision.command_id is not None,
        kind=decision.subject_kind,
        subject_id=decision.subject_id,
        as_of=decision.as_of,
        decided_at=decision.decided_at,
        changes=tuple(changes),
    )


@lru_cache(maxsize=8)
def _pack(version: str) -> Pack:
    """The pack of a version's hash; versions never change, so each is read once a process."""
    return PackVersion.objects.get(hash=version).pack
