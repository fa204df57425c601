"""Who stands by which household (结对帮扶): the helper, the helper's unit, from when until when."""

from __future__ import annotations

from datetime import date

from django.db import models

from doudi.access.models import User
from doudi.access.scope import as_engine
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.spans import Span, holds_on, in_order, no_overlap


class Pairing(Span):
    """A helper paired with a household; the same helper is paired with the same household once at a time."""

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="pairings")
    helper = models.ForeignKey(User, on_delete=models.PROTECT, related_name="pairings")
    unit = models.CharField(max_length=100, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)

    class Meta:
        db_table = "register_pairing"
        ordering = ["household_id", "from_day"]
        constraints = [
            in_order("pairing_days_in_order"),
            no_overlap("pairing_once_at_a_time", "household_id", "helper_id"),
            place_code_is_whole("pairing_place_code_whole"),
        ]


def households_of(user: User, on: date) -> frozenset[int]:
    """The households `user` is paired with on that day: the supplier of a helper's scope.

    Reads past the wall, since the wall is built from its answer.
    """
    with as_engine():
        found = Pairing.objects.filter(holds_on(on), helper=user).values_list("household_id", flat=True)
        return frozenset(found)
