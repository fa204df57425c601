"""The second factor: demanded of a real county's roles above the village, offered in a demonstration."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from doudi.access import duties, factors, users
from doudi.access.factors import RecoveryCode
from doudi.access.roles import ROLES
from doudi.access.scope import as_engine
from doudi.places import counties
from doudi.trail.audit import Entry
from doudi.trail.commands import Outcome
from doudi.values.refusals import Refusal
from doudi.web import shell
from tests.conftest import COUNTY, DAY, TOWN, VILLAGE

NOW = datetime(2020, 2, 27, tzinfo=UTC)
PASSWORD = "correct-horse-2020"
PLACE_OF = {"county": COUNTY, "town": TOWN, "village": VILLAGE, "": ""}


@pytest.fixture
def real(places: Any, acting: str) -> Any:
    """A county that is no demonstration."""
    shell._begun.clear()
    yield counties.begin(COUNTY, "蓬溪县", demo=False, by=acting)
    shell._begun.clear()


@pytest.fixture
def clerk(acting: str) -> Any:
    user = users.add("clerk", "镇干部", PASSWORD, by=acting)
    duties.give(user, "town_clerk", TOWN, on=DAY, by=acting)
    return user


def code_of(secret: str, steps: int = 0) -> str:
    """The code an authenticator shows, some half minutes from now."""
    return f"{totp(bytes.fromhex(secret), drift=steps):06d}"


def enrolled(client: Client) -> tuple[str, list[str]]:
    """Enrol through the page; the secret and the recovery codes."""
    client.get("/profile/second-factor/")
    secret = client.session["enrolling"]
    page = client.post("/profile/second-factor/", {"code": code_of(secret)})
    assert page.status_code == 200
    return secret, re.findall(r"<code[^>]*>(\w{5}-\w{5})</code>", page.content.decode())


def sign_in(client: Client) -> Any:
    return client.post("/sign-in/", {"username": "clerk", "password": PASSWORD, "next": "/households/"})


def give_code(client: Client, code: str) -> Any:
    return client.post("/sign-in/code/", {"code": code, "next": "/households/"})


def calm() -> None:
    """The wait after a failure is over."""
    TOTPDevice.objects.update(throttling_failure_timestamp=None)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_above_the_village_is_led_to_enrolment(real: Any, someone: Any, client: Client, role: str) -> None:
    client.force_login(someone(role, PLACE_OF[ROLES[role].level]))
    answer = client.get("/households/")
    if role in ("village_officer", "helper"):
        assert answer.status_code == 200
        return
    assert answer.headers["Location"] == "/profile/second-factor/"
    assert client.get("/households/", headers={"HX-Request": "true"}).status_code == 401
    assert client.post("/what-if/adopt/").status_code == 302
    assert [client.get(page).status_code for page in ("/profile/", "/profile/second-factor/")] == [200, 200]


def test_enrolled_one_signs_in_with_both(real: Any, clerk: Any, client: Client) -> None:
    assert sign_in(client).status_code == 302
    secret, codes = enrolled(client)
    assert len(set(codes)) == 10
    assert client.get("/households/").status_code == 200
    client.post("/sign-out/")

    assert sign_in(client).headers["Location"].startswith("/sign-in/code/?next=")
    assert client.get("/households/").headers["Location"] == "/sign-in/code/"
    assert client.get("/profile/").headers["Location"] == "/sign-in/code/"
    assert client.get("/households/", headers={"HX-Request": "true"}).status_code == 401
    before = client.session.session_key
    assert give_code(client, code_of(secret, 1)).headers["Location"] == "/households/"
    assert client.session.session_key != before
    assert client.get("/households/").status_code == 200


def test_a_code_works_once(real: Any, clerk: Any, client: Client) -> None:
    sign_in(client)
    secret, _codes = enrolled(client)
    used = code_of(secret, 1)
    other = Client()
    sign_in(other)
    assert give_code(other, used).status_code == 302
    third = Client()
    sign_in(third)
    assert give_code(third, used).status_code == 422
    calm()
    assert give_code(third, code_of(secret, 0)).status_code == 422  # an older one, used at enrolment
    assert third.get("/households/").status_code == 302


def test_a_recovery_code_works_once_and_is_kept_as_a_hash(real: Any, clerk: Any, client: Client) -> None:
    sign_in(client)
    _secret, codes = enrolled(client)
    kept = set(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert all(code not in kept and code.replace("-", "") not in kept for code in codes)
    other = Client()
    sign_in(other)
    assert give_code(other, codes[0].upper().replace("-", " ")).status_code == 302
    assert factors.left(clerk) == 9
    third = Client()
    sign_in(third)
    assert give_code(third, codes[0]).status_code == 422


def test_guessing_is_throttled(real: Any, clerk: Any, client: Client) -> None:
    sign_in(client)
    secret, codes = enrolled(client)
    other = Client()
    sign_in(other)
    assert give_code(other, "000000").status_code == 422
    assert give_code(other, code_of(secret, 1)).status_code == 422  # right, but too soon
    assert give_code(other, codes[0]).status_code == 422
    calm()
    assert give_code(other, code_of(secret, 1)).status_code == 302


@pytest.mark.parametrize(
    "typed", ["", "0", "x" * 10_000, "\0", "😀" * 6, "-00001", "1e5", "٠٠٠٠٠٠", "' OR 1=1 --", "12345", "1234567"]
)
def test_what_is_no_code_is_refused(real: Any, clerk: Any, client: Client, typed: str) -> None:
    sign_in(client)
    enrolled(client)
    other = Client()
    sign_in(other)
    assert give_code(other, typed).status_code == 422


def test_a_wrong_first_code_enrols_nobody(real: Any, clerk: Any, client: Client) -> None:
    sign_in(client)
    client.get("/profile/second-factor/")
    secret = client.session["enrolling"]
    answer = client.post("/profile/second-factor/", {"code": "000000"})
    assert answer.status_code == 422
    assert not TOTPDevice.objects.exists()
    assert client.session["enrolling"] == secret  # the phone keeps what it scanned


def test_an_administrator_resets_it_with_a_reason_that_stays(real: Any, clerk: Any, client: Client) -> None:
    sign_in(client)
    enrolled(client)
    with pytest.raises(Refusal, match="Say why"):
        factors.reset(clerk, reason=" ", by="admin")
    with pytest.raises(Refusal, match="Nobody resets their own"):
        factors.reset(clerk, reason="手机丢了", by="clerk")
    factors.reset(clerk, reason="手机丢了", by="admin")
    assert Outcome.objects.filter(command__verb="access.factors.reset").get().result["reason"] == "手机丢了"
    with as_engine():
        gone = Entry.objects.get(table="otp_totp_totpdevice", operation="D")
    assert gone.actor == "admin"
    assert "key" not in gone.before
    assert client.get("/households/").headers["Location"] == "/profile/second-factor/"  # at the next request


def test_the_demand_is_changed_by_a_verb_with_a_reason(real: Any, acting: str) -> None:
    assert counties.demands_second_factor()
    with pytest.raises(Refusal, match="Say why"):
        counties.demand_second_factor(False, reason="", by=acting, now=NOW)
    rule = counties.demand_second_factor(False, reason="验证器采购中", by=acting, now=NOW)
    assert not counties.demands_second_factor()
    with pytest.raises(Refusal, match="already"):
        counties.demand_second_factor(False, reason="再说一次", by=acting, now=NOW)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        type(rule).objects.update(demanded=True)
    counties.demand_second_factor(True, reason="已到货", by=acting, now=NOW + timedelta(days=1))
    assert counties.demands_second_factor()


def test_a_password_given_by_another_is_changed_first(real: Any, clerk: Any, client: Client) -> None:
    once = users.reset_password(clerk, by="admin")
    client.post("/sign-in/", {"username": "clerk", "password": once})
    assert client.get("/households/").headers["Location"] == "/profile/password/"
    assert client.get("/profile/").headers["Location"] == "/profile/password/"

    def change(old: str, new: str, again: str) -> Any:
        return client.post("/profile/password/", {"old": old, "new": new, "again": again})

    wrong = [("bad", "n" * 12 + "9", "n" * 12 + "9"), (once, "short", "short"), (once, "a-long-one-2020", "another")]
    for typed in wrong:
        assert change(*typed).status_code == 422
    assert change(once, once, once).status_code == 422
    assert change(once, "a-long-one-2020", "a-long-one-2020").status_code == 302
    assert client.get("/profile/").status_code == 200


def test_another_password_ends_the_other_sessions(clerk: Any, client: Client) -> None:
    other = Client()
    for each in (client, other):
        sign_in(each)
    sent = {"old": PASSWORD, "new": "a-long-one-2020", "again": "a-long-one-2020"}
    assert client.post("/profile/password/", sent).status_code == 302
    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").headers["Location"].startswith("/sign-in/")


def test_the_clock_of_a_phone_may_be_a_little_off(real: Any, clerk: Any, client: Client) -> None:
    sign_in(client)
    secret, _codes = enrolled(client)
    other = Client()
    sign_in(other)
    assert give_code(other, code_of(secret, 4)).status_code == 422
