"""What people and things are called on a page, as far as the reader's duty shows it (`masking.shown`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access import masking
from doudi.access.users import User
from doudi.register import children
from doudi.register.households import Household
from doudi.web.reader import Reader

MACHINE = "system"  # who sends what no person sends


def accounts(usernames: Iterable[str]) -> Mapping[str, str]:
    """The names behind accounts; an account of nobody on record keeps its own word, the machine is called so."""
    asked = set(usernames)
    found = dict(User.objects.filter(username__in=asked).values_list("username", "name"))
    return {each: _("系统") if each == MACHINE else found.get(each) or each for each in asked}


def head(household: Household, reader: Reader) -> str:
    """The name of a household's head; empty where none is known. Of many households `look_up` asks once."""
    look_up([household], reader)
    child = household.__dict__.get("_headed_by_child", False)
    return masking.shown(masking.NAME, household.head_name, reader, household_id=household.pk, child=child)


def look_up(households: Iterable[Household | None], reader: Reader) -> None:
    """Ask at once which of many households a child heads, where the reader reads names but not children's."""
    asked = [home for home in households if home is not None and "_headed_by_child" not in home.__dict__]
    if not asked or not reader.reads("name") or reader.reads("minor"):
        return
    young = children.called(((home.pk, home.head_name) for home in asked), on=timezone.localdate())
    for home in asked:
        home.__dict__["_headed_by_child"] = (home.pk, home.head_name) in young


def bearers(named: Iterable[tuple[int | None, str]], reader: Reader) -> dict[tuple[int | None, str], str]:
    """Names written beside a household, of an account's holder say, each as the reader is shown it."""
    every = set(named)
    asked = () if reader.reads("minor") or not reader.reads("name") else every
    young = children.called(((home, name) for home, name in asked if home is not None), on=timezone.localdate())
    return {
        (home, name): masking.shown(masking.NAME, name, reader, household_id=home, child=(home, name) in young)
        for home, name in every
    }


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
