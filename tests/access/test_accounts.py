"""Users and duties: who they are, where, from when until when, and what is refused."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher

from doudi.access import duties, users
from doudi.access.duties import Duty
from doudi.access.permissions import may, reads
from doudi.access.users import User
from doudi.values.refusals import Refusal

DAY = datetime.date(2020, 2, 27)
PASSWORD = "a long enough sentence"


@pytest.fixture
def user(db: None) -> User:
    return users.add("li.fang", "李芳", PASSWORD, by="admin")


def test_a_password_is_kept_as_argon2(user: User) -> None:
    assert identify_hasher(user.password).algorithm == "argon2"
    assert PASSWORD not in user.password


@pytest.mark.parametrize(
    ("username", "password", "signs_in"),
    [
        ("li.fang", PASSWORD, True),
        ("li.fang", PASSWORD + " ", False),
        ("LI.FANG", PASSWORD, True),
        ("LI.FANG2", PASSWORD, False),
        ("li.fang", "", False),
        ("nobody", PASSWORD, False),
        ("", "", False),
    ],
)
def test_signing_in(user: User, username: str, password: str, signs_in: bool) -> None:
    assert (users.Backend().authenticate(None, username, password) is not None) is signs_in


def test_a_closed_account_cannot_sign_in_and_its_session_ends(user: User, client: Any) -> None:
    client.force_login(user)
    users.close(user, by="admin")
    assert users.Backend().authenticate(None, "li.fang", PASSWORD) is None
    assert users.Backend().get_user(user.pk) is None


@pytest.mark.parametrize("password", ["", "short", "12345678901", "password123", "li.fang2020"])
def test_a_weak_password_is_refused(db: None, password: str) -> None:
    with pytest.raises(Refusal, match="too weak"):
        users.add("li.fang", "李芳", password, by="admin")
    assert not User.objects.exists()


def test_a_name_is_given_once(user: User) -> None:
    with pytest.raises(Refusal, match="taken"):
        users.add("li.fang", "李芳", PASSWORD, by="admin")


@pytest.mark.parametrize(
    ("role", "place", "said"),
    [
        ("king", "510921", "no role"),
        ("county_officer", "510921110", "held at a county"),
        ("town_clerk", "510921", "held at a town"),
        ("village_officer", "510921110", "held at a village"),
        ("helper", "510921", "held at no place"),
        ("administrator", "510921110212", "held at no place"),
        ("town_clerk", "", "held at a town"),
        ("town_clerk", "51092111", "no division code"),
        ("town_clerk", "51092111０", "no division code"),
        ("town_clerk", "5109211' OR 1", "no division code"),
    ],
)
def test_a_duty_that_cannot_be_is_refused(user: User, role: str, place: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        duties.give(user, role, place, on=DAY, by="admin")
    assert not Duty.objects.exists()


@pytest.mark.parametrize(
    ("role", "place", "kept"),
    [
        ("county_officer", "510921000000", "510921"),
        ("town_clerk", "510921110000", "510921110"),
        ("village_officer", "510921110212", "510921110212"),
        ("helper", "", ""),
    ],
)
def test_a_place_is_kept_as_its_prefix(user: User, role: str, place: str, kept: str) -> None:
    assert duties.give(user, role, place, on=DAY, by="admin").place_code == kept


def test_a_duty_holds_from_its_first_day_until_before_its_last(user: User) -> None:
    duty = duties.give(user, "auditor", "510921", on=DAY, by="admin")
    duties.end(duty, on=DAY + datetime.timedelta(days=3), by="admin")
    held = [bool(Duty.objects.of(user, on=DAY + datetime.timedelta(days=n))) for n in range(-1, 5)]
    assert held == [False, True, True, True, False, False]


def test_rights_are_of_the_role() -> None:
    assert may({"helper", "auditor"}, "audit.read")
    assert not may({"helper"}, "audit.read")
    assert not may(set(), "county.read")
    assert reads({"town_clerk"}, "health")
    assert not reads({"village_officer"}, "health")
    assert not reads({"administrator"}, "money")
    assert not reads(set(), "open")
    with pytest.raises(KeyError):
        may({"helper"}, "everything")


def test_every_source_a_role_passes_on_is_a_source() -> None:
    from doudi.access.roles import EVERY_SOURCE, ROLES
    from doudi.facts import vocabulary

    named = {source for role in ROLES.values() for source in role.passes_on} - {EVERY_SOURCE}
    assert named <= set(vocabulary.load().sources)
