"""Nobody holds both keys of an officer: the second takes another administrator, and every reset is told and listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from doudi.access import duties, factors, resets, users
from doudi.access.resets import Reset
from doudi.access.users import User
from doudi.values.refusals import Refusal
from tests.conftest import DAY

Open = Callable[[str], Client]


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def other_admin(decided: None) -> str:
    """The demo county has two, so that what takes two can be tried."""
    return "admin2"


def act(client: Client, username: str, what: str) -> Any:
    return client.post(f"/accounts/{username}/act/", {"what": what, "reason": "手机丢了"})


def enrolled(user: User) -> User:
    from django_otp.oath import TOTP

    secret = factors.new_secret()
    factors.enrol(user, secret, f"{TOTP(bytes.fromhex(secret)).token():06d}")
    return user


def test_who_reset_the_password_of_an_officer_does_not_reset_the_authenticator(
    reading_as: Open, other_admin: str
) -> None:
    enrolled(User.objects.get(username="county"))
    admin = reading_as("admin")
    assert act(admin, "county", "password").status_code == 200
    refused = act(admin, "county", "factor")
    assert refused.status_code == 422
    assert "请另一位管理员办理" in text(refused)
    assert act(admin, "county", "password").status_code == 200  # the same key again is no second key
    assert act(reading_as(other_admin), "county", "factor").status_code == 302
    assert [row.what for row in Reset.objects.order_by("id")] == ["password", "password", "factor"]


def test_who_reset_the_authenticator_of_an_officer_does_not_reset_the_password(
    reading_as: Open, other_admin: str
) -> None:
    enrolled(User.objects.get(username="county"))
    admin = reading_as("admin")
    assert act(admin, "county", "factor").status_code == 302
    refused = act(admin, "county", "password")
    assert refused.status_code == 422
    assert "请另一位管理员办理" in text(refused)
    assert act(reading_as(other_admin), "county", "password").status_code == 302  # the last key: asked for
    assert act(admin, "county", "password").status_code == 422  # and given by a third
    assert [row.what for row in Reset.objects.order_by("id")] == ["factor", "asked"]


def test_the_only_key_of_an_officer_takes_two_administrators(reading_as: Open, other_admin: str) -> None:
    """Without an authenticator a password is all it takes: the first asks, the second gives it, nobody does both."""
    admin, second = reading_as("admin"), reading_as(other_admin)
    before = User.objects.get(username="county").password
    for _ in range(2):  # asking again is still asking
        asked = act(admin, "county", "password")
        assert (asked.status_code, asked["Location"]) == (302, "/accounts/county/")
        assert User.objects.get(username="county").password == before
    assert "须另一位管理员七天之内在这里再办一次" in text(second.get("/accounts/county/"))
    assert "提出重置密码" in text(reading_as("county").get("/profile/"))  # who it is about reads it
    given = act(second, "county", "password")
    assert given.status_code == 200
    assert User.objects.get(username="county").password != before
    assert "七天之内" not in text(second.get("/accounts/county/"))
    assert [(row.what, row.by) for row in Reset.objects.order_by("id")] == [
        ("asked", "admin"),
        ("asked", "admin"),
        ("password", other_admin),
    ]
    given_by_second = User.objects.get(username="county").password
    assert act(admin, "county", "password").status_code == 302  # who asked does not take the password just given
    assert User.objects.get(username="county").password == given_by_second
    assert act(second, "county", "password").status_code == 200


def test_what_was_asked_for_long_ago_is_asked_for_again(reading_as: Open, other_admin: str) -> None:
    county, now = User.objects.get(username="county"), timezone.now()
    assert resets.reset_password(county, by="admin", now=now - resets.WAITS - timedelta(minutes=1)) is None
    assert resets.waiting(county, now=now) is None
    assert resets.reset_password(county, by=other_admin, now=now) is None
    assert resets.reset_password(county, by="admin", now=now)


def test_a_new_account_and_one_with_an_authenticator_take_one_administrator(
    reading_as: Open, other_admin: str, acting: str
) -> None:
    new = users.add("new", "新来的", "correct-horse-2020", by=acting, must_change=True)
    duties.give(new, "county_officer", "510921", on=DAY, by=acting)
    assert act(reading_as("admin"), "new", "password").status_code == 200
    assert act(reading_as(other_admin), "new", "password").status_code == 302  # it is in the first one's hands
    enrolled(User.objects.get(username="county"))
    assert act(reading_as("admin"), "county", "password").status_code == 200


def test_a_village_officer_has_one_key_only(reading_as: Open) -> None:
    admin = reading_as("admin")
    for what in ("password", "factor"):
        assert act(admin, "village", what).status_code in (200, 302)


def test_the_officer_is_told_before_anything_else_and_the_county_has_the_list(
    reading_as: Open, other_admin: str, county: Client
) -> None:
    assert act(reading_as(other_admin), "town", "password").status_code == 302
    assert act(reading_as("admin"), "town", "password").status_code == 200
    town = reading_as("town")
    assert town.get("/households/")["Location"] == "/profile/password/"
    for told in (town.get("/profile/password/"), county.get("/accounts/resets/"), county.get("/accounts/town/")):
        assert "由 admin 办理" in text(told) or '<td data-label="谁办理">admin</td>' in text(told)
    for page in ("x", "0", "9" * 30, "\0"):
        assert county.get("/accounts/resets/", {"page": page}).status_code == 200


def test_a_town_reads_of_its_own_people_only(reading_as: Open) -> None:
    admin = reading_as("admin")
    for username in ("village", "bureau"):
        act(admin, username, "password")
    page = text(reading_as("town").get("/accounts/resets/"))
    assert "village" in page
    assert "bureau" not in page
    assert reading_as("village").get("/accounts/resets/").status_code == 302  # owes a password of their own
    assert reading_as("helper").get("/accounts/resets/").status_code == 403


def test_a_reset_is_never_changed(reading_as: Open) -> None:
    act(reading_as("admin"), "town", "password")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Reset.objects.update(by="somebody")


def test_a_failed_second_key_leaves_nothing_behind(reading_as: Open) -> None:
    admin = reading_as("admin")
    act(admin, "county", "factor")
    before = User.objects.get(username="county").password
    assert act(admin, "county", "password").status_code == 422
    assert User.objects.get(username="county").password == before
    assert Reset.objects.count() == 1


def test_the_command_line_asks_for_the_second_factor_of_the_second_person(
    decided: None, acting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    from django_otp.oath import TOTP

    from doudi.cli.options import signed_in

    user = users.add("wang", "王", "correct-horse-2020", by=acting)
    secret = factors.new_secret()
    code = f"{TOTP(bytes.fromhex(secret)).token():06d}"
    recovery = factors.enrol(user, secret, code)[0]

    def typed(lines: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return signed_in("wang", from_stdin=True)

    for lines in ("correct-horse-2020\n", "correct-horse-2020\n000000\n", f"wrong\n{recovery}\n"):
        with pytest.raises(Refusal):
            typed(lines)
    monkeypatch.setattr("django_otp.models.ThrottlingMixin.verify_is_allowed", lambda self: (True, None))
    assert typed(f"correct-horse-2020\n{recovery}\n") == "wang"
