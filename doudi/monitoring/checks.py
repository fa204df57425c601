"""Checks: a household looked at through its helper, fact by fact; only ever added to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from doudi.access.devices import Device
from doudi.monitoring import check_bodies, disputes, merging, needs
from doudi.monitoring.check_bodies import Given
from doudi.policy.sittings import Sitting
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.trail.putting import put_in
from doudi.values.refusals import Refusal


class Checks(models.QuerySet["Check"]):
    """The questions asked about checks."""

    def reached(self) -> Checks:
        """Those in which somebody of the household was reached."""
        return self.exclude(reached=check_bodies.NOT_REACHED)

    def last_of(self, household_ids: Collection[int]) -> Checks:
        """The last check of each of some households."""
        found = self.filter(household_id__in=household_ids)
        return found.order_by("household_id", "-about_day", "-recorded_at").distinct("household_id")


class Check(models.Model):
    """One check. `id` is the command's, made on the telephone, so that the same check sent twice is one.

    `facts` lists {kind, id, fact, said, base, value, outcome} as given, with what became of each; `base_version` is
    the version of the card it was made on. `client_at` is the telephone's own clock, as evidence; `about_day` the day
    the household was spoken to, `recorded_at` when it came in. `by` is who spoke to the household; `typed_by` who typed
    their sheet of paper in, where another did.
    """

    id = models.UUIDField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="checks")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    by = models.CharField(max_length=150)
    typed_by = models.CharField(max_length=150, blank=True, default="")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    reached = models.CharField(max_length=16)
    reached_whom = models.CharField(max_length=40, blank=True, default="")
    about_day = models.DateField()
    client_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    base_version = models.BigIntegerField(default=0)
    facts = models.JSONField(default=list)
    needs = models.JSONField(default=list)
    wants_counselling = models.BooleanField(default=False)
    note = models.CharField(max_length=1000, blank=True, default="")
    photo = models.CharField(max_length=64, blank=True, default="")
    read_back = models.BooleanField(default=False)
    agrees = models.CharField(max_length=16, default="not_asked")
    disagreement = models.CharField(max_length=1000, blank=True, default="")
    told = models.JSONField(default=list)

    objects = Checks.as_manager()

    class Meta:
        db_table = "monitoring_check"
        ordering = ["recorded_at"]
        constraints = [
            place_code_is_whole("check_place_code_whole"),
            models.CheckConstraint(condition=~models.Q(by=""), name="check_by_somebody"),
            models.CheckConstraint(condition=models.Q(reached__in=check_bodies.REACHED), name="check_reached_known"),
            models.CheckConstraint(condition=models.Q(agrees__in=check_bodies.AGREES), name="check_agrees_known"),
            models.CheckConstraint(
                condition=~models.Q(agrees="no") | ~models.Q(disagreement=""), name="check_disagreement_said"
            ),
        ]
        indexes = [
            models.Index(fields=["household", "-about_day"], name="check_of_household"),
            models.Index(fields=["place_code", "about_day"], name="check_of_place"),
        ]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a check did: the statements written, the disputes opened, and what became of each fact."""

    check_id: UUID
    statements: tuple[int, ...]
    disputes: tuple[int, ...]
    outcomes: tuple[tuple[str, int, str, str], ...]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "check": str(self.check_id),
            "statements": list(self.statements),
            "disputes": list(self.disputes),
            "outcomes": [list(each) for each in self.outcomes],
        }


def record(
    household_id: int,
    given: Given | Mapping[str, Any],
    *,
    by: str,
    spoken_by: str = "",
    on: date | None = None,
    roles: Collection[str] | None = None,
    device: Device | None = None,
    now: datetime,
    key: UUID | None = None,
    sitting: Sitting | None = None,
) -> Recorded:
    """Record a check of a household within the scope: what it says is stated and decided, or waits for a choice.

    `on` is the day spoken of, where it is known better than `given` says it; `spoken_by` who spoke to the household,
    where `by` types in their sheet. What clashes opens a dispute and is not stated (`monitoring.changes`). In a
    `sitting` the household is decided when that one ends. Raises Refusal naming the part that is wrong, AlreadyDone
    where `key` was recorded before.
    """
    body = given if isinstance(given, Given) else check_bodies.read(given)
    household = sitting.household(household_id) if sitting else Household.objects.filter(pk=household_id).first()
    if household is None:
        raise Refusal(f"没有编号为 {household_id} 的农户。", f"There is no household {household_id}.", "household")
    about = on or _day_of(body, now)
    asked = [household_id, body]
    with carry_out("monitoring.checks.record", by=by, key=key, payload=asked, part=sitting is not None) as act:
        own = sitting or Sitting([household_id], now=now)
        merged = merging.merge(household_id, body, own, by=by, about=about)
        evidence = {"check": str(act.id)}
        statements = own.say(
            household_id, merged.words, by=by, about=about, roles=roles, evidence=evidence, command=act.id
        )
        who = spoken_by or by
        _create(act.id, household, body, merged, about, by=who, typed_by=by, device=device, now=now)
        opened = disputes.open_all(household, merged.held, check_id=act.id, by=by, now=now)
        codes = (*body.needs, *(("counselling",) if body.wants_counselling else ()))
        needs.note(household_id, codes, origin=needs.CHECK, by=by, on=about)
        if sitting is None:
            own.decide(by=by)
        recorded = Recorded(act.id, tuple(statements), tuple(opened), merged.outcomes)
        act.result = recorded.plain()
    return recorded


def _day_of(body: Given, now: datetime) -> date:
    """The day spoken of; a day to come is refused, none given is today."""
    today = timezone.localdate(now)
    day = body.about_day or today
    if day > today:
        raise Refusal(
            f"核对日期 {day} 还没有到。请检查手机的日期。",
            f"{day} is still to come. Look at the telephone's date.",
            "about_day",
        )
    return day


def _create(
    check_id: UUID,
    household: Household,
    body: Given,
    merged: merging.Merged,
    about: date,
    *,
    by: str,
    typed_by: str,
    device: Device | None,
    now: datetime,
) -> None:
    made = Check(
        id=check_id,
        household=household,
        place_code=household.place_code,
        by=by,
        typed_by="" if typed_by == by else typed_by,
        device=device,
        reached=body.reached,
        reached_whom=body.reached_whom,
        about_day=about,
        client_at=body.client_at,
        recorded_at=now,
        base_version=body.base_version,
        facts=merged.facts,
        needs=list(body.needs),
        wants_counselling=body.wants_counselling,
        note=body.note,
        photo=body.photo,
        read_back=body.read_back,
        agrees=body.agrees,
        disagreement=body.disagreement,
        told=list(body.told),
    )
    put_in([made])
