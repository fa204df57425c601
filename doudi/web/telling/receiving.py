"""What gateways say back: receipts and replies, as a table somebody sends in, or signed, from the gateway itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import PUBLIC, permission
from doudi.outreach import gateways, receipt_sheets, receipts, sending
from doudi.outreach.receipt_sheets import RECEIPTS
from doudi.outreach.receipts import Line, Said
from doudi.policy.snapshots import county_code
from doudi.values.refusals import Refusal
from doudi.web.phone import bodies
from doudi.web.sheets import Door
from doudi.web.telling import ways

MOST_BYTES, MOST = 512 * 1024, 2_000
DOOR = Door(
    kind=RECEIPTS,
    back=reverse_lazy("gateways"),  # type: ignore[arg-type]
    back_words=gettext_lazy("发送通道"),
    look="receipt-sheet",
    accept="receipt-sheet-accept",
    discard="receipt-sheet-discard",
    refused="receipt-sheet-refused",
)


@permission("receipt.take")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Keep a table of receipts to be looked at; the page with the reason where it cannot be."""
    answer = DOOR.bring(request)
    return ways.page(request, sheet_problem=answer) if isinstance(answer, str) else answer


@permission("receipt.take")
@require_safe
def give_form(request: HttpRequest) -> HttpResponse:
    """The table to fill in where a gateway gives none."""
    return DOOR.give_form()


@permission("receipt.take")
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a table."""
    return DOOR.show(request, number, may_accept=True)


@permission("receipt.take")
@require_POST
def accept_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table in."""
    return DOOR.take_in(request, number)


@permission("receipt.take")
@require_POST
def discard_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table away."""
    return DOOR.throw_away(request, number)


@permission("receipt.take")
@require_safe
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """What stays out of a table, with the reasons."""
    return DOOR.give_refused(request, number)


@permission(PUBLIC)
@csrf_exempt
@require_POST
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """What a gateway sends by itself, signed with its key (`X-Doudi-Signature`, HMAC-SHA256 of the body in hex).

    Sent again, it changes nothing. 401 for a wrong signature, 404 for no such gateway, 413, 400 for another form.
    """
    gateway = ways.gateway_of(number)
    try:
        body = bodies.raw(request, most=MOST_BYTES)
        if not gateways.is_signed(gateway, body, request.headers.get("X-Doudi-Signature", "")):
            return JsonResponse({"error": "the signature is not right"}, status=401)
        said = _said(body)
    except bodies.TooLarge as refusal:
        return JsonResponse({"error": refusal.en}, status=413)
    except (Refusal, ValueError) as error:
        return JsonResponse({"error": error.en if isinstance(error, Refusal) else "not the agreed form"}, status=400)
    with sending.whole():
        told = receipts.understand(said)
        lines = [each for each in told if isinstance(each, Line)]
        taken = receipts.write(lines, county=county_code(), by=f"gateway:{gateway.pk}", now=timezone.now())
    return JsonResponse({"taken": taken, "repeated": len(lines) - taken, "refused": len(told) - len(lines)})


def _said(body: bytes) -> list[Said]:
    """The lines of a body: `{"receipts": [{"to", "key", "state", "at"}], "replies": [{"from", "text", "at"}]}`."""
    content = orjson.loads(body)
    parts = [content.get(name, []) for name in ("receipts", "replies")] if isinstance(content, Mapping) else [None]
    if not all(isinstance(part, list) for part in parts):
        raise ValueError("not the agreed form")
    rows = [each for part in parts for each in part or ()]
    if len(rows) > MOST or not all(isinstance(each, Mapping) for each in rows):
        raise ValueError("not the agreed form, or too many lines")
    return [_line(each) for each in rows]


def _line(each: Mapping[str, Any]) -> Said:
    def word(*names: str) -> str:
        found = next((each[name] for name in names if each.get(name)), "")
        if not isinstance(found, str) or "\0" in found:
            raise ValueError("a text is no text")
        return found[: receipts.LONGEST]

    at = receipt_sheets.moment(word("at"))
    return Said(number=word("to", "from"), key=word("key"), state=word("state"), text=word("text"), at=at)
