"""Purchases from stock to money received: what the database refuses, and what counts toward the floor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from doudi.delivery import (
    buyers,
    campaigns,
    entitlements,
    floors,
    grants,
    price_bands,
    purchase_plans,
    purchases,
    sale_facts,
    sale_results,
    stock,
)
from doudi.delivery.campaigns import Campaign
from doudi.delivery.models import Buyer, Produce, Purchase
from doudi.facts import vocabulary
from doudi.places import counties
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from tests.register.conftest import CHEN, LIN, NOW, ZHOU, village, words

__all__ = ["village", "words"]
DAY = date(2020, 2, 27)
LATER = date(2020, 3, 10)
COUNTY = "510921000000"
DECIDED = Campaign(floor_fen=30_000, from_day=date(2020, 2, 1), until=date(2020, 6, 30))


@pytest.fixture
def market(village: Any, seeing_county: None, acting: str) -> SimpleNamespace:
    """Lin has 500 eggs at 1.20 yuan; her helper and the helper's unit, and a firm, would buy."""
    counties.begin("510921", "蓬溪县", demo=True, by=acting)
    lin = Household.objects.get(pk=LIN)
    eggs = stock.put(lin, "鸡蛋", Decimal(500), "枚", price_fen=120, on=DAY, by=acting)
    unit = buyers.enter("unit", "县农业农村局", place_code=COUNTY, by=acting)
    name = village.helper.username
    helper = buyers.enter("helper", "帮扶人", place_code=COUNTY, unit=unit, username=name, by=acting)
    firm = buyers.enter("firm", "川中食品", place_code=COUNTY, mode="resell", by=acting)
    return SimpleNamespace(lin=lin, eggs=eggs, unit=unit, helper=helper, firm=firm, by=acting)


def bought(market: Any, quantity: int, fen: int, **more: Any) -> Purchase:
    return purchases.order(market.eggs, market.firm, Decimal(quantity), fen, agreed=True, on=DAY, by=market.by, **more)


def paid(order: Purchase, on: date = LATER, by: str = "village") -> Purchase:
    return purchases.receive(purchases.deliver(order, on=DAY, by="clerk"), on=on, by=by)


def test_a_purchase_goes_from_order_to_money_and_counts_toward_the_floor(market: Any) -> None:
    paid(bought(market, 250, 30_000))
    (row,) = floors.standings(DECIDED, on=LATER)
    assert (row.code, row.sold, row.promised, row.left) == ("H-LIN", 30_000, 0, 30_000)
    (area,) = floors.by_area([row], 30_000, digits=12)
    assert (area.households, area.reached, area.below) == (1, 1, 0)


def test_money_outside_the_days_of_the_campaign_does_not_count(market: Any) -> None:
    paid(bought(market, 250, 30_000), on=date(2020, 7, 1))
    (row,) = floors.standings(DECIDED, on=date(2020, 7, 2))
    assert row.sold == 0
    (row,) = floors.standings(Campaign(floor_fen=30_000), on=date(2020, 7, 2))
    assert row.sold == 30_000


def test_no_thousandth_more_than_the_stock_is_sold(market: Any) -> None:
    bought(market, 300, 36_000)
    with pytest.raises(Refusal):
        bought(market, 201, 24_120)
    bought(market, 200, 24_000)
    with pytest.raises(IntegrityError, match="not_oversold"), transaction.atomic():
        Purchase.objects.filter(produce=market.eggs, quantity=200).update(quantity=201)
    first = Purchase.objects.order_by("pk").first()
    assert first is not None
    purchases.cancel(first, reason="蛋碎了", by=market.by)
    assert Produce.objects.get(pk=market.eggs.pk).left == 300


def test_a_pair_pays_equal_amounts_to_the_fen(market: Any) -> None:
    order = purchases.order(market.eggs, market.helper, Decimal(10), 1_200, unit=market.unit, on=DAY, by=market.by)
    assert (order.buyer_fen, order.unit_fen) == (600, 600)
    with pytest.raises(Refusal):
        purchases.order(market.eggs, market.helper, Decimal(10), 1_201, unit=market.unit, on=DAY, by=market.by)
    with pytest.raises(Refusal):
        purchases.order(market.eggs, market.helper, Decimal(10), 1_200, on=DAY, by=market.by)
    with pytest.raises(IntegrityError, match="pair_equal"), transaction.atomic():
        Purchase.objects.filter(pk=order.pk).update(buyer_fen=599, unit_fen=601)


