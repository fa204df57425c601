"""Escalations: whoever no message reached is called, and visited when no call reached them either."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from doudi.outreach import planning
from doudi.outreach.campaigns import RUNNING, Campaign
from doudi.outreach.channels import calls
from doudi.outreach.channels.shape import CALL, DOOR, REACHED
from doudi.outreach.dispatches import Dispatch
from doudi.trail.commands import carry_out
from doudi.trail.written import NUMBERS, Written
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Due:
    """Who is to be called and who visited."""

    call: tuple[int, ...]
    door: tuple[int, ...]


def due(campaign: Campaign, *, on: date) -> Due:
    """The households of a campaign nobody has reached within its days of waiting (0: none) since the step before.

    The first days are counted from the day it begins to tell. Whoever was left out as told before is not asked for.
    """
    if not campaign.wait_days:
        return Due((), ())
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [campaign.pk, list(REACHED), campaign.thing, campaign.pk])
        found = cursor.fetchall()
    before = on - timedelta(days=campaign.wait_days)
    begun = max(campaign.from_day, timezone.localdate(campaign.started_at) if campaign.started_at else on)
    call = [home for home, called, _ in found if called is None and begun <= before]
    door = [home for home, called, visited in found if called and called <= before and visited is None]
    return Due(tuple(call), tuple(door))


_DUE = """
SELECT l.household_id, max(d.laid_on) FILTER (WHERE d.step = 'call'), max(d.laid_on) FILTER (WHERE d.step = 'door')
FROM outreach_listener l
LEFT JOIN outreach_dispatch d
    ON d.campaign_id = l.campaign_id AND d.household_id = l.household_id AND d.step IN ('call', 'door')
WHERE l.campaign_id = %s AND NOT EXISTS (
    SELECT FROM outreach_dispatch b WHERE b.campaign_id = l.campaign_id AND b.household_id = l.household_id
        AND b.why = 'told_before')
    AND NOT EXISTS (
    SELECT FROM outreach_reach r WHERE r.household_id = l.household_id AND r.sure = ANY (%s::varchar[])
        AND r.things @> ARRAY[%s]::varchar[])
    AND EXISTS (SELECT FROM outreach_campaign c WHERE c.id = %s AND c.state = 'running')
GROUP BY l.household_id, l.place_code ORDER BY l.place_code, l.household_id
"""


def escalate(campaign: Campaign, *, by: str, now: datetime) -> dict[str, int]:
    """Ask for the calls and the visits that are due; answers how many of each. Asked twice, nothing is asked for twice.

    Raises Refusal where the campaign is not under way.
    """
    with transaction.atomic(), carry_out("outreach.escalations.escalate", by=by, payload=[campaign.pk, now]) as act:
        held = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if held.state != RUNNING:
            raise Refusal("这次宣传不在进行中。", "The campaign is not under way.", "state")
        found = due(held, on=timezone.localdate(now))
        called = planning.lay_out_step(held, calls.CALLS, found.call, now=now)
        visited = planning.lay_out_step(held, calls.VISIT, found.door, now=now)
        act.result = {"call": len(called), "door": len(visited)}
    return {"call": len(called), "door": len(visited)}


def open_of(household_ids: Collection[int]) -> list[Dispatch]:
    """The calls and visits that wait at some households: what a helper's list of tasks shows."""
    return _open_of(ids=household_ids)


def _by_hand_of(ids: Collection[int]) -> QuerySet[Dispatch]:
    found = Dispatch.objects.by_hand().filter(household_id__in=ids, step__in=[CALL, DOOR])
    return found.select_related("campaign__message", "household").order_by("laid_on", "id")


_open_of = Written(_by_hand_of, ids=NUMBERS)
