"""The lock on the door: five failures of an account from one source and it is shut for a quarter of an hour.

Counted by django-axes in the database, so that every process counts together. A source is the address, or the device
for a person who has signed in from it before: whoever guesses from elsewhere does not lock them out (reliability
notes, P26). An account's guesses from all unknown sources have a limit of their own.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db import connection
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from doudi.access.users import User, canonical

COOKIE = "doudi_device"
SALT = "doudi.web.doors"
REMEMBERED = 180 * 24 * 3600  # seconds a device is known after its last sign-in
MOST_PEOPLE = 10  # who share one office's computer
MOST_ELSEWHERE = 50  # failures of an account from all sources it has never come from, in the time of a lock
DEVICES = ipaddress.ip_network("fd00::/8")  # addresses no router carries (RFC 4193): a device is written as one
LOCK = int(settings.AXES_COOLOFF_TIME.total_seconds())


class Doorkeeper(AxesDatabaseHandler):
    """The library's count, and beside it the one over all unknown sources."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether this source, or everything but the account's known devices, is to wait."""
        return bool(super().is_locked(request, credentials)) or _besieged(request, credentials)


def _besieged(request: HttpRequest, credentials: dict[str, Any] | None) -> bool:
    if ipaddress.ip_address(source_of(request)) in DEVICES:
        return False
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(username=account_of(request, credentials), attempt_time__gt=since)
    elsewhere = attempts.exclude(ip_address__startswith="fd").aggregate(n=Sum("failures_since_start"))["n"]
    return (elsewhere or 0) >= MOST_ELSEWHERE


def account_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The account tried, the same for twins of one name; what is no name at all is counted by its hash."""
    typed = str((credentials or {}).get("username") or request.POST.get("username", ""))[:2_000]
    name = canonical(typed).replace("\0", "")
    return name if len(name) <= 150 else hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


def source_of(request: HttpRequest) -> str:
    """Where a try comes from: the known device as an address of its own, else the caller's address."""
    device, people = _device(request)
    if device and any(user.pk in people for user in User.objects.called(account_of(request))):
        return str(ipaddress.IPv6Address(b"\xfd" + hashlib.sha256(device.encode()).digest()[:15]))
    try:
        address = ipaddress.ip_address(caller_of(request))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - a local socket has no address
    return "0.0.0.0" if address in DEVICES else str(address)  # noqa: S104 - nobody pretends to be a device


def caller_of(request: HttpRequest) -> str:
    """The address asking: of the connection, or what the outermost of our own proxies saw.

    Each proxy adds whom it saw to the end of X-Forwarded-For, so of n proxies the n-th entry from the end is theirs;
    what stands before it anybody can write.
    """
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.PROXIES
    return seen[-proxies] if 0 < proxies <= len(seen) else str(request.META.get("REMOTE_ADDR", ""))


def take_turn(request: HttpRequest) -> None:
    """Wait until every earlier try of this account from this source is counted; holds until the transaction ends.

    So of fifty guesses at once five are looked at.
    """
    whose = f"sign-in|{account_of(request)}|{source_of(request)}"
    number = int.from_bytes(hashlib.sha256(whose.encode("utf-8", "replace")).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Know this device when the person comes again."""
    device, people = _device(request)
    kept = [*(number for number in people if number != user.pk), user.pk][-MOST_PEOPLE:]
    value = signing.dumps([device or secrets.token_urlsafe(16), kept], salt=SALT)
    response.set_cookie(
        COOKIE, value, max_age=REMEMBERED, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def _device(request: HttpRequest) -> tuple[str, list[int]]:
    """The device's name and who has signed in from it; nothing for a cookie that is not ours."""
    try:
        device, people = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=REMEMBERED)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return str(device), list(people)
