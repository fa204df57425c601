"""Households looked at in bulk: how each is decided now, what is believed of its subjects, what is worth asking."""

from __future__ import annotations

from collections import defaultdict
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
from doudi.policy.runs import Run


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
    seen = {}
    with past_wall():
        documents, heard = _documents(ids), versions_of(ids)
        for number, decided in sorted(_decided(ids, on, known or {}, run).items()):
            mine = {key: documents[key] for key in decided.graph.rows if key in documents}
            seen[number] = Looked(number, heard[number], decided, mine, tuple(asked.of(decided, mine, on)))
    return seen


def _decided(ids: Sequence[int], on: date, known: Mapping[int, Decided], run: Run) -> dict[int, Decided]:
    """Each household decided for the day, or for a later one that an answer spoke of.

    As it just was where that was by the same pack and for no earlier day: everything said before it was known to it.
    """
    pack = versions.of_hash(run.pack_id)
    found = {
        number: just
        for number, just in known.items()
        if number in ids and just.decider.as_of >= on and just.decider.pack.hash == pack.hash
    }
    left, by_day = [number for number in ids if number not in found], defaultdict(list)
    for number, day in households.days_of(left, run).items() if left else ():
        by_day[max(day, on)].append(number)
    for day, some in by_day.items():
        found |= households.decide_all(some, pack, as_of=day)
    return found


def versions_of(household_ids: Sequence[int]) -> dict[int, int]:
    """The version of each household: the number of the last statement about it or one of its subjects."""
    if not household_ids:
        return {}
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
