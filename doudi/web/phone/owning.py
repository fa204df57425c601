"""Telephones of a person: pairing one by a code, and taking one back, for oneself or for somebody who lost theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from doudi.access import devices, pairing_codes
from doudi.access.devices import Device
from doudi.access.permissions import permission
from doudi.access.users import User
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.desk import accounts
from doudi.web.reader import reader_of
from doudi.web.shell import show


@permission("device.own")
@sensitive_variables("code")
def show_own(request: HttpRequest) -> HttpResponse:
    """One's telephones; asked to, a code of eight digits and its picture, this once."""
    user, now = reader_of(request).user, timezone.now()
    code = pairing_codes.issue(user, now=now) if request.method == "POST" else ""
    return _page(request, user, now, code)


def _page(request: HttpRequest, user: User, now: datetime, code: str = "", problem: str = "") -> HttpResponse:
    address = request.build_absolute_uri("/m/") + f"#/pair/{code}"
    context = {
        "rows": rows_of(user, now),
        "code": f"{code[:4]} {code[4:]}" if code else "",
        "qr": segno.make(address, error="m").svg_data_uri(scale=5, dark="#000", light="#fff") if code else "",
        "address": request.build_absolute_uri("/m/"),
        "minutes": int(pairing_codes.GOOD_FOR.total_seconds()) // 60,
        "most": devices.MOST,
        "problem": problem,
    }
    return show(request, "phone/devices.html", context, status=422 if problem else 200)


def rows_of(user: User, now: datetime) -> list[dict[str, Any]]:
    """A person's telephones, each with whether its token is good today."""
    today = timezone.localdate(now)
    return [{"device": each, "good": each.is_good(today)} for each in Device.objects.of([user])]


@permission("device.own")
@require_POST
def revoke_own(request: HttpRequest, number: str) -> HttpResponse:
    """Take one of one's own telephones back."""
    user, now = reader_of(request).user, timezone.now()
    try:
        devices.revoke(_device(Device.objects.filter(user=user), number), by=user.username, now=now)
    except Refusal as refusal:
        return _page(request, user, now, problem=errors.words_of(refusal))
    return HttpResponseRedirect(reverse("devices"))


@permission("account.manage")
@require_POST
def revoke(request: HttpRequest, username: str, number: str) -> HttpResponse:
    """Take a telephone back of somebody who lost it."""
    reader = reader_of(request)
    people = accounts.visible(reader).filter(username=username.replace("\0", ""))
    held = _device(Device.objects.filter(user__in=people), number)
    devices.revoke(held, by=reader.user.username, now=timezone.now())
    return HttpResponseRedirect(reverse("account", args=[held.user.username]))


def _device(found: Any, number: str) -> Device:
    held = found.filter(pk=number).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    if not isinstance(held, Device):
        raise Http404
    return held
