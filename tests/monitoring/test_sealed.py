"""Sealed entries: only this home opens them, each is taken in once, and what was touched does not open."""

from __future__ import annotations

import hashlib
import io
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.utils import timezone

from doudi.access.scope import Scope, as_engine, enter
from doudi.monitoring import days, outbox_files, outbox_keys, photos
from doudi.monitoring.checks import Check
from doudi.monitoring.orders import Taker
from doudi.values.refusals import Refusal
from doudi.web.phone.syncing import ELSEWHERE
from tests.monitoring.conftest import Phone, check, says
from tests.monitoring.test_sync import sayable


def take_in(entries: list[Any]) -> list[outbox_files.Entry]:
    now = timezone.now()

    @contextmanager
    def sight() -> Any:
        with enter(Scope(frozenset(["510921"]))):
            yield

    county, roles = days.county_day(now), frozenset(["county_officer"])
    return outbox_files.take_in(
        entries,
        sight=sight,
        taker=lambda sitting: Taker("county", roles, None, now, county, sitting, ELSEWHERE),
        now=now,
    )


def test_what_a_telephone_sealed_is_taken_in_once(phone: Phone) -> None:
    key = phone.pull()["public_key"]
    card, fact = sayable(phone)
    known, fresh = check(card, says(fact)), check(card, says(fact, not fact["value"]), note="导出的")
    assert phone.sync(known)[0]["state"] == "done"
    file = {"doudi": "outbox", "v": 1, "entries": [outbox_keys.seal(each, key) for each in (known, fresh)]}
    entries = outbox_files.read(orjson.dumps(file)).entries
    assert fact["fact"].encode() not in orjson.dumps(entries)
    assert [each.state for each in take_in(entries)] == ["repeated", "done"]
    assert [each.state for each in take_in(entries)] == ["repeated", "repeated"]
    with as_engine():
        held = Check.objects.get(pk=fresh["id"])
    assert (held.by, held.note) == ("county", "导出的")


@pytest.mark.parametrize("part", ["ct", "iv", "epk", "kid", "v"])
def test_what_was_touched_does_not_open(phone: Phone, part: str) -> None:
    card, _fact = sayable(phone)
    whole = outbox_keys.seal(check(card), outbox_keys.public_key())
    assert outbox_keys.open_sealed(whole)["household"] == card["id"]
    touched: dict[str, Any] = {
        "ct": whole["ct"][:-8] + "AAAAAAA=",
        "iv": "AAAAAAAAAAAAAAAA",
        "epk": {**whole["epk"], "y": whole["epk"]["x"]},
        "kid": "0" * 16,
        "v": 2,
    }
    (found,) = take_in([{**whole, part: touched[part]}])
    assert found.state == "refused"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"doudi":"outbox"}',
        b"\xff\xfe",
        b'{"doudi":"outbox","entries":7}',
        b'{"doudi":"outbox","entries":[],"photos":{}}',
    ],
)
def test_a_file_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        outbox_files.read(body)


@pytest.mark.parametrize("entry", [None, 7, [], {}, {"v": 1}, {"v": 1, "kid": "x", "epk": 3, "iv": 1, "ct": None}])
def test_an_entry_that_is_none_fails_alone(phone: Phone, entry: Any) -> None:
    card, _fact = sayable(phone)
    good = outbox_keys.seal(check(card), outbox_keys.public_key())
    assert [each.state for each in take_in([entry, good])] == ["refused", "done"]


def test_the_private_part_is_closed_to_others(phone: Phone) -> None:
    from pathlib import Path

    from django.conf import settings

    outbox_keys.public_key()
    assert (Path(settings.HOME.path) / outbox_keys.FILE).stat().st_mode & 0o077 == 0


def picture() -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (320, 240), "green").save(made, "JPEG")
    return made.getvalue()


def test_a_sealed_photograph_comes_back_with_its_check(phone: Phone) -> None:
    key, body = phone.pull()["public_key"], picture()
    sha = hashlib.sha256(body).hexdigest()
    card, _fact = sayable(phone)
    sent = check(card, photo=sha)
    sealed = outbox_keys.seal_photo(body, sha, sent["id"], key)
    file = orjson.dumps({"doudi": "outbox", "v": 1, "entries": [outbox_keys.seal(sent, key)], "photos": [sealed]})
    assert body[:20] not in file
    read = outbox_files.read(file)
    assert [each.state for each in take_in(read.entries)] == ["done"]
    on = timezone.localdate()
    assert [e.state for _n in range(2) for e in outbox_files.take_in_photos(read.photos, by="county", on=on)] == [
        "done",
        "repeated",
    ]
    place = photos.place_of(sha)
    assert place is not None
    assert place.is_file()


def test_a_photographs_seal_opens_as_nothing_else(phone: Phone) -> None:
    key = outbox_keys.public_key()
    card, _fact = sayable(phone)
    command = outbox_keys.seal(check(card), key)
    photo = outbox_keys.seal_photo(b"{}", "0" * 64, "x", key)
    assert [each.state for each in take_in([photo])] == ["refused"]
    on = timezone.localdate()
    wrong: list[Any] = [command, None, 7, {**photo, "ct": photo["ct"][:-8] + "AAAAAAA="}, photo]
    assert {each.state for each in outbox_files.take_in_photos(wrong, by="county", on=on)} == {"refused"}


def test_the_first_telephones_of_a_home_ask_for_its_key_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from doudi.monitoring import outbox_keys

    for attempt in range(20):
        place = tmp_path / str(attempt) / outbox_keys.FILE
        place.parent.mkdir()
        with ThreadPoolExecutor(16) as pool:
            made = list(pool.map(lambda _n, place=place: outbox_keys._make(place), range(16)))
        kept = outbox_keys._public(outbox_keys._read(place))
        assert [outbox_keys._public(each) for each in made] == [kept] * 16
        assert [each.name for each in place.parent.iterdir()] == [outbox_keys.FILE]
