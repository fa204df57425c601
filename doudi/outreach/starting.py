"""The beginning of a campaign, when its list is frozen and every message laid out, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from doudi.outreach import listeners, planning
from doudi.outreach.audiences import Audience
from doudi.outreach.campaigns import ALONE, DONE, DRAFT, RUNNING, STOPPED, Campaign
from doudi.policy.runs import Run
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


def start(campaign: Campaign, audience: Audience, run: Run, *, by: str, now: datetime) -> Campaign:
    """Freeze who is to be told and lay out every message; nothing is sent by this. Raises Refusal.

    For more than `ALONE` households another person than whoever prepared it starts it.
    """
    those = audience.those(with_unknown=campaign.with_unknown)
    payload = [campaign.pk, run.pk, len(those)]
    with transaction.atomic(), carry_out("outreach.campaigns.start", by=by, payload=payload) as act:
        held = _held(campaign, DRAFT, "这次宣传已经开始或停止。", "It was started or stopped already.")
        _refuse_start(held, those, by, timezone.localdate(now))
        held.state, held.started_by, held.started_at = RUNNING, by, now
        held.households, held.unknown, held.run_id = len(those), len(audience.unknown), run.pk
        held.save()
        listeners.freeze(held, those)
        act.result = {"households": len(those), "dispatches": planning.lay_out(held, now=now)}
    return held


def _refuse_start(held: Campaign, those: Sequence[int], by: str, day: date) -> None:
    if not those:
        raise Refusal("按这条规则一户也没有。请改规则。", "The rule names nobody. Change it.", "rule")
    if held.is_over(day):
        raise Refusal(
            f"结束日 {held.until_day} 已过。请另做一次。", f"Its last day {held.until_day} has passed.", "until_day"
        )
    if len(those) > ALONE and by == held.made_by:
        raise Refusal(
            f"对象有 {len(those):,} 户,超过 {ALONE} 户的要由另一人看过后开始。",
            f"{len(those):,} households: for more than {ALONE} another person looks and starts it.",
            "start",
        )


def end(campaign: Campaign, *, stopped: bool, reason: str = "", by: str, now: datetime) -> Campaign:
    """Finish a campaign, or stop it (with a reason); what still waits is not sent any more and counts as failed."""
    if stopped and not reason.strip():
        raise Refusal("停止要写明原因。", "Give the reason for stopping.", "reason")
    with transaction.atomic(), carry_out("outreach.campaigns.end", by=by, payload=[campaign.pk, stopped, reason]):
        held = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if held.state not in ((DRAFT, RUNNING) if stopped else (RUNNING,)):
            raise Refusal("这次宣传不在进行中。", "It is not under way.", "state")
        planning.let_go(held, "stopped" if stopped else "over", now=now)
        held.state, held.ended_by, held.ended_at = (STOPPED if stopped else DONE), by, now
        held.reason = reason.strip()[:300]
        held.save(update_fields=["state", "ended_by", "ended_at", "reason"])
    return held


def _held(campaign: Campaign, state: str, zh: str, en: str) -> Campaign:
    held = Campaign.objects.select_for_update().select_related(None).get(pk=campaign.pk)
    if held.state != state:
        raise Refusal(zh, en, "state")
    return held
