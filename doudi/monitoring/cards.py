"""Household cards: what a telephone holds of a household, as JSON. No full ID number and no account is ever in one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from doudi.access.masking import NAME, Reads, shown
from doudi.monitoring import card_facts, decided, looking, tasks, waiting
from doudi.monitoring.checks import Check
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.looking import Looked
from doudi.places.divisions import Place
from doudi.register.children import is_child
from doudi.register.households import Household
from doudi.register.persons import Person

Card = dict[str, Any]


def of(household_ids: Iterable[int], *, reader: Reads, on: date) -> list[Card]:
    """The cards of households in scope, as this reader may know them, by id; the same content makes the same card."""
    rows = list(Household.objects.filter(pk__in=set(household_ids)).order_by("pk"))
    ids = [row.pk for row in rows]
    looked = looking.look(ids, on=on)
    around = _Around(rows, looked, reader, on)
    return [_card(row, looked.get(row.pk), around) for row in rows]


def digest(card: Card) -> str:
    """A short hash of a card's content: who holds the same needs no other."""
    return hashlib.sha256(orjson.dumps(card, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


class _Around:
    """What is read for all cards at once."""

    def __init__(self, rows: Sequence[Household], looked: Mapping[int, Looked], reader: Reads, on: date) -> None:
        ids, self.reader, self.on = [row.pk for row in rows], reader, on
        codes = {row.place_code for row in rows} | {row.place_code[:9] + "000" for row in rows}
        self.places = dict(Place.objects.filter(code__in=codes).values_list("code", "name"))
        self.people = _by_household(Person.objects.filter(household_id__in=ids).order_by("pk"))
        self.decisions = decided.of(ids, reader)
        self.checks = {each.household_id: each for each in Check.objects.last_of(ids)}
        self.disputes = _by_household(Dispute.objects.waiting().filter(household_id__in=ids))
        self.unconfirmed = _by_household(waiting.unconfirmed(ids))
        asking = [task for one in looked.values() for task in looking.tasks_of(one)]
        self.tasks = tasks.of_households(ids, on=on, known={"doudi.monitoring.looking.questions": asking})
        self.versions = looking.versions_of(ids)
        self.paid = waiting.paid(ids)


def _by_household(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(int(row.household_id or 0), []).append(row)
    return found


def _card(row: Household, looked: Looked | None, around: _Around) -> Card:
    people, reader = around.people.get(row.pk, []), around.reader
    names = {("person", person.pk): _name(person, looked, around) for person in people}
    facts, asks = card_facts.of(looked, reader, around.on) if looked else ([], [])
    return {
        "id": row.pk,
        "version": around.versions[row.pk],
        "code": row.code,
        "name": _head(row, people, names, reader),
        "village": around.places.get(row.place_code, row.place_code),
        "town": around.places.get(row.place_code[:9] + "000", ""),
        "group": row.group_name,
        **(card_facts.about(row.pk, looked, around.on) if looked else {"phone": "", "category": None}),
        "members": [_member(person, names, looked) for person in people],
        "facts": facts,
        "ask": asks,
        "decisions": [
            {**one, "who": names.get((one["kind"], one["id"]), "")} for one in around.decisions.get(row.pk, [])
        ],
        "paid": around.paid.get(row.pk, []),
        "to_confirm": [_to_confirm(one, names) for one in around.unconfirmed.get(row.pk, [])],
        "tasks": [_task(one) for one in around.tasks[row.pk]],
        "call": [],
        "last_check": _last_check(around.checks.get(row.pk)),
        "disputes": [dispute_of(one) for one in around.disputes.get(row.pk, [])],
    }


def _name(person: Person, looked: Looked | None, around: _Around) -> str:
    row = looked.decided.graph.rows.get(("person", person.pk)) if looked else None
    child = row is not None and is_child(row.facts.get("birth_date"), on=around.on)  # type: ignore[arg-type]
    return shown(NAME, person.name, around.reader, household_id=person.household_id, child=child)


def _head(row: Household, people: Sequence[Person], names: Mapping[tuple[str, int], str], reader: Reads) -> str:
    """The head's name: as the member's who bears it, for a child may be one."""
    own = next((names["person", person.pk] for person in people if person.name == row.head_name), "")
    return own or shown(NAME, row.head_name, reader, household_id=row.pk)


def _member(person: Person, names: Mapping[tuple[str, int], str], looked: Looked | None) -> dict[str, Any]:
    row = looked.decided.graph.rows.get(("person", person.pk)) if looked else None
    born, sex = (row.facts.get("birth_date"), row.facts.get("sex")) if row else (None, None)
    day = looked.decided.decider.as_of if looked else None
    age = None
    if isinstance(born, date) and day is not None:
        age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return {"id": person.pk, "name": names["person", person.pk], "age": age, "sex": sex}


def _to_confirm(one: Any, names: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    zh, en = waiting.title_of(one)
    who = names.get((one.subject_kind, one.subject_id), "")
    return {"thing": "entitlement", "id": one.pk, "zh": zh, "en": en, "who": who, "fen": one.amount_fen}


def _task(task: tasks.Task) -> dict[str, Any]:
    return {
        "kind": task.kind,
        "zh": task.zh,
        "en": task.en,
        "reason_zh": task.reason_zh,
        "reason_en": task.reason_en,
        "due": task.due.isoformat() if task.due else None,
        "fact": task.fact,
        "where": task.where,
    }


def _last_check(check: Check | None) -> dict[str, Any] | None:
    return check and {"on": check.about_day.isoformat(), "by": check.by, "reached": check.reached}


def dispute_of(one: Dispute) -> dict[str, Any]:
    """A dispute as a card and a result tell it."""
    return {
        "id": one.pk,
        "household": one.household_id,
        "why": one.kind,
        "kind": one.subject_kind,
        "subject": one.subject_id,
        "fact": one.fact,
        "base": one.base,
        "mine": one.mine,
        "theirs": one.theirs,
        "mine_by": one.mine_by,
        "theirs_by": one.theirs_by,
        "theirs_source": one.theirs_source,
        "choice": one.choice,
        "settled": one.settled_at is not None,
    }
