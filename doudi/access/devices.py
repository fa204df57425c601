"""Devices: telephones a person has paired with their account. Each holds a token of its own and never a password."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone

from doudi.access.users import User
from doudi.trail.commands import carry_out
from doudi.trail.written import TEXT, Written
from doudi.values.refusals import Refusal

LASTS = timedelta(days=180)  # after this a telephone is paired anew, where the county does not say otherwise
MOST = 5  # devices of one person that are good at a time
LONGEST_NAME = 60
TOKEN_BYTES = 32


class Devices(models.QuerySet["Device"]):
    """The questions asked about devices."""

    def good(self, *, on: date) -> Devices:
        """Those whose token is taken on that day."""
        return self.filter(revoked_at=None, expires_on__gt=on, user__is_active=True)

    def of(self, people: Iterable[User] | models.QuerySet[User]) -> Devices:
        """Those of some people, the latest first."""
        return self.filter(user__in=people).select_related("user").order_by("-made_at", "-id")


class Device(models.Model):
    """One telephone of one person. Of the token only the hash is kept.

    `refreshed_on` is the day it was last heard of, and no hour: who is at work when is not watched.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=LONGEST_NAME)
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=150, blank=True, default="")
    refreshed_on = models.DateField(null=True)

    objects = Devices.as_manager()

    class Meta:
        db_table = "access_device"
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="access_device_has_name"),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_by="")),
                name="access_device_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_good(self, on: date) -> bool:
        """Whether its token is taken on that day."""
        return self.revoked_at is None and on < self.expires_on and self.user.is_active


def register(user: User, name: str, *, by: str, now: datetime, lasts: timedelta = LASTS) -> tuple[Device, str]:
    """Pair a telephone for as long as the county lets it; answers the device and its token, told once and kept nowhere.

    Raises Refusal for one without a name, and where the person has as many as one may.
    """
    token, today = secrets.token_urlsafe(TOKEN_BYTES), timezone.localdate(now)
    cleaned = "".join(letter for letter in name if letter.isprintable()).strip()[:LONGEST_NAME]
    if not cleaned:
        raise Refusal("请给这台手机起个名字。", "Give the telephone a name.", "device_name")
    with carry_out("access.devices.register", by=by, payload=[user.username, cleaned]) as act:
        list(User.objects.select_for_update().filter(pk=user.pk))  # two pairings at once are one after the other
        if Device.objects.good(on=today).filter(user=user).count() >= MOST:
            raise Refusal(
                f"已有 {MOST} 台手机在用。请先在“我的手机”里停用一台。",
                f"{MOST} telephones are paired already. Revoke one of them first.",
                "device_name",
            )
        made = Device.objects.create(
            user=user, name=cleaned, token_sha256=_hash(token), made_at=now, expires_on=today + lasts
        )
        act.result = {"device": made.pk}
    return made, token


def revoke(device: Device, *, by: str, now: datetime) -> None:
    """Take a telephone's token back at once; what it still holds it may keep to be exported. Refused when it was."""
    with carry_out("access.devices.revoke", by=by, payload=[device.pk]):
        done = Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now, revoked_by=by)
        if not done:
            raise Refusal("这台手机已经停用。", "This telephone is revoked already.")
    device.revoked_at, device.revoked_by = now, by


def shorten(lasts: timedelta) -> int:
    """Let no pairing last longer than that from the day it was made; answers how many end sooner now.

    Inside a command.
    """
    made = [
        (each, timezone.localdate(each.made_at) + lasts)
        for each in Device.objects.filter(revoked_at=None).order_by("id")
    ]
    longer = [(each, until) for each, until in made if each.expires_on > until]
    for each, until in longer:
        each.expires_on = until
    Device.objects.bulk_update([each for each, _until in longer], ["expires_on"], batch_size=2_000)
    return len(longer)


_of_token = Written(lambda token: Device.objects.select_related("user").filter(token_sha256=token)[:1], token=TEXT)


def read(token: str, *, on: date) -> Device:
    """The device of a token. Raises Refusal, in words a person understands, for one that is not taken on that day."""
    found = _of_token.first(token=_hash(token))
    if found is None:
        raise Refusal("这台手机没有配对。请重新配对。", "This telephone is not paired. Pair it again.")
    if found.revoked_at is not None or not found.user.is_active:
        raise Refusal(
            "这台手机已被停用。未上传的内容还在手机里,请重新配对后上传,或导出交给乡镇。",
            "This telephone was revoked. What it holds is still there: pair it again, or export it.",
        )
    if not found.is_good(on):
        raise Refusal(
            "登录已到期。未上传的内容还在手机里,请重新配对。",
            "The sign-in has run out. What the telephone holds is still there: pair it again.",
        )
    return found


def refresh(device: Device, *, on: date) -> None:
    """Note the day a telephone was heard of, once a day."""
    if device.refreshed_on == on:
        return
    with carry_out("access.devices.refresh", by=device.user.username, payload=[device.pk, on]):
        Device.objects.filter(pk=device.pk).update(refreshed_on=on)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