def test_both_of_a_pair_are_asked_and_either_may_decline(market: Any) -> None:
    order = purchases.order(market.eggs, market.helper, Decimal(10), 1_200, unit=market.unit, on=DAY, by=market.by)
    order = purchases.answer(order, side="buyer", yes=True, by=market.helper.username)
    assert order.state == "proposed"
    assert purchases.answer(order, side="unit", yes=True, by=market.by).state == "agreed"
    other = purchases.order(market.eggs, market.helper, Decimal(10), 1_200, unit=market.unit, on=DAY, by=market.by)
    assert purchases.answer(other, side="unit", yes=False, by=market.by).state == "declined"
    assert Produce.objects.get(pk=market.eggs.pk).taken == 10
    with pytest.raises(Refusal):
        purchases.answer(other, side="buyer", yes=True, by=market.by)


def test_a_buyer_cannot_confirm_the_money(market: Any) -> None:
    order = purchases.order(
        market.eggs, market.helper, Decimal(10), 1_200, unit=market.unit, agreed=True, on=DAY, by=market.by
    )
    order = purchases.deliver(order, on=DAY, by=market.by)
    with pytest.raises(Refusal):
        purchases.receive(order, on=LATER, by=market.helper.username)
    with pytest.raises(IntegrityError, match="not_confirmed_by_payer"), transaction.atomic():
        Purchase.objects.filter(pk=order.pk).update(
            state="received", received_on=LATER, received_by=market.helper.username
        )


def test_a_receipt_counts_once(market: Any) -> None:
    one, other = bought(market, 100, 12_000), bought(market, 50, 6_000)
    purchases.deliver(one, on=DAY, receipt="No. 0012A", by=market.by)
    with pytest.raises(Refusal) as refused:
        purchases.deliver(other, on=DAY, receipt="no.0012a", by=market.by)
    assert str(one.pk) in refused.value.zh


def test_a_price_far_from_the_market_needs_a_reason(market: Any) -> None:
    price_bands.record("鸡蛋", "枚", 80, 150, on=DAY, source="县城农贸市场", by=market.by)
    with pytest.raises(Refusal) as refused:
        bought(market, 100, 30_000)
    assert refused.value.where == "reason"
    assert bought(market, 100, 30_000, reason="土鸡蛋礼盒").price_reason == "土鸡蛋礼盒"
    assert bought(market, 100, 12_000).price_reason == ""


