"""Who is reading: the duties in force, what they allow, and the scope they open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest

from doudi.access import permissions
from doudi.access.duties import Duty
from doudi.access.scope import Scope
from doudi.access.users import User
from doudi.places.lineage import followed
from doudi.register.pairings import households_of
from doudi.trail.written import DAY, NUMBER, Written


@dataclass(frozen=True, slots=True)
class Reader:
    """A signed-in user with the duties of the day, oldest first. Without a duty the scope holds nothing."""

    user: User
    duties: tuple[Duty, ...]
    scope: Scope

    @property
    def roles(self) -> frozenset[str]:
        """The roles held today."""
        return frozenset(duty.role for duty in self.duties)

    def may(self, permission: str) -> bool:
        """Whether any duty gives the permission."""
        return permissions.may(self.roles, permission)

    def reads(self, sensitivity: str) -> bool:
        """Whether fields of this class (open, personal, money, health, identity, name, minor) are shown in full."""
        return permissions.reads(self.roles, sensitivity)

    def helps(self, household_id: int | None) -> bool:
        """Whether the household is paired with the reader."""
        return household_id in self.scope.households

    def passes_on(self, source: str) -> bool:
        """Whether the reader may record what this source says."""
        return permissions.passes_on(self.roles, source)


_duties = Written(lambda user, on: Duty.objects.of(user, on=on).order_by("id"), user=NUMBER, on=DAY)


def read_as(user: User, *, on: date) -> Reader:
    """The reader `user` is on a day, in a transaction. A helper's households are those paired with them then."""
    duties = tuple(_duties(user=user.pk, on=on))
    helps = any(duty.role == "helper" for duty in duties)
    scope = Scope(
        places=followed((duty.place_code for duty in duties if duty.place_code), on=on),
        households=households_of(user, on) if helps else frozenset(),
        measures=_measures(duties),
        bank=_bank(user, duties),
    )
    return Reader(user, duties, scope)


def _measures(duties: tuple[Duty, ...]) -> frozenset[str]:
    """The measures the reader is limited to; none when a duty without limit is among them."""
    if any(not duty.measures for duty in duties):
        return frozenset()
    return frozenset(name for duty in duties for name in duty.measures)


def _bank(user: User, duties: tuple[Duty, ...]) -> str:
    """The bank of who is nothing else than its officer: that of their unit ("?" where none is on record)."""
    return (user.unit.strip() or "?") if {duty.role for duty in duties} == {"bank"} else ""


def reader_of(request: HttpRequest) -> Reader:
    """The reader the middleware put on the request."""
    reader = getattr(request, "reader", None)
    if not isinstance(reader, Reader):
        raise RuntimeError(f"{request.path} is read without a reader: is the scope middleware on?")
    return reader
