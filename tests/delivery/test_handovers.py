"""Goods to households: struck ones first, no more than the depot holds, handed over against a signature."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from doudi.values.refusals import Refusal
from tests.delivery.conftest import DAY

Granted = Callable[..., list[int]]
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)
VILLAGE, TOWN = "510921110212", "510921110000"
STRUCK, PLOUGHING = "07a_farm_inputs", "07b_spring_ploughing"
FIRST_TO_LAST = [STRUCK, PLOUGHING]
pytestmark = pytest.mark.django_db


@dataclass
class Ground:
    """A town's depot with a hundred sacks; entitlements of the village, struck and ploughing, waiting for delivery."""

    depot: Any
    good: Any
    struck: list[int]
    ploughing: list[int]


@pytest.fixture
def ground(granted: Granted, whole: Any) -> Ground:
    from doudi.delivery import depots, goods, grants

    struck, ploughing = granted(STRUCK, VILLAGE), granted(PLOUGHING, VILLAGE)
    with whole():
        for stage, who in (("village_review", "village"), ("town", "town"), ("agriculture_bureau", "bureau")):
            grants.advance([*struck, *ploughing], stage, "accept", by=who, on=DAY)
        good = goods.register("复合肥", kind="fertiliser", unit="袋", by="county")
        depot = depots.open_depot("鸣凤镇农资点", place_code=TOWN, keeper="李保管", by="county")
        depots.receive(depot, good, 100, note="调拨单1", by="county", on=DAY)
    return Ground(depot, good, struck, ploughing)


def _plan(ground: Ground, rate: int = 1, basis: str = "each") -> Any:
    from doudi.delivery import allotments

    return allotments.propose(ground.depot, ground.good, basis=basis, rate=rate, measures=FIRST_TO_LAST)


def test_the_pack_says_which_measures_give_goods_and_which_come_first(run: Any) -> None:
    from doudi.delivery import allotments

    assert allotments.measures_of(run.pack.pack) == FIRST_TO_LAST


def test_those_struck_come_first_and_nobody_twice(ground: Ground, whole: Any) -> None:
    from doudi.delivery.models import Entitlement

    with whole():
        plan = _plan(ground)
        everyone = Entitlement.objects.filter(pk__in=[*ground.struck, *ground.ploughing]).values_list("household")
        assert len(plan.served) == everyone.distinct().count() > 1
        assert [each.measure for each in plan.served] == sorted(each.measure for each in plan.served)
        assert (plan.free, plan.total, plan.short, plan.unserved) == (100, len(plan.served), 0, ())


def test_a_shortage_is_told_and_nobody_is_passed_over(ground: Ground, whole: Any) -> None:
    from doudi.delivery import allotments

    with whole():
        plan = _plan(ground, rate=60)
        assert len(plan.served) == 1
        assert plan.short == 60 * (len(plan.served) + len(plan.unserved)) - 100
        assert allotments.allot(plan, by="town", on=DAY) == 1
        again = _plan(ground, rate=60)
        assert (again.free, again.served) == (40, ())
        with pytest.raises(Refusal, match="serves nobody"):
            allotments.allot(again, by="town", on=DAY)


