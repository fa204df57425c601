"""Conflicts of interest: the households an official may not decide on, as declared."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import models

from doudi.register.households import PLACE_CODE_LENGTH, Household
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

RELATIONS = ("own", "spouse", "parent", "child", "sibling", "other")


class DeclaredRelation(models.Model):
    """From a day on, `username` decides nothing about this household: it is their own or a relative's."""

    id = models.BigAutoField(primary_key=True)
    username = models.CharField(max_length=150)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    relation = models.CharField(max_length=16)
    declared_by = models.CharField(max_length=150)
    declared_on = models.DateField()

    class Meta:
        db_table = "delivery_declared_relation"
        constraints = [
            models.CheckConstraint(condition=models.Q(relation__in=RELATIONS), name="relation_known"),
            models.UniqueConstraint(fields=["username", "household"], name="relation_once"),
        ]


def declare(
    username: str, household: Household, relation: str, *, by: str, on: date, key: UUID | None = None
) -> DeclaredRelation:
    """Declare that a household is one's own or a relative's. Raises Refusal for an unknown relation or one declared."""
    if relation not in RELATIONS:
        raise Refusal("请选择是什么关系。", "Choose what the relation is.", "relation")
    if DeclaredRelation.objects.filter(username=username, household=household).exists():
        raise Refusal(f"{household.code} 户已申报过。", f"{household.code} has been declared already.", "household")
    payload = [username, household.pk, relation]
    with carry_out("delivery.conflicts.declare", by=by, key=key, payload=payload) as act:
        made = DeclaredRelation.objects.create(
            username=username,
            household=household,
            place_code=household.place_code,
            relation=relation,
            declared_by=by,
            declared_on=on,
        )
        act.result = {"relation": made.pk}
    return made


def related(username: str, household_id: int | None) -> bool:
    """Whether somebody has declared a household."""
    return DeclaredRelation.objects.filter(username=username, household_id=household_id).exists()
