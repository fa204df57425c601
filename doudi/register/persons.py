"""Persons, and the household each belongs to over time."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.register import stamping
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.spans import Span, in_order
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


class Person(models.Model):
    """One person. `household` is the present one (null after death or leaving), `id_number` the 18 digits or null.

    `id_number_old` keeps the fifteen-digit number a person had before 1999; `certificate` the 20 or 22 characters of
    a disability certificate.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=32, unique=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, blank=True, related_name="persons")
    name = models.CharField(max_length=100)
    id_number = models.CharField(max_length=18, null=True, blank=True, unique=True)
    id_number_old = models.CharField(max_length=15, blank=True)
    certificate = models.CharField(max_length=22, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "register_person"
        ordering = ["code"]
        constraints = [
            place_code_is_whole("person_place_code_whole"),
            models.CheckConstraint(condition=~models.Q(code=""), name="person_code_given"),
            models.CheckConstraint(
                condition=models.Q(id_number__isnull=True) | models.Q(id_number__regex=r"^[0-9]{17}[0-9X]$"),
                name="person_id_number_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Membership(Span):
    """A person in a household over a span; a person is in one household at a time.

    `reason` says why it began (registered, born, married_in, moved_in), `ended` why it ended (died, married_out,
    moved_out, abroad, prison, merged).
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="memberships")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    reason = models.CharField(max_length=32, blank=True)
    ended = models.CharField(max_length=32, blank=True)

    class Meta:
        db_table = "register_membership"
        ordering = ["household_id", "person_id", "from_day"]
        constraints = [
            in_order("membership_days_in_order"),
            place_code_is_whole("membership_place_code_whole"),
        ]


def join(person: Person, household: Household, *, on: date, reason: str, by: str, now: datetime) -> Membership:
    """Let a person belong to a household from a day on.

    Raises Refusal while they belong to another, or for a day still to come.
    """
    _refuse_future(on, now)
    present = person.memberships.filter(until_day=None).first()
    if present is not None:
        raise Refusal(
            f"{person.name}仍登记在 {present.household.code} 户,请先登记离开。",
            f"{person.name} still belongs to {present.household.code}; record the leaving first.",
        )
    payload = [person.pk, household.pk, on.isoformat(), reason]
    with carry_out("register.persons.join", by=by, payload=payload), as_engine():
        member = Membership.objects.create(
            person=person,
            household=household,
            place_code=household.place_code,
            from_day=on,
            recorded_at=now,
            reason=reason,
        )
        _stand(person, household.pk, household.place_code)
    return member


def leave(person: Person, *, on: date, ended: str, by: str, now: datetime) -> Membership:
    """End a person's membership on a day: died, married_out, moved_out, ... What was said of them stays with the place.

    Raises Refusal when they belong to no household, joined it after that day, or the day is still to come.
    """
    _refuse_future(on, now)
    present = person.memberships.filter(until_day=None).first()
    if present is None:
        raise Refusal(f"{person.name}现在不属于任何一户。", f"{person.name} belongs to no household now.")
    if on <= present.from_day:
        raise Refusal(
            f"{person.name}于 {present.from_day} 才入户,不能在 {on} 离开。",
            f"{person.name} joined on {present.from_day} and cannot have left on {on}.",
            "on",
        )
    with carry_out("register.persons.leave", by=by, payload=[person.pk, on.isoformat(), ended]), as_engine():
        present.until_day, present.closed_at, present.ended = on, now, ended
        present.save(update_fields=["until_day", "closed_at", "ended"])
        _stand(person, None, person.place_code)
    return present


def _refuse_future(on: date, now: datetime) -> None:
    """Where a person belongs now is stamped at once, so it cannot be recorded ahead."""
    if on > timezone.localdate(now):
        raise Refusal(
            f"{on} 还没有到,到那一天再登记人口变动。",
            f"{on} is still to come: record who joins or leaves on the day, not ahead.",
            "on",
        )


def _stand(person: Person, household_id: int | None, place_code: str) -> None:
    person.household_id, person.place_code = household_id, place_code
    person.save(update_fields=["household", "place_code"])
    stamping.follow_person(person.pk, household_id, place_code)
