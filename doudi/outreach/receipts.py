"""Receipts: what a gateway says became of text messages, and what people sent back; only added to.

A receipt that a message came to a telephone says nothing of anybody having read it: no reach follows from one
(docs/decisions/0069, 0079). A reply of TD or 退订 stops what would go to that number afterwards.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from doudi.outreach import consents, numbers
from doudi.outreach.channels.gateway import SMS
from doudi.outreach.dispatches import DELIVERED, Dispatch
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

CAME, LOST, STOP, REPLY = KINDS = ("came", "lost", "stop", "reply")
LONGEST = 300
_CAME = frozenset({"DELIVRD", "DELIVERED", "SUCCESS", "OK", "CAME", "成功", "发送成功", "已送达", "送达", "到达"})
_LOST = frozenset(
    {"UNDELIV", "UNDELIVERABLE", "UNDELIVERED", "EXPIRED", "REJECTD", "REJECTED", "DELETED", "UNKNOWN", "FAILED",
     "FAILURE", "ERROR", "LOST", "失败", "发送失败", "未送达", "空号", "停机", "关机", "过期", "拒收"}
)  # fmt: skip
_CODE = re.compile(r"[A-Z]{2,3}:?[0-9]{3,4}")  # what Chinese operators give as the reason of a failure: MK:0001
_STOPS = frozenset(
    {"TD", "T", "退订", "TD退订", "T退订", "回TD退订", "取消", "STOP", "UNSUBSCRIBE", "不要发", "不要再发"}
)
_NOT_SAID = re.compile(r"[\s\W_]+")


class Receipt(models.Model):
    """One line of a gateway. `mark` is the same for the same line, however often it comes.

    `kind`: came (to the telephone), lost, stop (no more messages to the number), reply (anything else sent back, as
    `text`). `number` finds equal numbers without holding one.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=5)
    mark = models.CharField(max_length=64, unique=True)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, null=True, related_name="receipts")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    number = models.CharField(max_length=32, blank=True)
    said = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=LONGEST, blank=True)
    said_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=150)
    taken_at = models.DateTimeField()

    class Meta:
        db_table = "outreach_receipt"
        ordering = ["-id"]
        indexes = [models.Index(fields=["number"], name="outreach_receipt_of_number")]
        constraints = [
            place_code_is_whole("outreach_receipt_place_whole"),
            models.CheckConstraint(condition=Q(kind__in=KINDS) & ~Q(taken_by=""), name="outreach_receipt_known"),
            models.CheckConstraint(
                condition=Q(kind__in=[STOP, REPLY]) | Q(dispatch__isnull=False), name="outreach_receipt_of_a_message"
            ),
        ]


