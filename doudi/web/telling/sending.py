"""A running campaign is tended by a job: what is due is sent, whoever is not reached is asked for, the end is kept.

One job at a time stands for a campaign; it asks for the next itself, at the moment something is due or the next day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from doudi.outreach import escalations, sending, starting
from doudi.outreach.campaigns import RUNNING, Campaign
from doudi.trail import jobs
from doudi.trail.progress import WAITING, Progress
from doudi.web.telling import days

TEND = "web.telling.sending.tend"


def begin(campaign: Campaign, *, by: str, at: datetime | None = None) -> str:
    """Ask for the tending of a campaign, now or at a moment; the same moment twice is asked for once."""
    mark = (at or timezone.now()).strftime("%Y%m%d%H%M%S")
    return jobs.defer(TEND, by=by, key=f"campaign-{campaign.pk}-{mark}", not_before=at, campaign=campaign.pk)


@jobs.job(TEND)
def tend(key: str, campaign: int) -> dict[str, Any]:
    """Send what is due, ask for calls and visits, end it after its last day; then ask for the next round."""
    with sending.whole():
        held = Campaign.objects.select_related("message").filter(pk=campaign).first()
    if held is None or held.state != RUNNING:
        return {"state": held.state if held else "gone"}
    sent = sending.send_due(held, now=days.now)
    moment = days.now()
    with sending.whole():
        if held.is_over(timezone.localdate(moment)):
            starting.end(held, stopped=False, by=sending.BY, now=moment)
            return {"state": "done", "delivered": sent.delivered}
        asked = escalations.escalate(held, by=sending.BY, now=moment)
        if not _waits(held):
            begin(held, by=sending.BY, at=_next(sent.next_at, moment))
    return {"delivered": sent.delivered, "again": sent.again, "failed": sent.failed, **asked}


def _waits(campaign: Campaign) -> bool:
    """Whether another round is asked for already: two would each ask for the next for ever."""
    return Progress.objects.filter(job=TEND, key__startswith=f"campaign-{campaign.pk}-", state=WAITING).exists()


def _next(due: datetime | None, moment: datetime) -> datetime:
    """When to look again: when something is due, at the latest in a day. In a demonstration days stand still."""
    ahead = timezone.now() - moment
    return min(due or moment + timedelta(days=1), moment + timedelta(days=1)) + ahead


def last(campaign: Campaign) -> Progress | None:
    """The last news of a campaign's tending; None before the first."""
    found = Progress.objects.filter(job=TEND, key__startswith=f"campaign-{campaign.pk}-")
    return found.order_by("-since", "-key").first()
