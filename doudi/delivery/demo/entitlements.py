"""Entitlements of the demo county at every stage: one town's awards, posts, hires and relief, as of the demo's day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.delivery import entitlements, grants, notices, objections
from doudi.delivery.demo import settling
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.stages import NOTICE
from doudi.funds.budgets import Budget
from doudi.policy.runs import Run
from doudi.register.demo.places import FENGMING, QINGGANG
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.values.refusals import Refusal

AWARD, POSTS, HIRES, RELIEF = "01_livelihood_award", "04_village_posts", "05_local_hire_award", "06_monitored_relief"
GRANTED, REVIEWED, UP, DOWN = date(2020, 2, 12), date(2020, 2, 14), date(2020, 2, 16), date(2020, 2, 24)
FRESH, APPROVED, TODAY = date(2020, 2, 25), date(2020, 2, 26), date(2020, 2, 27)
PHONE = "0825-5420000"
COUNTY, SECOND, TOWN, BUREAU = "county", "county2", "town", "bureau"
# How far a list has come: in review, hanging, at the town, at the county, approved and on its way to the household.
REVIEW, HANGING, AT_TOWN, AT_COUNTY, DONE = range(5)
FAR = (REVIEW, HANGING, AT_TOWN, AT_COUNTY, *[DONE] * 8)  # of the villages the first five, of a small county all
FEW = 100  # in a small demo every village is everywhere at once


def load(run: Run) -> dict[str, int]:
    """Grant and carry on; answers how many entitlements of each measure. Inside the demo's own transaction.

    Without a budget for it (`doudi.funds.demo.money`) no award gets past the county.
    """
    with transaction.atomic(), as_engine():
        told = {measure: _carry(run, measure) for measure in (AWARD, POSTS)}
        told[RELIEF] = _relieve(run)
        told[HIRES] = _hire(run)
        _object()
    return told


def _carry(run: Run, measure: str) -> int:
    """A measure of four stages in one town: each village a little further than the last, 青杠村 everywhere at once."""
    ids = _granted(run, measure, FENGMING, _but_half() if measure == AWARD else None)
    last = DONE if Budget.objects.filter(measure=measure).exists() else AT_COUNTY
    counted, plans = 0, dict[int, str]()
    for turn, (village, some) in enumerate(_villages(ids)):
        alone = village == QINGGANG or len(ids) < FEW
        for far, part in _parts(some, counted if alone else None, turn).items():
            plans |= _advance(part, village, min(far, last), len(plans))
        counted += len(some)
    settling.pay(plans)
    return len(ids)


def _parts(ids: Sequence[int], counted: int | None, turn: int) -> dict[int, list[int]]:
    """The entitlements of a village by how far they come: all as its turn says, or each by its number in the list."""
    parts: dict[int, list[int]] = {}
    for n, number in enumerate(ids):
        far = FAR[turn % 5] if counted is None else FAR[(counted + n) % len(FAR)]
        parts.setdefault(far, []).append(number)
    return parts


def _advance(ids: Sequence[int], village: str, far: int, turn: int) -> dict[int, str]:
    """Carry some of a village's that far; answers what is to become of those that are approved."""
    officer = officer_of(village)
    if far >= HANGING:
        grants.advance(ids, "village_review", "accept", by=officer, on=REVIEWED)
        notices.post(ids, phone=PHONE, by=officer, on=UP if far > HANGING else FRESH)
    if far >= AT_TOWN:
        grants.advance(ids, NOTICE, "accept", by=officer, on=DOWN)
    if far >= AT_COUNTY:
        grants.advance(ids, "town", "accept", by=TOWN, on=DOWN)
    if far < DONE:
        return {}
    grants.advance(ids, "county", "accept", by=SECOND, on=settling.SEEN)
    return settling.show(ids, officer, turn)


def _relieve(run: Run) -> int:
    ids = _granted(run, RELIEF, FENGMING)
    for turn, (village, some) in enumerate(_villages(ids)):
        if turn % 3:
            grants.advance(some, "village_review", "accept", by=officer_of(village), on=REVIEWED)
        if turn % 3 > 1:
            grants.advance(some, "town", "accept", by=TOWN, on=DOWN)
            grants.advance(some, "civil_affairs", "accept", by=BUREAU, on=APPROVED)
    return len(ids)


def _hire(run: Run) -> int:
    ids = _granted(run, HIRES, FENGMING[:6])
    if half := ids[: (len(ids) + 1) // 2]:
        grants.advance(half, "labour_bureau", "accept", by=BUREAU, on=REVIEWED)
        notices.post(half, phone=PHONE, by=SECOND, on=FRESH)
    if rest := ids[len(half) :]:
        grants.advance(rest[:1], "labour_bureau", "refuse", by=BUREAU, on=REVIEWED, reason="合同不足六个月")
    if rest[1:]:
        entitlements.withdraw(rest[1:2], by=COUNTY, on=REVIEWED, reason="企业来函:此人未到岗")
    return len(ids)


def _object() -> None:
    """A neighbour has called about one name on the list that hangs."""
    waiting = Entitlement.objects.at(NOTICE).filter(measure=AWARD)
    one = waiting.filter(place_code=QINGGANG).order_by("id").first() or waiting.order_by("id").first()
    if one is not None:
        said = "来电反映:这户今年没有养鸡鸭,请核实。"
        objections.record(one, way="phone", said=said, by=TOWN, on=TODAY)


def _but_half() -> list[int]:
    """Everybody but the second half of 青杠村's households: they are left to be granted by hand."""
    homes = list(Household.objects.filter(place_code=QINGGANG).order_by("code").values_list("pk", flat=True))
    town = Person.objects.filter(household__place_code__startswith=FENGMING)
    return list(town.exclude(household__in=homes[len(homes) // 2 :]).values_list("pk", flat=True))


def _granted(run: Run, measure: str, place: str, subjects: Sequence[int] | None = None) -> list[int]:
    """The ids of a new grant; none where nobody there has a yes (a small demo)."""
    try:
        made = grants.grant(run, measure, places=[place], subjects=subjects, by=COUNTY, on=GRANTED)
    except Refusal:
        return []
    return list(made.entitlements.order_by("place_code", "id").values_list("id", flat=True))


def _villages(ids: Sequence[int]) -> list[tuple[str, list[int]]]:
    lists: dict[str, list[int]] = {}
    rows = Entitlement.objects.filter(pk__in=ids).order_by("place_code", "id").values_list("place_code", "id")
    for village, number in rows:
        lists.setdefault(village, []).append(number)
    return list(lists.items())


def officer_of(village: str) -> str:
    """The account of a village's officer."""
    return "village" if village == QINGGANG else f"village{village}"
