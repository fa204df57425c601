"""Bad input at the telephone's door (reliability notes, section 7 E): told in words, no failure, nothing half-done."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import uuid
from typing import Any

import pytest

from doudi.access.scope import as_engine
from doudi.monitoring.checks import Check
from doudi.monitoring.photos import Photo
from tests.monitoring.conftest import Phone, check, says
from tests.monitoring.test_sync import sayable


def whole(**more: Any) -> bytes:
    return json.dumps({"commands": [], **more}).encode()


@pytest.mark.parametrize("body", [b"[" * 3_000, b"[" * 200_000, b'{"a":' * 3_000], ids=["3,000", "200,000", "objects"])
def test_nesting_is_refused(phone: Phone, body: bytes) -> None:
    assert phone.post("/m/api/sync", body).status_code == 400


def test_a_key_that_stands_twice_is_refused(phone: Phone) -> None:
    answer = phone.post("/m/api/sync", b'{"commands": [], "commands": []}')
    assert (answer.status_code, "twice" in answer.json()["en"]) == (400, True)


@pytest.mark.parametrize(
    "number",
    ["1" * 5_000, "NaN", "Infinity", "1e400", "12.5"],
    ids=["5,000 digits", "NaN", "Infinity", "1e400", "12.5"],
)
def test_what_is_no_whole_number_is_refused(phone: Phone, number: str) -> None:
    answer = phone.post("/m/api/sync", f'{{"commands": [{{"household": {number}}}]}}'.encode())
    assert answer.status_code == 400 or answer.json()["results"][0]["state"] == "refused"


@pytest.mark.parametrize(
    "body", [b"[]", b"7", b"null", b"", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"{", b'{"a":"\\ud800"}']
)
def test_what_is_no_object_is_refused(phone: Phone, body: bytes) -> None:
    answer = phone.post("/m/api/sync", body)
    assert answer.status_code == 400
    assert {"zh", "en"} <= set(answer.json())


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_another_content_type_is_refused(phone: Phone, kind: str) -> None:
    headers = {"Authorization": f"Device {phone.token}"}
    answer = phone.client.post("/m/api/sync", whole(), content_type=kind, headers=headers)
    assert answer.status_code == 400


def test_a_packed_body_is_not_unpacked(phone: Phone) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    answer = phone.post("/m/api/sync", bomb, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 400


def test_a_body_too_large_is_told_so(phone: Phone) -> None:
    assert phone.post("/m/api/sync", whole(filling="x" * 600_000)).status_code == 413
    assert phone.post("/m/api/sync", {"commands": [{}] * 51}).status_code == 400


def test_a_length_that_lies_is_no_failure(phone: Phone) -> None:
    headers = {"Authorization": f"Device {phone.token}"}
    for length in ("-1", "abc", "7"):
        answer = phone.client.post(
            "/m/api/sync", whole(), content_type="application/json", headers=headers, CONTENT_LENGTH=length
        )
        assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    "body",
    [
        {"note": "a\x00b"},
        {"note": "x" * 1_001},
        {"note": "\u202e倒过来"},
        {"is_superuser": True},
        {"__proto__": {"area": "510921"}},
        {"approved_by": "county"},
        {"reached": "telepathy"},
        {"needs": ["gold"]},
        {"needs": {"seed": 1}},
        {"facts": "none"},
        {"facts": [7]},
        {"facts": [{"kind": "household", "id": "1", "fact": "insured", "said": "same"}]},
        {"facts": [{"kind": "household", "id": 2**63, "fact": "insured", "said": "same"}]},
        {"facts": [{"kind": "household", "id": 1, "fact": "insured'; --", "said": "same"}]},
        {"facts": [{"kind": "planet", "id": 1, "fact": "insured", "said": "changed", "value": True}]},
        {"about_day": "2020-02-30"},
        {"about_day": 20200227},
        {"photo": "../../etc/passwd"},
        {"read_back": "yes"},
        {"told": ["x" * 65]},
        {"agrees": "no"},
    ],
    ids=lambda body: str(body)[:40],
)
def test_a_part_that_is_wrong_is_named_and_nothing_is_written(phone: Phone, body: dict[str, Any]) -> None:
    card, fact = sayable(phone)
    bad, good = check(card, **body) if "facts" not in body else check(card), check(card, says(fact))
    bad["body"].update(body)
    first, second = phone.sync(bad, good)
    assert first["state"] == "refused", first
    assert first["refusal"]["zh"]
    assert second["state"] == "done"
    with as_engine():
        assert not Check.objects.filter(pk=bad["id"]).exists()


@pytest.mark.parametrize("part", ["is_superuser", "area", "approved_by", "__proto__", "é"])
def test_a_command_has_no_other_parts(phone: Phone, part: str) -> None:
    card, fact = sayable(phone)
    bad, good = {**check(card, says(fact)), part: True}, check(card, says(fact))
    first, second = phone.sync(bad, good)
    assert (first["state"], second["state"]) == ("refused", "done")
    assert part in first["refusal"]["zh"]
    with as_engine():
        assert not Check.objects.filter(pk=bad["id"]).exists()


@pytest.mark.parametrize(
    ("due", "state"), [("9999-12-31", "refused"), ("2020-03-06", "done"), ("2020-02-30", "refused")]
)
def test_nobody_comes_back_in_the_year_9999(phone: Phone, due: str, state: str) -> None:
    card, _fact = sayable(phone)
    sent = check(card) | {"verb": "follow_up", "body": {"on": due, "what": "看看秧苗"}}
    (result,) = phone.sync(sent)
    assert result["state"] == state, result


def test_facts_of_another_household_are_refused(phone: Phone) -> None:
    cards = list(phone.cards.values())
    mine, other = cards[0], cards[1]
    person = other["members"][0]["id"]
    said = {"kind": "person", "id": person, "fact": "working_away", "said": "changed", "value": True, "base": None}
    assert phone.sync(check(mine, said))[0]["state"] == "refused"


@pytest.mark.parametrize("version", [0, 1, 2**40, 2**62, -1, "3", None, True])
def test_a_version_older_newer_or_unknown_is_no_failure(phone: Phone, version: Any) -> None:
    card, fact = sayable(phone)
    sent = {**check(card, says(fact)), "base_version": version}
    assert phone.sync(sent)[0]["state"] in ("done", "conflict", "refused")


@pytest.mark.parametrize("given", [str(uuid.UUID(int=0)), "X" * 36, "", None, 5, "a" * 5_000])
def test_an_id_that_is_none_is_refused(phone: Phone, given: Any) -> None:
    card, fact = sayable(phone)
    assert phone.sync({**check(card, says(fact)), "id": given})[0]["state"] == "refused"


def test_an_id_in_capitals_is_the_same_id(phone: Phone) -> None:
    card, fact = sayable(phone)
    sent = check(card, says(fact))
    states = [phone.sync(each)[0]["state"] for each in (sent, {**sent, "id": sent["id"].upper()})]
    assert states == ["done", "repeated"]


@pytest.mark.parametrize(
    "clock", ["1970-01-01T00:00:00Z", "2038-01-19T03:14:08Z", "9999-12-31T23:59:59Z", "yesterday", 7, None]
)
def test_a_clock_that_is_wrong_is_set_right_and_kept(phone: Phone, clock: Any) -> None:
    from django.utils import timezone

    from doudi.monitoring import days

    card, fact = sayable(phone)
    sent = {**check(card, says(fact)), "at": clock}
    (result,) = phone.sync(sent, device_at=clock)
    assert result["state"] == "done", result
    with as_engine():
        held = Check.objects.get(pk=sent["id"])
    assert held.about_day == days.county_day(timezone.now())
    assert (held.client_at is not None) == (clock in ("1970-01-01T00:00:00Z", "2038-01-19T03:14:08Z"))


def test_the_same_late_repeat_is_the_same_on_another_day(phone: Phone) -> None:
    """What is worked out from the clock is no part of what was asked: a repeat under another clock is a repeat."""
    card, fact = sayable(phone)
    sent = {**check(card, says(fact)), "at": "2026-11-20T08:00:00+08:00"}
    first = phone.sync(sent, device_at="2026-11-20T08:01:00+08:00")[0]
    again = phone.sync(sent, device_at="2031-01-01T00:00:00+08:00")[0]
    assert (first["state"], again["state"], again["result"]) == ("done", "repeated", first["result"])


def test_a_token_on_two_telephones_is_one_device(phone: Phone) -> None:
    other = Phone(phone.user, phone.token)
    other.pull()
    card, fact = sayable(phone)
    sent = check(card, says(fact))
    assert [phone.sync(sent)[0]["state"], other.sync(sent)[0]["state"]] == ["done", "repeated"]


def picture(**more: Any) -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (320, 240), "green").save(made, "JPEG", **more)
    return made.getvalue()


def upload(phone: Phone, body: bytes, sha: str = "") -> Any:
    name = sha or hashlib.sha256(body).hexdigest()
    headers = {"Authorization": f"Device {phone.token}"}
    return phone.client.post(f"/m/api/photo/{name}", body, content_type="image/jpeg", headers=headers)


def test_a_photograph_is_kept_once_and_without_where_it_was_taken(phone: Phone) -> None:
    from PIL import Image

    from doudi.monitoring import photos

    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (30.0, 46.0, 12.0)}
    body = picture(exif=exif)
    assert [upload(phone, body).status_code for _ in range(2)] == [200, 200]
    sha = hashlib.sha256(body).hexdigest()
    assert Photo.objects.filter(pk=sha).count() == 1
    place = photos.place_of(sha)
    assert place is not None
    assert not Image.open(place).getexif()


def test_a_photograph_before_or_after_its_check_is_shown_with_it(phone: Phone) -> None:
    from django.test import Client

    card, _fact = sayable(phone)
    body = picture()
    sent = check(card, photo=hashlib.sha256(body).hexdigest())
    assert phone.sync(sent)[0]["state"] == "done"
    client = Client()
    client.force_login(phone.user)
    assert client.get(f"/checks/photos/{sent['id']}/").status_code == 404
    assert upload(phone, body).status_code == 200
    shown = client.get(f"/checks/photos/{sent['id']}/")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")


@pytest.mark.parametrize(
    ("body", "sha", "status"),
    [
        (b"GIF89a<script>", "", 422),
        (b"\xff\xd8\xff" + b"0" * 100, "", 422),
        (b"", "", 422),
        (b"\xff\xd8\xff" + b"0" * 600_000, "", 413),
        (b"\xff\xd8\xff", "0" * 64, 409),
        (b"\xff\xd8\xff", "../../x", 404),
        (b"\xff\xd8\xff", "ABC", 404),
    ],
    ids=["gif", "cut off", "empty", "too large", "another sum", "a path", "no sum"],
)
def test_what_is_no_photograph_is_refused(phone: Phone, body: bytes, sha: str, status: int) -> None:
    assert upload(phone, body, sha).status_code == status


@pytest.mark.parametrize("since", ["x", "%00", "AAAA", "eJyrVg", "=" * 70_000, "é", "eJw" * 1000])
def test_a_cursor_that_is_none_brings_everything(phone: Phone, since: str) -> None:
    answer = phone.get("/m/api/pull", since=since)
    assert answer.status_code == 200
    assert {card["id"] for card in answer.json()["households"]} == set(phone.cards)


def test_another_method_is_refused_in_json(phone: Phone) -> None:
    headers = {"Authorization": f"Device {phone.token}"}
    assert phone.client.put("/m/api/sync", headers=headers).status_code == 405
    assert phone.client.delete("/m/api/pull", headers=headers).status_code == 405


def test_the_session_of_another_site_sends_nothing(run: Any) -> None:
    """By a session a form's mark is wanted; a token needs none, and no other site can name one."""
    from django.test import Client

    from doudi.access.users import User

    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="helper"))
    sent = {"commands": []}
    assert client.post("/m/api/sync", sent, content_type="application/json").status_code == 403
    assert client.post("/m/api/pair", {"device_name": "x"}, content_type="application/json").status_code == 403
