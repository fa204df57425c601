"""Sending by machine: what is due goes to its gateway once; a refusal is tried again later, a break-off never alone.

A message is marked as being sent and committed before it leaves, and its outcome is written afterwards. Should the
worker die in between, nobody knows whether it went: it is then failed and a person decides (`dispatches.again`), for a
text message cannot be called back and a household should not have it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.outreach import consents, gateways, messages, numbers, reaches, receipts
from doudi.outreach.campaigns import RUNNING, Campaign
from doudi.outreach.channels import every
from doudi.outreach.channels.shape import HOUSEHOLD, Answer
from doudi.outreach.dispatches import (
    DELIVERED,
    FAILED,
    SENDING,
    SUPPRESSED,
    WAITING,
    Attempt,
    Dispatch,
    whom,
)
from doudi.trail.commands import carry_out

TRIES = 4
PAUSES = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=2))  # between one try and the next
AT_ONCE = 50
LOST_AFTER = timedelta(minutes=10)  # a message under way for so long was broken off
BY = "system"


@dataclass
class Sent:
    """What a round of sending came to, and when the next is due."""

    delivered: int = 0
    again: int = 0
    failed: int = 0
    suppressed: int = 0
    next_at: datetime | None = None


@contextmanager
def whole() -> Iterator[None]:
    """A transaction that sees the whole county: a message goes out whoever's turn it is to look."""
    with transaction.atomic(), as_engine():
        yield


def send_due(campaign: Campaign, *, now: Callable[[], datetime], most: int = 100_000) -> Sent:
    """Send what is due of a campaign until nothing is, or the quiet hours begin; answers what came of it."""
    sent = Sent()
    while most > 0:
        moment = now()
        claimed = _claim(campaign, moment, min(AT_ONCE, most))
        if not claimed:
            break
        most -= len(claimed)
        for dispatch in claimed:
            _send(dispatch, now, sent)
    sent.next_at = next_due(campaign)
    return sent


def next_due(campaign: Campaign) -> datetime | None:
    """When the next message of a campaign may go; None when none waits for a machine."""
    machine = [each.name for each in every.CHANNELS.values() if not each.by_hand]
    waiting = Dispatch.objects.filter(campaign=campaign, campaign__state=RUNNING, state=WAITING, channel__in=machine)
    with whole():
        found: datetime | None = waiting.aggregate(at=Min("next_at"))["at"]
    return found


def _claim(campaign: Campaign, now: datetime, most: int) -> list[Dispatch]:
    """Mark some due messages as being sent. In quiet hours they are put off instead; none of a campaign that ended."""
    with whole(), carry_out("outreach.sending.claim", by=BY, payload=[campaign.pk, now]) as act:
        held = Campaign.objects.select_for_update().get(pk=campaign.pk)
        _give_up_lost(held, now)
        due = Dispatch.objects.filter(campaign=held).due(now).select_for_update(skip_locked=True, of=("self",))
        if held.state != RUNNING:
            return []
        opens = held.next_open(now)
        if opens > now:
            act.result = {"put_off": due.update(next_at=opens)}
            return []
        found = list(due.select_related("gateway")[:most])
        for each in found:
            each.campaign = held
            each.state, each.attempts, each.next_at = SENDING, each.attempts + 1, now
        Dispatch.objects.bulk_update(found, ["state", "attempts", "next_at"])
        act.result = {"claimed": len(found)}
    return found


def _give_up_lost(campaign: Campaign, now: datetime) -> int:
    lost = Dispatch.objects.filter(campaign=campaign, state=SENDING, next_at__lt=now - LOST_AFTER)
    return lost.update(state=FAILED, why="interrupted", done_at=now)


def _send(dispatch: Dispatch, now: Callable[[], datetime], sent: Sent) -> None:
    channel = every.named(dispatch.channel)
    home = dispatch.household_id
    with whole():
        to = numbers.of([home]).get(home, "") if home else ""
        stopped = bool(home) and consents.standing(channel.name, [home or 0]).get(home or 0) is False
        stopped = stopped or (bool(channel.number and to) and receipts.has_stopped(to, home or 0))
    if stopped or (channel.number and not to):
        return _suppress(dispatch, "opted_out" if stopped else "no_number", now(), sent)
    form = channel.form(messages.text_for(dispatch.campaign.texts, channel.name, words=channel.words))
    title = dispatch.campaign.message.title
    way = gateways.way_of(dispatch.gateway) if dispatch.gateway else ""
    answer = channel.send(form, title=title, to=to, key=str(dispatch.pk), way=way)
    return _outcome(dispatch, answer, now(), sent)


def _suppress(dispatch: Dispatch, why: str, now: datetime, sent: Sent) -> None:
    """Its household has no number any more, or it, or somebody at the number, wants no messages."""
    with whole(), carry_out("outreach.sending.suppress", by=BY, payload=[str(dispatch.pk), why]):
        held = Dispatch.objects.select_for_update(of=("self",)).get(pk=dispatch.pk)
        held.state, held.why, held.done_at = SUPPRESSED, why, now
        held.save(update_fields=["state", "why", "done_at"])
    sent.suppressed += 1


def _outcome(dispatch: Dispatch, answer: Answer, now: datetime, sent: Sent) -> None:
    """Write down what came of one message."""
    payload = [str(dispatch.pk), dispatch.attempts, answer.taken]
    with whole(), carry_out("outreach.sending.outcome", by=BY, payload=payload):
        held = Dispatch.objects.select_for_update(of=("self",)).get(pk=dispatch.pk)
        held.campaign = dispatch.campaign
        Attempt.objects.create(
            dispatch=held, household_id=held.household_id, place_code=held.place_code, at=now,
            taken=answer.taken, said=answer.said[:300],
        )  # fmt: skip
        _take(held, answer, now, sent)
        held.save(update_fields=["state", "why", "next_at", "done_at", "done_by", "reply"])


def _take(held: Dispatch, answer: Answer, now: datetime, sent: Sent) -> None:
    if answer.taken:
        held.state, held.why, held.done_at, held.done_by = DELIVERED, "", now, BY
        sent.delivered += 1
        _count(held, now)
    elif held.attempts < TRIES:
        held.state = WAITING
        held.next_at = held.campaign.next_open(now + PAUSES[min(held.attempts, len(PAUSES)) - 1])
        sent.again += 1
    else:
        held.state, held.why, held.done_at, held.reply = FAILED, "gateway", now, answer.said[:300]
        sent.failed += 1


def _count(held: Dispatch, now: datetime) -> None:
    channel = every.named(held.channel)
    ids = [held.household_id] if channel.per == HOUSEHOLD and held.household_id else whom(held)
    kept = [number for number in ids if number]
    reaches.write(
        kept, held.campaign.things, channel=channel.name, sure=channel.sure, by=BY, on=timezone.localdate(now),
        dispatches=dict.fromkeys(kept, held.pk),
    )  # fmt: skip
