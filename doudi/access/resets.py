"""Resets: who gave whom another password, or took whose second factor away. Told to them, and listed for the county.

Whoever holds both of an officer's keys can sign in as that officer. So nobody resets both: the second takes another
administrator (docs/decisions/0028). Who works without an authenticator has one key, and that one takes two: the first
administrator asks, the second does it (docs/decisions/0073).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from doudi.access import factors, users
from doudi.access.duties import Duty
from doudi.access.roles import needs_second_factor
from doudi.access.users import User
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

PASSWORD, FACTOR, ASKED = "password", "factor", "asked"
WORDS = {
    PASSWORD: ("密码", "password"),
    FACTOR: ("验证器", "authenticator"),
    ASKED: ("提出重置密码,须另一位管理员办理", "another password asked for; takes another administrator"),
}
APART = timedelta(days=30)  # for so long the one who reset the one key does not reset the other
WAITS = timedelta(days=7)  # for so long what the first administrator asked for waits for the second
LONGEST = 500


class Resets(models.QuerySet["Reset"]):
    """The questions asked about resets."""

    def of(self, people: Iterable[User] | models.QuerySet[User]) -> Resets:
        """Those of some people, the latest first."""
        return self.filter(user__in=people).select_related("user").order_by("-id")


class Reset(models.Model):
    """One key of one person reset: which, by whom, when, and why where a reason was given; never changed."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="resets")
    what = models.CharField(max_length=16, choices=[(name, zh) for name, (zh, _en) in WORDS.items()])
    reason = models.CharField(max_length=LONGEST, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    objects = Resets.as_manager()

    class Meta:
        db_table = "access_reset"
        constraints = [models.CheckConstraint(condition=~models.Q(by=""), name="access_reset_by_somebody")]
        indexes = [models.Index(fields=["user"], name="access_reset_of_user")]


def reset_password(user: User, *, reason: str = "", by: str, now: datetime) -> str | None:
    """Give a person a password for one sign-in; answers it. Raises Refusal for who reset their second factor lately.

    Where it is the one key of a role above the village, the first administrator only asks for it: None.
    """
    with carry_out("access.resets.password", by=by, payload=[user.username]):
        _refuse_both(user, PASSWORD, by=by, now=now)
        asked = waiting(user, now=now)
        if _takes_two(user, by=by, now=now) and (asked is None or asked.by == by):
            note(user, ASKED, reason=reason, by=by, now=now)
            return None
        once = users.reset_password(user, by=by)
        note(user, PASSWORD, reason=reason, by=by, now=now)
    return once


def reset_factor(user: User, *, reason: str, by: str, now: datetime) -> None:
    """Take a person's second factor away. Raises Refusal without a reason, and for who reset their password lately."""
    with carry_out("access.resets.factor", by=by, payload=[user.username, reason]):
        _refuse_both(user, FACTOR, by=by, now=now)
        factors.reset(user, reason=reason, by=by)
        note(user, FACTOR, reason=reason, by=by, now=now)


def waiting(user: User, *, now: datetime) -> Reset | None:
    """What an administrator asked for and no other has done yet."""
    last = Reset.objects.of([user]).exclude(what=FACTOR).first()
    return last if last is not None and last.what == ASKED and last.at > now - WAITS else None


def _takes_two(user: User, *, by: str, now: datetime) -> bool:
    """Whether the password alone makes one this officer, of a role above the village, and is not in one's hands yet.

    A password for one sign-in is in the hands of who gave it; the first one is whose hands the account began in.
    """
    owner = User.objects.get(pk=user.pk)
    if owner.must_change_password:
        last = Reset.objects.of([owner]).filter(what=PASSWORD).first()
        if last is None or last.by == by:
            return False
    duties = Duty.objects.of(owner, on=timezone.localdate(now))
    return factors.device_of(owner) is None and needs_second_factor(duty.role for duty in duties)


def note(user: User, what: str, *, reason: str, by: str, now: datetime) -> None:
    """Write down that a key was reset: its owner reads it at the next sign-in, the county on its list."""
    Reset.objects.create(user=user, what=what, reason=reason.strip()[:LONGEST], by=by, at=now)


def _refuse_both(user: User, what: str, *, by: str, now: datetime) -> None:
    """Raises Refusal where the same person reset the other key of a role above the village within `APART`."""
    list(User.objects.select_for_update().filter(pk=user.pk))  # two resets at once are one after the other
    duties = Duty.objects.of(user, on=timezone.localdate(now))
    other = FACTOR if what == PASSWORD else PASSWORD
    lately = Reset.objects.filter(user=user, what=other, by=by, at__gt=now - APART)
    if needs_second_factor(duty.role for duty in duties) and lately.exists():
        zh, en = WORDS[other]
        raise Refusal(
            f"{APART.days} 天内您已重置过{user.name}的{zh}。密码和验证器不能由同一人重置,请另一位管理员办理。",
            f"You reset the {en} of {user.name} within {APART.days} days. Nobody resets both password and"
            " authenticator: ask another administrator.",
            "act",
        )
