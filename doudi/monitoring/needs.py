"""Needs: what a household was found to need, until somebody decides it or it is met."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db import models

from doudi.monitoring import need_codes
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.trail.written import NUMBER, NUMBERS, TEXTS, Written
from doudi.values.refusals import Refusal

OPEN, PROPOSED, DECIDED, REFUSED, MET = STATES = ("open", "proposed", "decided", "refused", "met")
LIVE = (OPEN, PROPOSED, DECIDED)
CHECK, PATROL, PAPER, DESK = ORIGINS = ("check", "patrol", "paper", "desk")


class Needs(models.QuerySet["Need"]):
    """The questions asked about needs."""

    def live(self) -> Needs:
        """Those that are neither met nor refused."""
        return self.filter(state__in=LIVE)

    def within(self, prefix: str) -> Needs:
        """Those of a county, town or village, by 6, 9 or 12 digits."""
        return self.filter(place_code__startswith=prefix)


class Need(models.Model):
    """One thing one household needs; noted again while it lives, it is the same need.

    `origin` says how it was found, `measure` which measure of the pack is offered ("" for none), `reason` why it was
    refused or how it was met.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="needs")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    code = models.CharField(max_length=24)
    origin = models.CharField(max_length=16)
    noted_on = models.DateField()
    noted_by = models.CharField(max_length=150)
    measure = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=16, default=OPEN)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_on = models.DateField(null=True)
    reason = models.CharField(max_length=500, blank=True, default="")

    objects = Needs.as_manager()

    class Meta:
        db_table = "monitoring_need"
        ordering = ["noted_on", "id"]
        constraints = [
            place_code_is_whole("need_place_code_whole"),
            models.CheckConstraint(condition=models.Q(code__in=list(need_codes.NEEDS)), name="need_code_known"),
            models.CheckConstraint(condition=models.Q(origin__in=ORIGINS), name="need_origin_known"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="need_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=REFUSED) | ~models.Q(reason=""), name="need_refused_with_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[OPEN, PROPOSED]) | ~models.Q(decided_by=""),
                name="need_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["household", "code"], condition=models.Q(state__in=LIVE), name="need_one_live"
            ),
        ]
        indexes = [models.Index(fields=["place_code", "state"], name="need_waiting")]


_codes = Written(
    lambda household, codes: (
        Need.objects.live().filter(household_id=household, code__in=codes).values_list("code", flat=True)
    ),
    household=NUMBER,
    codes=TEXTS,
)


_of = Written(
    lambda ids: Need.objects.filter(household_id__in=ids).order_by("household_id", "-noted_on", "-id"), ids=NUMBERS
)


def of_households(household_ids: Collection[int]) -> dict[int, list[Need]]:
    """What each of some households was found to need, the latest first, whatever became of it."""
    found: dict[int, list[Need]] = {}
    for each in _of(ids=household_ids):
        found.setdefault(each.household_id, []).append(each)
    return found


def _live(household: int, codes: Iterable[str]) -> set[str]:
    return set(_codes(household=household, codes=codes))


def note(household_id: int, codes: Iterable[str], *, origin: str, by: str, on: date) -> list[Need]:
    """Note that a household within the scope needs things; answers the needs that are new.

    It is a part of the check or patrol that says so. What is a live need already stays as it is. Raises Refusal for a
    code that is none, or an unknown household.
    """
    given = list(codes)
    if wrong := need_codes.unknown(given):
        listed = "、".join(need_codes.NEEDS)
        raise Refusal(f"没有“{wrong[0]}”这种需求,可选:{listed}。", f"There is no need “{wrong[0]}”.", "needs")
    wanted = need_codes.known(given)
    if not wanted:
        return []
    if _live(household=household_id, codes=wanted) == set(wanted):
        return []
    household = Household.objects.filter(pk=household_id).first()
    if household is None:
        raise Refusal(f"没有编号为 {household_id} 的农户。", f"There is no household {household_id}.", "household")
    asked = [household_id, wanted, origin, on]
    with carry_out("monitoring.needs.note", by=by, payload=asked, part=True) as act:
        made = _add(household, wanted, origin, by, on)
        act.result = {"needs": [need.pk for need in made]}
    return made


def _add(household: Household, codes: tuple[str, ...], origin: str, by: str, on: date) -> list[Need]:
    """The needs that are new; of two who note the same at once, the second finds the first's."""
    live = _live(household=household.pk, codes=codes)
    rows = [
        Need(household=household, place_code=household.place_code, code=code, origin=origin, noted_on=on, noted_by=by)
        for code in codes
        if code not in live
    ]
    Need.objects.bulk_create(rows, ignore_conflicts=True)
    fresh = [code for code in codes if code not in live]
    return list(Need.objects.live().filter(household=household, code__in=fresh, noted_by=by, noted_on=on))
