"""Which deed a fact comes from: the purchase, the arrival, the post, the claim; what `snapshot` says, named."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from django.db.models import Count, Max, Sum

from doudi.delivery import campaigns
from doudi.delivery.hires import CLAIMED, Claim
from doudi.delivery.journeys import ARRIVED, Passenger
from doudi.delivery.platform_orders import PlatformOrder
from doudi.delivery.posts import PostHolding
from doudi.delivery.purchases import Purchase
from doudi.delivery.stock import Produce
from doudi.policy.deeds import Asked, Deed, Of
from doudi.register.items import Item
from doudi.values import money

Few = Collection[int]


def named(asked: Asked, *, as_of: date) -> dict[Of, list[Deed]]:
    """The deeds behind the facts asked about, on a day; a fact no deed here speaks of is left out."""
    found: dict[Of, list[Deed]] = {}
    for (kind, fact), few in asked.items():
        tell = _TELL.get((kind, fact))
        for number, deed in tell(few, as_of) if tell else ():
            found.setdefault((kind, number, fact), []).append(deed)
    return found


def _sold(homes: Few, day: date) -> Iterator[tuple[int, Deed]]:
    campaign = campaigns.present(on=day)
    last = campaign.counts_until(day)
    received = Purchase.objects.counted(from_day=campaign.counts_from, until=last).filter(household__in=homes)
    for each in received.select_related("produce"):
        lot, sum_ = _lot(each.quantity, each.produce), money.tell(each.fen)
        yield each.household_id, Deed(
            "purchase", str(each.pk), f"第 {each.pk} 号购买:{lot},{sum_}元到户",
            f"purchase {each.pk}: {lot}, {sum_} yuan received", each.received_on,
        )  # fmt: skip
    orders = PlatformOrder.objects.filter(household__in=homes, day__lte=last)
    if campaign.counts_from:
        orders = orders.filter(day__gte=campaign.counts_from)
    for each in orders.select_related("platform"):
        sum_ = money.tell(each.fen)
        yield each.household_id, Deed(
            "order_list", str(each.list_id), f"{each.platform.label} 订单 {each.number}:{sum_}元",
            f"order {each.number} of {each.platform.label}: {sum_} yuan", each.day,
        )  # fmt: skip


def _lot(quantity: Any, produce: Produce) -> str:
    return f"{produce.kind} {quantity.normalize():f} {produce.unit}"


def _stock(homes: Few, day: date) -> Iterator[tuple[int, Deed]]:
    for each in Produce.objects.filter(household__in=homes, seen_on__lte=day):
        if each.off_day is None or each.off_day > day:
            lot = _lot(each.quantity, each)
            yield each.household_id, Deed("stock", each.household.code, f"存货:{lot}", f"stock: {lot}", each.seen_on)


def _volume(platforms: Few, day: date) -> Iterator[tuple[int, Deed]]:
    rows = PlatformOrder.objects.filter(platform__in=platforms, day__lte=day).order_by()
    for row in rows.values("platform_id", "list_id", "list__name").annotate(
        n=Count("id"), fen=Sum("fen"), to=Max("day")
    ):
        sum_ = money.tell(row["fen"])
        yield row["platform_id"], Deed(
            "order_list", str(row["list_id"]), f"名单“{row['list__name']}”:{row['n']} 行,净 {sum_}元",
            f"list “{row['list__name']}”: {row['n']} lines, net {sum_} yuan", row["to"],
        )  # fmt: skip


def _arrived(persons: Few, day: date) -> Iterator[tuple[int, Deed]]:
    rows = Passenger.objects.filter(person__in=persons, state=ARRIVED, arrived_on__lte=day)
    for each in rows.select_related("journey"):
        trip = each.journey
        yield each.person_id, Deed(
            "journey", str(trip.pk), f"{trip.day} 去{trip.destination}的行程,{each.arrived_on} 到达",
            f"journey of {trip.day} to {trip.destination}, arrived {each.arrived_on}", each.arrived_on,
        )  # fmt: skip


def _posts(posts: Few, day: date) -> Iterator[tuple[int, Deed]]:
    rows = PostHolding.objects.filter(post__in=posts, from_day__lte=day)
    yield from ((each.post_id, _held(each)) for each in rows.select_related("post"))


def _holders(persons: Few, day: date) -> Iterator[tuple[int, Deed]]:
    rows = PostHolding.objects.in_force(on=day).filter(person__in=persons)
    yield from ((each.person_id, _held(each)) for each in rows.select_related("post"))


def _held(each: PostHolding) -> Deed:
    return Deed(
        "post", str(each.pk), f"岗位 {each.post.code}:{each.work},{each.from_day} 至 {each.last_day}",
        f"post {each.post.code}: {each.work}, {each.from_day} to {each.last_day}", each.from_day,
    )  # fmt: skip


def _claims(hires: Few, day: date) -> Iterator[tuple[int, Deed]]:
    of_hire = dict(Item.objects.filter(pk__in=hires, kind="hire").values_list("pk", "person_id"))
    rows = Claim.objects.filter(state=CLAIMED, claimed_on__lte=day, person__in=of_hire.values())
    live = {each.person_id: each for each in rows.select_related("enterprise")}
    for hire, person in of_hire.items():
        if (each := live.get(person)) is not None:
            yield hire, Deed(
                "claim", str(each.pk), f"{each.enterprise.name} {each.claimed_on} 的申报",
                f"claim by {each.enterprise.name} of {each.claimed_on}", each.claimed_on,
            )  # fmt: skip


_TELL = {
    ("household", "sold_in_window"): _sold,
    ("household", "unsold_produce"): _stock,
    ("household", "produce_for_sale"): _stock,
    ("platform", "sold_for_poor"): _volume,
    ("platform", "traceable"): _volume,
    ("person", "working_away"): _arrived,
    ("post", "filled"): _posts,
    ("person", "welfare_post"): _holders,
    ("hire", "claimed_before"): _claims,
}
