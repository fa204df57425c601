"""Entitlements of the demo county at every stage: one town's awards, posts, hires and relief, as of the demo's day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.delivery import evidence, grants, notices, objections, paying
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.stages import NOTICE
from doudi.funds.budgets import Budget
from doudi.policy.runs import Run
from doudi.register.demo.places import FENGMING, QINGGANG
from doudi.values.refusals import Refusal

AWARD, POSTS, HIRES, RELIEF = "01_livelihood_award", "04_village_posts", "05_local_hire_award", "06_monitored_relief"
GRANTED, REVIEWED, UP, DOWN = date(2020, 2, 12), date(2020, 2, 14), date(2020, 2, 16), date(2020, 2, 24)
FRESH, APPROVED, TODAY = date(2020, 2, 25), date(2020, 2, 26), date(2020, 2, 27)
PHONE = "0825-5420000"
COUNTY, SECOND, TOWN, BUREAU = "county", "county2", "town", "bureau"
# How far a village's list has come, in turn: in review, hanging, at the town, at the county, approved and paid.
REVIEW, HANGING, AT_TOWN, AT_COUNTY, DONE = range(5)
FEW = 100  # in a small demo every village is everywhere at once


def load(run: Run) -> dict[str, int]:
    """Grant and carry on; answers how many entitlements of each measure. Inside the demo's own transaction."""
    with transaction.atomic(), as_engine():
        told = {measure: _carry(run, measure) for measure in (AWARD, POSTS)}
        told[RELIEF] = _relieve(run)
        told[HIRES] = _hire(run)
        _object()
    return told


def _carry(run: Run, measure: str) -> int:
    """A measure of four stages in one town: each village a little further than the last, 青杠村 everywhere at once."""
    ids = _granted(run, measure, FENGMING)
    funded = Budget.objects.filter(measure=measure).exists() or measure != AWARD
    counted = 0
    for turn, (village, some) in enumerate(_villages(ids)):
        alone = village == QINGGANG or len(ids) < FEW
        for far in range(5):
            part = [number for n, number in enumerate(some) if ((counted + n) if alone else turn) % 5 == far]
            if part:
                _advance(part, village, far if funded or far < DONE else AT_COUNTY)
        counted += len(some)
    return len(ids)


def _advance(ids: Sequence[int], village: str, far: int) -> None:
    officer = _officer(village)
    if far >= HANGING:
        grants.advance(ids, "village_review", "accept", by=officer, on=REVIEWED)
        notices.post(ids, phone=PHONE, by=officer, on=UP if far > HANGING else FRESH)
    if far >= AT_TOWN:
        grants.advance(ids, NOTICE, "accept", by=officer, on=DOWN)
    if far >= AT_COUNTY:
        grants.advance(ids, "town", "accept", by=TOWN, on=FRESH)
    if far >= DONE:
        grants.advance(ids, "county", "accept", by=SECOND, on=APPROVED)
        _see(ids, officer)


def _see(ids: Sequence[int], officer: str) -> None:
    """Two thirds have shown the result; the town has looked at most of it; a part is on its way to the bank."""
    rows = list(Entitlement.objects.filter(pk__in=ids, state="approved").order_by("id"))
    brought = [
        evidence.bring(row, "business_seen", "入户查看:鸡、鸭已存栏,农户在家", by=officer, on=APPROVED)
        for row in rows[: max(1, 2 * len(rows) // 3)]
    ]
    looked = brought[: max(1, 2 * len(brought) // 3)] if brought else []
    if looked:
        evidence.look([each.pk for each in looked], seen=True, by=TOWN, on=TODAY)
    half = [number for number in paying.ready() if number in set(ids)]
    if len(half) > 1:
        paying.pay(half[: len(half) // 2], by=COUNTY, on=TODAY)


def _relieve(run: Run) -> int:
    ids = _granted(run, RELIEF, FENGMING)
    for turn, (village, some) in enumerate(_villages(ids)):
        if turn % 3:
            grants.advance(some, "village_review", "accept", by=_officer(village), on=REVIEWED)
        if turn % 3 > 1:
            grants.advance(some, "town", "accept", by=TOWN, on=DOWN)
            grants.advance(some, "civil_affairs", "accept", by=BUREAU, on=APPROVED)
    return len(ids)


def _hire(run: Run) -> int:
    ids = _granted(run, HIRES, FENGMING[:6])
    if half := ids[: (len(ids) + 1) // 2]:
        grants.advance(half, "labour_bureau", "accept", by=BUREAU, on=REVIEWED)
        notices.post(half, phone=PHONE, by=SECOND, on=FRESH)
    return len(ids)


def _object() -> None:
    """A neighbour has called about one name on the list that hangs."""
    waiting = Entitlement.objects.at(NOTICE).filter(measure=AWARD)
    one = waiting.filter(place_code=QINGGANG).order_by("id").first() or waiting.order_by("id").first()
    if one is not None:
        said = "来电反映:这户今年没有养鸡鸭,请核实。"
        objections.record(one, way="phone", said=said, by=TOWN, on=TODAY)


def _granted(run: Run, measure: str, place: str) -> list[int]:
    """The ids of a new grant; none where nobody there has a yes (a small demo)."""
    try:
        made = grants.grant(run, measure, places=[place], by=COUNTY, on=GRANTED)
    except Refusal:
        return []
    return list(made.entitlements.order_by("place_code", "id").values_list("id", flat=True))


def _villages(ids: Sequence[int]) -> list[tuple[str, list[int]]]:
    lists: dict[str, list[int]] = {}
    rows = Entitlement.objects.filter(pk__in=ids).order_by("place_code", "id").values_list("place_code", "id")
    for village, number in rows:
        lists.setdefault(village, []).append(number)
    return list(lists.items())


def _officer(village: str) -> str:
    return "village" if village == QINGGANG else f"village{village}"
