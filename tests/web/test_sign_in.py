"""The door: who gets in, how often one may try, and where one goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from doudi.access import users
from doudi.web import sign_in

PASSWORD = "correct-horse-2020"


@pytest.fixture(autouse=True)
def _no_earlier_failures() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def li(acting: str) -> Any:
    return users.add("li", "李", PASSWORD, by=acting)


def attempt(client: Client, username: str = "li", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def test_account_and_password_lead_to_the_page_asked_for(li: Any, client: Client) -> None:
    answer = attempt(client, next="/households/?q=%E7%8E%8B")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/households/?q=%E7%8E%8B")


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_nobody_is_led_to_another_host(li: Any, client: Client, wanted: str) -> None:
    assert attempt(client, next=wanted).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("li", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("li\0", PASSWORD),
        ("x" * 10_000, "y" * 10_000),
        ("李😀", "错的😀"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_name_kept(li: Any, client: Client, username: str, password: str) -> None:
    answer = attempt(client, username, password)
    assert answer.status_code == 422
    assert "账号或密码不对" in answer.content.decode()
    assert password not in answer.content.decode() or password == ""


def test_a_closed_account_gets_no_further(li: Any, acting: str, client: Client) -> None:
    assert attempt(client).status_code == 302
    users.close(li, by=acting)
    assert client.get("/households/").headers["Location"].startswith("/sign-in/")


def test_too_many_failures_of_an_account_close_the_door_for_a_while(li: Any, client: Client) -> None:
    for _ in range(sign_in.MOST_OF_ACCOUNT):
        assert attempt(client, password="wrong").status_code == 422
    late = attempt(client)
    assert (late.status_code, late.headers["Retry-After"]) == (429, str(sign_in.WINDOW))
    assert "15分钟" in late.content.decode()


def test_too_many_failures_from_one_address_close_it_whatever_the_account(
    li: Any, client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sign_in, "MOST_OF_ADDRESS", 8)
    for number in range(8):
        attempt(client, username=f"guess{number}", password="wrong")
    assert attempt(client, username="another").status_code == 429


def test_success_forgets_the_failures(li: Any, client: Client) -> None:
    attempt(client, password="wrong")
    assert attempt(client).status_code == 302
    client.post("/sign-out/")
    for _ in range(sign_in.MOST_OF_ACCOUNT - 1):
        attempt(client, password="wrong")
    assert attempt(client).status_code == 302


def test_signing_out_ends_the_session(li: Any, client: Client) -> None:
    attempt(client)
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/").headers["Location"].startswith("/sign-in/")
    assert client.get("/sign-out/").status_code == 405


def test_a_part_of_a_page_asks_for_the_whole_when_nobody_is_signed_in(client: Client, db: None) -> None:
    assert client.get("/households/", headers={"HX-Request": "true"}).status_code == 401


def test_a_form_without_its_mark_is_told_so(li: Any) -> None:
    answer = attempt(Client(enforce_csrf_checks=True))
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


@pytest.mark.django_db
def test_the_watchdog_is_answered(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
