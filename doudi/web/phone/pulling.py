"""What a telephone takes with it: the cards of the reader's own households that differ from what it holds."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from doudi.access import devices
from doudi.access.devices import Device
from doudi.access.permissions import permission
from doudi.facts.vocabulary import load as shipped
from doudi.monitoring import cards, days, outbox_keys
from doudi.monitoring.need_codes import NEEDS
from doudi.outreach import scripts
from doudi.places import counties
from doudi.policy import versions
from doudi.policy.runs import Run
from doudi.web.phone import errands, gate, syncing
from doudi.web.reader import reader_of

MOST_CURSOR, LONGEST_ID = 64 * 1024, 18
Cursor = dict[str, str]  # of each household the telephone holds: the digest of its card


@permission("phone.read")
@require_safe
def pull(request: HttpRequest) -> HttpResponse:
    """The cards that changed since a cursor, and the households that are no longer the reader's; 304 for nothing new.

    The cursor is what the telephone holds, in the telephone's own hands: the server need remember nothing, and whatever
    changed, by whichever way, is found by its content. `held` names the cards that came since in answer to a batch
    ("81:1f…,82:…"): content that comes back to what the cursor knows is not what the telephone shows.
    Without a cursor it is not listened to: a telephone that was cleared has no card.
    """
    reader, device, now = reader_of(request), gate.device_of(request), timezone.now()
    run = Run.objects.standing()
    today = days.county_day(now, run)
    if device is not None and request.method == "GET":
        devices.refresh(device, on=timezone.localdate(now))
    given = request.GET.get("since", "")
    known = _opened(given)
    held = known and known | _otherwise(request.GET.get("held", ""))
    duties_on = timezone.localdate(now)
    mine = errands.cards_of(reader.scope.households, reader=reader, on=today, duties_on=duties_on, run=run)
    present = {str(card["id"]): card for card in mine}
    digests = {number: cards.digest(card) for number, card in present.items()}
    cursor = _closed({**digests, "day": today.isoformat()})
    same = cursor == given and all(held.get(number) == digest for number, digest in digests.items())
    if given and same and request.headers.get("If-None-Match") == given:
        return HttpResponse(status=304)
    return gate.say(
        {
            "cursor": cursor,
            "server_at": now.isoformat(),
            "today": today.isoformat(),
            "user": {"name": reader.user.name, "username": reader.user.username},
            "limits": _limits(device),
            "households": [card for number, card in present.items() if held.get(number) != digests[number]],
            "gone": sorted(int(number) for number in held if _is_id(number) and number not in present),
            "words": _words(run),
            "scripts": _scripts(),
            "public_key": outbox_keys.public_key(),
        }
    )


def _limits(device: Device | None) -> dict[str, Any]:
    """What the county lets a telephone keep, and the day its pairing ends."""
    limits: dict[str, Any] = {"days_kept": counties.phone_days().kept, "max_batch": syncing.MOST}
    return limits | ({"expires_on": device.expires_on.isoformat()} if device else {})


def _words(run: Run | None) -> dict[str, Any]:
    vocabulary = versions.of_hash(run.pack_id).vocabulary if run else shipped()
    return {
        "needs": [{"code": need.code, "zh": need.zh, "en": need.en} for need in NEEDS.values()],
        "sources": {name: {"zh": source.zh, "en": source.en} for name, source in vocabulary.sources.items()},
    }


def _scripts() -> list[dict[str, str]]:
    return [
        {
            "name": each.name,
            "title_zh": each.title_zh,
            "title_en": each.title_en,
            "text_zh": each.zh,
            "text_en": each.en,
        }
        for each in scripts.present()
    ]


def _closed(held: Cursor) -> str:
    return base64.urlsafe_b64encode(zlib.compress(orjson.dumps(held, option=orjson.OPT_SORT_KEYS))).decode()


def _otherwise(text: str) -> Cursor:
    """The digests of cards a telephone holds otherwise than its cursor says."""
    pairs = (each.partition(":") for each in text[:MOST_CURSOR].split(",") if each)
    return {number: digest for number, _, digest in pairs if _is_id(number)}


def _is_id(text: str) -> bool:
    """Whether a telephone's word for a household can be one; a forged cursor may hold anything."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID


def _opened(text: str) -> Cursor:
    """What a cursor says is held; nothing for one that is not ours, so that everything is sent."""
    try:
        packed = base64.urlsafe_b64decode(text.encode("ascii")) if len(text) <= MOST_CURSOR else b""
        found = orjson.loads(zlib.decompressobj().decompress(packed, 16 * MOST_CURSOR)) if packed else {}
    except (binascii.Error, zlib.error, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
