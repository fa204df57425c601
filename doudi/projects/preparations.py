"""What a project that may not start yet prepares meanwhile, so that it starts on the day it may (备工备料)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from doudi.projects.projects import Project
from doudi.register.households import PLACE_CODE_LENGTH
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MOST = 1_000_000_000


class Preparation(models.Model):
    """One thing to have at hand: what, how much, by which day; `ready_on` is null until it is there."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="preparations")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    what = models.CharField(max_length=100)
    quantity = models.BigIntegerField()
    unit = models.CharField(max_length=16)
    due = models.DateField()
    planned_by = models.CharField(max_length=150)
    ready_on = models.DateField(null=True, blank=True)
    ready_by = models.CharField(max_length=150, blank=True)

    class Meta:
        db_table = "projects_preparation"
        ordering = ["due", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0, quantity__lte=MOST), name="projects_preparation_some"),
            models.CheckConstraint(
                condition=Q(ready_on__isnull=True, ready_by="") | (Q(ready_on__isnull=False) & ~Q(ready_by="")),
                name="projects_preparation_ready_by_somebody",
            ),
            models.UniqueConstraint(fields=["project", "what", "due"], name="projects_preparation_once"),
        ]


def plan(project: Project, what: str, quantity: int, unit: str, due: date, *, by: str) -> Preparation:
    """Put a thing on the list of a project not yet started. Raises Refusal."""
    if not what.strip() or not unit.strip():
        raise Refusal("请写明备什么、用什么单位。", "Say what is prepared, and its unit.", "what")
    if not 0 < quantity <= MOST:
        raise Refusal("数量应是大于0的整数。", "The quantity is a whole number above 0.", "quantity")
    with carry_out("projects.preparations.plan", by=by, payload=[project.pk, what, quantity, unit, due]):
        if project.preparations.filter(what=what, due=due).exists():
            raise Refusal("这一项已在备料清单上。", "This is on the list already.", "what")
        return Preparation.objects.create(
            project=project, place_code=project.place_code, what=what, quantity=quantity, unit=unit, due=due,
            planned_by=by,
        )  # fmt: skip


def make_ready(preparation: Preparation, *, by: str, on: date) -> Preparation:
    """Note that a thing is at hand since a day. Raises Refusal when it was noted before."""
    with carry_out("projects.preparations.make_ready", by=by, payload=[preparation.pk, on]):
        held = Preparation.objects.select_for_update().get(pk=preparation.pk)
        if held.ready_on:
            raise Refusal("这一项已经备齐。", "This is at hand already.", "ready")
        held.ready_on, held.ready_by = on, by
        held.save(update_fields=["ready_on", "ready_by"])
    return held
