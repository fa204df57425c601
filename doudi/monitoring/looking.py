"""Households looked at in bulk: how each is decided now, what is believed of its subjects, what is worth asking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import orjson
from django.db import connection

from doudi.access.scope import past_wall
from doudi.monitoring import asked
from doudi.monitoring.asked import Ask, Document
from doudi.monitoring.tasks import DIFFERENCE, QUESTION, Task
from doudi.policy import households, versions
from doudi.policy.households import Decided
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.values.refusals import Refusal


@dataclass(frozen=True)
class Looked:
    """One household. `version` is the number of the last statement about it: it grows with everything said."""

    household_id: int
    version: int
    decided: Decided
    documents: Mapping[tuple[str, int], Document]
    asks: tuple[Ask, ...]


def look(
    household_ids: Iterable[int], *, on: date, known: Mapping[int, Decided] | None = None, run: Run | None = None
) -> dict[int, Looked]:
    """Look at households past the wall, as an evaluation must; what is told of it depends on the reader.

    Without a run nothing is decided, so there is nothing to look at; a household of no residence that day is left out.
    `known` are those that were just decided in this transaction, by the same run and after everything said in it.
    """
    ids, run = sorted(set(household_ids)), run or Run.objects.standing()
    if run is None or not ids:
        return {}
    pack, seen = versions.of_hash(run.pack_id), {}
    with past_wall():
        days, documents, heard = households.days_of(ids, run), _documents(ids), versions_of(ids)
        for number in ids:
            try:
                decided = _decided(number, pack, max(days[number], on), (known or {}).get(number))
            except Refusal:
                continue
            mine = {key: documents[key] for key in decided.graph.rows if key in documents}
            seen[number] = Looked(number, heard[number], decided, mine, tuple(asked.of(decided, mine, on)))
    return seen


def _decided(number: int, pack: Pack, day: date, just: Decided | None) -> Decided:
    """The household decided for a day: as it just was, where that was for the same day by the same pack."""
    if just is not None and (just.decider.as_of, just.decider.pack.hash) == (day, pack.hash):
        return just
    return households.decide(number, pack, as_of=day)


def versions_of(household_ids: Sequence[int]) -> dict[int, int]:
    """The version of each household: the number of the last statement about it or one of its subjects."""
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.id, coalesce((SELECT max(s.id) FROM register_statement s WHERE s.household_id = h.id), 0)"
            " FROM unnest(%s::bigint[]) AS h (id)",
            [list(household_ids)],
        )
        return dict(cursor.fetchall())


def _documents(household_ids: Sequence[int]) -> dict[tuple[str, int], Document]:
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_kind, subject_id, document::text FROM register_belief WHERE household_id = ANY (%s)",
            [list(household_ids)],
        )
        return {(kind, number): orjson.loads(text) for kind, number, text in cursor.fetchall()}


def questions(household_ids: Sequence[int], on: date) -> list[Task]:
    """What is worth asking at each household, as one task for what decides something and one for what differs."""
    return [task for looked in look(household_ids, on=on).values() for task in tasks_of(looked)]


def tasks_of(looked: Looked) -> list[Task]:
    """The tasks of a household looked at."""
    opened = [ask for ask in looked.asks if ask.why == asked.OPEN]
    differ = [ask for ask in looked.asks if ask.why == asked.DIFFER]
    found = []
    if opened:
        names = dict.fromkeys(name for ask in opened if ask.question for name in ask.question.decides)
        words = (f"有 {len(opened)} 件事要问", f"{_many(len(opened), 'thing')} to ask")
        reason = (f"问清了才能定 {len(names)} 项措施", f"{_many(len(names), 'measure')} to be decided by the answers")
        found.append(_task(looked, QUESTION, opened, words, reason))
    if differ:
        words = (f"有 {len(differ)} 件事几处说法不一", f"sources differ on {_many(len(differ), 'thing')}")
        found.append(_task(looked, DIFFERENCE, differ, words, ("请向农户核实", "ask the household")))
    return found


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _task(looked: Looked, kind: str, asks: Sequence[Ask], words: tuple[str, str], reason: tuple[str, str]) -> Task:
    first = asks[0]
    fact = f"{first.kind}:{first.subject_id}:{first.fact}"
    return Task(kind, looked.household_id, *words, *reason, fact=fact, where="check")
