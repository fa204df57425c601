"""Duties: who answers for a place, and so who may see it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from doudi.access.roles import ROLES
from doudi.access.users import User
from doudi.trail.commands import carry_out
from doudi.trail.putting import put_in
from doudi.values.divisions import is_prefix, prefix_of
from doudi.values.refusals import Refusal

LEVEL_OF_LENGTH = {6: "county", 9: "town", 12: "village", 0: ""}


class Duties(models.QuerySet["Duty"]):
    """The questions asked about duties."""

    def of(self, user: User, *, on: datetime.date) -> Duties:
        """The duties a user has on a day."""
        return self.filter(user=user).in_force(on=on)

    def in_force(self, *, on: datetime.date) -> Duties:
        """Half-open: a duty until a day no longer holds on it."""
        return self.filter(from_day__lte=on).filter(Q(until_day__isnull=True) | Q(until_day__gt=on))


class Duty(models.Model):
    """A role at a place from a day until another. `place_code` has 6, 9 or 12 digits, or none for a role without place.

    `measures` limits a bureau's or a bank's duty to what it delivers; empty means every measure.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="duties")
    role = models.CharField(max_length=32, choices=[(role.name, role.zh) for role in ROLES.values()])
    place_code = models.CharField(max_length=12, blank=True, default="")
    measures = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    from_day = models.DateField()
    until_day = models.DateField(null=True)

    objects = Duties.as_manager()

    class Meta:
        db_table = "access_duty"
        verbose_name_plural = "duties"
        constraints = [
            models.CheckConstraint(
                condition=Q(place_code="") | Q(place_code__regex=r"^[0-9]{6}([0-9]{3}){0,2}$"),
                name="access_duty_place_is_a_prefix",
            ),
            models.CheckConstraint(condition=Q(role__in=list(ROLES)), name="access_duty_role_is_known"),
            models.CheckConstraint(
                condition=Q(until_day__isnull=True) | Q(until_day__gt=models.F("from_day")),
                name="access_duty_days_in_order",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "role"], name="access_duty_of_place")]


def give(
    user: User,
    role: str,
    place_code: str = "",
    *,
    on: datetime.date,
    until: datetime.date | None = None,
    measures: tuple[str, ...] = (),
    by: str,
) -> Duty:
    """Give a user a duty from a day on. Raises Refusal for an unknown role or a place that is not the role's."""
    place = prefix_of(place_code)
    _refuse_wrong_place(role, place)
    _refuse_own(user, by)
    _refuse_held(user, role, place, on, until)
    with carry_out("access.duties.give", by=by, payload=[user.username, role, place, on, until, measures]) as act:
        duty = Duty.objects.create(
            user=user, role=role, place_code=place, from_day=on, until_day=until, measures=list(measures)
        )
        act.result = {"duty": duty.pk}
    return duty


def give_many(given: Iterable[tuple[User, str, str]], *, on: datetime.date, by: str) -> int:
    """Give many users a duty (user, role, place) from a day on; all or none. Answers how many."""
    made = [Duty(user=user, role=role, place_code=prefix_of(place), from_day=on) for user, role, place in given]
    for duty in made:
        _refuse_wrong_place(duty.role, duty.place_code)
        _refuse_own(duty.user, by)
    payload = [[duty.user.username, duty.role, duty.place_code, on] for duty in made]
    with carry_out("access.duties.give_many", by=by, payload=payload) as act:
        put_in(made)
        act.result = {"duties": len(made)}
    return len(made)


def end(duty: Duty, *, on: datetime.date, by: str) -> None:
    """End a duty: from that day it gives nothing. Raises Refusal for a day before it began or after its end."""
    _refuse_own(duty.user, by)
    if on <= duty.from_day or (duty.until_day is not None and on >= duty.until_day):
        raise Refusal(
            f"这项职责从 {duty.from_day} 起"
            + (f"、到 {duty.until_day} 止" if duty.until_day else "")
            + f",不能在 {on} 结束。",
            f"The duty runs from {duty.from_day}"
            + (f" until {duty.until_day}" if duty.until_day else "")
            + f" and cannot end on {on}.",
            "until",
        )
    with carry_out("access.duties.end", by=by, payload=[duty.pk, on]):
        duty.until_day = on
        duty.save(update_fields=["until_day"])


def _refuse_own(user: User, by: str) -> None:
    """Who decides what others may do does not decide it for themselves."""
    if user.username == by:
        raise Refusal(
            "谁也不能改自己的职责。请另一位管理员办理。",
            "Nobody changes their own duties. Ask another administrator.",
        )


def _refuse_held(user: User, role: str, place: str, on: datetime.date, until: datetime.date | None) -> None:
    if until is not None and until <= on:
        raise Refusal(f"结束日 {until} 应晚于开始日 {on}。", f"The last day {until} must come after {on}.", "until")
    held = Duty.objects.filter(user=user, role=role, place_code=place)
    overlapping = held.filter(Q(until_day__isnull=True) | Q(until_day__gt=on))
    if until is not None:
        overlapping = overlapping.filter(from_day__lt=until)
    if (first := overlapping.order_by("from_day").first()) is not None:
        raise Refusal(
            f"{user.name}从 {first.from_day} 起已有这项职责。请先结束它,或换一个日期。",
            f"{user.name} has this duty from {first.from_day} on. End it first, or choose another day.",
            "from",
        )


def _refuse_wrong_place(role: str, place: str) -> None:
    if role not in ROLES:
        raise Refusal(
            f"没有“{role}”这个角色。可用:{'、'.join(ROLES)}。",
            f"There is no role “{role}”. Choose one of {', '.join(ROLES)}.",
        )
    if place and not is_prefix(place):
        raise Refusal(
            f"“{place}”不是区划代码。请写 6 位(县)、9 位(乡镇)或 12 位(村)数字。",
            f"“{place}” is no division code. Write 6 digits (county), 9 (town) or 12 (village).",
        )
    if LEVEL_OF_LENGTH[len(place)] != ROLES[role].level:
        raise Refusal(
            f"角色“{ROLES[role].zh}”的任职地区层级不符:“{place}”。",
            f"The role “{ROLES[role].en}” is held at {_level_words(role)}, not at “{place}”.",
        )


def _level_words(role: str) -> str:
    return f"a {ROLES[role].level}" if ROLES[role].level else "no place"
