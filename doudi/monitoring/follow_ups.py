"""Follow-ups: what somebody means to come back to at a household, and by which day."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import models

from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

PROMISED, NOT_RECEIVED = WHY = ("promised", "not_received")
LONGEST = 500
FARTHEST = timedelta(days=366)


class FollowUps(models.QuerySet["FollowUp"]):
    """The questions asked about follow-ups."""

    def open(self) -> FollowUps:
        """Those that nobody has done."""
        return self.filter(done_on=None)

    def within(self, prefix: str) -> FollowUps:
        """Those of a county, town or village, by 6, 9 or 12 digits."""
        return self.filter(place_code__startswith=prefix)


class FollowUp(models.Model):
    """One thing to come back to. `why` is promised, or not_received: a household says that what was paid did not come.

    `about` names the thing it is about ("entitlement:12"), or nothing.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="follow_ups")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    why = models.CharField(max_length=16, default=PROMISED)
    what = models.CharField(max_length=LONGEST)
    about = models.CharField(max_length=64, blank=True, default="")
    due_on = models.DateField()
    made_by = models.CharField(max_length=150)
    made_on = models.DateField()
    done_by = models.CharField(max_length=150, blank=True, default="")
    done_on = models.DateField(null=True)
    result = models.CharField(max_length=LONGEST, blank=True, default="")

    objects = FollowUps.as_manager()

    class Meta:
        db_table = "monitoring_follow_up"
        ordering = ["due_on", "id"]
        constraints = [
            place_code_is_whole("follow_up_place_code_whole"),
            models.CheckConstraint(condition=models.Q(why__in=WHY), name="follow_up_why_known"),
            models.CheckConstraint(condition=~models.Q(what=""), name="follow_up_says_what"),
            models.CheckConstraint(
                condition=models.Q(done_on=None, done_by="")
                | (models.Q(done_on__isnull=False) & ~models.Q(done_by="")),
                name="follow_up_done_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["household"], name="follow_up_open_of", condition=models.Q(done_on=None))]


def promise(
    household_id: int,
    what: str,
    *,
    due: date,
    by: str,
    on: date,
    why: str = PROMISED,
    about: str = "",
    key: UUID | None = None,
) -> FollowUp:
    """Note what somebody will come back to by a day.

    Raises Refusal for nothing said, a day gone by, or one so far off that it was mistyped.
    """
    text = what.strip()[:LONGEST]
    if not text:
        raise Refusal("请写明要回访什么。", "Say what you will come back to.", "what")
    if due < on:
        raise Refusal(
            f"回访日期 {due} 已经过去。请填今天或以后。", f"{due} is past already. Give today or later.", "on"
        )
    if due > on + FARTHEST:
        raise Refusal(f"回访日期 {due} 太远了,请填一年以内的。", f"{due} is too far off: within a year.", "on")
    household = Household.objects.filter(pk=household_id).first()
    if household is None:
        raise Refusal(f"没有编号为 {household_id} 的农户。", f"There is no household {household_id}.", "household")
    payload = [household_id, text, due, why, about]
    with carry_out("monitoring.follow_ups.promise", by=by, key=key, payload=payload) as act:
        made = FollowUp.objects.create(
            household=household,
            place_code=household.place_code,
            why=why,
            what=text,
            about=about,
            due_on=due,
            made_by=by,
            made_on=on,
        )
        act.result = {"follow_up": made.pk}
    return made


def finish(follow_up_id: int, *, result: str, by: str, on: date, key: UUID | None = None) -> None:
    """Say that it was done, and what came of it. Raises Refusal for one out of scope or done before."""
    with carry_out("monitoring.follow_ups.finish", by=by, key=key, payload=[follow_up_id, result]):
        held = FollowUp.objects.open().filter(pk=follow_up_id)
        if not held.update(done_by=by, done_on=on, result=result.strip()[:LONGEST]):
            raise Refusal("这次回访已办结,或不在您的范围内。", "This follow-up is done, or not yours.", "follow_up")
