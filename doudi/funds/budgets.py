"""Budgets: money for one measure in one place from one source, over a span of days."""

from __future__ import annotations

from datetime import date

from django.db import models

from doudi.funds.sources import FundSource
from doudi.places import divisions
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal


class Budgets(models.QuerySet["Budget"]):
    """The questions asked about budgets."""

    def in_force(self, *, on: date) -> Budgets:
        """Those that may be spent on a day."""
        return self.filter(models.Q(until=None) | models.Q(until__gt=on), from_day__lte=on)

    def covering(self, measure: str, place_code: str, *, on: date) -> Budgets:
        """Those a payment for a measure in a village can come from: the town's own first, then the county's."""
        codes = [place_code[:9] + "000", place_code[:6] + "000000"]
        return self.in_force(on=on).filter(measure=measure, place_code__in=codes).order_by("-place_code", "id")


class Budget(models.Model):
    """Money set aside for a measure (its name in the pack) in a county or town; spent only through the ledger.

    Budgets are published, so every reader sees every one; nothing of any household is in them. `until` is the first
    day on which nothing may be reserved any more.
    """

    measure = models.CharField(max_length=64)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    source = models.ForeignKey(FundSource, on_delete=models.PROTECT, related_name="budgets")
    title = models.CharField(max_length=120)
    from_day = models.DateField()
    until = models.DateField(null=True, blank=True)

    objects = Budgets.as_manager()

    class Meta:
        db_table = "funds_budget"
        ordering = ["measure", "place_code", "id"]
        constraints = [
            place_code_is_whole("funds_budget_place_whole"),
            models.CheckConstraint(
                condition=models.Q(place_code__endswith="000"), name="funds_budget_of_town_or_county"
            ),
            models.CheckConstraint(condition=~models.Q(measure="") & ~models.Q(title=""), name="funds_budget_named"),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gt=models.F("from_day")), name="funds_budget_days"
            ),
            models.UniqueConstraint(fields=["measure", "place_code", "source", "from_day"], name="funds_budget_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def prefix(self) -> str:
        """The digits every place it pays for begins with: 6 for a county, 9 for a town."""
        return self.place_code[:6] if self.place_code.endswith("000000") else self.place_code[:9]


def establish(
    measure: str,
    place_code: str,
    source: FundSource,
    *,
    title: str,
    from_day: date,
    by: str,
    until: date | None = None,
) -> Budget:
    """Begin a budget, without any money yet. `place_code` has 6, 9 or 12 digits and names a county or a town.

    Raises Refusal for another place, days out of order, or a second one of the same measure, place, source and day.
    """
    from doudi.funds import ledger

    code = place_code.ljust(PLACE_CODE_LENGTH, "0")
    _refuse_impossible(measure, code, title, from_day, until)
    if Budget.objects.filter(measure=measure, place_code=code, source=source, from_day=from_day).exists():
        raise Refusal(
            f"{measure} 在 {code} 已有同一来源、同一天起的预算。请追加拨款,不要另建。",
            f"{measure} in {code} has a budget of this source and day already: appropriate to that one.",
            "measure",
        )
    with carry_out("funds.budgets.establish", by=by, payload=[measure, code, source.pk, title, from_day, until]) as act:
        made = Budget.objects.create(
            measure=measure, place_code=code, source=source, title=title.strip(), from_day=from_day, until=until
        )
        ledger.open_accounts(made)
        act.result = {"budget": made.pk}
    return made


def appropriate(budget: Budget, fen: int, *, document: str, by: str, on: date) -> int:
    """Put `fen` (whole fen; negative takes back what is not reserved) into a budget by a document; the entry's id.

    Raises Refusal for nothing, without a document, and where more would be taken back than is available.
    """
    from doudi.funds import ledger

    if not fen or not document.strip():
        raise Refusal(
            "拨款要有金额和文件号。",
            "An appropriation has an amount and a document.",
            "document" if fen else "fen",
        )
    moves = {ledger.AVAILABLE: fen, ledger.APPROPRIATED: -fen}
    with (
        ledger.told_of_shortage(budget, -fen),
        carry_out("funds.budgets.appropriate", by=by, payload=[budget.pk, fen, document, on]) as act,
    ):
        entry = ledger.post("appropriate", {budget.pk: moves}, command=act.id, on=on, by=by, document=document.strip())
        act.result = {"entry": entry.pk}
    return entry.pk


def _refuse_impossible(measure: str, code: str, title: str, from_day: date, until: date | None) -> None:
    if not measure.strip() or not title.strip():
        raise Refusal("预算要写明措施和名称。", "A budget names its measure and has a title.", "measure")
    if not is_prefix(code) or not code.endswith("000"):
        raise Refusal("预算属于一个县或一个乡镇。", "A budget belongs to a county or a town.", "place_code")
    divisions.require(code)
    if until is not None and until <= from_day:
        raise Refusal("结束日期要晚于开始日期。", "The last day comes after the first.", "until")
