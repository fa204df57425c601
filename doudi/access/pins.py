"""PINs: six digits by which the officers of one village take turns at a desk they share, each under their own name.

A PIN opens nothing by itself. It is good only at a desk somebody of the village opened with a password, for the people
of that village, and only for roles a password alone is enough for. Five wrong ones, and only the password opens again.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models import F

from doudi.access.duties import Duty
from doudi.access.roles import needs_second_factor
from doudi.access.users import User
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

TRIES = 5
DAYS = 30  # a desk stays open for so long, then somebody opens it anew
DIGITS = re.compile(r"[0-9]{6}")
VILLAGE = 12
LONGEST_NAME = 60
_RUNS = "01234567890 9876543210"


class Pin(models.Model):
    """The PIN of one person, hashed as a password is; `wrong` counts the wrong tries since the last right one."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="pin")
    hashed = models.CharField(max_length=200)
    wrong = models.IntegerField(default=0)
    set_on = models.DateField()

    class Meta:
        db_table = "access_pin"
        constraints = [
            models.CheckConstraint(condition=models.Q(wrong__gte=0, wrong__lte=TRIES), name="access_pin_tries"),
        ]

    @property
    def shut(self) -> bool:
        """Whether too many wrong ones were tried."""
        return self.wrong >= TRIES


class Desk(models.Model):
    """A computer or phone the officers of a village share. Only the hash of its token is kept here."""

    id = models.BigAutoField(primary_key=True)
    place_code = models.CharField(max_length=VILLAGE)
    name = models.CharField(max_length=LONGEST_NAME)
    token_sha256 = models.CharField(max_length=64, unique=True)
    opened_by = models.CharField(max_length=150)
    opened_on = models.DateField()
    until = models.DateField()
    closed_on = models.DateField(null=True)
    closed_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        db_table = "access_desk"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(place_code__regex=r"^[0-9]{12}$"), name="access_desk_village"),
            models.CheckConstraint(condition=models.Q(until__gt=F("opened_on")), name="access_desk_days"),
            models.CheckConstraint(
                condition=models.Q(closed_on__isnull=True) | ~models.Q(closed_by=""), name="access_desk_closed_by"
            ),
        ]


def choose(user: User, pin: str, *, on: date) -> None:
    """Let a person choose a PIN. Raises Refusal for what is no six digits or too easy, and where a code is owed too."""
    if not DIGITS.fullmatch(pin):
        raise Refusal("PIN 是 6 位数字。", "A PIN is six digits.", "pin")
    if len(set(pin)) < 3 or pin in _RUNS:
        raise Refusal("这个 PIN 太容易猜到,请换一个。", "This PIN is too easy to guess; choose another.", "pin")
    if needs_second_factor(duty.role for duty in Duty.objects.of(user, on=on)):
        raise Refusal(
            "您的职责要用密码加动态码登录,不能用 PIN。",
            "Your duty signs in with a password and a code; it has no PIN.",
            "pin",
        )
    with carry_out("access.pins.choose", by=user.username, payload=[user.username]):
        Pin.objects.update_or_create(user=user, defaults={"hashed": make_password(pin), "wrong": 0, "set_on": on})


def open_desk(place_code: str, name: str, *, by: User, on: date) -> tuple[Desk, str]:
    """Make this browser a desk of the village; answers it and the token the browser keeps, told this once."""
    if not Duty.objects.of(by, on=on).filter(role="village_officer", place_code=place_code).exists():
        raise Refusal(
            "只有本村干部能开本村的共用电脑。", "Only an officer of the village opens a desk of it.", "place_code"
        )
    token, label = secrets.token_urlsafe(32), name.strip()[:LONGEST_NAME]
    with carry_out("access.pins.open_desk", by=by.username, payload=[place_code, label]) as act:
        made = Desk.objects.create(
            place_code=place_code, name=label or "村部电脑", token_sha256=_sha256(token), opened_by=by.username,
            opened_on=on, until=on + timedelta(days=DAYS),
        )  # fmt: skip
        act.result = {"desk": made.pk}
    return made, token


def close_desk(desk: Desk, *, by: str, on: date) -> None:
    """Close a desk: no PIN opens anything there from now on."""
    with carry_out("access.pins.close_desk", by=by, payload=[desk.pk]):
        Desk.objects.filter(pk=desk.pk, closed_on=None).update(closed_on=on, closed_by=by)


def desk_of(token: str, *, on: date) -> Desk | None:
    """The open desk a browser's token belongs to."""
    return Desk.objects.filter(token_sha256=_sha256(token), closed_on=None, until__gt=on).first() if token else None


def people_of(desk: Desk, *, on: date) -> list[User]:
    """Who may take a turn at a desk: officers of its village in force, with a PIN, whom a password alone lets in."""
    duties = Duty.objects.in_force(on=on).filter(role="village_officer", place_code=desk.place_code)
    users = User.objects.active().filter(pin__isnull=False, duties__in=duties).distinct().order_by("name", "pk")
    return [each for each in users if not needs_second_factor(d.role for d in Duty.objects.of(each, on=on))]


def enter(desk: Desk, username: str, pin: str, *, on: date) -> User | None:
    """Who the PIN lets in at a desk; None for a wrong one, which is counted. The caller commits either way.

    Raises Refusal for a person who has none there, or tried too often: their password still opens.
    """
    user = next((each for each in people_of(desk, on=on) if each.username == username), None)
    held = Pin.objects.select_for_update().filter(user=user).first() if user else None
    if user is None or held is None:
        raise Refusal("请从名单里选您的名字。", "Choose your name from the list.", "username")
    if held.shut:
        raise Refusal(
            "PIN 输错太多次,已停用。请用账号和密码登录,再到“我的账号”里换一个 PIN。",
            "The PIN was wrong too often and is shut. Sign in with your password, then choose another under your"
            " account.",
            "pin",
        )
    right = check_password(pin, held.hashed)
    wrong = 0 if right else held.wrong + 1
    if wrong != held.wrong:
        with carry_out("access.pins.try", by=user.username, payload=[user.username, right, wrong]):
            Pin.objects.filter(pk=held.pk).update(wrong=wrong)
    return user if right else None


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
