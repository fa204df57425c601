"""Reservations: money of a budget set aside for one thing each, from its approval until it is paid or refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from django.db import IntegrityError, connection, models

from doudi.funds import ledger
from doudi.funds.budgets import Budget
from doudi.funds.plans import set_based
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

HELD, PAYING, SPENT, RELEASED = "held", "paying", "spent", "released"


class Reservation(models.Model):
    """So many fen for what `reference` names (`entitlement:123`). `paying` and `spent` follow its payment."""

    STATES = [(HELD, "held"), (PAYING, "paying"), (SPENT, "spent"), (RELEASED, "released")]

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="reservations")
    reference = models.CharField(max_length=64)
    fen = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=STATES, default=HELD)
    on = models.DateField()

    class Meta:
        db_table = "funds_reservation"
        constraints = [
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="funds_reservation_of_something"),
            models.CheckConstraint(
                condition=models.Q(state__in=[HELD, PAYING, SPENT, RELEASED]), name="funds_reservation_state"
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=~models.Q(state=RELEASED), name="funds_reservation_once"
            ),
        ]


# A reservation is what it was: only its state goes on, and never back from released or spent.
FROZEN = """
CREATE FUNCTION funds_reservation_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.budget_id, OLD.reference, OLD.fen, OLD."on")
       IS DISTINCT FROM (NEW.budget_id, NEW.reference, NEW.fen, NEW."on")
       OR (OLD.state, NEW.state) NOT IN (('held', 'paying'), ('held', 'released'), ('paying', 'held'),
                                         ('paying', 'spent'), ('spent', 'held')) THEN
        RAISE EXCEPTION 'a reservation goes from % to % never', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER funds_reservation_frozen BEFORE UPDATE ON funds_reservation
    FOR EACH ROW EXECUTE FUNCTION funds_reservation_frozen();
"""
DROP_FROZEN = "DROP TRIGGER funds_reservation_frozen ON funds_reservation; DROP FUNCTION funds_reservation_frozen();"


def reference_of(origin_kind: str, origin_id: int) -> str:
    """How a reservation names what it is for; payments look for it by this."""
    return f"{origin_kind}:{origin_id}"


def reserve(budget: Budget, wanted: Mapping[str, int], *, by: str, on: date) -> int:
    """Set money of a budget aside: fen by reference (`reference_of`), all or nothing; answers the total.

    Raises Refusal where the budget is short (the database says so), does not run on that day, where something is
    reserved already, and for an amount that is none.
    """
    _refuse_impossible(budget, wanted, on)
    total = sum(wanted.values())
    with (
        ledger.told_of_shortage(budget, total),
        _told_of_second(wanted),
        carry_out("funds.reservations.reserve", by=by, payload=[budget.pk, dict(wanted), on]) as act,
    ):
        write(budget, wanted, command=act.id, by=by, on=on)
        act.result = {"reserved": len(wanted), "fen": total}
    return total


def write(budget: Budget, wanted: Mapping[str, int], *, command: UUID, by: str, on: date) -> None:
    """The rows and the entry of a reservation, within a command. Rows first, balances last: every verb locks so."""
    total = sum(wanted.values())
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [budget.pk, on, list(wanted), list(wanted.values())])
    moves = {ledger.AVAILABLE: -total, ledger.RESERVED: total}
    ledger.post("reserve", {budget.pk: moves}, command=command, on=on, by=by)


_RESERVE = """
INSERT INTO funds_reservation (budget_id, reference, fen, state, "on")
SELECT %s, reference, fen, 'held', %s FROM unnest(%s::text[], %s::bigint[]) AS wanted (reference, fen)
"""


def release(references: Collection[str], *, reason: str, by: str, on: date) -> int:
    """Give back what was set aside for some references; answers the total in fen.

    Raises Refusal without a reason, and naming one that is not held: never reserved, at the bank, or paid.
    """
    if not reason.strip():
        raise Refusal("释放预留资金要写明理由。", "Say why the reservation is given up.", "reason")
    names = sorted(set(references))
    with carry_out("funds.reservations.release", by=by, payload=[names, reason, on]) as act:
        found = move(names, HELD, RELEASED)
        total = sum(found.values())
        moves = {budget: {ledger.RESERVED: -fen, ledger.AVAILABLE: fen} for budget, fen in found.items()}
        if moves:
            ledger.post("release", moves, command=act.id, on=on, by=by, document=reason.strip()[:200])
        act.result = {"released": len(names), "fen": total}
    return total


def move(references: Collection[str], before: str, after: str) -> dict[int, int]:
    """Take reservations from one state to the next, all or none, within a command; fen by budget id.

    Raises Refusal naming one that is not in the state before.
    """
    names = sorted(set(references))
    with connection.cursor() as cursor, set_based():
        cursor.execute(_MOVE, {"names": names, "before": before, "after": after})
        rows = cursor.fetchall()
    if len(rows) != len(names):
        raise _not_in_state(sorted(set(names) - {row[0] for row in rows})[0], before)
    sums: dict[int, int] = {}
    for _, budget, fen in rows:
        sums[budget] = sums.get(budget, 0) + fen
    return sums


_MOVE = """
WITH held AS (
    SELECT id FROM funds_reservation WHERE reference = ANY (%(names)s::text[]) AND state = %(before)s
    ORDER BY id FOR UPDATE
)
UPDATE funds_reservation r SET state = %(after)s FROM held WHERE r.id = held.id AND r.state = %(before)s
RETURNING r.reference, r.budget_id, r.fen
"""


def _not_in_state(reference: str, before: str) -> Refusal:
    now = Reservation.objects.filter(reference=reference).order_by("-id").values_list("state", flat=True).first()
    zh = {None: "没有预留", HELD: "已预留、未付", PAYING: "已交银行", SPENT: "已付", RELEASED: "已释放"}[now]
    en = {None: "never reserved", HELD: "reserved", PAYING: "at the bank", SPENT: "paid", RELEASED: "released"}[now]
    return Refusal(
        f"{reference} 的资金{zh},不能这样办理。请刷新后再看。",
        f"The money for {reference} is {en}, not {before}: look at it again.",
        reference,
    )


@contextmanager
def _told_of_second(wanted: Mapping[str, int]) -> Iterator[None]:
    """Tell the database's refusal of a second reservation in words."""
    try:
        yield
    except IntegrityError as error:
        if "funds_reservation_once" not in str(error):
            raise
        again = Reservation.objects.filter(reference__in=list(wanted)).exclude(state=RELEASED).first()
        name = again.reference if again else next(iter(wanted))
        raise Refusal(
            f"{name} 已经预留过资金,不能再预留一次。", f"Money for {name} is reserved already.", name
        ) from error


def _refuse_impossible(budget: Budget, wanted: Mapping[str, int], on: date) -> None:
    if not wanted:
        raise Refusal("没有要预留的。", "There is nothing to reserve.", "wanted")
    for reference, fen in wanted.items():
        if fen <= 0:
            raise Refusal(f"{reference} 的金额不是正数。", f"The amount of {reference} is not positive.", "fen")
    if not Budget.objects.in_force(on=on).filter(pk=budget.pk).exists():
        raise Refusal(f"“{budget.title}”在 {on} 不在使用期内。", f"“{budget.title}” does not run on {on}.", "budget")
