"""The door: who gets in, how often one may try, and where one goes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.utils import timezone

from doudi.access import users
from doudi.access.users import Backend, User
from doudi.values.refusals import Refusal
from doudi.web import doors, gates

PASSWORD = "correct-horse-2020"
MOST = settings.AXES_FAILURE_LIMIT


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


def fail(client: Client, times: int, username: str = "li") -> list[int]:
    return [attempt(client, username, "wrong").status_code for _ in range(times)]


def test_five_failures_close_the_door_for_a_while(li: Any, client: Client) -> None:
    assert fail(client, MOST) == [422] * (MOST - 1) + [429]
    late = attempt(client)
    assert (late.status_code, late.headers["Retry-After"]) == (429, "900")
    assert "15分钟" in late.content.decode()


def test_the_door_opens_again_after_a_quarter_of_an_hour(li: Any, client: Client) -> None:
    fail(client, MOST)
    attempt(client)  # a try at the closed door makes nobody wait longer
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert attempt(client).status_code == 302


def test_it_is_never_closed_to_an_address_alone(li: Any, client: Client) -> None:
    """A whole county stands behind one address."""
    for number in range(3):
        fail(client, 3, username=f"guess{number}")
    assert attempt(client).status_code == 302


def test_whoever_guesses_from_elsewhere_does_not_lock_a_known_device(li: Any, client: Client) -> None:
    assert attempt(client).status_code == 302
    client.post("/sign-out/")
    same_address = Client()
    fail(same_address, MOST)
    fail(Client(REMOTE_ADDR="198.51.100.1"), 1)
    other = AccessAttempt.objects.get(ip_address="198.51.100.1")
    for number in range(2, doors.MOST_ELSEWHERE - MOST + 1):  # as many more as it takes, from as many addresses
        other.pk, other.ip_address = None, f"198.51.100.{number}"
        other.save()
    assert attempt(Client(REMOTE_ADDR="203.0.113.7")).status_code == 429
    assert attempt(client).status_code == 302


def test_a_known_device_has_five_tries_of_its_own(li: Any, client: Client) -> None:
    attempt(client)
    client.post("/sign-out/")
    assert fail(client, MOST)[-1] == 429
    assert attempt(Client()).status_code == 302


@pytest.mark.parametrize("cookie", ["", "WyJhIiwgWzFdXQ:1abcde:forged"])
def test_a_forged_device_is_none(li: Any, client: Client, cookie: str) -> None:
    client.cookies[doors.COOKIE] = cookie
    fail(client, MOST)
    client.cookies[doors.COOKIE] = cookie + "y"
    assert attempt(client).status_code == 429


@pytest.mark.parametrize("address", ["fd00::1", "not an address"])
def test_an_odd_address_is_no_way_around(li: Any, address: str) -> None:
    assert fail(Client(REMOTE_ADDR=address), MOST)[-1] == 429
    assert attempt(Client(REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="192.0.2.1")).status_code == 429


@pytest.mark.parametrize("twin", ["LI", "\uff4c\uff49"])
def test_twins_of_a_name_are_one_account(li: Any, client: Client, acting: str, twin: str) -> None:
    assert attempt(client, username=twin).status_code == 302
    with pytest.raises(Refusal):
        users.add(twin, "李", PASSWORD, by=acting)
    other = Client()
    for number in range(MOST):
        attempt(other, username=("li", twin)[number % 2], password="wrong")
    assert attempt(other).status_code == 429


@pytest.mark.parametrize("odd", ["l\u0456", "li\u200b", "a b", "a/b", "<b>", "li\n", "", "x" * 151, "\u202eil"])
def test_a_name_that_could_be_taken_for_another_is_refused(acting: str, odd: str) -> None:
    with pytest.raises(Refusal):
        users.add(odd, "李", PASSWORD, by=acting)


def test_fifty_guesses_at_once_count_as_fifty(fresh_database: str, django_db_blocker: Any, monkeypatch: Any) -> None:
    """Five are compared with the password; the others find the door closed, each on a connection of its own."""
    looked_at: list[str] = []
    compare = Backend.authenticate

    def watched(self: Backend, request: Any, username: str = "", password: str = "", **more: Any) -> User | None:
        looked_at.append(password)
        return compare(self, request, username, password, **more)

    def guess(number: int) -> int:
        try:
            return int(attempt(Client(), password=f"guess-{number}").status_code)
        finally:
            connections.close_all()

    with django_db_blocker.unblock():
        users.add("li", "李", PASSWORD, by="tester")
        monkeypatch.setattr(Backend, "authenticate", watched)
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(guess, range(50)))
    assert len(looked_at) == MOST
    assert sorted(answers) == [422] * (MOST - 1) + [429] * (50 - MOST + 1)


def test_a_failure_is_counted_though_nothing_else_of_a_refused_page_is_kept(
    fresh_database: str, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        attempt(Client(), password="wrong")
        connections.close_all()
        assert AccessAttempt.objects.get().failures_since_start == 1
        assert PASSWORD not in AccessAttempt.objects.get().post_data


def test_success_forgets_the_failures(li: Any, client: Client) -> None:
    attempt(client, password="wrong")
    assert attempt(client).status_code == 302
    client.post("/sign-out/")
    fail(client, MOST - 1)
    assert attempt(client).status_code == 302


def test_long_passwords_are_whole(acting: str, client: Client) -> None:
    """128 characters of Chinese are a password; the last one counts."""
    text = "月落乌啼霜满天江枫渔火对愁眠姑苏城外" * 8
    users.add("zhang", "张", text[:128], by=acting)
    assert attempt(client, "zhang", text[:127]).status_code == 422
    assert attempt(client, "zhang", text[:128]).status_code == 302


def test_a_password_of_ten_megabytes_is_refused_unread(li: Any, client: Client) -> None:
    assert attempt(client, password="x" * 10_000_000).status_code == 400
    assert attempt(client).status_code == 302


def test_ten_thousand_fields_are_refused(li: Any, client: Client) -> None:
    answer = client.post("/sign-in/", {f"field{number}": "1" for number in range(10_001)})
    assert answer.status_code == 400


def test_a_session_begins_anew_with_whoever_signs_in(li: Any, client: Client) -> None:
    """A session planted before signing in is not the one after (fixation)."""
    planted = client.session
    planted["seen"] = 1
    planted.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    attempt(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_a_post_from_another_site_is_refused(li: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/")
    mark = client.cookies["csrftoken"].value
    sent = {"username": "li", "password": PASSWORD, "csrfmiddlewaretoken": mark}
    assert client.post("/sign-in/", sent, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/sign-in/", sent).status_code == 302


@pytest.mark.parametrize(
    ("since", "seen", "over"), [(0, 0, False), (0, 3_500, False), (0, 3_700, True), (43_300, 10, True)]
)
def test_a_session_left_alone_is_over(someone: Any, client: Client, since: int, seen: int, over: bool) -> None:
    client.force_login(someone("auditor", "510921"))
    now = int(timezone.now().timestamp())
    session = client.session
    session[gates.SINCE], session[gates.SEEN] = now - max(since, seen), now - seen
    session.save()
    answer = client.get("/profile/")
    assert (answer.status_code == 302) is over
    if over:
        assert answer.headers["Location"] == "/sign-in/?next=%2Fprofile%2F&lapsed=1"
        assert client.get("/profile/").status_code == 302


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


@pytest.mark.parametrize(
    ("proxies", "forwarded", "source"),
    [
        (0, "192.0.2.1", "198.51.100.9"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.5, 192.0.2.1", "192.0.2.1"),  # what stands before it anybody writes
        (2, "203.0.113.5, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
        (2, "192.0.2.1", "198.51.100.9"),  # came past the outer proxy
        (1, "", "0.0.0.0"),
        (1, "fd00::1", "0.0.0.0"),
        (1, "nonsense", "0.0.0.0"),
    ],
)
def test_behind_proxies_the_caller_is_whom_the_outermost_saw(
    settings: Any, db: None, proxies: int, forwarded: str, source: str
) -> None:
    from django.test import RequestFactory

    settings.PROXIES = proxies
    request = RequestFactory(REMOTE_ADDR="198.51.100.9").post("/sign-in/", headers={"X-Forwarded-For": forwarded})
    assert doors.source_of(request) == source
