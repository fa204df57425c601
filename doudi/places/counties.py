"""The county a deployment serves, and whether it is a demonstration: said once, for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models

from doudi.access import devices
from doudi.trail.commands import carry_out
from doudi.trail.written import Written
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


class SecondFactorRule(models.Model):
    """Whether the county demands a second factor of every role above the village, from a moment on. The last one holds.

    Before the first a real county demands it and a demonstration does not: so it is decided when the county begins.
    """

    demanded = models.BooleanField()
    reason = models.CharField(max_length=500)
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "places_second_factor_rule"
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="places_second_factor_rule_says_why")
        ]


class PhoneRule(models.Model):
    """How long a helper's telephone keeps what it took along, and its pairing, from a moment on. The last one holds."""

    days_kept = models.PositiveSmallIntegerField()
    days_paired = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "places_phone_rule"
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="places_phone_rule_says_why"),
            models.CheckConstraint(
                condition=models.Q(days_kept__gte=1, days_kept__lte=60, days_paired__gte=7, days_paired__lte=365),
                name="places_phone_rule_within_limits",
            ),
        ]


@dataclass(frozen=True, slots=True)
class PhoneDays:
    """Days without contact after which a telephone lets its cards go, and days after which it is paired anew."""

    kept: int = 14
    paired: int = 180


KEPT_LIMITS, PAIRED_LIMITS = (1, 60), (7, 365)  # days


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


_present = Written(lambda: County.objects.order_by("pk")[:1])
_phone_rule = Written(lambda: PhoneRule.objects.order_by("-id")[:1])


def present() -> County | None:
    """The county of this deployment, or None before it began."""
    return _present.first()


def demands_second_factor() -> bool:
    """Whether roles above the village need a second factor here."""
    rule = SecondFactorRule.objects.order_by("-id").first()
    if rule is not None:
        return rule.demanded
    county = present()
    return county is not None and not county.demo


def demand_second_factor(demanded: bool, *, reason: str, by: str, now: datetime) -> SecondFactorRule:
    """Demand a second factor, or no longer. Raises Refusal without a reason, and for what is so already."""
    if not reason.strip():
        raise Refusal("请写明原因。", "Say why.", "reason")
    if demanded == demands_second_factor():
        raise Refusal("现在就是这样,没有改变。", "It is so already; nothing was changed.")
    with carry_out("places.demand_second_factor", by=by, payload=[demanded, reason]):
        return SecondFactorRule.objects.create(
            demanded=demanded, reason=reason.strip()[:500], decided_by=by, decided_at=now
        )


def phone_days() -> PhoneDays:
    """How long telephones keep what they hold here; before the county decided, 14 days and 180."""
    rule = _phone_rule.first()
    return PhoneDays(rule.days_kept, rule.days_paired) if rule else PhoneDays()


def decide_phone_days(days: PhoneDays, *, reason: str, by: str, now: datetime) -> PhoneRule:
    """Decide it. A shorter pairing holds for the telephones paired already, a longer one for those to come.

    Raises Refusal without a reason, outside the limits, and for what is so already.
    """
    if not reason.strip():
        raise Refusal("请写明原因。", "Say why.", "reason")
    _refuse_outside(days.kept, KEPT_LIMITS, "days_kept", "户资料的保存天数", "The days cards are kept")
    _refuse_outside(days.paired, PAIRED_LIMITS, "days_paired", "配对的有效天数", "The days a pairing lasts")
    if days == phone_days():
        raise Refusal("现在就是这样,没有改变。", "It is so already; nothing was changed.")
    with carry_out("places.decide_phone_days", by=by, payload=[days.kept, days.paired, reason]) as act:
        made = PhoneRule.objects.create(
            days_kept=days.kept, days_paired=days.paired, reason=reason.strip()[:500], decided_by=by, decided_at=now
        )
        act.result = {"shortened": devices.shorten(timedelta(days=days.paired))}
    return made


def _refuse_outside(days: int, limits: tuple[int, int], where: str, zh: str, en: str) -> None:
    least, most = limits
    if not least <= days <= most:
        raise Refusal(f"{zh}应在 {least} 到 {most} 天之间。", f"{en} are between {least} and {most}.", where)
