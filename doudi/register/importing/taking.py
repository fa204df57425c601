"""Taking a table in: what a plan holds is written in one command, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from doudi.access.scope import as_engine
from doudi.places import divisions
from doudi.register import bulk, first_words, households, persons, vocabularies
from doudi.register.bulk import HouseholdRow, Loaded, PersonRow, StatementRow
from doudi.register.households import Household
from doudi.register.importing.planning import Plan
from doudi.register.intakes import Intake
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values.collecting import unhurried
from doudi.values.refusals import Refusal

Numbered = list[tuple[Any, int]]  # rows of a plan, each with the id it is given
_LOCK = 0x646F75_696D70  # "dou", "imp"


def take_in(plan: Plan, *, by: str, now: datetime, key: UUID | None = None) -> Intake:
    """Write a plan in one command. Raises Refusal when its very table was taken in before."""
    payload = [plan.sha256, plan.profile_sha256, plan.source, plan.about]
    telling = carry_out("register.importing.accept", by=by, key=key, payload=payload)
    with telling as act, as_engine(), unhurried():
        stand_alone()
        before = Intake.objects.filter(
            sha256=plan.sha256, profile_sha256=plan.profile_sha256, source=plan.source, about_day=plan.day
        ).first()
        if before:
            raise taken_before(before)
        _write(plan, by=by, now=now, command=str(act.id))
        intake = _note(plan, by=by, now=now, command=str(act.id))
        act.result = {"intake": intake.pk, **plan.counts}
    return intake


def stand_alone() -> None:
    """One table at a time: two that bring the same person would both find nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _write(plan: Plan, *, by: str, now: datetime, command: str) -> None:
    """Write what the plan holds, inside the command under way."""
    if plan.new_places:
        divisions.load(plan.divisions(), by=by)
    vocabulary = vocabularies.adopted(plan.pack) or vocabularies.in_force()
    new = list(zip(plan.new_households, bulk.reserve("household", len(plan.new_households)), strict=True))
    homes = plan.homes | {code: number for (code, *_), number in new}
    people = list(zip(plan.new_persons, bulk.reserve("person", len(plan.new_persons)), strict=True))
    numbers = dict(plan.people) | {row[0]: number for row, number in people}
    fresh = {("household", number) for _, number in new} | {("person", number) for _, number in people}
    first, further = _apart(_statements(plan, homes, numbers), fresh)
    ids = bulk.reserve("statement", len(first))
    with ThreadPoolExecutor(1) as aside:  # while the server writes whom they are about
        words = aside.submit(
            lambda: first_words.resolve(bulk.worded(first, vocabulary, by=by, now=now), ids, vocabulary)
        )
        rows = aside.submit(lambda: list(bulk.worded(further, vocabulary, by=by, now=now)))
        _write_subjects(plan, new, people, homes, by=by, now=now)
    first_words.write(words.result(), _standing(new, people, homes), command=command)
    bulk.write_worded(rows.result(), vocabulary, command=command)


def _standing(new: Numbered, people: Numbered, homes: dict[str, int]) -> first_words.Standing:
    """Where those the table brings stand: households where it has them, persons with their household as written."""
    places = {number: str(row[1]) for row, number in new}
    known = {homes[row[1]] for row, _ in people} - places.keys()
    places |= dict(Household.objects.filter(pk__in=known).values_list("pk", "place_code"))
    standing = {("household", number): (number, place) for number, place in places.items()}
    standing.update({("person", number): (homes[row[1]], places[homes[row[1]]]) for row, number in people})
    return standing


def _apart(said: Iterable[StatementRow], fresh: Set[tuple[str, int]]) -> tuple[list[StatementRow], list[StatementRow]]:
    """Statements about whom the table brings, and about whom the register has."""
    first: list[StatementRow] = []
    further: list[StatementRow] = []
    for row in said:
        (first if row[:2] in fresh else further).append(row)
    return first, further


def _write_subjects(
    plan: Plan, new: Numbered, people: Numbered, homes: dict[str, int], *, by: str, now: datetime
) -> None:
    """Write the households and persons the table brings, and where it has those that are known."""
    _move_households(plan, by=by, now=now)
    bulk.write(
        Loaded(),
        [_household(row, number, plan.day) for row, number in new],
        [_person(row, number, homes, plan.day) for row, number in people],
        (),
        (),
        now=now,
    )
    _move_persons(plan, homes, by=by, now=now)
    _rename(plan)


def _household(row: tuple[str, str, str, str, bool], number: int, day: date) -> HouseholdRow:
    code, place, head, group, national = row
    return HouseholdRow(number, code, place, day, head, code if national else None, group)


def _person(row: Any, number: int, homes: dict[str, int], day: date) -> PersonRow:
    _, home, code, name, id_number, old, certificate, reason = row
    own = code or f"{home}/{number}"
    return PersonRow(number, own, homes[home], name, day, id_number, old, certificate, reason)


def _move_households(plan: Plan, *, by: str, now: datetime) -> None:
    """Let each known household the table has in another village live there."""
    moving = dict(plan.house_moves)
    for household in Household.objects.filter(pk__in=moving):
        households.move(household, moving[household.pk], on=plan.day, by=by, now=now)


def _move_persons(plan: Plan, homes: dict[str, int], *, by: str, now: datetime) -> None:
    """Let each known person the table has in another household leave the one and join the other."""
    moving = {person: homes[code] for person, code in plan.person_moves}
    present = Household.objects.in_bulk(set(moving.values()))
    for person in Person.objects.filter(pk__in=moving):
        if person.household_id is not None:
            persons.leave(person, on=plan.day, ended="moved_out", by=by, now=now)
        persons.join(person, present[moving[person.pk]], on=plan.day, reason="moved_in", by=by, now=now)


def _statements(plan: Plan, homes: dict[str, int], people: dict[int, int]) -> Iterator[StatementRow]:
    """One statement a source row and subject, pointing at its file and line."""
    for kind, subject, row, facts in plan.told:
        number = homes[str(subject)] if kind == "household" else people[int(subject)]
        evidence = {"file": plan.file_name, "sha256": plan.sha256, "row": row}
        yield StatementRow(kind, number, plan.source, plan.day, facts, evidence=evidence)


def _rename(plan: Plan) -> None:
    """Give known households the head the table names."""
    if plan.heads:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE register_household h SET head_name = n.name"
                " FROM unnest(%s::bigint[], %s::text[]) AS n (id, name) WHERE h.id = n.id",
                [[number for number, _ in plan.heads], [name for _, name in plan.heads]],
            )


def _note(plan: Plan, *, by: str, now: datetime, command: str) -> Intake:
    return Intake.objects.create(
        file_name=plan.file_name,
        sha256=plan.sha256,
        profile=plan.profile,
        profile_sha256=plan.profile_sha256,
        source=plan.source,
        about_day=plan.day,
        accepted_at=now,
        accepted_by=by,
        counts=plan.counts,
        command_id=command,
    )


def taken_before(intake: Intake) -> Refusal:
    """What to say to a table that was taken in already."""
    when = f"{intake.accepted_at:%Y-%m-%d %H:%M}"
    return Refusal(
        f"同一份表已于 {when} 由 {intake.accepted_by} 收下,没有再次写入。",
        f"this very table was taken in on {when} by {intake.accepted_by}; nothing was written again.",
        intake.file_name,
    )
