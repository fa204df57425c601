"""Accounts and duties: who may know of whom, who may change what, and that nobody changes their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from doudi.access import duties, users
from doudi.access.duties import Duty
from doudi.access.users import User
from doudi.values.refusals import Refusal
from tests.conftest import COUNTY, DAY, TOWN, VILLAGE

Open = Callable[[str], Client]
PAGES = ["/accounts/", "/accounts/town/", "/accounts/places/", "/accounts/places/?place=510921110&on=2020-02-27"]


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def admin(reading_as: Open) -> Client:
    return reading_as("admin")


@pytest.fixture
def zhou(decided: None, acting: str) -> User:
    return users.add("zhou", "周", "correct-horse-2020", unit="县水利局", by=acting)


def give(client: Client, username: str, role: str, **more: str) -> Any:
    sent = {"role": role, "from": "2020-02-01", "until": "", "town": "", "village": "", **more}
    return client.post(f"/accounts/{username}/duties/", sent)


@pytest.mark.parametrize("path", [*PAGES, "/accounts/new/"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_whole(admin: Client, path: str, language: str) -> None:
    admin.cookies["doudi_language"] = language
    page = admin.get(path)
    assert page.status_code == 200
    assert text(page).count("<h1") == 1
    assert not re.search(r"\sstyle=|\son[a-z]+=", text(page))


@pytest.mark.parametrize(
    ("username", "reads"),
    [("admin", True), ("county", True), ("auditor", True), ("town", True), ("village", False), ("helper", False),
     ("bureau", False), ("bank", False), ("supervisor", False)],
)  # fmt: skip
def test_who_reads_and_who_changes(reading_as: Open, zhou: User, username: str, reads: bool) -> None:
    client = reading_as(username)
    assert client.get("/accounts/").status_code == (200 if reads else 403)
    if username != "admin":
        for path in ("/accounts/new/", "/accounts/zhou/duties/", "/accounts/zhou/duties/1/", "/accounts/zhou/act/"):
            assert client.post(path, {"what": "close"}).status_code == 403
    assert not Duty.objects.filter(user=zhou).exists()


def test_the_administrator_reads_no_household(admin: Client) -> None:
    assert [admin.get(path).status_code for path in ("/households/", "/pairings/")] == [403, 403]


def test_a_town_knows_of_its_own_people_only(reading_as: Open, zhou: User) -> None:
    town = reading_as("town")
    page = text(town.get("/accounts/"))
    assert ">village<" in page.replace(" ", "")
    assert "/accounts/admin/" not in page
    assert [town.get(f"/accounts/{name}/").status_code for name in ("village", "zhou", "admin", "town510921102")] == [
        200, 404, 404, 404,
    ]  # fmt: skip
    assert town.get("/accounts/places/?place=510921102").status_code == 404
    assert town.get("/accounts/places/?place=510921").status_code == 404
    assert "鸣凤镇" in text(town.get("/accounts/places/"))


@pytest.mark.parametrize(
    ("query", "found", "missing"),
    [("q=zhou", "zhou", "admin"), ("q=水利", "zhou", "admin"), ("role=auditor", "auditor", "zhou"),
     ("state=idle", "zhou", "auditor"), ("town=510921110&role=village_officer", "village", "zhou")],
)  # fmt: skip
def test_a_filter_finds(admin: Client, zhou: User, query: str, found: str, missing: str) -> None:
    page = text(admin.get(f"/accounts/?{query}"))
    assert f"/accounts/{found}/" in page
    assert f"/accounts/{missing}/" not in page


@pytest.mark.parametrize("query", ["role=king", "town=x", "state=x", "page=-1", "page=NaN", "q=" + "x" * 60, "q=%00"])
def test_a_filter_that_cannot_be_understood_is_told(admin: Client, query: str) -> None:
    assert admin.get(f"/accounts/?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["q=%25", "q=_", "q=' OR 1=1", "q=%F0%9F%98%80", "page=99999", "unknown=1", "q=a&q=b"]
)
def test_odd_filters_are_only_text(admin: Client, query: str) -> None:
    assert admin.get(f"/accounts/?{query}").status_code == 200


def test_a_new_person_gets_a_password_for_one_sign_in(admin: Client) -> None:
    page = text(admin.post("/accounts/new/", {"username": "wu", "name": "吴", "unit": "县医保局"}))
    once = re.search(r"<code[^>]*>([a-z2-9-]{14})</code>", page)
    assert once is not None
    assert give(admin, "wu", "bureau", measures="01_livelihood_award").status_code == 302
    client = Client()
    assert client.post("/sign-in/", {"username": "wu", "password": once.group(1)}).status_code == 302
    assert client.get("/").headers["Location"] == "/profile/password/"


@pytest.mark.parametrize(
    "typed",
    [
        {"username": "", "name": "x"},
        {"username": "town", "name": "x"},
        {"username": "TOWN", "name": "x"},
        {"username": "wu", "name": ""},
        {"username": "w u", "name": "x"},
        {"username": "wu", "name": "a\u202eb"},
        {"username": "x" * 400, "name": "y" * 400},
    ],
)
def test_a_person_who_cannot_be_added_is_told(admin: Client, typed: dict[str, str]) -> None:
    before = User.objects.count()
    assert admin.post("/accounts/new/", {"unit": "留着", **typed}).status_code == 422
    assert "留着" in text(admin.post("/accounts/new/", {"unit": "留着", **typed}))
    assert User.objects.count() == before


GIVEN = {
    "county": ("auditor", {}, COUNTY),
    "town": ("town_clerk", {"town": TOWN}, TOWN),
    "village": ("village_officer", {"town": TOWN, "village": VILLAGE}, VILLAGE),
    "none": ("helper", {"town": TOWN}, ""),
}


@pytest.mark.parametrize("level", GIVEN)
def test_a_duty_is_given_at_the_level_of_its_role(admin: Client, zhou: User, level: str) -> None:
    role, chosen, place = GIVEN[level]
    assert give(admin, "zhou", role, until="2020-12-31", **chosen).status_code == 302
    duty = Duty.objects.get(user=zhou)
    assert (duty.role, duty.place_code, duty.from_day.isoformat()) == (role, place, "2020-02-01")


def test_villages_are_listed_without_scripts(admin: Client, zhou: User) -> None:
    page = text(admin.get("/accounts/zhou/?role=village_officer&town=510921110&from=2020-02-01"))
    assert f'<option value="{VILLAGE}"' in page
    assert 'value="2020-02-01"' in page


WRONG = {
    "no town": {"role": "town_clerk"},
    "no village": {"role": "village_officer", "town": TOWN},
    "a village of another town": {"role": "village_officer", "town": "510921102", "village": VILLAGE},
    "no such town": {"role": "town_clerk", "town": "510921999"},
    "no role": {"role": "king"},
    "no day": {"role": "auditor", "from": "2020-02-30"},
    "backwards": {"role": "auditor", "until": "2020-01-01"},
    "nonsense": {"role": "town_clerk", "town": "\0"},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_duty_that_cannot_be_given_is_told(admin: Client, zhou: User, case: str) -> None:
    assert give(admin, "zhou", **WRONG[case]).status_code == 422  # type: ignore[arg-type]
    assert not Duty.objects.filter(user=zhou).exists()


def test_the_same_duty_twice_is_refused(admin: Client, zhou: User) -> None:
    assert give(admin, "zhou", "auditor").status_code == 302
    assert give(admin, "zhou", "auditor").status_code == 422
    assert "已有这项职责" in text(give(admin, "zhou", "auditor"))


def test_nobody_changes_their_own_duties(admin: Client, acting: str) -> None:
    me = User.objects.get(username="admin")
    assert give(admin, "admin", "county_officer").status_code == 422
    assert (
        admin.post(f"/accounts/admin/duties/{Duty.objects.get(user=me).pk}/", {"day": "2030-01-01"}).status_code == 422
    )
    assert admin.post("/accounts/admin/act/", {"what": "close"}).status_code == 422
    with pytest.raises(Refusal, match="own duties"):
        duties.give_many([(me, "county_officer", COUNTY)], on=DAY, by="admin")
    assert [duty.role for duty in Duty.objects.filter(user=me)] == ["administrator"]


def test_a_duty_ends_and_stays_as_history(admin: Client, zhou: User) -> None:
    give(admin, "zhou", "auditor")
    duty = Duty.objects.get(user=zhou)
    where = f"/accounts/zhou/duties/{duty.pk}/"
    assert [admin.post(where, {"day": day}).status_code for day in ("2020-02-01", "x", "", "0001-01-01")] == [422] * 4
    assert admin.post(where, {"day": "2020-03-01"}).status_code == 302
    assert admin.post(where, {"day": "2020-04-01"}).status_code == 422
    assert "已结束" in text(admin.get("/accounts/zhou/"))
    for number in ("0", "-1", "x", "9" * 30):
        assert admin.post(f"/accounts/zhou/duties/{number}/", {"day": "2020-03-01"}).status_code == 404
    assert admin.post(f"/accounts/town/duties/{duty.pk}/", {"day": "2020-03-01"}).status_code == 404


def test_an_account_is_closed_at_once_and_opened_again(admin: Client, zhou: User) -> None:
    give(admin, "zhou", "helper")
    client = Client()
    client.force_login(zhou)
    assert client.get("/households/").status_code == 200
    admin.post("/accounts/zhou/act/", {"what": "close"})
    assert client.get("/households/").status_code == 302
    assert "已停用" in text(admin.get("/accounts/zhou/"))
    admin.post("/accounts/zhou/act/", {"what": "reopen"})
    assert User.objects.get(username="zhou").is_active
    assert admin.post("/accounts/zhou/act/", {"what": "promote"}).status_code == 422


def test_who_answered_on_a_day_of_the_past(admin: Client, zhou: User) -> None:
    give(admin, "zhou", "town_clerk", town=TOWN, until="2020-03-01")
    assert "周" in text(admin.get("/accounts/places/?place=510921110&on=2020-02-27"))
    assert "周" not in text(admin.get("/accounts/places/?place=510921110&on=2020-03-01"))
    assert "没有人负责" in text(admin.get("/accounts/places/?place=510921110&on=2019-01-01"))


@pytest.mark.parametrize("query", ["on=x", "on=2020-02-30", "place=5", "place=x", "place=%00"])
def test_a_day_or_place_that_is_none_is_told(admin: Client, query: str) -> None:
    assert admin.get(f"/accounts/places/?{query}").status_code == 400