def test_a_plan_asks_and_binds_nobody(market: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(campaigns, "present", lambda *, on: DECIDED)
    for buyer, fen in ((market.helper, 10_000), (market.unit, 50_000), (market.firm, 5_000)):
        buyers.wish(buyer, fen, on=DAY, by=market.by)
    plan = purchase_plans.make(on=DAY, by=market.by)
    assert (plan.told["households"], plan.told["reached"], plan.told["lacking_fen"]) == (1, 0, 5_160)
    assert plan.told["villages"] == [
        {"village": market.lin.place_code, "households": 1, "stock_fen": 0, "money_fen": 5_160}
    ]
    assert purchase_plans.adopt(plan, on=DAY, by=market.by) == {"asked": 2, "left_out": 0}
    assert {(p.buyer_name, p.fen, p.state) for p in Purchase.objects.all()} == {
        ("帮扶人", 19_920, "proposed"),
        ("川中食品", 4_920, "proposed"),
    }
    assert {p.quantity for p in Purchase.objects.all()} == {166, 41}, "no part of an egg"
    assert floors.standings(DECIDED, on=DAY)[0].promised == 24_840
    again = purchase_plans.make(on=DAY, by=market.by)
    assert (again.told["lots"], again.told["lacking_fen"]) == (0, 5_160)
    with pytest.raises(Refusal):
        purchase_plans.adopt(plan, on=DAY, by=market.by)


def test_a_wish_taken_back_meanwhile_is_left_out(market: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(campaigns, "present", lambda *, on: DECIDED)
    buyers.wish(market.firm, 30_000, on=DAY, by=market.by)
    plan = purchase_plans.make(on=DAY, by=market.by)
    buyers.wish(Buyer.objects.get(pk=market.firm.pk), None, on=DAY, by=market.by)
    assert purchase_plans.adopt(plan, on=DAY, by=market.by) == {"asked": 0, "left_out": 1}


def test_the_deeds_are_facts(market: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(campaigns, "present", lambda *, on: DECIDED)
    paid(bought(market, 500, 60_000))
    found = sale_facts.facts(LATER)
    assert found["household", "unsold_produce"] == {LIN: False}
    assert found["household", "sold_in_window"] == {LIN: 60_000}
    before = sale_facts.facts(DAY)
    assert ("household", "sold_in_window") not in before
    monkeypatch.setattr(campaigns, "present", lambda *, on: Campaign(floor_fen=30_000))
    assert ("household", "sold_in_window") not in sale_facts.facts(LATER)


def test_what_was_told_stays_where_no_deed_speaks(market: Any) -> None:
    from doudi.policy import snapshots
    from doudi.register import statements

    given = {"about": DAY, "by": market.by, "now": NOW, "vocabulary": vocabulary.load()}
    for home in (LIN, CHEN):
        statements.record("household", home, {"unsold_produce": False}, source="village", **given)
    taken = snapshots.take(as_of=DAY, known_at=None, vocabulary=vocabulary.load(), since=None)
    import pyarrow.parquet as pq

    rows = pq.read_table(taken.paths["household"], columns=["id", "unsold_produce"]).to_pylist()
    assert {row["id"]: row["unsold_produce"] for row in rows} == {LIN: True, CHEN: False, ZHOU: None}


@pytest.fixture
def promised(run: Any, whole: Any, monkeypatch: Any) -> Iterator[SimpleNamespace]:
    """A household of the demo county with measure 2 granted and agreed, and 500 eggs that a firm would buy."""
    monkeypatch.setattr(campaigns, "present", lambda *, on: DECIDED)
    with whole():
        made = grants.grant(run, purchases.MEASURE, places=["510921110212"], by="county", on=DAY)
        first = made.entitlements.order_by("pk").first()
        assert first is not None
        grants.advance([first.pk], "helper_unit", "accept", by="county2", on=DAY)
        eggs = stock.put(first.household, "鸡蛋", Decimal(500), "枚", price_fen=120, on=DAY, by="village")
        firm = buyers.enter("firm", "川中食品", place_code=COUNTY, by="county")
        yield SimpleNamespace(entitlement=first, eggs=eggs, firm=firm, by="county")


def test_money_that_makes_up_the_floor_delivers_what_was_granted(promised: Any) -> None:
    first = purchases.deliver(bought(promised, 200, 24_000), on=DAY, by="town")
    sale_results.receive(first, on=DAY, by="village")
    promised.entitlement.refresh_from_db()
    assert promised.entitlement.state == "deliverable"
    second = purchases.deliver(bought(promised, 50, 6_000), on=DAY, by="town")
    sale_results.receive(second, on=DAY, by="village")
    promised.entitlement.refresh_from_db()
    assert promised.entitlement.state == "delivered"
    last = promised.entitlement.steps.latest("pk")
    assert (last.by, last.verdict, last.said["sold_fen"]) == ("village", "deliver", 30_000)
    assert last.said["purchases"] == [first.pk, second.pk]
    with pytest.raises(Refusal):
        entitlements.confirm([promised.entitlement.pk], by="village", on=DAY)
    assert entitlements.confirm([promised.entitlement.pk], by="town", on=DAY) == 1


def test_what_the_register_was_told_of_sales_is_read_with_its_day(promised: Any) -> None:
    home = promised.entitlement.household_id
    sale_results.receive(purchases.deliver(bought(promised, 50, 6_000), on=DAY, by="town"), on=DAY, by="village")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT facts->'sold_in_window' FROM register_belief WHERE subject_kind = 'household' AND subject_id = %s",
            [home],
        )
        told = json.loads(cursor.fetchone()[0])
    assert isinstance(told, list)
    assert sale_facts.facts(DAY)["household", "sold_in_window"][home] == max(told[0], 6_000)
