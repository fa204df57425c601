"""The outbox: one row for every message that is to go, with its own key, its attempts, its state and the answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from doudi.outreach import listeners, reaches
from doudi.outreach.campaigns import RUNNING, Campaign
from doudi.outreach.channels import every
from doudi.outreach.channels.shape import HEARD, HOUSEHOLD, REACHED, READ_BACK, STEPS
from doudi.outreach.gateways import Gateway
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

WAITING, SENDING, DELIVERED, FAILED, SUPPRESSED = STATES = ("waiting", "sending", "delivered", "failed", "suppressed")
NAMESPACE = uuid.UUID("3b1c6d52-6f7e-4d0a-9a53-646f75646901")
WHY = {  # why one was not sent, or failed: zh, en
    "opted_out": ("农户退订", "the household wants none"),
    "no_consent": ("没有得到同意", "the household has not agreed"),
    "no_number": ("没有电话号码", "no telephone number"),
    "same_number": ("同一号码已发", "the same number has it"),
    "told_before": ("此前已告知", "told before"),
    "no_gateway": ("没有设置发送通道", "no gateway is set up"),
    "gateway": ("通道没有收下", "the gateway did not take it"),
    "interrupted": ("发送时中断,不知是否送出", "broken off while sending: nobody knows whether it went"),
    "no_answer": ("没有联系上", "nobody answered"),
    "moved": ("已不在此地", "lives there no more"),
    "stopped": ("宣传已停止", "the campaign was stopped"),
    "over": ("宣传已结束", "the campaign is over"),
}
BY_PEOPLE = ("no_answer", "moved")


class Dispatches(models.QuerySet["Dispatch"]):
    """The questions asked about dispatches."""

    def open(self) -> Dispatches:
        """Those nothing has come of yet."""
        return self.filter(state__in=[WAITING, SENDING])

    def by_hand(self) -> Dispatches:
        """Those that wait for a person."""
        hand = [each.name for each in every.CHANNELS.values() if each.by_hand]
        return self.filter(state=WAITING, channel__in=hand, campaign__state=RUNNING)

    def due(self, now: datetime) -> Dispatches:
        """Those a machine may send now."""
        machine = [each.name for each in every.CHANNELS.values() if not each.by_hand]
        return self.filter(state=WAITING, channel__in=machine).filter(Q(next_at=None) | Q(next_at__lte=now))


class Dispatch(models.Model):
    """One message. Its key is made of campaign, channel and whom it concerns: laid out twice, it is there once.

    `household` is empty for what concerns a village or the county. `number` finds equal numbers without holding one.
    `to` is the person who is to carry it, where one is named. `state`: waiting, sending, delivered (taken, or done by a
    person), failed, suppressed; the last two say `why`.
    """

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="dispatches")
    channel = models.CharField(max_length=16)
    step = models.CharField(max_length=8)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    number = models.CharField(max_length=32, blank=True)
    to = models.CharField(max_length=150, blank=True)
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, default=WAITING)
    why = models.CharField(max_length=16, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    laid_on = models.DateField()
    next_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)
    reply = models.CharField(max_length=300, blank=True)

    objects = Dispatches.as_manager()

    class Meta:
        db_table = "outreach_dispatch"
        ordering = ["place_code", "id"]
        indexes = [
            models.Index(fields=["campaign", "state"], name="outreach_dispatch_of_campaign"),
            models.Index(fields=["household"], name="outreach_dispatch_of_house"),
        ]
        constraints = [
            place_code_is_whole("outreach_dispatch_place_whole"),
            models.CheckConstraint(
                condition=Q(state__in=STATES) & Q(step__in=STEPS), name="outreach_dispatch_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[FAILED, SUPPRESSED], why__in=list(WHY))
                | (Q(state__in=[WAITING, SENDING, DELIVERED]) & Q(why="")),
                name="outreach_dispatch_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state=DELIVERED) | (~Q(done_by="") & Q(done_at__isnull=False)),
                name="outreach_dispatch_done_by_somebody",
            ),
        ]


class Attempt(models.Model):
    """One try at sending, and what was answered. Never changed."""

    id = models.BigAutoField(primary_key=True)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="tries")
    household_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    at = models.DateTimeField()
    taken = models.BooleanField()
    said = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "outreach_attempt"
        ordering = ["id"]


def key_of(campaign_id: int, channel: str, whom: object) -> uuid.UUID:
    """The key of a message: the same for the same campaign, channel and household or place."""
    return uuid.uuid5(NAMESPACE, f"{campaign_id}|{channel}|{whom}")


def confirm(
    dispatch: Dispatch, *, sure: str = "", why: str = "", note: str = "", by: str, on: date, now: datetime
) -> Dispatch:
    """Say what came of a message carried by hand: told (`sure`, or what the channel proves), or not, and `why`.

    What a village's loudspeaker said, or its group saw, counts for each household of the campaign there. Raises Refusal
    for one that waits for nobody, and for a day to come.
    """
    channel = every.named(dispatch.channel)
    if on > timezone.localdate(now):
        raise Refusal(
            "这一天还没有到。请填告知的那天。", "That day is still to come. Give the day they were told.", "on"
        )
    if why and why not in BY_PEOPLE:
        raise Refusal("请选没有告知的原因。", "Choose why they were not told.", "why")
    if sure and sure not in (HEARD, READ_BACK) and sure != channel.sure:
        raise Refusal("请选农户是否听到、能否复述。", "Choose how sure it is that they heard.", "sure")
    payload = [str(dispatch.pk), sure, why, note, on]
    with transaction.atomic(), carry_out("outreach.dispatches.confirm", by=by, payload=payload):
        held = _hold(dispatch)
        held.state, held.why = (FAILED, why) if why else (DELIVERED, "")
        held.done_at, held.done_by, held.reply = now, by, note[:300]
        held.attempts += 1
        held.save(update_fields=["state", "why", "done_at", "done_by", "reply", "attempts"])
        if not why:
            _count(held, sure or channel.sure, by, on, now)
    return held


def _hold(dispatch: Dispatch) -> Dispatch:
    held = Dispatch.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=dispatch.pk)
    if held.state != WAITING or not every.named(held.channel).by_hand:
        raise Refusal("这一项已经办过,或由系统发送。", "This was done already, or a machine sends it.", "dispatch")
    if held.campaign.state != RUNNING:
        raise Refusal("这次宣传不在进行中。", "The campaign is not under way.", "dispatch")
    return held


def _count(held: Dispatch, sure: str, by: str, on: date, now: datetime) -> None:
    """The reach of a dispatch: its household, or everybody of the campaign at its place."""
    ids = [held.household_id] if held.household_id else whom(held)
    kept = [number for number in ids if number]
    reaches.write(
        kept, held.campaign.things, channel=held.channel, sure=sure, by=by, on=on,
        dispatches=dict.fromkeys(kept, held.pk),
    )  # fmt: skip
    if sure in REACHED:
        spare(held.campaign, kept, now=now)


def spare(campaign: Campaign, household_ids: Sequence[int], *, now: datetime) -> int:
    """Leave out what of a campaign still waits for households that were told of it by another way, within a command.

    Nobody is visited for what they said back on the telephone. Answers how many.
    """
    waiting = Dispatch.objects.filter(campaign=campaign, household_id__in=list(household_ids), state=WAITING)
    return waiting.update(state=SUPPRESSED, why="told_before", done_at=now)


def whom(held: Dispatch) -> Sequence[int]:
    """The households of the campaign at a village's or the county's dispatch."""
    if every.named(held.channel).per == HOUSEHOLD:
        return [held.household_id] if held.household_id else []
    code = held.place_code
    prefix = code[:6] if code.endswith("000000") else code[:9] if code.endswith("000") else code
    found = listeners.villages(held.campaign_id)
    return [number for place, some in found.items() if place.startswith(prefix) for number in some]


def let_off(household_id: int, channel: str, *, now: datetime) -> int:
    """Leave out what still waits for a household by a channel (empty: every one), within a command; answers how many.

    It said so after the messages were laid out.
    """
    waiting = Dispatch.objects.filter(household_id=household_id, state=WAITING)
    waiting = waiting.filter(channel=channel) if channel else waiting
    return waiting.update(state=SUPPRESSED, why="opted_out", done_at=now)


def again(dispatch: Dispatch, *, by: str) -> Dispatch:
    """Let one that failed at the gateway, or was broken off, be sent once more, because a person says so."""
    with transaction.atomic(), carry_out("outreach.dispatches.again", by=by, payload=[str(dispatch.pk)]):
        held = Dispatch.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=dispatch.pk)
        if held.state != FAILED or held.why not in ("gateway", "interrupted") or held.campaign.state != RUNNING:
            raise Refusal("这一项不能再发。", "This cannot be sent again.", "dispatch")
        held.state, held.why, held.next_at, held.attempts = WAITING, "", None, 0
        held.save(update_fields=["state", "why", "next_at", "attempts"])
    return held
