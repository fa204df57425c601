"""An outbox exported from a telephone: a file of sealed entries, taken in as the same commands by a named operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from doudi.monitoring import orders, outbox_keys
from doudi.monitoring.orders import Order, Taker
from doudi.policy.sittings import Sitting
from doudi.trail.commands import AlreadyDone, Command
from doudi.values.refusals import Refusal

DONE, REPEATED, REFUSED = STATES = ("done", "repeated", "refused")
MOST_BYTES, MOST = 20_000_000, 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one entry."""

    id: str
    verb: str
    household: int | None
    state: str
    refusal: Refusal | None = None


def read(body: bytes) -> list[Any]:
    """The sealed entries of a file. Raises Refusal for a file that is none."""
    try:
        found = orjson.loads(body) if len(body) <= MOST_BYTES else None
    except orjson.JSONDecodeError:
        found = None
    entries = found.get("entries") if isinstance(found, dict) and found.get("doudi") == "outbox" else None
    if not isinstance(entries, list) or len(entries) > MOST:
        raise Refusal(
            "这不是手机导出的待上传文件。请在手机“上传与本机”里重新导出。",
            "This is no outbox exported from a telephone. Export it again there.",
            "file",
        )
    return entries


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
