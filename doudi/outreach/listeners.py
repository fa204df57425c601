"""Listeners: the households a campaign is for, as they were when it started; the list does not move afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models

from doudi.outreach.campaigns import Campaign
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole


class Listener(models.Model):
    """One household of one campaign."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="listeners")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)

    class Meta:
        db_table = "outreach_listener"
        constraints = [
            place_code_is_whole("outreach_listener_place_whole"),
            models.UniqueConstraint(fields=["campaign", "household"], name="outreach_listener_once"),
        ]


def freeze(campaign: Campaign, household_ids: Sequence[int]) -> int:
    """Keep the list; answers how many there are. Those outside the reader's duty are not on it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_listener (campaign_id, household_id, place_code)"
            " SELECT %s, h.id, h.place_code FROM register_household h WHERE h.id = ANY (%s::bigint[]) ORDER BY h.id",
            [campaign.pk, list(household_ids)],
        )
        return int(cursor.rowcount)


def villages(campaign_id: int) -> dict[str, list[int]]:
    """The listeners by village."""
    found: dict[str, list[int]] = {}
    rows = Listener.objects.filter(campaign_id=campaign_id).order_by("place_code", "household_id")
    for code, number in rows.values_list("place_code", "household_id"):
        found.setdefault(code, []).append(number)
    return found
