"""What waits at households, as tasks: the suppliers of `monitoring.tasks` that are no noun's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from doudi.delivery import reserving, states
from doudi.delivery.entitlements import Entitlement
from doudi.funds import payments
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.follow_ups import NOT_RECEIVED, FollowUp
from doudi.monitoring.tasks import CONFIRM, DISPUTE, FOLLOW_UP, Task
from doudi.policy import versions
from doudi.trail.written import DAY, NUMBERS, Written


def disputes(household_ids: Sequence[int], on: date) -> list[Task]:
    """Two words on one fact, which nobody has settled and which is not handed to the village."""
    return tasks_of_disputes(Dispute.objects.waiting().filter(household_id__in=household_ids), on)


def tasks_of_disputes(waiting: Iterable[Dispute], on: date) -> list[Task]:
    """The same of disputes that were read already."""
    return [
        Task(
            kind=DISPUTE,
            household_id=each.household_id,
            zh="同一件事有两种说法,请选一种",
            en="Two words on one fact: choose one",
            reason_zh="您填的和现有记录不一样,现有记录没有动",
            reason_en="what you wrote differs from the record, which was left as it was",
            due=on,
            fact=f"{each.subject_kind}:{each.subject_id}:{each.fact}",
            where=f"dispute:{each.pk}",
        )
        for each in waiting
        if not each.choice
    ]


def deliveries(household_ids: Sequence[int], on: date) -> list[Task]:
    """What was paid or delivered and the household has not yet said it has."""
    return tasks_of_deliveries(unconfirmed(household_ids))


def tasks_of_deliveries(unconfirmed: Iterable[Entitlement]) -> list[Task]:
    """The same of what was read already."""
    return [
        Task(
            kind=CONFIRM,
            household_id=int(each.household_id or 0),
            zh=f"问一问:{title_of(each)[0]}收到没有",
            en=f"Ask whether this has come: {title_of(each)[1]}",
            reason_zh="已经发出,农户还没有确认",
            reason_en="it was sent, and the household has not confirmed it",
            where=f"entitlement:{each.pk}",
        )
        for each in unconfirmed
    ]


def follow_ups(household_ids: Sequence[int], on: date) -> list[Task]:
    """What somebody meant to come back to, from its day on."""
    return [
        Task(
            kind=FOLLOW_UP,
            household_id=each.household_id,
            zh=each.what,
            en=each.what,
            reason_zh="农户说没收到" if each.why == NOT_RECEIVED else f"{each.made_on} 约好回访",
            reason_en="the household has not received it" if each.why == NOT_RECEIVED else f"agreed on {each.made_on}",
            due=each.due_on,
            where=f"follow_up:{each.pk}",
        )
        for each in _follow_ups(ids=household_ids, on=on)
    ]


_follow_ups = Written(
    lambda ids, on: FollowUp.objects.open().filter(household_id__in=ids, due_on__lte=on), ids=NUMBERS, on=DAY
)


def unconfirmed(household_ids: Sequence[int]) -> list[Entitlement]:
    """Entitlements of households in scope that were delivered or paid and wait for the household's word."""
    rows = _reached(ids=household_ids)
    payable = [row.pk for row in rows if row.state == states.PAYABLE]
    paid = reserving.standing(payable) if payable else {}
    return [
        row
        for row in rows
        if row.state == states.DELIVERED or ((held := paid.get(row.pk)) is not None and held.state == payments.PAID)
    ]


def title_of(entitlement: Entitlement) -> tuple[str, str]:
    """The measure's title in both languages, from the pack it was granted under."""
    title = versions.of_hash(entitlement.pack_hash).terms[entitlement.measure].title
    return title.zh, title.en


def paid(household_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What has reached each household in scope and its people: the measure's words, fen and day, the latest first."""
    rows = _sent(ids=household_ids)
    held = reserving.standing([row.pk for row in rows]) if rows else {}
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in household_ids}
    for row in rows:
        payment = held.get(row.pk)
        if payment is not None and payment.state == payments.PAID:
            zh, en = title_of(row)
            line = {"zh": zh, "en": en, "fen": payment.fen, "on": payment.settled_on and payment.settled_on.isoformat()}
            found[int(row.household_id or 0)].append(line)
    return {number: sorted(lines, key=lambda line: str(line["on"]), reverse=True) for number, lines in found.items()}


def _in_state(ids: Sequence[int], *wanted: str) -> QuerySet[Entitlement]:
    return Entitlement.objects.filter(household_id__in=ids, state__in=wanted).order_by("id")


_reached = Written(lambda ids: _in_state(ids, states.DELIVERED, states.PAYABLE), ids=NUMBERS)
_sent = Written(lambda ids: _in_state(ids, states.PAYABLE, states.CONFIRMED).live(), ids=NUMBERS)
