"""Callers: who can be named to call a household that asked, for they see the request and may close it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from doudi.access.duties import Duty
from doudi.access.permissions import DECLARED
from doudi.access.users import User
from doudi.places.lineage import followed
from doudi.register.households import Household
from doudi.register.pairings import Pairing
from doudi.register.spans import holds_on

HELPER = "helper"
CLOSE = DECLARED["counselling.close"]


class Caller(NamedTuple):
    """Somebody who can be named: the account, the name, the role that lets them."""

    username: str
    name: str
    role: str


def can_call(user: User, household: Household, *, on: date) -> bool:
    """Whether somebody sees a household's request that day and may close it: it is theirs, or within their place."""
    duties = list(Duty.objects.of(user, on=on).filter(role__in=CLOSE.roles)) if user.is_active else []
    prefixes = followed([duty.place_code for duty in duties if duty.place_code], on=on)
    if household.place_code.startswith(tuple(prefixes)):
        return True
    helps = any(duty.role == HELPER for duty in duties)
    return helps and Pairing.objects.filter(holds_on(on), household=household, helper=user).exists()


def of(households: Sequence[Household], *, on: date) -> list[Caller]:
    """Who can be named for some households: their helpers, then the officers of their villages, towns and county."""
    paired = Pairing.objects.filter(holds_on(on), household__in=households, helper__is_active=True)
    helpers = paired.order_by("helper__username").values_list("helper__username", "helper__name").distinct()
    codes = {each.place_code for each in households}
    prefixes = {code[:digits] for code in codes for digits in (6, 9, 12)}
    duties = Duty.objects.in_force(on=on).filter(role__in=CLOSE.roles, place_code__in=prefixes, user__is_active=True)
    officers = duties.order_by("-place_code", "user__username").values_list("user__username", "user__name", "role")
    found = {username: Caller(username, name, role) for username, name, role in officers}
    helping = [Caller(username, name, HELPER) for username, name in helpers]
    return [*helping, *(each for each in found.values() if each.username not in {h.username for h in helping})]
