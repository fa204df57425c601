"""The report of a campaign: what was asked for and what came of it, adding up; and how many households were reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from doudi.outreach import receipts
from doudi.outreach.campaigns import Campaign
from doudi.outreach.channels.gateway import SMS
from doudi.outreach.channels.shape import REACHED
from doudi.outreach.dispatches import DELIVERED, FAILED, SENDING, SUPPRESSED, WAITING, Dispatch
from doudi.outreach.reaches import CAMPAIGN


@dataclass(frozen=True, slots=True)
class Line:
    """One channel: `asked` is delivered + failed + waiting + suppressed, or the report does not hold.

    Of those delivered to a gateway `came` arrived at a telephone and `lost` did not, as far as receipts say.
    """

    channel: str
    asked: int
    delivered: int
    failed: int
    waiting: int
    suppressed: int
    came: int = 0
    lost: int = 0

    @property
    def holds(self) -> bool:
        """Whether it adds up."""
        return self.asked == self.delivered + self.failed + self.waiting + self.suppressed


@dataclass(frozen=True, slots=True)
class Told:
    """The households of a campaign, and how many of them it reached, and how many it only was sent to."""

    households: int = 0
    reached: int = 0
    only_sent: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All channels of a campaign, why what did not go did not, and its households by how far they were told."""

    lines: tuple[Line, ...]
    reasons: tuple[tuple[str, str, str, int], ...]  # channel, state, why, how many
    households: int
    reached: int
    only_sent: int

    @property
    def total(self) -> Line:
        """The sum of the channels."""
        parts = ("asked", "delivered", "failed", "waiting", "suppressed", "came", "lost")
        return Line("", *(sum(getattr(line, part) for line in self.lines) for part in parts))

    @property
    def not_told(self) -> int:
        """Households nothing has gone to."""
        return self.households - self.reached - self.only_sent

    @property
    def holds(self) -> bool:
        """Whether every channel adds up and no household is counted twice."""
        return all(line.holds for line in self.lines) and self.not_told >= 0


def of(campaign: Campaign) -> Report:
    """The report, counted anew from the outbox and the reaches."""
    rows = list(
        Dispatch.objects.filter(campaign=campaign).order_by().values("channel", "state", "why").annotate(n=Count("pk"))
    )
    asked: Counter[str] = Counter()
    for each in rows:
        asked[each["channel"]] += each["n"]
    shown = [name for name in campaign.channels if name in asked] + sorted(set(asked) - set(campaign.channels))
    told = households_of([campaign])[campaign.pk]
    return Report(
        lines=tuple(_line(name, asked[name], rows, _receipts(campaign, name)) for name in shown),
        reasons=tuple(
            (r["channel"], r["state"], r["why"], r["n"]) for r in sorted(rows, key=lambda r: -r["n"]) if r["why"]
        ),
        households=told.households,
        reached=told.reached,
        only_sent=told.only_sent,
    )


def _receipts(campaign: Campaign, channel: str) -> dict[str, int]:
    if channel != SMS.name:
        return {}
    return receipts.counts(Dispatch.objects.filter(campaign=campaign, channel=channel))


def _line(channel: str, asked: int, rows: Sequence[dict[str, object]], told: dict[str, int]) -> Line:
    def of_states(*states: str) -> int:
        return sum(int(str(r["n"])) for r in rows if r["channel"] == channel and r["state"] in states)

    return Line(
        channel, asked, of_states(DELIVERED), of_states(FAILED), of_states(WAITING, SENDING), of_states(SUPPRESSED),
        told.get(receipts.CAME, 0), told.get(receipts.LOST, 0),
    )  # fmt: skip


def households_of(campaigns: Collection[Campaign]) -> dict[int, Told]:
    """The households of many campaigns by their numbers, counted in one reading of the reaches.

    Behind the wall of rows the index over what was told cannot be used: each campaign by itself would read them all.
    """
    things = {each.thing: each.pk for each in campaigns}
    found = {each.pk: Told() for each in campaigns}
    with connection.cursor() as cursor:
        cursor.execute(_HOUSEHOLDS, [CAMPAIGN, list(found), list(REACHED), list(things)])
        for thing, told, reached, any_ in cursor.fetchall():
            found[things[thing]] = Told(told, reached, any_ - reached)
    return found


# Nothing is joined: behind the wall of rows the server takes many thousands for a few, and would walk them all for each
# of the others.
_HOUSEHOLDS = """
SELECT thing, count(*), count(*) FILTER (WHERE reached), count(reached) FROM (
    SELECT thing, household_id, bool_or(listens) AS listens, bool_or(reached) AS reached FROM (
        SELECT %s || ':' || campaign_id AS thing, household_id, true AS listens, NULL::boolean AS reached
        FROM outreach_listener WHERE campaign_id = ANY (%s::bigint[])
        UNION ALL
        SELECT thing, household_id, false, sure = ANY (%s::varchar[])
        FROM (SELECT household_id, sure, unnest(things) AS thing FROM outreach_reach) AS told
        WHERE thing = ANY (%s::varchar[])
    ) AS every GROUP BY thing, household_id
) AS one_by_one WHERE listens GROUP BY thing
"""


def parts_of(campaign: Campaign, digits: int) -> list[tuple[str, int, int]]:
    """For each town (nine digits) or village (twelve): how many households, how many of them reached."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [digits, campaign.thing, list(REACHED), campaign.pk])
        return [(code, whole, reached) for code, whole, reached in cursor.fetchall()]


_PARTS = """
SELECT left(l.place_code, %s), count(*), count(r.household_id) FROM outreach_listener l
LEFT JOIN (SELECT DISTINCT household_id FROM outreach_reach
           WHERE things @> ARRAY[%s]::varchar[] AND sure = ANY (%s::varchar[])) r ON r.household_id = l.household_id
WHERE l.campaign_id = %s GROUP BY 1 ORDER BY 1
"""
