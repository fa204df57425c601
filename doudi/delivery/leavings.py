"""Preparing a person about to leave for work: a short checklist, each line with who saw it done and when.

A line says that something was done, never what came out of it: no result of a physical check is kept here.
"""

from __future__ import annotations

from datetime import date

from django.db import models

from doudi.delivery import care_cases
from doudi.delivery.care_cases import LEAVING, OPEN, CareCase
from doudi.delivery.entitlements import Belonging
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

ITEMS = {
    "physical": ("健康体检", "physical check"),
    "training": ("岗前培训", "training"),
    "papers": ("证件和健康申报", "papers and health declaration"),
    "offers": ("岗位信息送到", "told of openings"),
}


class LeavingCheck(Belonging):
    """One line of a case's checklist, done."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(CareCase, on_delete=models.PROTECT, related_name="checks")
    item = models.CharField(max_length=12)
    done_on = models.DateField()
    done_by = models.CharField(max_length=150)

    class Meta:
        db_table = "delivery_leaving_check"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(item__in=list(ITEMS)), name="leaving_check_item_known"),
            models.UniqueConstraint(fields=["case", "item"], name="leaving_check_once"),
        ]


def tick(case: CareCase, items: list[str], *, by: str, on: date) -> int:
    """Mark lines as done; answers how many are new. Raises Refusal for none, an unknown one, another kind."""
    if not items or set(items) - set(ITEMS):
        raise Refusal("请勾选已办好的项目。", "Tick what has been done.", "item")
    with carry_out("delivery.leavings.tick", by=by, payload=[case.pk, sorted(items), on]) as act:
        held = care_cases.hold(case, (OPEN,))
        if held.kind != LEAVING:
            raise Refusal("这件专案没有外出清单。", "This case has no such checklist.", "item")
        new = sorted(set(items) - set(held.checks.values_list("item", flat=True)))
        LeavingCheck.objects.bulk_create(
            LeavingCheck(
                case=held, subject_kind=held.subject_kind, subject_id=held.subject_id, household_id=held.household_id,
                place_code=held.place_code, item=item, done_on=on, done_by=by,
            )
            for item in new
        )  # fmt: skip
        act.result = {"ticked": len(new)}
    return len(new)


def missing(case: CareCase) -> list[str]:
    """The lines not done yet."""
    done = set(LeavingCheck.objects.filter(case=case).values_list("item", flat=True))
    return [name for name in ITEMS if name not in done]
