"""Stacking: everything one household and its people are granted, over all measures, on one page."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.delivery import reserving
from doudi.delivery.entitlements import Entitlement
from doudi.funds import payments
from doudi.funds.payments import Standing


@dataclass(frozen=True, slots=True)
class Given:
    """One entitlement and how its payment stands (None: none was made)."""

    entitlement: Entitlement
    payment: Standing | None


@dataclass(frozen=True, slots=True)
class Pile:
    """What one subject is granted: the household itself, or one of its people. Sums in fen."""

    person_id: int | None
    given: tuple[Given, ...]

    @property
    def live(self) -> int:
        """How many measures stand."""
        return sum(each.entitlement.live for each in self.given)

    @property
    def granted_fen(self) -> int:
        """The sum of what stands."""
        return sum(each.entitlement.amount_fen or 0 for each in self.given if each.entitlement.live)

    @property
    def paid_fen(self) -> int:
        """The sum of what has reached the payee."""
        return sum(each.payment.fen for each in self.given if each.payment and each.payment.state == payments.PAID)


def of_household(household_id: int) -> list[Pile]:
    """The piles of a household in scope: its own first, then its people's by id."""
    rows = list(Entitlement.objects.filter(household_id=household_id).order_by("measure", "id"))
    paid = reserving.standing([row.pk for row in rows])
    piles: dict[int | None, list[Given]] = {}
    for row in rows:
        piles.setdefault(row.person_id, []).append(Given(row, paid.get(row.pk)))
    return [Pile(person, tuple(given)) for person, given in sorted(piles.items(), key=lambda pile: pile[0] or 0)]
