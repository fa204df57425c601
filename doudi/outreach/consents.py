"""Consents: what a household has said about being written to or called, channel by channel; the latest word holds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import models
from django.db.models import Q

from doudi.outreach import dispatches
from doudi.outreach.channels import every
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

EVERY = ""  # every channel
HOW = {  # word: zh, en
    "door": ("当面说的", "said in person"),
    "phone": ("电话里说的", "said by telephone"),
    "reply": ("回复短信", "answered a message"),
    "paper": ("书面", "in writing"),
}


class Consent(models.Model):
    """One word of a household: `agrees` to messages by a channel (empty: all), or wants none. Never changed."""

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="consents")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    channel = models.CharField(max_length=16, blank=True)
    agrees = models.BooleanField()
    how = models.CharField(max_length=8)
    said_on = models.DateField()
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "outreach_consent"
        ordering = ["-said_on", "-id"]
        constraints = [
            place_code_is_whole("outreach_consent_place_whole"),
            models.CheckConstraint(condition=Q(how__in=list(HOW)), name="outreach_consent_how_known"),
        ]


def say(
    household: Household, *, agrees: bool, channel: str = EVERY, how: str, by: str, on: date, now: datetime
) -> Consent:
    """Record what a household said; of what it wants no more, nothing that waits goes to it.

    Raises Refusal for a channel that concerns no household, and for how it cannot have been said.
    """
    if channel:
        wanted = every.named(channel)
        if wanted.per != "household":
            raise Refusal(
                f"“{wanted.zh}”面向全村,不能单户退订。", f"“{wanted.en}” concerns no single household.", "channel"
            )
    if how not in HOW:
        raise Refusal("请选农户是怎么说的。", "Choose how the household said it.", "how")
    with carry_out("outreach.consents.say", by=by, payload=[household.pk, channel, agrees, how, on]) as act:
        made = Consent.objects.create(
            household=household, place_code=household.place_code, channel=channel, agrees=agrees, how=how,
            said_on=on, recorded_by=by, recorded_at=now,
        )  # fmt: skip
        let_off = 0 if agrees else dispatches.let_off(household.pk, channel, now=now)
        act.result = {"consent": made.pk, "let_off": let_off}
    return made


def standing(channel: str, household_ids: Collection[int]) -> dict[int, bool]:
    """The latest word on a channel of the households that have said one; a word on all channels is one on each."""
    found = (
        Consent.objects.filter(household_id__in=list(household_ids), channel__in=[EVERY, channel])
        .order_by("household_id", "-said_on", "-id")
        .distinct("household_id")
    )
    return dict(found.values_list("household_id", "agrees"))
