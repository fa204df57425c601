"""Kept work: what came for a household its sender no longer stands by, kept for whoever does, and lost by nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import models

from doudi.access.devices import Device
from doudi.access.scope import as_engine
from doudi.monitoring import orders
from doudi.monitoring.orders import Order, Taker
from doudi.policy.snapshots import county_code
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

NOT_YOURS, OTHER_BODY, SEALED = WHY = ("not_yours", "other_body", "sealed")
WAITING, TAKEN, DROPPED = STATES = ("waiting", "taken", "dropped")
LONGEST = 500


class KeptWorks(models.QuerySet["KeptWork"]):
    """The questions asked about kept work."""

    def waiting(self) -> KeptWorks:
        """What nobody has looked at."""
        return self.filter(state=WAITING)


class KeptWork(models.Model):
    """One command as it came. `why`: its sender no longer stands by the household, or the id had another content.

    `content` is the whole command; `household` is null where there is none of that number. `asked_by` could not tell
    and handed it to the village: it still waits.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="kept_work")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    command_id = models.UUIDField()
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    why = models.CharField(max_length=16)
    sent_by = models.CharField(max_length=150)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    state = models.CharField(max_length=16, default=WAITING)
    looked_at_by = models.CharField(max_length=150, blank=True, default="")
    looked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=LONGEST, blank=True, default="")
    asked_by = models.CharField(max_length=150, blank=True, default="")
    asked_at = models.DateTimeField(null=True)

    objects = KeptWorks.as_manager()

    class Meta:
        db_table = "monitoring_kept_work"
        ordering = ["received_at", "id"]
        constraints = [
            place_code_is_whole("kept_work_place_code_whole"),
            models.CheckConstraint(condition=models.Q(why__in=WHY), name="kept_work_why_known"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="kept_work_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=WAITING, looked_at_by="", looked_at=None)
                | (~models.Q(state=WAITING) & ~models.Q(looked_at_by="") & models.Q(looked_at__isnull=False)),
                name="kept_work_looked_at_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=DROPPED) | ~models.Q(reason=""), name="kept_work_dropped_why"
            ),
            models.CheckConstraint(
                condition=models.Q(asked_by="", asked_at=None)
                | (~models.Q(asked_by="") & models.Q(asked_at__isnull=False)),
                name="kept_work_asked_by_somebody",
            ),
            models.UniqueConstraint(fields=["command_id", "content_sha256"], name="kept_work_once"),
        ]
        indexes = [models.Index(fields=["household"], name="kept_work_of", condition=models.Q(state=WAITING))]


def keep(
    content: Mapping[str, Any], order: Order, *, why: str, by: str, device: Device | None, now: datetime
) -> KeptWork:
    """Keep a command that cannot be carried out for its sender; the same one sent again is kept once.

    Written past the wall: the household is not the sender's. Inside a transaction.
    """
    text = orjson.dumps(dict(content), option=orjson.OPT_SORT_KEYS)
    with carry_out("monitoring.kept_work.keep", by=by, payload=[str(order.id), why]), as_engine():
        household = Household.objects.filter(pk=order.household).first()
        return KeptWork.objects.get_or_create(
            command_id=order.id,
            content_sha256=hashlib.sha256(text).hexdigest(),
            defaults={
                "household": household,
                "place_code": household.place_code if household else county_code() or "0" * PLACE_CODE_LENGTH,
                "content": orjson.loads(text),
                "why": why,
                "sent_by": by,
                "device": device,
                "received_at": now,
            },
        )[0]


def take(kept_id: int, taker: Taker, *, key: UUID | None = None) -> Mapping[str, Any]:
    """Carry kept work out in one's own name, as whoever stands by the household now; answers its number and disputes.

    Raises what the order raises.
    """
    with carry_out("monitoring.kept_work.take", by=taker.by, key=key, payload=[kept_id]) as act:
        held = _held(kept_id)
        order = orders.read(held.content, device_at=None)
        done = orders.carry_out(replace(order, id=uuid4()), taker)  # its own id: the sender's may be spoken for
        _look(held, TAKEN, "", by=taker.by, now=taker.now)
        act.result = {"kept": held.pk, "disputes": done.get("disputes", [])}
    return act.result


def drop(kept_id: int, *, reason: str, by: str, now: datetime, key: UUID | None = None) -> KeptWork:
    """Say that kept work is not to be carried out, and why; it stays to be read."""
    text = reason.strip()[:LONGEST]
    if not text:
        raise Refusal("请写明为什么不用。", "Say why it is not used.", "reason")
    with carry_out("monitoring.kept_work.drop", by=by, key=key, payload=[kept_id, text]):
        held = _held(kept_id)
        _look(held, DROPPED, text, by=by, now=now)
    return held


def hand_on(kept_id: int, *, by: str, now: datetime, key: UUID | None = None) -> KeptWork:
    """Say that one cannot tell, and ask the village to look: the work goes on waiting, on its desk."""
    with carry_out("monitoring.kept_work.hand_on", by=by, key=key, payload=[kept_id]):
        held = _held(kept_id)
        held.asked_by, held.asked_at = by, now
        held.save(update_fields=["asked_by", "asked_at"])
    return held


def _held(kept_id: int) -> KeptWork:
    held = KeptWork.objects.waiting().select_for_update(of=("self",)).filter(pk=kept_id).first()
    if held is None:
        raise Refusal("这一条已有人处理,或不在您的范围内。", "Somebody has looked at it, or it is not yours.", "kept")
    return held


def _look(held: KeptWork, state: str, reason: str, *, by: str, now: datetime) -> None:
    held.state, held.reason, held.looked_at_by, held.looked_at = state, reason, by, now
    held.save(update_fields=["state", "reason", "looked_at_by", "looked_at"])
