"""The county a deployment serves, and whether it is a demonstration: said once, for ever."""

from __future__ import annotations

from django.db import models

from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


class County(models.Model):
    """The one county of this deployment. `demo` is shown on every page and can never be taken back."""

    code = models.CharField(max_length=6, primary_key=True)
    name = models.CharField(max_length=80)
    demo = models.BooleanField()
    only = models.BooleanField(default=True, unique=True)  # at most one row

    class Meta:
        db_table = "places_county"
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="places_county_only_one")]


def begin(code: str, name: str, *, demo: bool, by: str) -> County:
    """Begin the county of this deployment, once."""
    present = County.objects.first()
    if present is not None:
        raise Refusal(
            f"本数据目录已属于 {present.name}({present.code})。另一个县请用另一个数据目录(DOUDI_HOME)。",
            f"This home already belongs to {present.name} ({present.code}). Use another DOUDI_HOME for another county.",
        )
    with carry_out("places.begin", by=by, payload=[code, name, demo]):
        return County.objects.create(code=code, name=name, demo=demo)


def present() -> County | None:
    """The county of this deployment, or None before it began."""
    return County.objects.first()
