"""Whom to call, and how long a telephone keeps what it holds: named by the county, told on the card and in the pull."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from doudi.access.devices import Device
from doudi.access.scope import as_engine
from doudi.places import contacts, counties
from doudi.places.counties import PhoneDays
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from tests.monitoring.conftest import Phone


def put(place: str, duty: str, name: str, number: str) -> contacts.Contact:
    return contacts.put(place, duty, name, number, by="county", now=timezone.now())


def test_a_card_says_whom_to_call_from_near_to_far(phone: Phone) -> None:
    card = next(iter(phone.cards.values()))
    with as_engine():
        from doudi.register.households import Household

        place = Household.objects.get(pk=card["id"]).place_code
    with carry_out("test", by="county"):
        contacts.Contact.objects.standing().update(ended_by="county", ended_at=timezone.now())
    put(place[:6] + "000000", "duty", "县值班室", "0825-5450000")
    put(place[:9] + "000", "duty", "镇值班室", "0825-5451111")
    put(place, "doctor", "村医老周", "15410009999")
    put(place, "secretary", "村支书老李", "154 1000 8888")
    phone.pull()
    told = phone.cards[card["id"]]["call"]
    own, others = told[:-4], told[-4:]
    assert [each["phone"] for each in others] == ["15410008888", "15410009999", "08255451111", "08255450000"]
    assert others[0]["who"]["zh"] == f"{card['village']}村支书"
    assert others[0]["who"]["en"] == f"{card['village']}, village secretary"
    assert others[2]["who"]["zh"] == f"{card['town']}值班电话"
    if card["phone"]:
        assert [each["phone"] for each in own] == [card["phone"]]


def test_every_demo_card_names_its_village_its_town_and_the_county(phone: Phone) -> None:
    for card in phone.cards.values():
        assert len({each["phone"] for each in card["call"]}) >= 3, card["call"]


def test_a_number_taken_back_leaves_the_card(phone: Phone) -> None:
    card = next(iter(phone.cards.values()))
    held = contacts.Contact.objects.standing().filter(number=card["call"][-1]["phone"]).first()
    assert held is not None
    contacts.end(held, by="county", now=timezone.now())
    phone.pull()
    assert held.number not in {each["phone"] for each in phone.cards[card["id"]]["call"]}
    with pytest.raises(Refusal):
        contacts.end(held, by="county", now=timezone.now())


@pytest.mark.parametrize(
    ("duty", "name", "number", "where"),
    [
        ("king", "甲", "0825123", "duty"),
        ("duty", " ", "0825123", "name"),
        ("duty", "甲" * 41, "0825123", "name"),
        ("duty", "甲", "12", "number"),
        ("duty", "甲", "tel:110;x", "number"),
        ("duty", "甲", "1" * 16, "number"),
    ],
)
def test_a_number_that_is_none_is_refused(phone: Phone, duty: str, name: str, number: str, where: str) -> None:
    with pytest.raises(Refusal) as refused:
        put("510921000000", duty, name, number)
    assert refused.value.where == where


def test_a_village_names_its_own_numbers_and_no_others(phone: Phone) -> None:
    from doudi.access.users import User

    client = Client()
    client.force_login(User.objects.get(username="village"))
    typed = {"duty": "doctor", "name": "村医", "number": "15410007777"}
    assert client.post("/contacts/", {**typed, "place": "510921102000"}).status_code == 422
    page = client.post("/contacts/", {**typed, "place": "510921110212", "number": "x"})
    assert (page.status_code, 'value="村医"' in page.content.decode()) == (422, True)
    assert client.post("/contacts/", {**typed, "place": "510921110212"}).status_code == 302
    assert "15410007777" in client.get("/contacts/").content.decode()
    made = contacts.Contact.objects.get(number="15410007777")
    county = contacts.Contact.objects.standing().filter(place_code="510921000000").first()
    assert county is not None
    assert client.post(f"/contacts/{county.pk}/end/").status_code == 404
    assert client.post(f"/contacts/{made.pk}/end/").status_code == 302
    assert "15410007777" not in client.get("/contacts/").content.decode()


# -- how long


def test_the_county_says_how_long_and_the_telephone_is_told(phone: Phone, phone_of: Callable[..., Phone]) -> None:
    limits = phone.pull()["limits"]
    assert (limits["days_kept"], limits["expires_on"]) == (14, str(timezone.localdate() + datetime.timedelta(days=180)))
    counties.decide_phone_days(PhoneDays(5, 30), reason="丢过一部手机", by="county", now=timezone.now())
    limits = phone.pull()["limits"]
    until = timezone.localdate() + datetime.timedelta(days=30)
    assert (limits["days_kept"], limits["expires_on"]) == (5, str(until)), "a shorter pairing holds for this one too"
    counties.decide_phone_days(PhoneDays(5, 90), reason="县里统一", by="county", now=timezone.now())
    assert phone.pull()["limits"]["expires_on"] == str(until), "a longer one is for those to come"
    client = Client()
    client.force_login(phone.user)
    answer = client.post("/m/api/pair", {"device_name": "新手机"}, content_type="application/json")
    assert answer.json()["expires_on"] == str(timezone.localdate() + datetime.timedelta(days=90))


@pytest.mark.parametrize(
    ("days", "where"),
    [(PhoneDays(0, 90), "days_kept"), (PhoneDays(61, 90), "days_kept"), (PhoneDays(5, 6), "days_paired"),
     (PhoneDays(5, 366), "days_paired")],
)  # fmt: skip
def test_days_outside_the_limits_are_refused(phone: Phone, days: PhoneDays, where: str) -> None:
    with pytest.raises(Refusal) as refused:
        counties.decide_phone_days(days, reason="x", by="county", now=timezone.now())
    assert refused.value.where == where


def test_the_page_decides_and_keeps_why(phone: Phone) -> None:
    from doudi.access.users import User
    from doudi.trail.audit import Entry

    client = Client()
    client.force_login(User.objects.get(username="county"))
    for wrong in (
        {},
        {"days_kept": "5"},
        {"days_kept": "5", "days_paired": "30"},
        {"days_kept": "٥", "days_paired": "9"},
    ):
        assert client.post("/telephones/rule/", wrong).status_code == 422, wrong
    good = {"days_kept": "5", "days_paired": "30", "reason": "手机丢失较多"}
    assert client.post("/telephones/rule/", good).status_code == 302
    assert client.post("/telephones/rule/", good).status_code == 422, "it is so already"
    page = client.get("/telephones/rule/").content.decode()
    assert "手机丢失较多" in page
    assert counties.phone_days() == PhoneDays(5, 30)
    device = Device.objects.get(user=phone.user)
    with as_engine():
        assert Entry.objects.filter(table="access_device", row=str(device.pk), operation="U", actor="county").exists()
    helper = Client()
    helper.force_login(phone.user)
    assert helper.get("/telephones/rule/").status_code == 403
