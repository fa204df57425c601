"""Answers: what came of a call or a visit a campaign asked of a helper, however late it comes in."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from doudi.outreach import dispatches, reaches
from doudi.outreach.campaigns import RUNNING
from doudi.outreach.channels.shape import CALL, DOOR, HEARD, READ_BACK
from doudi.outreach.dispatches import BY_PEOPLE, WAITING, Dispatch
from doudi.values.refusals import Refusal

TOLD = (HEARD, READ_BACK)
OUTCOMES = (*TOLD, *BY_PEOPLE)


def answer(
    household_id: int, which: str, outcome: str, *, note: str = "", by: str, on: date, now: datetime
) -> dict[str, Any]:
    """Say what came of the call or visit `which`: heard, read_back, no_answer or moved.

    Where it waits no more, because the campaign ended or somebody else went, that a household was told counts all the
    same; that it was not reached is no news then. Raises Refusal for what is no call of that household.
    """
    held = _of(household_id, which)
    if outcome not in OUTCOMES:
        raise Refusal("请选农户听到没有。", "Choose whether the household heard it.", "outcome")
    told = outcome in TOLD
    if held.state == WAITING and held.campaign.state == RUNNING:
        said = {"sure": outcome} if told else {"why": outcome}
        dispatches.confirm(held, **said, note=note, by=by, on=on, now=now)
    elif told:
        things = held.campaign.things
        reaches.told(household_id, things, channel=held.channel, on=on, by=by, sure=outcome, note=note)
        dispatches.spare(held.campaign, [household_id], now=now)
    return {"dispatch": str(held.pk), "told": told}


def _of(household_id: int, which: str) -> Dispatch:
    try:
        key = uuid.UUID(which)
    except ValueError:
        key = uuid.UUID(int=0)
    asked = Dispatch.objects.select_related("campaign__message").filter(step__in=[CALL, DOOR])
    held = asked.filter(pk=key, household_id=household_id).first()
    if held is None:
        raise Refusal("这一户没有这次电话或上门告知。", "No such call or visit was asked for here.", "dispatch")
    return held
