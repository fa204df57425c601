"""What a campaign lays out: one dispatch a household or village and channel, with those left out and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from doudi.outreach import consents, gateways, listeners, numbers, reaches
from doudi.outreach.campaigns import Campaign
from doudi.outreach.channels import every
from doudi.outreach.channels.shape import COUNTY, HOUSEHOLD, MESSAGE, VILLAGE, Channel
from doudi.outreach.dispatches import FAILED, SENDING, SUPPRESSED, WAITING, Dispatch, key_of
from doudi.outreach.gateways import Gateway
from doudi.register.pairings import Pairing
from doudi.register.spans import holds_on
from doudi.trail.putting import put_in

BATCH = 2_000


@dataclass
class _Laying:
    """What is known while the messages of a campaign are laid out."""

    campaign: Campaign
    villages: Mapping[str, list[int]]
    now: datetime
    numbers: dict[int, str] = field(default_factory=dict)
    helpers: dict[int, str] = field(default_factory=dict)
    before: frozenset[int] = frozenset()
    served: set[int] = field(default_factory=set)  # who has a message under way by an earlier channel
    taken: set[str] = field(default_factory=set)  # numbers a message goes to

    @property
    def ids(self) -> list[int]:
        """Every household, village by village."""
        return [number for some in self.villages.values() for number in some]


def lay_out(campaign: Campaign, *, now: datetime) -> int:
    """Lay out every message of a campaign that was just started; answers how many."""
    laying = _Laying(campaign, listeners.villages(campaign.pk), now)
    laying.numbers, laying.helpers = numbers.of(laying.ids), helpers_of(laying.ids, now)
    laying.before = told_before(campaign, laying.ids, now)
    ways: dict[str, Callable[[_Laying, Channel], list[Dispatch]]] = {
        HOUSEHOLD: _by_household, VILLAGE: _by_village, COUNTY: _by_county
    }  # fmt: skip
    made = [each for name in campaign.channels for each in ways[every.named(name).per](laying, every.named(name))]
    put_in(made)
    return len(made)


def _by_household(laying: _Laying, channel: Channel) -> list[Dispatch]:
    campaign = laying.campaign
    words = consents.standing(channel.name, laying.ids)
    gateway = None if channel.by_hand else gateways.of(channel.name, campaign.place_code)
    made = []
    for code, ids in laying.villages.items():
        for number in ids:
            if channel.step == MESSAGE and number in laying.served:
                continue
            why = _why_not(laying, channel, number, words.get(number), gateway)
            phone = laying.numbers.get(number, "") if channel.number else ""
            if not why:
                laying.taken |= {phone} - {""}
                laying.served |= {number} if channel.step == MESSAGE else set()
            to = laying.helpers.get(number, "") if channel.by_hand and channel.step != MESSAGE else ""
            mark = numbers.index(phone) if phone else ""
            made.append(_dispatch(laying, channel, code, number, number=mark, to=to, gateway=gateway, why=why))
    return made


def _why_not(laying: _Laying, channel: Channel, number: int, word: bool | None, gateway: Gateway | None) -> str:
    """Why a household is not written to by a channel; empty where it is."""
    phone = laying.numbers.get(number, "")
    reasons = (
        ("told_before", number in laying.before),
        ("opted_out", word is False),
        ("no_consent", channel.asks and word is not True),
        ("no_gateway", not channel.by_hand and gateway is None),
        ("no_number", channel.number and not phone),
        ("same_number", channel.number and phone in laying.taken),
    )
    return next((name for name, holds in reasons if holds), "")


def _by_village(laying: _Laying, channel: Channel) -> list[Dispatch]:
    return [_dispatch(laying, channel, code, None) for code in laying.villages]


def _by_county(laying: _Laying, channel: Channel) -> list[Dispatch]:
    gateway = gateways.of(channel.name, laying.campaign.place_code)
    why = "" if gateway else "no_gateway"
    return [_dispatch(laying, channel, laying.campaign.place_code, None, gateway=gateway, why=why)]


def _dispatch(
    laying: _Laying, channel: Channel, code: str, household: int | None, *, number: str = "", to: str = "",
    gateway: Gateway | None = None, why: str = "",
) -> Dispatch:  # fmt: skip
    opens = None if channel.by_hand or why else laying.campaign.next_open(laying.now)
    return Dispatch(
        id=key_of(laying.campaign.pk, channel.name, household or code), campaign=laying.campaign,
        channel=channel.name, step=channel.step, place_code=code, household_id=household, number=number, to=to,
        gateway=gateway, state=SUPPRESSED if why else WAITING, why=why, laid_on=timezone.localdate(laying.now),
        next_at=opens,
    )  # fmt: skip


def helpers_of(household_ids: Collection[int], now: datetime) -> dict[int, str]:
    """The username of the helper of each household that has one that day."""
    found = Pairing.objects.filter(holds_on(timezone.localdate(now)), household_id__in=list(household_ids))
    return dict(found.order_by("household_id", "-from_day").values_list("household_id", "helper__username"))


def told_before(campaign: Campaign, household_ids: Iterable[int], now: datetime) -> frozenset[int]:
    """Who has been told every measure of the campaign within its `heard_days`."""
    measures = campaign.message.measures
    if not campaign.heard_days or not measures:
        return frozenset()
    since = timezone.localdate(now) - timedelta(days=campaign.heard_days)
    found = [
        set(
            reaches.Reach.objects.reached()
            .of(reaches.thing(reaches.MEASURE, name))
            .filter(on__gte=since, household_id__in=list(household_ids))
            .values_list("household_id", flat=True)
        )
        for name in measures
    ]
    return frozenset(set.intersection(*found))


def lay_out_step(
    campaign: Campaign, channel: Channel, household_ids: Collection[int], *, now: datetime
) -> list[Dispatch]:
    """Lay out calls or visits for some of a campaign's households; who opted out of being called is left out."""
    wanted = set(household_ids)
    villages = {
        code: kept
        for code, some in listeners.villages(campaign.pk).items()
        if (kept := [number for number in some if number in wanted])
    }
    laying = _Laying(campaign, villages, now)
    laying.helpers = helpers_of(laying.ids, now)
    return Dispatch.objects.bulk_create(_by_household(laying, channel), batch_size=BATCH, ignore_conflicts=True)


def let_go(campaign: Campaign, why: str, *, now: datetime) -> int:
    """What still waits of a campaign fails, and says why."""
    open_ = Dispatch.objects.filter(campaign=campaign, state=WAITING)
    under_way = Dispatch.objects.filter(campaign=campaign, state=SENDING)
    return open_.update(state=FAILED, why=why, done_at=now) + under_way.update(
        state=FAILED, why="interrupted", done_at=now
    )
