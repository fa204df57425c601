"""Depots of county and town, and what moves through them: only ever added to; the database keeps the balances.

What a depot holds is the sum of its movements and never less than nothing, whoever writes at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, models, transaction

from doudi.delivery.goods import Good, checked
from doudi.places.divisions import Place
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

RECEIVED, SENT, ARRIVED, HANDED, RETURNED, SPOILED, REVERSED = KINDS = (
    "received",
    "sent",
    "arrived",
    "handed",
    "returned",
    "spoiled",
    "reversed",
)
INTO = (RECEIVED, ARRIVED, RETURNED)
OUT_OF = (SENT, HANDED, SPOILED)
WORDS = {
    RECEIVED: ("入库", "received"),
    SENT: ("调出", "sent"),
    ARRIVED: ("调入", "arrived"),
    HANDED: ("发放", "handed over"),
    RETURNED: ("退回", "returned"),
    SPOILED: ("损耗", "spoiled"),
    REVERSED: ("冲销", "reversed"),
}
LONGEST_NOTE = 300
SHORT = "depot_balance_not_below_nothing"


class Depot(models.Model):
    """A store of the county or of a town."""

    id = models.BigAutoField(primary_key=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    name = models.CharField(max_length=100)
    keeper = models.CharField(max_length=100)

    class Meta:
        db_table = "delivery_depot"
        ordering = ["place_code", "name"]
        constraints = [
            place_code_is_whole("depot_place_code_whole"),
            models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(keeper=""), name="depot_is_named"),
            models.UniqueConstraint(fields=["name"], name="depot_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        """The digits of the place it serves: 6 of the county, 9 of a town."""
        return self.place_code[:6] if self.place_code.endswith("000000") else self.place_code[:9]


class Movement(models.Model):
    """So many units of a good into (positive `delta`) or out of a depot. A transfer is two with one `transfer`."""

    id = models.BigAutoField(primary_key=True)
    depot = models.ForeignKey(Depot, on_delete=models.PROTECT, related_name="movements")
    good = models.ForeignKey(Good, on_delete=models.PROTECT, related_name="movements")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    kind = models.CharField(max_length=16)
    delta = models.BigIntegerField()
    transfer = models.UUIDField(null=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    note = models.CharField(max_length=LONGEST_NOTE, blank=True, default="")
    by = models.CharField(max_length=150)
    on_day = models.DateField()
    command_id = models.UUIDField()

    class Meta:
        db_table = "delivery_depot_movement"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=INTO, delta__gt=0)
                | models.Q(kind__in=OUT_OF, delta__lt=0)
                | (models.Q(kind=REVERSED, reverses__isnull=False) & ~models.Q(delta=0)),
                name="depot_movement_goes_its_way",
            ),
            models.CheckConstraint(condition=~models.Q(by=""), name="depot_movement_by_somebody"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=[SPOILED, REVERSED]) | ~models.Q(note=""), name="depot_movement_says_why"
            ),
        ]
        indexes = [models.Index(fields=["depot", "good"], name="depot_movement_of")]


class Holding(models.Model):
    """What a depot holds of a good: written by the database alone."""

    id = models.BigAutoField(primary_key=True)
    depot = models.ForeignKey(Depot, on_delete=models.PROTECT, related_name="holdings")
    good = models.ForeignKey(Good, on_delete=models.PROTECT, related_name="holdings")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    quantity = models.BigIntegerField(default=0)

    class Meta:
        db_table = "delivery_depot_holding"
        constraints = [
            models.UniqueConstraint(fields=["depot", "good"], name="depot_holding_once"),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name=SHORT),
        ]


@dataclass(frozen=True, slots=True)
class Move:
    """A movement to be written."""

    depot: Depot
    good: Good
    kind: str
    delta: int
    note: str = ""
    transfer: UUID | None = None
    reverses: int | None = None


def open_depot(name: str, *, place_code: str, keeper: str, by: str) -> Depot:
    """Open a depot of the county or a town. Raises Refusal for another place, no name or keeper, a name taken."""
    name, keeper = name.strip(), keeper.strip()
    if not 0 < len(name) <= 100 or not 0 < len(keeper) <= 100:
        raise Refusal(
            "请写仓库名称和保管人(各最多100字)。", "Name the depot and its keeper, 100 characters each.", "name"
        )
    place = Place.objects.filter(code=place_code).first()
    if place is None or place.level not in ("county", "town"):
        raise Refusal("仓库设在县或乡镇,请选一个。", "A depot is the county's or a town's; choose one.", "place_code")
    if Depot.objects.filter(name=name).exists():
        raise Refusal(f"已有仓库“{name}”。", f"There is a depot “{name}” already.", "name")
    with carry_out("delivery.depots.open", by=by, payload=[name, place_code, keeper]) as act:
        made = Depot.objects.create(name=name, place_code=place_code, keeper=keeper)
        act.result = {"depot": made.pk}
    return made


def receive(depot: Depot, good: Good, quantity: int, *, note: str, by: str, on: date, key: UUID | None = None) -> None:
    """Take goods into a depot from a supplier; `note` names the delivery. Raises Refusal for an impossible quantity."""
    _carry("receive", [Move(depot, good, RECEIVED, checked(quantity), _noted(note))], by=by, on=on, key=key)


def spoil(depot: Depot, good: Good, quantity: int, *, note: str, by: str, on: date, key: UUID | None = None) -> None:
    """Write off what is spoiled or missing, with the reason. Raises Refusal where there is less than that."""
    _carry("spoil", [Move(depot, good, SPOILED, -checked(quantity), _why(note))], by=by, on=on, key=key)


def send(
    depot: Depot, to: Depot, good: Good, quantity: int, *, note: str, by: str, on: date, key: UUID | None = None
) -> None:
    """Send goods from one depot to another: out of one and into the other in one command.

    Raises Refusal where there is less than that, and for a depot and itself.
    """
    if depot.pk == to.pk:
        raise Refusal("调出和调入是同一个仓库。", "The two depots are the same.", "to")
    _carry("send", _transfer(depot, to, good, checked(quantity), _noted(note)), by=by, on=on, key=key)


def _transfer(depot: Depot, to: Depot, good: Good, quantity: int, note: str) -> list[Move]:
    # The id of the transfer is the command's, given when it is written.
    return [Move(depot, good, SENT, -quantity, note), Move(to, good, ARRIVED, quantity, note)]


def reverse(movement: Movement, *, note: str, by: str, on: date, key: UUID | None = None) -> None:
    """Undo a movement, and its other half where it is a transfer, with the reason; each once.

    Raises Refusal for a hand-over (undo that on its allotment), a reversal, one reversed before, and where the depot no
    longer holds what came in.
    """
    if movement.kind in (REVERSED, HANDED):
        raise Refusal("这一笔不能在这里冲销。", "This movement is not undone here.", "movement")
    halves = [movement]
    if movement.transfer is not None:
        halves = list(Movement.objects.filter(transfer=movement.transfer, reverses__isnull=True).order_by("id"))
    if Movement.objects.filter(reverses__in=[half.pk for half in halves]).exists():
        raise Refusal("这一笔已经冲销过。", "This movement is reversed already.", "movement")
    why = _why(note)
    undone = [Move(each.depot, each.good, REVERSED, -each.delta, why, each.transfer, each.pk) for each in halves]
    _carry("reverse", undone, by=by, on=on, key=key)


def _carry(verb: str, moves: list[Move], *, by: str, on: date, key: UUID | None) -> None:
    payload = [[each.depot.pk, each.good.pk, each.kind, each.delta, each.note, each.reverses] for each in moves]
    with carry_out(f"delivery.depots.{verb}", by=by, key=key, payload=[payload, on]) as act:
        write(moves, by=by, on=on, command=act.id)
        act.result = {"movements": len(moves)}


def write(moves: Iterable[Move], *, by: str, on: date, command: UUID) -> list[Movement]:
    """Write movements inside the command under way. Raises Refusal where a depot is short."""
    held = list(moves)
    made = [
        Movement(
            depot=each.depot, good=each.good, place_code=each.depot.place_code, kind=each.kind, delta=each.delta,
            transfer=each.transfer or (command if each.kind in (SENT, ARRIVED) else None), reverses_id=each.reverses,
            note=each.note, by=by, on_day=on, command_id=command,
        )
        for each in held
    ]  # fmt: skip
    with told_of_shortage(held), transaction.atomic():
        return Movement.objects.bulk_create(made)


@contextmanager
def told_of_shortage(moves: Iterable[Move]) -> Iterator[None]:
    """Tell the database's refusal to go below nothing in words: what is there, of what."""
    try:
        yield
    except IntegrityError as error:
        if SHORT not in str(error):
            raise
        short = next((each for each in moves if each.delta < 0 and held_of(each.depot, each.good) < -each.delta), None)
        short = short or next(each for each in moves if each.delta < 0)
        there = held_of(short.depot, short.good)
        raise Refusal(
            f"{short.depot.name} 的“{short.good.name}”只有 {there:,} {short.good.unit},不够。请先入库或少发。",
            f"{short.depot.name} holds {there:,} {short.good.unit} of “{short.good.name}”, which is not enough.",
            "quantity",
        ) from error


def held_of(depot: Depot, good: Good) -> int:
    """What the depot holds of the good, in its units."""
    found = Holding.objects.filter(depot=depot, good=good).values_list("quantity", flat=True).first()
    return found or 0


def recount() -> list[tuple[Any, ...]]:
    """Every holding that is not the sum of its movements: (depot, good, kept, counted); none, ever."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.depot_id, h.good_id, h.quantity, coalesce(sum(m.delta), 0) FROM delivery_depot_holding h"
            " LEFT JOIN delivery_depot_movement m ON m.depot_id = h.depot_id AND m.good_id = h.good_id"
            " GROUP BY h.id HAVING h.quantity <> coalesce(sum(m.delta), 0)"
        )
        return list(cursor.fetchall())


def _noted(note: str) -> str:
    if len(note.strip()) > LONGEST_NOTE:
        raise Refusal(f"说明最多{LONGEST_NOTE}字。", f"A note has {LONGEST_NOTE} characters at most.", "note")
    return note.strip()


def _why(note: str) -> str:
    if not note.strip():
        raise Refusal("请写明原因。", "Say why.", "note")
    return _noted(note)
