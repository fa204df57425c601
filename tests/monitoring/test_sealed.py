"""Sealed entries: only this home opens them, each is taken in once, and what was touched does not open."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from django.utils import timezone

from doudi.access.scope import Scope, as_engine, enter
from doudi.monitoring import days, outbox_files, outbox_keys
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
    entries = outbox_files.read(orjson.dumps(file))
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
    "body", [b"", b"{}", b"[1]", b'{"doudi":"outbox"}', b"\xff\xfe", b'{"doudi":"outbox","entries":7}']
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
