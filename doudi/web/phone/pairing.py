"""Pairing a telephone: by the eight digits its owner sees on the desk, or signed in on the telephone itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from doudi.access import devices, factors, pairing_codes
from doudi.access.devices import Device
from doudi.access.permissions import PUBLIC, permission
from doudi.access.users import User
from doudi.monitoring import outbox_keys
from doudi.places import counties
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from doudi.web import doors, gates
from doudi.web.phone import bodies, gate
from doudi.web.reader import read_as


@permission(PUBLIC)
@csrf_exempt
@require_POST
@sensitive_variables("token")
def pair(request: HttpRequest) -> HttpResponse:
    """A token for a code, or for who is signed in. 422 for a wrong code, 429 after too many, 401 for nobody."""
    try:
        given = bodies.read(request, most=4096)
        name, code = given.get("device_name"), given.get("code")
        if not isinstance(name, str) or not isinstance(code, str | None):
            raise bodies.WrongForm("请写明手机的名字。", "Name the telephone.", "device_name")
        now = timezone.now()
        made = _by_code(request, code, name, now) if code else _signed_in(request, name, now)
    except bodies.TooLarge as refusal:
        return gate.refused(refusal, 413)
    except bodies.WrongForm as refusal:
        return gate.refused(refusal, 400)
    except Refusal as refusal:
        return gate.refused(refusal)
    return made if isinstance(made, HttpResponse) else gate.say(_told(*made))


def _by_code(request: HttpRequest, code: str, name: str, now: datetime) -> Any:
    address = doors.caller_of(request)
    try:
        pairing_codes.refuse_guessing(address, now=now)
    except Refusal as refusal:
        return gate.refused(refusal, 429, Retry_After=str(int(pairing_codes.GOOD_FOR.total_seconds())))
    with transaction.atomic():
        made = pairing_codes.redeem(code, name, now=now, lasts=_lasts())
    if made is not None:
        return made
    with transaction.atomic():
        pairing_codes.note_wrong(address, now=now)
    return gate.refused(
        Refusal(
            "配对码不对,或已过十分钟。请在电脑上“我的手机”里重新取一个。",
            "The code is not right, or older than ten minutes. Get another on the desk under “My telephones”.",
            "code",
        )
    )


def _signed_in(request: HttpRequest, name: str, now: datetime) -> Any:
    """By the session of the telephone's own browser, whose request must bear the form's mark."""
    check = CsrfViewMiddleware(lambda _request: HttpResponse())
    check.process_request(request)
    if check.process_view(request, lambda _request: HttpResponse(), (), {}) is not None:
        return gate.told(403)
    user = request.user
    if not isinstance(user, User) or gates.lapsed(request) or gates.owes_code(request, factors.device_of(user)):
        return gate.refused(gate.NO_SESSION, 401)
    with transaction.atomic():
        reader = read_as(user, on=timezone.localdate(now))
        if not reader.may("phone.sync"):
            return gate.told(403)
        with carry_out("phone.pair", by=user.username, payload=[user.username, name[:200]]):
            return devices.register(user, name, by=user.username, now=now, lasts=_lasts())


def _lasts() -> timedelta:
    return timedelta(days=counties.phone_days().paired)


def _told(device: Device, token: str) -> dict[str, Any]:
    user = device.user
    return {
        "token": token,
        "device": device.pk,
        "expires_on": device.expires_on.isoformat(),
        "user": {"name": user.name, "username": user.username},
        "public_key": outbox_keys.public_key(),
    }
