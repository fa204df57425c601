"""What a signed-in person owes before any work: the second factor, a password of their own, enrolment.

Asked at every request, so what was revoked is revoked at once. A session left alone is over.
"""

from __future__ import annotations

import time

from django.contrib.auth import logout
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from doudi.access import factors
from doudi.access.roles import needs_second_factor
from doudi.access.users import User
from doudi.places import counties
from doudi.web.reader import Reader

IDLE = 3600  # seconds without a request
LONGEST = 12 * 3600  # seconds a session lasts, used or not
GRAIN = 300  # seconds between two notes of a session's use: not one write a request
SEEN, SINCE, SHOWN = "seen", "since", "second_factor"
CODE, PASSWORD, ENROLMENT, PROFILE = "/sign-in/code/", "/profile/password/", "/profile/second-factor/", "/profile/"


def lapsed(request: HttpRequest) -> bool:
    """Whether the session was left alone too long, or has lasted long enough; it is over then."""
    now, session = int(time.time()), request.session
    since, seen = session.get(SINCE, now), session.get(SEEN, now)
    if now - seen > IDLE or now - since > LONGEST:
        logout(request)
        return True
    if SINCE not in session or now - seen >= GRAIN:
        session[SINCE], session[SEEN] = since, now
    return False


def first(request: HttpRequest, reader: Reader, *, enrolled: bool) -> str:
    """The page where a password is to be chosen or a second factor enrolled before anything else; else nothing."""
    if not reader.may("profile.change"):
        return ""
    if reader.user.must_change_password:
        return "" if request.path == PASSWORD else PASSWORD
    if enrolled or request.path in (PROFILE, PASSWORD, ENROLMENT):
        return ""
    return ENROLMENT if needs_second_factor(reader.roles) and counties.demands_second_factor() else ""


def owes_code(request: HttpRequest, device: TOTPDevice | None) -> bool:
    """Whether the person has a device and this session has not shown its code."""
    return device is not None and request.session.get(SHOWN) != device.pk


def shown(request: HttpRequest, user: User) -> None:
    """Note that this session has shown the second factor; its key is a new one from here on."""
    device = factors.device_of(user)
    request.session.cycle_key()
    request.session[SHOWN] = device.pk if device else None
