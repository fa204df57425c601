"""Who said something, as a telephone names them: the person and the duty they have, and never the account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from doudi.access.duties import Duty
from doudi.access.roles import ROLES
from doudi.access.users import User


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person's name, and with the duty in both languages."""

    name: str
    zh: str
    en: str


NOBODY = Speaker("", "", "")


def of(usernames: Collection[str], *, on: date) -> dict[str, Speaker]:
    """The people behind some accounts, by the duties of a day; an account that is none is left out."""
    names = dict(User.objects.filter(username__in=set(usernames) - {""}).values_list("username", "name"))
    held = Duty.objects.in_force(on=on).filter(user__username__in=names) if names else Duty.objects.none()
    duties: dict[str, str] = {}
    for username, role in held.order_by("id").values_list("user__username", "role"):
        duties.setdefault(username, role)
    return {username: _speaker(name, duties.get(username, "")) for username, name in names.items()}


def _speaker(name: str, role: str) -> Speaker:
    duty = ROLES.get(role)
    return Speaker(name, f"{name}({duty.zh})", f"{name} ({duty.en})") if duty else Speaker(name, name, name)
