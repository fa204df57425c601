"""What else a rule may be about: a loan, a hire, a post, a platform, a project."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models

from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.persons import Person
from doudi.register.spans import Span, in_order

KINDS = ("loan", "hire", "post", "platform", "project")


class Item(Span):
    """One thing of a kind, with the household, person or village it belongs to; its facts are statements.

    `village_code` is the village as the codes were when it was recorded; `place_code` is the wall's: the village under
    the codes of today, or the county's code for what belongs to no village.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=[(k, k) for k in KINDS])
    code = models.CharField(max_length=64)
    label = models.CharField(max_length=200, blank=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    village_code = models.CharField(max_length=PLACE_CODE_LENGTH, null=True, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)

    class Meta:
        db_table = "register_item"
        ordering = ["kind", "code"]
        constraints = [
            in_order("item_days_in_order"),
            models.UniqueConstraint(fields=["kind", "code"], name="item_code_once_a_kind"),
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="item_kind_known"),
            place_code_is_whole("item_place_code_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


def find_or_add(kind: str, code: str, *, label: str, place_code: str, on: date, now: datetime) -> Item:
    """The item of that code, or a new one at a village (or the county's code), inside a command under way."""
    found = Item.objects.filter(kind=kind, code=code).first()
    if found is not None:
        return found
    village = None if place_code.endswith("000") else place_code
    return Item.objects.create(
        kind=kind, code=code, label=label, village_code=village, place_code=place_code, from_day=on, recorded_at=now
    )
