"""Running: from the facts stored to decisions stored, whole or not at all, one at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.policy import (
    changes,
    contests,
    deferrals,
    freshness,
    graphs,
    households,
    indicators,
    leftovers,
    needs,
    redecisions,
    results,
    snapshots,
    stores,
    turns,
    versions,
)
from doudi.policy.changes import Before, Marks
from doudi.policy.deciding import Decider
from doudi.policy.decisions import Decision, Standing
from doudi.policy.freshness import Since
from doudi.policy.packs import Pack
from doudi.policy.results import Answers, Progress
from doudi.policy.runs import Run
from doudi.policy.snapshots import Snapshot
from doudi.policy.versions import PackVersion
from doudi.register import beliefs
from doudi.register import snapshot as register_snapshot
from doudi.rules import LANGUAGE_VERSION
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


def _silent(_said: str, _part: float) -> None:
    """Progress nobody asked for."""


@dataclass
class _Work:
    """What a run has found so far."""

    version: PackVersion
    pack: Pack
    as_of: date
    snapshot: Snapshot
    counts: dict[str, int]
    answers: Answers
    marks: Marks
    held: duckdb.DuckDBPyConnection
    county: str
    before: Before | None


def run(
    pack: str | None = None,
    *,
    as_of: date,
    known_at: datetime | None = None,
    engine: str = "duckdb",
    by: str,
    now: datetime,
    key: UUID | None = None,
    progress: Progress = _silent,
) -> Run:
    """Decide the whole county. `pack` is a name or a folder; `progress` hears what is being done and how far (0..1).

    `key` is the command's: a run asked for once is stored once, AlreadyDone says so.
    Raises Refusal when another run is under way, when the pack is not right, or when some subject would not end in
    exactly one state; then nothing is stored.
    """
    _refuse_future(as_of, now)
    with _alone():
        started = time.perf_counter()
        _clean()
        version = versions.bring_in(pack, by=by, now=now, as_of=as_of)
        # Answers given meanwhile are not seen here; storing, in a transaction of its own, catches up with them.
        with register_snapshot.one_view():
            work = _decide(version, as_of=as_of, known_at=known_at, engine=engine, progress=progress)
        progress("storing", 0.8)
        with stores.part(stores.ANSWERS) as folder:
            results.write(work.answers, folder)
            return _store(work, folder, known_at=known_at, engine=engine, by=by, now=now, key=key, started=started)


def _refuse_future(as_of: date, now: datetime) -> None:
    if as_of > timezone.localdate(now):
        raise Refusal(
            f"{as_of} 还没有到,不能按将来的日期作决定。请改为今天或以前的日期。",
            f"{as_of} is still to come: nothing can be decided for it. Give today or a day before.",
            "as_of",
        )


def _refuse_empty(counts: Mapping[str, int], as_of: date) -> None:
    if not any(counts.values()):
        raise Refusal(
            f"{as_of} 这一天登记簿里什么也没有。请检查日期,或先导入数据。",
            f"On {as_of} the register holds nothing. Check the day, or import first.",
            "as_of",
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the county's one place for a run; the database lets go of it when the process dies."""
    with turns.of_run() as mine:
        if not mine:
            raise Refusal(
                "另一次运行正在进行。请等它结束后再试(doudi runs 可查看)。",
                "Another run is under way. Wait until it ends, then try again (doudi runs shows it).",
            )
        yield


def _clean() -> None:
    runs = list(Run.objects.values_list("snapshot_hash", "answers_hash"))
    stores.clean(stores.SNAPSHOTS, [snapshot for snapshot, _ in runs])
    stores.clean(stores.ANSWERS, [answers for _, answers in runs])
    leftovers.clean()