@dataclass(frozen=True, slots=True)
class Said:
    """A line as it came: about the message `key`, else the last one to `number`; its `state`, or a `text` sent back."""

    number: str = ""
    key: str = ""
    state: str = ""
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line understood: what it says, about which message, whether it was taken in before."""

    kind: str
    mark: str
    said: Said
    number: str
    dispatch: Dispatch | None
    repeated: bool = False


def kind_of(said: Said) -> str:
    """What a line says. Raises Refusal for a state nobody knows, and for a line that says two things or none."""
    state, text = said.state.strip().upper(), said.text.strip()
    if bool(state) == bool(text):
        raise Refusal(
            "一行写状态或回复内容,只写一样。", "A row holds a state or a reply, and only one of them.", "state"
        )
    if text:
        folded = _NOT_SAID.sub("", unicodedata.normalize("NFKC", text)).upper()
        return STOP if folded in _STOPS else REPLY
    if state in _CAME:
        return CAME
    if state in _LOST or _CODE.fullmatch(state):
        return LOST
    raise Refusal(f"不认识状态“{said.state[:40]}”。", f"Nobody knows the state “{said.state[:40]}”.", "state")


def understand(some: Sequence[Said]) -> list[Line | Refusal]:
    """Each line understood, or why it is not; the second of two alike counts as repeated."""
    keys = {key for each in some if (key := _key(each.key))}
    indexes = {each.number: numbers.index(mobile) for each in some if (mobile := numbers.mobile(each.number))}
    sent = Dispatch.objects.filter(channel=SMS.name).filter(Q(pk__in=keys) | Q(number__in=set(indexes.values())))
    found = list(sent.select_related("campaign").order_by("done_at"))
    by_key = {each.pk: each for each in found}
    by_number = {each.number: each for each in found if each.state == DELIVERED}
    lines: list[Line | Refusal] = []
    for each in some:
        try:
            index, key = indexes.get(each.number, ""), _key(each.key)
            lines.append(_line(each, index, by_key.get(key) if key else by_number.get(index)))
        except Refusal as refusal:
            lines.append(refusal)
    return _repeated(lines)


def _line(said: Said, index: str, dispatch: Dispatch | None) -> Line:
    kind = kind_of(said)
    if kind in (CAME, LOST) and dispatch is None:
        raise Refusal("没有给这个号码或编号发过短信。", "No text message went to that number or key.", "number")
    number = index or (dispatch.number if dispatch else "")
    if not number:
        raise Refusal("号码应是 11 位手机号。", "The number is a mobile one of 11 digits.", "number")
    at = said.at.isoformat() if said.at else ""
    what = f"{dispatch.pk}|{kind}" if dispatch and kind in (CAME, LOST) else f"{number}|{kind}|{at}|{said.text}"
    return Line(kind, hashlib.sha256(what.encode()).hexdigest(), said, number, dispatch)


def _repeated(lines: Sequence[Line | Refusal]) -> list[Line | Refusal]:
    marks = {each.mark for each in lines if isinstance(each, Line)}
    seen = set(Receipt.objects.filter(mark__in=marks).values_list("mark", flat=True))
    told: list[Line | Refusal] = []
    for each in lines:
        again = isinstance(each, Line) and each.mark in seen
        if isinstance(each, Line):
            seen.add(each.mark)
        told.append(
            Line(each.kind, each.mark, each.said, each.number, each.dispatch, repeated=True)
            if again and isinstance(each, Line)
            else each
        )
    return told


def _key(text: str) -> uuid.UUID | None:
    """The key of ours that a line names; None for a number of the gateway's own, which tells us nothing."""
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


def write(lines: Sequence[Line], *, county: str, by: str, now: datetime) -> int:
    """Keep the lines that are new, and stop messages where somebody said so; answers how many were new.

    `county` is the code under which a number that is no household's is kept.
    """
    fresh = [each for each in lines if not each.repeated]
    with transaction.atomic(), carry_out("outreach.receipts.write", by=by, payload=[e.mark for e in fresh]) as act:
        Receipt.objects.bulk_create([_row(each, county, by, now) for each in fresh], ignore_conflicts=True)
        stops = [each for each in fresh if each.kind == STOP]
        for each in stops:
            _stop(each, by, now)
        act.result = {"taken": len(fresh), "stopped": len(stops)}
    return len(fresh)


def _row(line: Line, county: str, by: str, now: datetime) -> Receipt:
    about = line.dispatch
    return Receipt(
        kind=line.kind, mark=line.mark, dispatch=about, household_id=about.household_id if about else None,
        place_code=about.place_code if about else county, number=line.number, said=line.said.state[:40],
        text=line.said.text[:LONGEST] if line.kind == REPLY else "", said_at=line.said.at, taken_by=by, taken_at=now,
    )  # fmt: skip


def _stop(line: Line, by: str, now: datetime) -> None:
    """Every household the number was written to as wants no text messages any more."""
    on = timezone.localdate(line.said.at or now)
    homes = Household.objects.filter(pk__in=Dispatch.objects.filter(number=line.number).values("household"))
    for home in homes.order_by("pk"):
        consents.say(home, agrees=False, channel=SMS.name, how="reply", by=by, on=on, now=now)


def has_stopped(number: str, household_id: int) -> bool:
    """Whether somebody at a number wants no messages; a household that has agreed since is written to again."""
    if not Receipt.objects.filter(kind=STOP, number=numbers.index(number)).exists():
        return False
    return consents.standing(SMS.name, [household_id]).get(household_id) is not True


def counts(dispatches: Collection[uuid.UUID] | models.QuerySet[Dispatch]) -> dict[str, int]:
    """Of some messages: how many came to a telephone, how many were lost. One that came counts as come."""
    came = Receipt.objects.filter(dispatch__in=dispatches, kind=CAME).values("dispatch")
    lost = Receipt.objects.filter(dispatch__in=dispatches, kind=LOST).exclude(dispatch__in=came)
    return {CAME: came.distinct().count(), LOST: lost.values("dispatch").distinct().count()}
