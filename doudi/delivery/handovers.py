"""Handing over: what a household signed for leaves the depot, and the entitlement is delivered; by row or by list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from doudi.access.scope import as_engine
from doudi.delivery import depots, entitlements
from doudi.delivery.allotments import HANDED, PLANNED, SIGNERS, Allotment
from doudi.delivery.depots import Move
from doudi.register import sheets
from doudi.register.sheets import NEW, SAME, Column, Hand, Kind, Row
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST_NAME = 50
EVIDENCE = "handover_list"


@dataclass(frozen=True, slots=True)
class Handing:
    """What was handed over on one allotment: units, who signed, and as whom (self, family, other)."""

    allotment_id: int
    quantity: int
    signed_by: str
    signer: str = "self"


def hand_over(handings: Sequence[Handing], *, by: str, on: date, key: UUID | None = None) -> int:
    """Record what was signed for, all or none; answers on how many allotments.

    The goods leave the depot, and an entitlement none of whose allotments waits any longer is delivered. Raises Refusal
    for one handed over or cancelled before, more than was allotted, no signer, and where the depot is short.
    """
    found = sorted(handings, key=lambda each: each.allotment_id)
    payload = [[each.allotment_id, each.quantity, each.signed_by, each.signer] for each in found]
    with carry_out("delivery.handovers.hand_over", by=by, key=key, payload=[payload, on]) as act:
        held = _held([each.allotment_id for each in found])
        for each in found:
            refuse_wrong(each, held[each.allotment_id])
        _leave(found, held, by=by, on=on, command=act.id)
        _deliver({each.entitlement_id for each in held.values()}, by=by, on=on)
        act.result = {"allotments": len(found)}
    return len(found)


def _held(ids: Sequence[int]) -> dict[int, Allotment]:
    """The allotments, locked. Raises Refusal for none, one twice, and one out of sight."""
    held = {each.pk: each for each in Allotment.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    if not ids or len(held) != len(ids):
        raise Refusal(
            "没有勾选,或有的行不在您的范围内。请刷新后再办。",
            "Nothing is ticked, or a row is not yours. Load again.",
            "ids",
        )
    return held


def refuse_wrong(handing: Handing, held: Allotment) -> None:
    """Raise Refusal where this cannot be what happened."""
    if held.state != PLANNED:
        raise Refusal("这一行已经发放或取消。", "This row is handed over or cancelled already.", "quantity")
    if not 0 < handing.quantity <= held.quantity:
        raise Refusal(
            f"实发数量要在 1 到 {held.quantity:,} 之间(分配的数量)。",
            f"What was handed over is 1 to {held.quantity:,}, which was allotted.",
            "quantity",
        )
    if not 0 < len(handing.signed_by.strip()) <= LONGEST_NAME:
        raise Refusal(
            "请写签收人姓名。没有签收的不算发放。", "Name who signed; unsigned is not handed over.", "signed_by"
        )
    if handing.signer not in SIGNERS:
        raise Refusal(
            "请选签收人是本人、家属还是代领人。", "Say whether it was themselves, family or another.", "signer"
        )


def _leave(found: Sequence[Handing], held: Mapping[int, Allotment], *, by: str, on: date, command: UUID) -> None:
    """The goods out of the depots, as the engine: a village hands over what lies in the town's depot."""
    with as_engine():
        whole = Allotment.objects.filter(pk__in=list(held)).select_related("depot", "good").in_bulk()
        moves = [
            Move(whole[each.allotment_id].depot, whole[each.allotment_id].good, depots.HANDED, -each.quantity)
            for each in found
        ]
        written = depots.write(moves, by=by, on=on, command=command)
    for each, movement in zip(found, written, strict=True):
        Allotment.objects.filter(pk=each.allotment_id).update(
            state=HANDED,
            handed=each.quantity,
            handed_by=by,
            handed_on=on,
            signed_by=each.signed_by.strip(),
            signer=each.signer,
            movement=movement,
        )


def _deliver(ids: Iterable[int], *, by: str, on: date) -> None:
    waits = set(
        Allotment.objects.filter(entitlement__in=list(ids), state=PLANNED).values_list("entitlement", flat=True)
    )
    ready = sorted(set(ids) - waits)
    if ready:
        entitlements.deliver(ready, by=by, on=on, evidence={"kind": EVIDENCE})


# -- the signed list, typed in or filled in at the depot


def _judge(hands: Sequence[Hand], about: str) -> list[Row]:
    numbers = [int(found["number"]) for _, found in hands if found.get("number", "").strip().isdecimal()]
    rows = Allotment.objects.filter(pk__in=[number for number in numbers if number < 2**62])
    known = {str(each.pk): each for each in rows.select_related("household")}

    def look(read: dict[str, str]) -> tuple[str, str, str, Any]:
        held = known.get(read["number"])
        if held is None or held.household is None or held.household.code != read["household"]:
            raise Refusal("没有这个编号和户编号的分配。", "No allotment has this number and household.", "number")
        handing = _handing(read, held)
        if held.state == HANDED and (held.handed, held.signed_by) == (handing.quantity, handing.signed_by):
            return SAME, "已经登记过", "recorded already", None
        refuse_wrong(handing, held)
        return NEW, f"实发 {handing.quantity:,}", f"{handing.quantity:,} handed over", handing

    return sheets.judged(hands, look, key=["number"])


def _handing(read: Mapping[str, str], held: Allotment) -> Handing:
    text = read.get("handed", "").removesuffix(".0")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Refusal("实发数量要写整数。没有发的,不要填这一行。", "Write the quantity as a whole number.", "handed")
    words = {word: name for name, both in SIGNERS.items() for word in (name, *both)}
    signer = read.get("signer", "") or "self"
    return Handing(held.pk, int(text), read.get("signed_by", ""), words.get(signer, signer))


def _write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    if rows:
        hand_over([row.made for row in rows], by=by, on=on)


LIST = Kind(
    "handovers",
    "发放签收表",
    "Signed hand-over list",
    (
        Column("number", ("编号", "number"), required=True),
        Column("household", ("户编号", "household"), required=True),
        Column("head", ("户主", "head")),
        Column("good", ("物资", "good")),
        Column("allotted", ("应发", "allotted")),
        Column("handed", ("实发", "handed over"), required=True),
        Column("signed_by", ("签收人", "signed by"), required=True),
        Column("signer", ("签收人身份", "signer")),
    ),
    _judge,
    _write,
)
