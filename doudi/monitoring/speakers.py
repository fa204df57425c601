"""Who said something, as a telephone names them: the person and the duty they have, and never the account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from doudi.access.duties import Duty
from doudi.access.roles import ROLES
from doudi.access.users import User
from doudi.trail.written import DAY, TEXTS, Written


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person's name, and with the duty in both languages."""

    name: str
    zh: str
    en: str


NOBODY = Speaker("", "", "")


def _duties_of(usernames: Collection[str], on: date) -> QuerySet[Duty, tuple[str, str]]:
    held = Duty.objects.in_force(on=on).filter(user__username__in=usernames)
    return held.order_by("id").values_list("user__username", "role")


_names = Written(
    lambda usernames: User.objects.filter(username__in=usernames).values_list("username", "name"), usernames=TEXTS
)
_duties = Written(_duties_of, usernames=TEXTS, on=DAY)


def of(usernames: Collection[str], *, on: date) -> dict[str, Speaker]:
    """The people behind some accounts, by the duties of a day; an account that is none is left out."""
    names = dict(_names(usernames=asked)) if (asked := set(usernames) - {""}) else {}
    duties: dict[str, str] = {}
    for username, role in _duties(usernames=names, on=on) if names else ():
        duties.setdefault(username, role)
    return {username: _speaker(name, duties.get(username, "")) for username, name in names.items()}


def _speaker(name: str, role: str) -> Speaker:
    duty = ROLES.get(role)
    return Speaker(name, f"{name}({duty.zh})", f"{name} ({duty.en})") if duty else Speaker(name, name, name)
