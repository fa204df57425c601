"""The second factor: a code from the person's own phone (TOTP, RFC 6238), or one of ten codes kept on paper.

Drift, replay and throttling are django-otp's; a device's secret is in its table, so the database's backups hold it.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime

from django.db import models
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice

from doudi.access.users import LEGIBLE, User
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

ISSUER = "doudi"
RECOVERY_CODES = 10
SECRET_BYTES = 20
DIGITS = 6


class RecoveryCode(models.Model):
    """One of the codes written down at enrolment, hashed; it works once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_recovery_code"
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="access_recovery_code_once")]


def device_of(user: User) -> TOTPDevice | None:
    """The person's device, or None before enrolment."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def new_secret() -> str:
    """A secret for a device, as hexadecimal digits."""
    return secrets.token_hex(SECRET_BYTES)


def address_of(user: User, secret: str) -> str:
    """What the QR code says: the otpauth address an authenticator reads."""
    return str(TOTPDevice(user=user, key=secret).config_url)


def enrol(user: User, secret: str, typed: str) -> list[str]:
    """Take a device whose code proves that it holds the secret; answers ten recovery codes, kept only as hashes.

    Raises Refusal for a wrong code, and while there is a device: an administrator resets it first.
    """
    with carry_out("access.factors.enrol", by=user.username, payload=[user.username]):
        if device_of(User.objects.select_for_update().get(pk=user.pk)):
            raise Refusal(
                "已经绑定了验证器。要换手机,请管理员先重置。",
                "There is an authenticator already. To change phones, have an administrator reset it first.",
            )
        device = TOTPDevice.objects.create(user=user, name=ISSUER, key=secret)
        if not device.verify_token(plain(typed)):
            raise wrong_code()
        codes = ["".join(secrets.choice(LEGIBLE) for _ in range(10)) for _ in range(RECOVERY_CODES)]
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def check(user: User, typed: str, *, now: datetime) -> bool:
    """Whether a code of the device, or a recovery code, is right: each once, and after a failure only after a while."""
    code = plain(typed)
    with carry_out("access.factors.check", by=user.username) as act:
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        right = device is not None and _right(device, code, now)
        act.result = {"right": right}
    return right


def _right(device: TOTPDevice, code: str, now: datetime) -> bool:
    if not device.verify_is_allowed()[0]:
        return False
    if len(code) == DIGITS and code.isascii() and code.isdigit():
        return bool(device.verify_token(code))
    used = RecoveryCode.objects.filter(user_id=device.user_id, code_hash=_hash(code), used_at=None).update(used_at=now)
    if not used:
        device.throttle_increment()
    return bool(used)


def left(user: User) -> int:
    """How many recovery codes have not been used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def reset(user: User, *, reason: str, by: str) -> None:
    """Take a person's device and recovery codes away, so that they enrol another. Raises Refusal without a reason."""
    if not reason.strip():
        raise Refusal("请写明重置的原因。", "Say why it is reset.", "reason")
    if user.username == by:
        raise Refusal(
            "不能重置自己的验证器。请另一位管理员办理。",
            "Nobody resets their own second factor. Ask another administrator.",
            "reason",
        )
    with carry_out("access.factors.reset", by=by, payload=[user.username, reason]) as act:
        TOTPDevice.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        act.result = {"user": user.pk, "reason": reason.strip()[:500]}


def plain(typed: str) -> str:
    """A code as it is compared: without spaces and dashes, half width, lower case."""
    text = unicodedata.normalize("NFKC", typed[:100])
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def wrong_code() -> Refusal:
    """What is said to a code that does not fit."""
    return Refusal(
        "验证码不对,或已经用过。请等手机上出现下一个验证码再输入。",
        "The code is not right or was used already. Wait for the next one on the phone and type that.",
        "code",
    )


def _hash(code: str) -> str:
    return salted_hmac("doudi.access.factors", code, algorithm="sha256").hexdigest()
