"""The pages about purchases: allowed, refused, out of scope, bad input, and the way from stock to money."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from doudi.delivery import campaigns, matching, purchase_plans
from doudi.delivery.models import Buyer, Produce, Purchase
from doudi.trail import jobs
from tests.delivery.test_purchases import DECIDED, market
from tests.register.conftest import village, words

__all__ = ["market", "village", "words"]
PAGES = [
    "purchases/",
    "purchases/below/",
    "purchases/stock/",
    "purchases/buyers/",
    "purchases/prices/",
    "plan/",
    "orders/",
]


@pytest.fixture
def officer(county_officer: Any, client: Client) -> Client:
    client.force_login(county_officer)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_an_officer_opens_every_page(market: Any, officer: Client, page: str) -> None:
    answer = officer.get(f"/deeds/{page}")
    assert answer.status_code == 200, page
    assert answer.content.decode().count("<h1") == 1


@pytest.mark.parametrize("page", ["plan/", "purchases/buyers/", "orders/"])
def test_a_village_officer_is_refused_what_is_the_countys(
    market: Any, village_officer: Any, client: Client, page: str
) -> None:
    client.force_login(village_officer)
    assert client.get(f"/deeds/{page}").status_code == 403


def test_from_stock_to_money_by_the_pages(market: Any, officer: Client, village_officer: Any) -> None:
    form = {"buyer": market.firm.pk, "quantity": "100", "fen": "120", "on": "2020-02-27", "agreed": "on"}
    assert officer.post(f"/deeds/purchases/stock/{market.eggs.pk}/order/", form).status_code == 302
    order = Purchase.objects.get()
    assert (
        officer.post(f"/deeds/purchases/{order.pk}/deliver/", {"on": "2020-02-28", "receipt": "A1"}).status_code == 302
    )
    village = Client()
    village.force_login(village_officer)
    assert village.post(f"/deeds/purchases/{order.pk}/receive/", {"on": "2020-03-01"}).status_code == 302
    assert Purchase.objects.get().state == "received"
    assert officer.get(f"/deeds/purchases/{order.pk}/").status_code == 200
    assert officer.get("/deeds/purchases/table/").content[:2] == b"PK"


def test_what_cannot_be_is_said_and_nothing_typed_is_lost(market: Any, officer: Client) -> None:
    form = {"code": "H-LIN", "kind": "土鸡", "quantity": "多", "unit": "只", "price": "80", "on": "2020-02-27"}
    answer = officer.post("/deeds/purchases/stock/put/", form)
    assert answer.status_code == 422
    assert 'value="土鸡"' in answer.content.decode()
    too_many = {"buyer": market.firm.pk, "quantity": "501", "fen": "600", "on": "2020-02-27"}
    assert officer.post(f"/deeds/purchases/stock/{market.eggs.pk}/order/", too_many).status_code == 422
    assert officer.post("/deeds/orders/bring/", {}).status_code == 422
    assert officer.post(f"/deeds/purchases/buyers/{market.firm.pk}/", {"most": "-1"}).status_code == 422
    assert (Produce.objects.count(), Purchase.objects.count()) == (1, 0)
    assert Buyer.objects.get(pk=market.firm.pk).most_fen is None


def test_a_purchase_of_elsewhere_is_not_there(market: Any, officer: Client, someone: Any) -> None:
    form = {"buyer": market.firm.pk, "quantity": "100", "fen": "120", "on": "2020-02-27", "agreed": "on"}
    officer.post(f"/deeds/purchases/stock/{market.eggs.pk}/order/", form)
    order = Purchase.objects.get()
    other = Client()
    other.force_login(someone("town_clerk", "510921102"))
    assert other.get(f"/deeds/purchases/{order.pk}/").status_code == 404
    assert other.post(f"/deeds/purchases/{order.pk}/receive/", {"on": "2020-03-01"}).status_code == 404


def test_the_bar_of_a_plan_moves_while_it_is_made(market: Any, officer: Client, monkeypatch: Any) -> None:
    """The page is read at each step of the job itself, as a browser that asks every second would."""
    monkeypatch.setattr(campaigns, "present", lambda *, on: DECIDED)
    assert officer.post("/deeds/plan/start/").status_code == 302
    news, seen = jobs.latest(purchase_plans.PLAN), []
    assert news is not None

    def look() -> None:
        shown = officer.get("/deeds/plan/", headers={"HX-Request": "true"})
        found = re.search(r'role="status">(.*?) (\d+)%</p><progress value="(\d+)"', shown.content.decode())
        seen.append((found.groups() if found else None, shown.headers.get("HX-Refresh")))

    def looking(real: Any) -> Any:
        def act(*given: Any, **named: Any) -> Any:
            look()
            return real(*given, **named)

        return act

    look()
    for module, name in ((purchase_plans, "read"), (matching, "plan_purchases"), (purchase_plans, "tell_plan")):
        monkeypatch.setattr(module, name, looking(getattr(module, name)))
    jobs.work(purchase_plans.PLAN, news.key, {"on": "2020-02-27", "actor": "county"}, beside=False)
    look()
    steps = [("正在等候处理", 0), ("正在读存货和意愿", 10), ("正在求解", 30), ("正在保存方案", 90)]
    assert seen == [*(((word, str(at), str(at)), None) for word, at in steps), (None, "true")]


def test_the_ways_to_the_deeds_are_those_the_reader_may_go(officer: Client, village_officer: Any) -> None:
    shown = officer.get("/deeds/").content.decode()
    assert 'href="/deeds/purchases/"' in shown
    assert 'href="/deeds/plan/"' in shown
    village = Client()
    village.force_login(village_officer)
    shown = village.get("/deeds/").content.decode()
    assert 'href="/deeds/purchases/"' in shown
    assert 'href="/deeds/plan/"' not in shown


def test_a_helper_states_a_wish_of_their_own_and_nobody_elses(market: Any, village: Any, client: Client) -> None:
    from django.db import transaction

    from doudi.access.scope import as_engine

    helper = village.helper
    type(helper).objects.filter(pk=helper.pk).update(unit="县农业农村局")
    with transaction.atomic(), as_engine():
        Buyer.objects.filter(username=helper.username).delete()
    client.force_login(helper)
    assert "我的采购意愿" in client.get("/deeds/purchases/").content.decode()
    assert client.post("/deeds/purchases/wish/", {"most": "200", "kinds": "鸡蛋、土鸡"}).status_code == 302
    assert client.post("/deeds/purchases/wish/", {"most": "150"}).status_code == 302
    with transaction.atomic(), as_engine():
        mine = Buyer.objects.get(username=helper.username)
        assert (mine.kind, mine.most_fen, mine.kinds, mine.said_by) == ("helper", 15_000, [], helper.username)
        assert (mine.unit and mine.unit.name, mine.unit and mine.unit.most_fen) == ("县农业农村局", None)
    refused = client.post("/deeds/purchases/wish/", {"most": "多"})
    assert (refused.status_code, 'value="多"' in refused.content.decode()) == (422, True)
    assert client.get("/deeds/purchases/buyers/").status_code == 403
    assert client.post("/deeds/purchases/wish/", {"most": ""}).status_code == 302
    with transaction.atomic(), as_engine():
        assert Buyer.objects.get(username=helper.username).most_fen is None


def test_a_wish_of_ones_own_is_the_helpers_alone(market: Any, officer: Client) -> None:
    assert officer.get("/deeds/purchases/wish/").status_code == 403
    assert officer.post("/deeds/purchases/wish/", {"most": "200"}).status_code == 403
