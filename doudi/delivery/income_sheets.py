"""Income sheets: a household's income of one year, with the minimum allowance on a line of its own.

The totals are worked out by the database and typed by nobody, with the allowance and without it, so that no income is
tested with the allowance money in it unseen (field notes, section 4, row 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F

from doudi.delivery import care_cases
from doudi.delivery.care_cases import CareCase
from doudi.delivery.entitlements import Belonging
from doudi.register.beliefs import Belief
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LINES = ("wage", "business", "expense", "assets", "transfer", "allowance")  # fen each; expense is taken off
MOST_FEN = 100_000_000_00
MOST_HEADS = 50
YEARS = (2010, 2100)
_WITHOUT = F("wage") + F("business") - F("expense") + F("assets") + F("transfer")


class IncomeSheet(Belonging):
    """One sheet, in fen; `transfer` is without the allowance. A later sheet stands beside the earlier one."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(CareCase, on_delete=models.PROTECT, related_name="sheets")
    year = models.SmallIntegerField()
    heads = models.SmallIntegerField()
    wage = models.BigIntegerField()
    business = models.BigIntegerField()
    expense = models.BigIntegerField()
    assets = models.BigIntegerField()
    transfer = models.BigIntegerField()
    allowance = models.BigIntegerField()
    without = models.GeneratedField(expression=_WITHOUT, output_field=models.BigIntegerField(), db_persist=True)
    total = models.GeneratedField(
        expression=_WITHOUT + F("allowance"), output_field=models.BigIntegerField(), db_persist=True
    )
    drawn_by = models.CharField(max_length=150)
    drawn_on = models.DateField()

    class Meta:
        db_table = "delivery_income_sheet"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(heads__gt=0), name="income_sheet_of_somebody"),
            models.CheckConstraint(
                condition=models.Q(**{f"{line}__gte": 0 for line in LINES}), name="income_sheet_not_below_nothing"
            ),
            models.CheckConstraint(condition=~models.Q(drawn_by=""), name="income_sheet_by_somebody"),
        ]

    @property
    def per_head(self) -> int:
        """Fen a head with the allowance, rounded down."""
        return int(self.total) // self.heads

    @property
    def per_head_without(self) -> int:
        """Fen a head without the allowance, rounded down."""
        return int(self.without) // self.heads


def draw(case: CareCase, year: int, heads: int, lines: Mapping[str, int], *, by: str, on: date) -> IncomeSheet:
    """Draw a sheet for a case, `lines` in fen by name. Raises Refusal for a line that lacks or cannot be."""
    if not YEARS[0] <= year <= on.year:
        raise Refusal("年度要写到去年或今年,如 2019。", "The year is like 2019, and not to come.", "year")
    if not 0 < heads <= MOST_HEADS:
        raise Refusal(f"人数要在 1 到 {MOST_HEADS} 之间。", f"The heads are 1 to {MOST_HEADS}.", "heads")
    for name in LINES:
        if not 0 <= lines.get(name, -1) <= MOST_FEN:
            raise Refusal("每一行都要填,没有的填 0。", "Fill every line; write 0 where there is none.", name)
    payload = [case.pk, year, heads, [lines[name] for name in LINES]]
    with carry_out("delivery.income_sheets.draw", by=by, payload=payload) as act:
        held = care_cases.hold(case, (care_cases.OPEN, care_cases.GRANTED, care_cases.REVIEW))
        made = IncomeSheet.objects.create(
            case=held, subject_kind=held.subject_kind, subject_id=held.subject_id, household_id=held.household_id,
            place_code=held.place_code, year=year, heads=heads, drawn_by=by, drawn_on=on,
            **{name: lines[name] for name in LINES},
        )  # fmt: skip
        act.result = {"sheet": made.pk}
    return made


def believed(case: CareCase, year: int) -> dict[str, int | None]:
    """What the register believes of each line and of the heads, to begin a sheet from; None where not known."""
    found = Belief.objects.filter(subject_kind="household", subject_id=case.household_id).first()
    facts = found.document if found else {}
    told: dict[str, int | None] = {
        name: _yearly(facts, f"{name}_income", year) for name in ("wage", "business", "transfer")
    }
    told |= {name: _yearly(facts, word, year) for name, word in _ODD.items()}
    if told["transfer"] is not None:
        told["transfer"] = max(0, told["transfer"] - (told["allowance"] or 0))
    told["heads"] = Person.objects.filter(household_id=case.household_id).count() or None
    return told


_ODD = {"assets": "property_income", "expense": "business_expense", "allowance": "allowance_income"}


def _yearly(facts: Mapping[str, Any], name: str, year: int) -> int | None:
    cell = facts.get(f"{name}@{year}")
    value = cell[0] if cell else None
    return value if isinstance(value, int) and value >= 0 else None
