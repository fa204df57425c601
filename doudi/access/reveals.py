"""Reveals: who saw what names a person in full, of which household, for what reason. Written before it is shown."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from doudi.access.masking import ID_NUMBER, NAME, PHONE
from doudi.access.permissions import DECLARED
from doudi.access.scope import as_engine
from doudi.access.users import User
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

PERMISSION = "household.reveal"
SHORTEST, LONGEST = 5, 500  # characters of a reason
WORDS = {NAME: ("姓名", "name"), ID_NUMBER: ("证件号码", "ID number"), PHONE: ("电话", "phone")}


class Reveal(models.Model):
    """One field of one subject shown in full, once, to one user; `field` is name, id_number or phone."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reveals")
    household_id = models.BigIntegerField()
    place_code = models.CharField(max_length=12)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    field = models.CharField(max_length=16, choices=[(name, zh) for name, (zh, _en) in WORDS.items()])
    reason = models.CharField(max_length=LONGEST)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        db_table = "access_reveal"
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="access_reveal_has_reason")]
        indexes = [
            models.Index(fields=["user", "day"], name="access_reveal_of_day"),
            models.Index(fields=["household_id"], name="access_reveal_of_household"),
        ]


def left(user: User, *, now: datetime) -> int:
    """How many reveals the declaration leaves the user today, wherever they were."""
    with as_engine():
        done = Reveal.objects.filter(user=user, day=timezone.localdate(now)).count()
    return max(0, DECLARED[PERMISSION].limit - done)


def record(
    household_id: int,
    place_code: str,
    subject: tuple[str, int],
    field: str,
    *,
    reason: str,
    by: User,
    now: datetime,
    key: uuid.UUID,
) -> int:
    """Record a reveal before it is shown; answers how many are left today. In the caller's transaction.

    Raises Refusal without a proper reason or when the day's number is used up, AlreadyDone for the same form again.
    """
    why = " ".join(reason.split())
    _refuse_poor_reason(why)
    payload = [household_id, *subject, field, why]
    with carry_out("access.reveals.record", by=by.username, key=key, payload=payload) as act:
        User.objects.select_for_update().get(pk=by.pk)  # two at once would both see the last one left
        remaining = left(by, now=now)
        if not remaining:
            _refuse_beyond(DECLARED[PERMISSION].limit)
        made = Reveal.objects.create(
            user=by,
            household_id=household_id,
            place_code=place_code,
            subject_kind=subject[0],
            subject_id=subject[1],
            field=field,
            reason=why,
            day=timezone.localdate(now),
            at=now,
        )
        act.result = {"reveal": made.pk}
    return remaining - 1


def _refuse_poor_reason(why: str) -> None:
    if not SHORTEST <= len(why) <= LONGEST:
        raise Refusal(
            f"请写明为什么要看,{SHORTEST} 到 {LONGEST} 个字,例如“电话回访核对务工去向”。",
            f"Say why it must be seen, in {SHORTEST} to {LONGEST} characters, such as “calling about their work”.",
            "reason",
        )


def _refuse_beyond(limit: int) -> None:
    raise Refusal(
        f"今天已看满 {limit} 次,明天才能再看。确有急需的,请另一位有权限的同事查看。",
        f"You have seen {limit} today, which is the most of a day. If it cannot wait, ask a colleague who may.",
        "reason",
    )
