"""What a household and its people are granted over all measures, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from doudi.delivery import stacking
from doudi.delivery.stacking import Given, Pile
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.web import names
from doudi.web.deeds import rows, wording
from doudi.web.reader import Reader


def piles(household: Household, reader: Reader) -> list[dict[str, Any]]:
    """What the household and its people are granted, in words."""
    found = stacking.of_household(household.pk)
    people = dict(Person.objects.filter(household=household).values_list("pk", "name"))
    shown = dict(names.persons(people, reader))
    return [_pile(pile, household, shown, reader) for pile in found]


def _pile(pile: Pile, household: Household, people: dict[int, str], reader: Reader) -> dict[str, Any]:
    own = names.head(household, reader)
    return {
        "pile": pile,
        "name": people.get(pile.person_id, "") if pile.person_id else _("全户(%(name)s)") % {"name": own},
        "rows": [_given(given) for given in pile.given],
    }


def _given(given: Given) -> dict[str, Any]:
    one = given.entitlement
    return {
        "one": one,
        "title": wording.title(one.pack_hash, one.measure),
        "state": rows.state_of(one),
        "payment": wording.payment(given.payment.state) if given.payment else "",
        "paid_on": given.payment.settled_on if given.payment else None,
    }
