"""Goods handed out for the spring: seed, pesticide, fertiliser, hours of a machine (field notes, section 4, row 7)."""

from __future__ import annotations

from django.db import models

from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

KINDS = {
    "seed": ("种子", "seed"),
    "pesticide": ("农药", "pesticide"),
    "fertiliser": ("化肥", "fertiliser"),
    "machine_hours": ("农机作业", "machine work"),
    "other": ("其他", "other"),
}
MOST = 10_000_000  # of one good in one movement: more is a slip of the unit


class Good(models.Model):
    """One good and the unit it is counted in; quantities are whole units, so choose a unit that is never cut."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in KINDS])
    unit = models.CharField(max_length=16)

    class Meta:
        db_table = "delivery_good"
        ordering = ["kind", "name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=list(KINDS)), name="good_kind_known"),
            models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(unit=""), name="good_is_named"),
            models.UniqueConstraint(fields=["name", "unit"], name="good_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}({self.unit})"


def register(name: str, *, kind: str, unit: str, by: str) -> Good:
    """Name a good. Raises Refusal for an empty or overlong name or unit, an unknown kind, and one there already."""
    name, unit = name.strip(), unit.strip()
    if not 0 < len(name) <= 100:
        raise Refusal("请写物资名称(最多100字)。", "Name the good, in at most 100 characters.", "name")
    if not 0 < len(unit) <= 16:
        raise Refusal("请写计量单位,如公斤、袋、小时。", "Say the unit: kg, sack, hour.", "unit")
    if kind not in KINDS:
        raise Refusal("请选择物资类别。", "Choose what kind of good it is.", "kind")
    if Good.objects.filter(name=name, unit=unit).exists():
        raise Refusal(f"“{name}({unit})”已经有了。", f"“{name} ({unit})” is there already.", "name")
    with carry_out("delivery.goods.register", by=by, payload=[name, kind, unit]) as act:
        made = Good.objects.create(name=name, kind=kind, unit=unit)
        act.result = {"good": made.pk}
    return made


def checked(quantity: int, *, where: str = "quantity") -> int:
    """A quantity that can be. Raises Refusal for none, a negative one, and more than anybody stores."""
    if not 0 < quantity <= MOST:
        raise Refusal(
            f"数量要在 1 到 {MOST:,} 之间(整数)。", f"The quantity is a whole number from 1 to {MOST:,}.", where
        )
    return quantity