def _decide(version: PackVersion, *, as_of: date, known_at: datetime | None, engine: str, progress: Progress) -> _Work:
    pack = version.pack
    progress("taking the snapshot", 0.0)
    newest = Run.objects.filter(pack_name=pack.name).order_by("-id").first()
    earlier = newest.snapshot_hash if newest else None
    snapshot = snapshots.take(as_of=as_of, known_at=known_at, vocabulary=pack.vocabulary, since=earlier)
    counts = snapshot.counts(pack.vocabulary)
    _refuse_empty({kind: number for kind, number in counts.items() if kind != "place"}, as_of)
    progress("deciding", 0.3)
    params = pack.values_on(as_of)
    answers = results.evaluate(pack, snapshot, as_of=as_of, engine=engine, params=params, step=progress)
    results.check_sums(answers, counts)
    progress("comparing sources", 0.6)
    held = snapshot.hold()
    last = Run.objects.standing(pack.name)
    moved = freshness.since(held, snapshot, last.snapshot, vocabulary=pack.vocabulary) if last else None
    before = _before(last, moved) if last and moved is not None else None
    marks: Marks = {}
    if known_at is None:
        same = last is not None and last.pack_id == version.hash and last.as_of == as_of
        kept = contests.Kept(before.marks, moved) if same and before is not None and moved is not None else None
        marks = contests.marks(held, pack, answers, as_of=as_of, params=params, kept=kept)
    return _Work(version, pack, as_of, snapshot, counts, answers, marks, held, snapshots.county_code(), before)


def _store(
    work: _Work,
    folder: Path,
    *,
    known_at: datetime | None,
    engine: str,
    by: str,
    now: datetime,
    key: UUID | None,
    started: float,
) -> Run:
    last = Run.objects.standing(work.pack.name)
    stands = last is None or not last.looks_back_at(as_of=work.as_of, known_at=known_at)
    stands = stands and known_at is None
    made = Run(
        pack=work.version,
        pack_name=work.pack.name,
        as_of=work.as_of,
        known_at=known_at,
        engine=engine,
        language_version=LANGUAGE_VERSION,
        snapshot_hash=work.snapshot.hash,
        answers_hash=results.hash_of(work.answers),
        standing=stands,
        measures=results.order_of(work.pack),
        started_by=by,
        started_at=now,
    )
    with carry_out("policy.run", by=by, key=key, payload=[made.pack_name, made.pack_id, work.as_of, known_at]) as act:
        tallies = _tallies(work)
        made.seconds = round(time.perf_counter() - started, 3)
        made.save()
        if stands:
            turns.take_of_county()
            _stand(work, made, last, folder, tallies, now=now)
            _catch_up(work, made, command=act.id, now=now)
        made.seconds = round(time.perf_counter() - started, 3)
        made.counts = _counts(work, made, tallies)
        made.save(update_fields=["seconds", "counts"])
        act.result = {"run": made.pk, "answers": made.answers_hash}
        stores.keep(stores.ANSWERS, folder, made.answers_hash)
    return made


def _stand(
    work: _Work, made: Run, last: Run | None, folder: Path, tallies: list[changes.TallyRow], *, now: datetime
) -> None:
    """Put the answers in force: what changed becomes decisions, who is gone is withdrawn, villages are counted."""
    same = last is not None and last.measures == made.measures
    before = work.before if same else None
    changes.gather(
        work.held,
        work.answers,
        made.measures,
        marks=work.marks,
        before=before,
        vocabulary=work.pack.vocabulary,
        county=work.county,
    )
    with as_engine():
        changes.store(work.held, folder, run=made, same_order=same, now=now)
        if before is not None:
            changes.withdraw(changes.gone(work.answers, before), pack_name=made.pack_name)
        else:
            changes.withdraw_all_but_decided(pack_name=made.pack_name)
        changes.store_tallies(made.pk, tallies)


_ANSWERED = f"""
SELECT DISTINCT d.household_id FROM policy_decision d
JOIN register_belief b ON b.household_id = d.household_id AND {beliefs.WRITTEN_SINCE}
WHERE d.run_id = ANY (%s) AND d.command_id IS NOT NULL
"""


