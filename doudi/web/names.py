"""What people and things are called on a page, as far as the reader's duty shows it (`masking.shown`)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access import masking
from doudi.register import children
from doudi.register.households import Household
from doudi.web.reader import Reader


def head(household: Household, reader: Reader) -> str:
    """The name of a household's head; empty where none is known."""
    return masking.shown(masking.NAME, household.head_name, reader, household_id=household.pk)


def person(name: str, number: int, household: Household, reader: Reader) -> str:
    """The name of a member."""
    child = not reader.reads("minor") and number in _children(household)
    return masking.shown(masking.NAME, name, reader, household_id=household.pk, child=child)


def persons(named: dict[int, str], reader: Reader) -> list[tuple[int, str]]:
    """Many persons (id, name), of whichever households."""
    asked = () if reader.reads("minor") or not reader.reads("name") else named
    young = children.among(asked, on=timezone.localdate())
    return [(pk, masking.shown(masking.NAME, name, reader, child=pk in young)) for pk, name in named.items()]


def subject(kind: str, number: int, label: str, household: Household, reader: Reader) -> str:
    """What a verdict or a question is about: the household, a member by name, a loan or post by its label."""
    if kind == "household":
        return _("全户")
    return person(label, number, household, reader) if kind == "person" and label else label


def _children(household: Household) -> frozenset[int]:
    """The children of a household, asked once for each time it is read."""
    kept = household.__dict__
    if "_children" not in kept:
        kept["_children"] = children.of_household(household.pk, on=timezone.localdate())
    found: frozenset[int] = kept["_children"]
    return found
