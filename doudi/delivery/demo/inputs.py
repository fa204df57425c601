"""Farm inputs of the demo county: a county and a town depot, one village's list allotted and half of it signed for."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.delivery import allotments, depots, goods, grants, handovers
from doudi.delivery.allotments import PLANNED, Allotment
from doudi.delivery.handovers import Handing
from doudi.policy.runs import Run
from doudi.register.demo.places import FENGMING, QINGGANG
from doudi.values.refusals import Refusal

STAGES = (("village_review", "village"), ("town", "town"), ("agriculture_bureau", "bureau"))
GRANTED, IN, TODAY = date(2020, 2, 18), date(2020, 2, 22), date(2020, 2, 27)
COUNTY, TOWN = "county", "town"
GOODS = (
    ("水稻种子", "seed", "公斤", 4_000),
    ("复合肥", "fertiliser", "袋", 2_500),
    ("旋耕机作业", "machine_hours", "小时", 600),
)
SENT, EACH = 300, 2
SURNAMES = "王李张刘陈杨赵黄"


def load(run: Run) -> dict[str, int]:
    """Fill the depots, allot and hand over; answers how many were allotted and signed for."""
    with transaction.atomic(), as_engine():
        _approve(run)
        store = depots.open_depot("县农资储备库", place_code=FENGMING[:6] + "000000", keeper="唐保管", by=COUNTY)
        town = depots.open_depot("鸣凤镇农资点", place_code=FENGMING + "000", keeper="文保管", by=TOWN)
        for name, kind, unit, quantity in GOODS:
            good = goods.register(name, kind=kind, unit=unit, by=COUNTY)
            depots.receive(store, good, quantity, note="省级救灾备荒物资调拨单(演示)", by=COUNTY, on=IN)
            depots.send(store, town, good, SENT, note="春耕第一批", by=COUNTY, on=IN)
        return _hand_out(run, town)


def _approve(run: Run) -> None:
    for measure in allotments.measures_of(run.pack.pack):
        try:
            made = grants.grant(run, measure, places=[QINGGANG], by="county2", on=GRANTED)
        except Refusal:  # nobody of this small demo's village has a yes
            continue
        ids = list(made.entitlements.values_list("id", flat=True))
        for stage, who in STAGES:
            grants.advance(ids, stage, "accept", by=who, on=IN)


def _hand_out(run: Run, town: depots.Depot) -> dict[str, int]:
    good = goods.Good.objects.get(name="复合肥")
    plan = allotments.propose(
        town, good, basis=allotments.EACH, rate=EACH, measures=allotments.measures_of(run.pack.pack)
    )
    if not plan.served:
        return {"allotted": 0, "signed": 0}
    allotted = allotments.allot(plan, by=TOWN, on=IN)
    rows = list(Allotment.objects.filter(state=PLANNED).order_by("pk")[: allotted // 2])
    handings = [
        Handing(each.pk, each.quantity, f"{SURNAMES[n % len(SURNAMES)]}某", ("self", "family")[n % 2])
        for n, each in enumerate(rows)
    ]
    if handings:
        handovers.hand_over(handings, by="village", on=TODAY)
    return {"allotted": allotted, "signed": len(handings)}