def _catch_up(work: _Work, made: Run, *, command: UUID, now: datetime) -> None:
    """Decide again whom somebody answered about since the snapshot, so that no answer is undone and counts hold.

    And whoever was put off: of them too it is not known whether the snapshot had heard what was said.
    """
    manifest = work.snapshot.manifest()
    if manifest is None:
        return
    with as_engine(), database.cursor() as cursor:
        cursor.execute(_ANSWERED, [manifest.horizon, _decided_by(made)])
        answered = sorted({number for (number,) in cursor.fetchall()} | set(deferrals.take_all()))
    if not answered:
        return
    with as_engine():
        folds = needs.folds_of_pack(work.pack)
        graph = graphs.around(work.held, households=answered, vocabulary=work.pack.vocabulary, folds=folds)
        decider = Decider(work.pack, params=work.pack.values_on(made.as_of), as_of=made.as_of)
        lines = households.lines_of(households.of_graph(0, graph, decider))
        for number in answered:
            redecisions.decide_again(number, made, lines, command=command, now=now)


def _decided_by(made: Run) -> list[int]:
    """The runs whoever was answered about meanwhile was decided by: the pack's own, and another pack's in force."""
    earlier = Run.objects.filter(standing=True).exclude(pk=made.pk).order_by("-id")
    found = (earlier.first(), earlier.filter(pack_name=made.pack_name).first())
    return sorted({run.pk for run in found if run is not None})


def _before(last: Run, since: Since | None) -> Before:
    """What stood before the run, as far as it tells who may stand otherwise now."""
    with transaction.atomic(), as_engine():
        contested = Standing.objects.filter(pack_name=last.pack_name, decision__contested__gt=0)
        rows = contested.values_list("subject_kind", "subject_id", "decision__contested")
        marks = {(kind, number): bits for kind, number, bits in rows}
        redecided = Decision.objects.filter(run=last, command_id__isnull=False)
        asked = frozenset(redecided.values_list("subject_kind", "subject_id"))
    answers = results.read(stores.folder_of(stores.ANSWERS, last.answers_hash))
    return Before(answers, marks, asked, since.households if since else frozenset())


def _tallies(work: _Work) -> list[changes.TallyRow]:
    order = results.order_of(work.pack)
    return [
        row
        for kind, table in work.answers.items()
        for row in changes.count_villages(
            work.held, kind, table, order[kind], vocabulary=work.pack.vocabulary, county=work.county
        )
    ]


def _counts(work: _Work, made: Run, tallies: list[changes.TallyRow]) -> dict[str, Any]:
    """What `doudi run --json` prints."""
    return {
        "run": made.pk,
        "pack": made.pack_name,
        "pack_hash": made.pack_id,
        "snapshot": made.snapshot_hash,
        "answers": made.answers_hash,
        "as_of": made.as_of.isoformat(),
        "known_at": made.known_at.isoformat() if made.known_at else None,
        "engine": made.engine,
        "standing": made.standing,
        "seconds": made.seconds,
        "subjects": work.counts,
        "measures": [_measure_counts(work, name, tallies) for name in work.pack.measures],
        "indicators": [
            indicators.tell(figure) for figure in indicators.compute(work.pack, work.held, as_of=work.as_of)
        ],
        "contested": len(work.marks),
    }


def _measure_counts(work: _Work, name: str, tallies: list[changes.TallyRow]) -> dict[str, Any]:
    mine = [row for row in tallies if row.measure == name]
    measure = work.pack.measures[name]
    return {
        "name": name,
        "subject": measure.subject,
        "yes": sum(row.yes for row in mine),
        "no": sum(row.no for row in mine),
        "unknown": sum(row.unknown for row in mine),
        "amount_fen": sum(row.amount_fen for row in mine),
        "budget_fen": work.pack.budget_of(name, work.as_of),
    }
