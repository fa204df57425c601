"""Showing one field that names a person in full, once, with its reason on record."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from doudi.access import reveals
from doudi.access.masking import ID_NUMBER, NAME, PHONE
from doudi.access.users import User
from doudi.register.beliefs import Belief
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Revealed:
    """The value in full, and how many reveals are left today."""

    value: str
    left: int


def reveal(
    household: Household,
    subject: tuple[str, int],
    field: str,
    *,
    reason: str,
    by: User,
    now: datetime,
    key: uuid.UUID,
) -> Revealed:
    """Show a name, ID number or phone of a household or of a member, as far as the scope in force sees them.

    Raises Refusal where nothing is on record, without a reason, beyond the day's number; AlreadyDone when the same form
    is sent again: it is shown once.
    """
    value = _value(household, subject, field)
    if not value:
        zh, en = reveals.WORDS.get(field, (field, field))
        raise Refusal(f"没有登记{zh},无可查看。", f"No {en} is on record, so there is nothing to show.", "field")
    left = reveals.record(household.pk, household.place_code, subject, field, reason=reason, by=by, now=now, key=key)
    return Revealed(value, left)


def _value(household: Household, subject: tuple[str, int], field: str) -> str:
    kind, number = subject
    if (kind, number) == ("household", household.pk):
        return {NAME: household.head_name, PHONE: _phone(subject)}.get(field, "")
    person = Person.objects.filter(pk=number, household=household).first() if kind == "person" else None
    if person is None:
        return ""
    if field == ID_NUMBER:
        return person.id_number or person.certificate or person.id_number_old
    return {NAME: person.name, PHONE: _phone(subject)}.get(field, "")


def _phone(subject: tuple[str, int]) -> str:
    held = Belief.objects.filter(subject_kind=subject[0], subject_id=subject[1]).values_list("document", flat=True)
    cell = (held.first() or {}).get("phone")
    return str(cell[0]) if cell and cell[0] else ""
