"""Attendance in temporary posts, a row a week: which of its seven days were worked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import models

from doudi.delivery.posts import PostHolding
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

WEEK = 7


class Attendance(models.Model):
    """One holder's week: `week` is its Monday, `mask` has bit 0 for Monday to bit 6 for Sunday."""

    id = models.BigAutoField(primary_key=True)
    holding = models.ForeignKey(PostHolding, on_delete=models.PROTECT, related_name="weeks")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    week = models.DateField()
    mask = models.SmallIntegerField()
    recorded_by = models.CharField(max_length=150)
    recorded_on = models.DateField()

    class Meta:
        db_table = "delivery_post_attendance"
        ordering = ["holding_id", "week"]
        constraints = [
            place_code_is_whole("post_attendance_place_code_whole"),
            models.CheckConstraint(
                condition=models.Q(mask__gte=0, mask__lte=127, week__iso_week_day=1), name="post_attendance_of_a_week"
            ),
            models.UniqueConstraint(fields=["holding", "week"], name="post_attendance_once_a_week"),
        ]

    @property
    def days(self) -> list[date]:
        """The days worked."""
        return days_of(self.week, self.mask)


def days_of(week: date, mask: int) -> list[date]:
    """The days of a mask in the week that begins on that Monday."""
    return [week + timedelta(days=at) for at in range(WEEK) if mask >> at & 1]


def mask_of(worked: Iterable[bool]) -> int:
    """The mask of seven answers, Monday first."""
    return sum(1 << at for at, yes in enumerate(worked) if yes)


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def record(held: PostHolding, week: date, mask: int, *, by: str, on: date) -> Attendance:
    """Record a holder's week, or correct it. Raises Refusal for days outside the term, to come, or paid already."""
    refuse_impossible(held, week, mask, on=on)
    refuse_paid(held, week, mask)
    with carry_out("delivery.attendance.record", by=by, payload=[held.pk, str(week), mask]):
        made, _ = Attendance.objects.update_or_create(
            holding=held, week=week,
            defaults={
                "mask": mask, "recorded_by": by, "recorded_on": on,
                "household_id": held.household_id, "place_code": held.place_code,
            },
        )  # fmt: skip
    return made


def refuse_impossible(held: PostHolding, week: date, mask: int, *, on: date) -> None:
    """Raise Refusal for a week that is none, or a day outside the term or still to come, naming the day."""
    if week.weekday() != 0 or not 0 <= mask <= 127:
        raise Refusal(
            f"{week} 不是星期一,请写那一周的星期一。", f"{week} is no Monday; give the week's Monday.", "week"
        )
    for day in days_of(week, mask):
        if not held.from_day <= day <= held.last_day:
            raise Refusal(
                f"{day} 不在任期 {held.from_day} 至 {held.last_day} 之内。",
                f"{day} is outside the term, {held.from_day} to {held.last_day}.",
                "week",
            )
        if day > on:
            raise Refusal(f"{day} 还没有到。", f"{day} is still to come.", "week")


def refuse_paid(held: PostHolding, week: date, mask: int) -> None:
    """Raise Refusal where a day would change that lies in a month with a pay list."""
    before = Attendance.objects.filter(holding=held, week=week).values_list("mask", flat=True).first() or 0
    months = {day.replace(day=1) for day in days_of(week, before ^ mask)}
    paid = PayLine.objects.filter(holding=held, month__in=months).first()
    if paid is not None:
        raise Refusal(
            f"{paid.month:%Y-%m} 的补贴表已生成,那个月的考勤不能再改。",
            f"The pay list of {paid.month:%Y-%m} has been made: that month's attendance stays.",
            "week",
        )


class PayLine(models.Model):
    """One holder's month on a pay list: days attended and the fen they earn; the payment is told by `funds`."""

    id = models.BigAutoField(primary_key=True)
    holding = models.ForeignKey(PostHolding, on_delete=models.PROTECT, related_name="months")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    month = models.DateField()
    days = models.SmallIntegerField()
    fen = models.BigIntegerField()
    made_by = models.CharField(max_length=150)
    made_on = models.DateField()

    class Meta:
        db_table = "delivery_post_pay_line"
        ordering = ["place_code", "holding_id", "month"]
        constraints = [
            place_code_is_whole("post_pay_line_place_code_whole"),
            models.CheckConstraint(
                condition=models.Q(days__gte=1, days__lte=31, fen__gt=0, month__day=1), name="post_pay_line_of_worth"
            ),
            models.UniqueConstraint(fields=["holding", "month"], name="post_pay_line_once_a_month"),
        ]