def test_by_land_what_is_not_known_is_unclear_not_nothing(ground: Ground, whole: Any) -> None:
    from doudi.register.beliefs import Belief

    with whole():
        plan = _plan(ground, basis="by_land")
        land = dict(
            Belief.objects.filter(subject_kind="household").values_list("subject_id", "document__arable_land__0")
        )
        for each in (*plan.served, *plan.unserved):
            assert each.quantity == -(-land[each.household_id] // 10_000)
        assert all(land.get(each.household_id) is None for each in plan.unclear)


def test_land_two_sources_differ_on_is_the_land_believed(ground: Ground, whole: Any) -> None:
    from doudi.register import statements
    from doudi.trail.commands import carry_out

    with whole(), carry_out("test", by="tester"):
        home = _plan(ground).served[0].household_id
        for source, mu in (("national", 30_000), ("paper", 50_000)):
            said = {"arable_land": mu}
            statements.record("household", home, said, source=source, about=DAY, by="tester", now=NOW)
        found = {each.household_id: each for each in _plan(ground, rate=2, basis="by_land").served}
        assert found[home].quantity == 6


def test_a_list_looked_at_before_the_depot_changed_is_refused(ground: Ground, whole: Any) -> None:
    from doudi.delivery import allotments, depots
    from doudi.delivery.models import Allotment

    with whole():
        plan = _plan(ground, rate=50)
        depots.spoil(ground.depot, ground.good, 80, note="受潮", by="town", on=DAY)
        with pytest.raises(Refusal, match="has changed since"):
            allotments.allot(plan, by="town", on=DAY)
        assert not Allotment.objects.exists()


@pytest.fixture
def allotted(ground: Ground, whole: Any) -> list[int]:
    from doudi.delivery import allotments
    from doudi.delivery.models import Allotment

    with whole():
        allotments.allot(_plan(ground, rate=2), by="town", on=DAY)
        return list(Allotment.objects.order_by("pk").values_list("pk", flat=True))


def test_signed_for_it_leaves_the_depot_and_the_entitlement_is_delivered(
    ground: Ground, allotted: list[int], whole: Any
) -> None:
    from doudi.delivery import depots, handovers
    from doudi.delivery.handovers import Handing
    from doudi.delivery.models import Allotment, Entitlement

    with whole():
        first = Allotment.objects.get(pk=allotted[0])
        handovers.hand_over([Handing(first.pk, 1, "王某", "family")], by="village", on=DAY)
        assert depots.held_of(ground.depot, ground.good) == 99
        assert Entitlement.objects.get(pk=first.entitlement_id).state == "delivered"
        with pytest.raises(Refusal, match="already"):
            handovers.hand_over([Handing(first.pk, 1, "王某", "family")], by="village", on=DAY)
        assert depots.recount() == []


@pytest.mark.parametrize(
    ("quantity", "signed_by", "signer", "words"),
    [
        (0, "王", "self", "1 to 2"),
        (3, "王", "self", "1 to 2"),
        (1, " ", "self", "unsigned"),
        (1, "王", "cat", "whether"),
    ],
)
def test_what_cannot_be_is_refused_whole(
    ground: Ground, allotted: list[int], whole: Any, quantity: int, signed_by: str, signer: str, words: str
) -> None:
    from doudi.delivery import depots, handovers
    from doudi.delivery.handovers import Handing

    with whole():
        good = Handing(allotted[0], 1, "王某")
        with pytest.raises(Refusal, match=words):
            handovers.hand_over([good, Handing(allotted[1], quantity, signed_by, signer)], by="village", on=DAY)
        assert depots.held_of(ground.depot, ground.good) == 100


def test_the_database_wants_a_signature_and_keeps_it(allotted: list[int], whole: Any) -> None:
    from doudi.delivery.models import Allotment
    from doudi.trail.commands import carry_out

    with whole(), carry_out("test", by="tester"):
        for wrong in ({"state": "handed"}, {"quantity": 99}, {"state": "cancelled"}, {"handed": 1}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Allotment.objects.filter(pk=allotted[0]).update(**wrong)


def test_taken_back_it_is_free_again(ground: Ground, allotted: list[int], whole: Any) -> None:
    from doudi.delivery import allotments

    with whole():
        before = allotments.free_of(ground.depot, ground.good)
        assert allotments.cancel(allotted[:1], reason="本户已外出", by="town", on=DAY) == 1
        assert allotments.free_of(ground.depot, ground.good) == before + 2
        with pytest.raises(Refusal, match="already"):
            allotments.cancel(allotted[:1], reason="再来", by="town", on=DAY)


def test_the_signed_list_comes_back_row_by_row(ground: Ground, allotted: list[int], whole: Any) -> None:
    from doudi.delivery import handovers
    from doudi.delivery.models import Allotment
    from doudi.register.sheets import NEW, REFUSED, SAME

    with whole():
        rows = list(Allotment.objects.filter(pk__in=allotted[:2]).select_related("household").order_by("pk"))
        hands = [
            (2, {"number": str(rows[0].pk), "household": rows[0].household.code, "handed": "2", "signed_by": "王某"}),
            (3, {"number": str(rows[1].pk), "household": "别的户", "handed": "2", "signed_by": "李某"}),
            (4, {"number": "１", "household": "", "handed": "两袋", "signed_by": ""}),
        ]
        found = handovers.LIST.judge(hands, "")
        assert [row.state for row in found] == [NEW, REFUSED, REFUSED]
        handovers.LIST.write([found[0]], about="", by="village", on=DAY, now=None)
        assert handovers.LIST.judge(hands[:1], "")[0].state == SAME
