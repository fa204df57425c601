"""An outbox exported from a telephone: a file of sealed entries, taken in as the same commands by a named operator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeGuard

import orjson
from django.db import transaction

from doudi.monitoring import orders, outbox_keys, photos
from doudi.monitoring.orders import Order, Taker
from doudi.monitoring.photos import Photo
from doudi.policy.sittings import Sitting
from doudi.trail.commands import AlreadyDone, Command
from doudi.values.refusals import Refusal

DONE, REPEATED, REFUSED = STATES = ("done", "repeated", "refused")
MOST_BYTES, MOST, MOST_PHOTOS = 150_000_000, 5_000, 200
PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one entry: a command by its verb, or a photograph."""

    id: str
    verb: str
    household: int | None
    state: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What a file holds: sealed commands, and sealed photographs of theirs (none in a file of an older telephone)."""

    entries: list[Any]
    photos: list[Any]


def read(body: bytes) -> Outbox:
    """The sealed entries and photographs of a file. Raises Refusal for a file that is none."""
    try:
        found = orjson.loads(body) if len(body) <= MOST_BYTES else None
    except orjson.JSONDecodeError:
        found = None
    known = found if isinstance(found, dict) and found.get("doudi") == "outbox" else {}
    entries, photographs = known.get("entries"), known.get("photos", [])
    if not _is_list(entries, MOST) or not _is_list(photographs, MOST_PHOTOS):
        raise Refusal(
            "这不是手机导出的待上传文件。请在手机“上传与本机”里重新导出。",
            "This is no outbox exported from a telephone. Export it again there.",
            "file",
        )
    return Outbox(entries, photographs)


def _is_list(found: Any, most: int) -> TypeGuard[list[Any]]:
    return isinstance(found, list) and len(found) <= most


def take_in_photos(envelopes: list[Any], *, by: str, on: date) -> list[Entry]:
    """Keep each photograph under the sum its check names; one that came otherwise meanwhile is kept once."""
    return [_take_photo(each, by, on) for each in envelopes]


def _take_photo(envelope: Any, by: str, on: date) -> Entry:
    named = str(envelope.get("id", ""))[:64] if isinstance(envelope, Mapping) else ""
    try:
        body = outbox_keys.open_photo(envelope)
        sha256 = hashlib.sha256(body).hexdigest()
        known = Photo.objects.filter(pk=sha256).exists()
        with transaction.atomic():
            photos.keep(sha256, body, by=by, on=on)
        return Entry(named, PHOTO, None, REPEATED if known else DONE)
    except Refusal as refusal:
        return Entry(named, PHOTO, None, REFUSED, refusal)


def take_in(
    entries: list[Any],
    *,
    sight: Callable[[], AbstractContextManager[Any]],
    taker: Callable[[Sitting], Taker],
    now: datetime,
) -> list[Entry]:
    """Carry out each entry in a transaction of its own, in what `sight` lets the operator see.

    What the telephone handed in itself meanwhile is not done again: the ids are the same.
    """
    return [_take(each, sight, taker, now) for each in entries]


def _take(
    envelope: Any,
    sight: Callable[[], AbstractContextManager[Any]],
    taker: Callable[[Sitting], Taker],
    now: datetime,
) -> Entry:
    named = str(envelope.get("id", ""))[:64] if isinstance(envelope, Mapping) else ""
    order: Order | None = None
    try:
        content = outbox_keys.open_sealed(envelope)
        order = orders.read(content, device_at=None)
        if Command.objects.filter(pk=order.id).exists():
            return Entry(named, order.verb, order.household, REPEATED)
        with transaction.atomic(), sight():
            whole = taker(Sitting([order.household], now=now))
            orders.carry_out(order, whole)
            whole.sitting.decide(by=whole.by)
        return Entry(named, order.verb, order.household, DONE)
    except AlreadyDone:
        return Entry(named, order.verb if order else "", order.household if order else None, REPEATED)
    except Refusal as refusal:
        return Entry(named, order.verb if order else "", order.household if order else None, REFUSED, refusal)
