"""A reason that rests on a deed names it: which purchase, journey, post or claim, with the way to its page."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client

from doudi.delivery import journeys, purchases, sale_results
from doudi.delivery.models import Passenger
from doudi.policy import deeds, why
from doudi.policy.deeds import Deed
from doudi.web.desk import deed_pages
from doudi.web.reader import read_as
from tests.delivery.conftest import DAY
from tests.delivery.test_journeys import NEXT, aboard
from tests.delivery.test_journeys import station as station
from tests.delivery.test_posts import BEGUN, LAST, appointed
from tests.delivery.test_posts import staffed as staffed
from tests.delivery.test_purchases import bought
from tests.delivery.test_purchases import promised as promised

pytestmark = pytest.mark.django_db


class Blind:
    """A reader whom no duty shows any fact."""

    def reads(self, sensitivity: str) -> bool:
        return False


def sold(promised: Any) -> list[int]:
    """Two purchases whose money the household has, and one whose money it has not."""
    made = [purchases.deliver(bought(promised, lot, lot * 120), on=DAY, by="town") for lot in (50, 60, 70)]
    for each in made[:2]:
        sale_results.receive(each, on=DAY, by="village")
    return [each.pk for each in made]


def leaves(reason: Any) -> Any:
    yield reason
    for child in reason.children:
        yield from leaves(child)


def deeds_told(home: int, reader: Any = None) -> list[Deed]:
    told = why.explain("household", home, purchases.MEASURE, reader=reader)
    return [deed for top in told.conditions for each in leaves(top) for deed in each.deeds]


def test_what_was_sold_names_each_purchase_whose_money_arrived_and_no_other(promised: Any) -> None:
    first, second, open_still = sold(promised)
    told = [each for each in deeds_told(promised.entitlement.household_id) if each.kind == "purchase"]
    assert {each.key for each in told} == {str(first), str(second)}
    assert str(open_still) not in {each.key for each in told}
    words = {each.key: (each.zh, each.en, each.about) for each in told}
    assert words[str(first)] == (
        f"第 {first} 号购买:鸡蛋 50 枚,60.00元到户", f"purchase {first}: 鸡蛋 50 枚, 60.00 yuan received", DAY
    )  # fmt: skip


def test_whoever_may_not_see_the_fact_is_not_told_the_deed(promised: Any) -> None:
    sold(promised)
    assert deeds_told(promised.entitlement.household_id, Blind()) == []


def test_an_auditor_goes_from_the_reason_to_the_purchase(promised: Any, whole: Any) -> None:
    from doudi.access.users import User

    first, *_ = sold(promised)
    home = promised.entitlement.household
    auditor = Client()
    auditor.force_login(User.objects.get(username="auditor"))
    page = auditor.get(f"/households/{home.code}/why/household/{home.pk}/{purchases.MEASURE}/").content.decode()
    assert f'<a href="/deeds/purchases/{first}/">' in page
    assert auditor.get(f"/deeds/purchases/{first}/").status_code == 200
    assert f'<a href="/deeds/purchases/stock/?code={home.code}">' in page
    assert "鸡蛋" in auditor.get(f"/deeds/purchases/stock/?code={home.code}").content.decode()


@pytest.mark.parametrize(
    ("role", "place", "shut"),
    [
        ("helper", "", {"order_list", "journey", "post", "claim", "work"}),
        ("town_clerk", "510921110", {"order_list"}),
        ("auditor", "510921", set()),
    ],
)
def test_a_deed_leads_only_where_the_reader_may_go(
    db: None, someone: Any, role: str, place: str, shut: set[str]
) -> None:
    reader = read_as(someone(role, place), on=DAY)
    led = {kind for kind in deed_pages.PAGES if deed_pages.address(Deed(kind, "1", "", ""), reader)}
    assert led == set(deed_pages.PAGES) - shut


def test_being_out_names_the_journey_and_the_day_of_arrival(station: Any, whole: Any) -> None:
    there = NEXT + datetime.timedelta(days=1)
    with whole():
        ids = aboard(station, 0, 1)
        journeys.depart(station.bus, ids, on=NEXT, by="county")
        journeys.arrive(station.bus, {ids[0]: True, ids[1]: False}, on=there, by="bureau")
        came, stayed = (Passenger.objects.get(pk=each).person_id for each in ids)
    of = {("person", number, "working_away") for number in (came, stayed)}
    zh = f"{NEXT} 去浙江宁波的行程,{there} 到达"
    en = f"journey of {NEXT} to 浙江宁波, arrived {there}"
    named = deeds.behind(of, as_of=there)
    assert named == {("person", came, "working_away"): (Deed("journey", str(station.bus.pk), zh, en, there),)}
    assert deeds.behind(of, as_of=NEXT) == {}, "before the arrival there is no deed"


def test_a_filled_post_and_its_holder_name_the_holding(staffed: Any) -> None:
    held = appointed(staffed)
    of = {("post", held.post_id, "filled"), ("person", held.person_id, "welfare_post")}
    named = deeds.behind(of, as_of=BEGUN)
    assert {each: [deed.key for deed in some] for each, some in named.items()} == {key: [str(held.pk)] for key in of}
    (deed,) = named["person", held.person_id, "welfare_post"]
    assert deed.zh == f"岗位 {held.post.code}:{held.work},{BEGUN} 至 {LAST}"
