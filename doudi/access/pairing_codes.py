"""Pairing codes: eight digits a signed-in person is shown, good once and for ten minutes, that pair a telephone."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import models
from django.utils.crypto import salted_hmac

from doudi.access import devices
from doudi.access.devices import Device
from doudi.access.users import User
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

DIGITS = 8
GOOD_FOR = timedelta(minutes=10)
# Wrong codes within `GOOD_FOR` from one address (a whole county office stands behind one), and from all together: with
# a hundred codes open at a time, four hundred guesses find one with a chance of 1 in 2,500.
MOST_FROM_ONE, MOST = 40, 400


class PairingCode(models.Model):
    """One code, hashed. A person has one at a time: a new one takes the place of the last."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="pairing_code")
    code_hash = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()

    class Meta:
        db_table = "access_pairing_code"


class WrongCode(models.Model):
    """A code that was typed and is none: from where, when. Kept for ten minutes."""

    address = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_wrong_pairing_code"


def issue(user: User, *, now: datetime) -> str:
    """Give a person a code; answers it, and keeps it nowhere."""
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    with carry_out("access.pairing_codes.issue", by=user.username, payload=[user.username]):
        PairingCode.objects.update_or_create(user=user, defaults={"code_hash": _hash(code), "until": now + GOOD_FOR})
    return code


def redeem(code: str, name: str, *, now: datetime, lasts: timedelta = devices.LASTS) -> tuple[Device, str] | None:
    """Pair a telephone by a code, which is used up; answers the device and its token, None for a code that is none.

    Raises Refusal where the person may pair no more.
    """
    held = PairingCode.objects.select_related("user").filter(code_hash=_hash(code), until__gt=now).first()
    if held is None or not held.user.is_active:
        return None
    with carry_out("access.pairing_codes.redeem", by=held.user.username, payload=[held.user.username]):
        taken = PairingCode.objects.filter(pk=held.pk, code_hash=held.code_hash).update(until=now)
        return devices.register(held.user, name, by=held.user.username, now=now, lasts=lasts) if taken else None


def note_wrong(address: str, *, now: datetime) -> None:
    """Count a wrong code, and forget those of earlier."""
    WrongCode.objects.filter(at__lt=now - GOOD_FOR).delete()
    WrongCode.objects.create(address=address[:64], at=now)


def refuse_guessing(address: str, *, now: datetime) -> None:
    """Raise Refusal while too many wrong codes came from an address, or altogether."""
    lately = WrongCode.objects.filter(at__gt=now - GOOD_FOR)
    if lately.count() >= MOST or lately.filter(address=address[:64]).count() >= MOST_FROM_ONE:
        raise Refusal(
            "输错的次数太多,请十分钟后再试,或在手机上直接登录配对。",
            "Too many wrong codes. Try again in ten minutes, or sign in on the telephone itself.",
            "code",
        )


def _hash(code: str) -> str:
    digits = "".join(letter for letter in code if letter.isascii() and letter.isdigit())
    return salted_hmac("doudi.access.pairing_codes", digits, algorithm="sha256").hexdigest()
