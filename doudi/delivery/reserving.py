"""The money side of an entitlement: reserved at the last approval, released when taken back, paid through `funds`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import orjson
from django.db import connection

from doudi.access.scope import as_engine
from doudi.delivery.states import CONFIRM, MONEY, REVERSE
from doudi.funds import payments, reservations
from doudi.funds.budgets import Budget
from doudi.funds.payments import Standing
from doudi.funds.reservations import Reservation, reference_of
from doudi.values.refusals import Refusal

ORIGIN = "entitlement"


def reserve(ids: Sequence[int], *, by: str, on: date) -> None:
    """Reserve the sums of entitlements whose last stage has passed, inside the command under way.

    From the town's own budget of the measure where there is one, else the county's. Raises Refusal where no budget
    runs, or the money is not enough.
    """
    wanted: dict[Budget, dict[str, int]] = {}
    for measure, town, rows in _sums(ids):
        budget = Budget.objects.covering(measure, town.ljust(12, "0"), on=on).first()
        if budget is None:
            raise Refusal(
                f"措施“{measure}”在 {town} 没有 {on} 可用的预算。请先在“资金”里下达预算。",
                f"The measure “{measure}” has no budget in {town} that runs on {on}. Establish one under Money first.",
                "budget",
            )
        wanted.setdefault(budget, {}).update(rows)
    for budget, rows in wanted.items():
        reservations.reserve(budget, rows, by=by, on=on)


def _sums(ids: Sequence[int]) -> list[tuple[str, str, dict[str, int]]]:
    """(measure, town, {reference: fen}) of those that are paid by a channel of `funds`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT measure, left(place_code, 9), jsonb_object_agg(%s || ':' || id, amount_fen)::text"
            " FROM delivery_entitlement WHERE id = ANY (%s::bigint[]) AND channel = ANY (%s) AND amount_fen > 0"
            " GROUP BY 1, 2 ORDER BY 1, 2",
            [ORIGIN, list(ids), list(MONEY)],
        )
        return [(measure, town, orjson.loads(told)) for measure, town, told in cursor.fetchall()]


def release(ids: Sequence[int], *, reason: str, by: str, on: date) -> None:
    """Stop what is not yet at the bank and give back what was reserved, inside the command under way.

    Raises Refusal naming a payment that is with the bank or paid.
    """
    references = [reference_of(ORIGIN, number) for number in ids]
    held = Reservation.objects.filter(reference__in=references).exclude(state=reservations.RELEASED)
    names = list(held.values_list("reference", flat=True))
    if not names:
        return
    payments.stop(ORIGIN, list(ids), reason=reason, by=by, on=on)
    reservations.release(names, reason=reason, by=by, on=on)


def stop_payment(number: int, *, by: str, on: date) -> bool:
    """Stop the payment of an entitlement that is objected to, unless it is at the bank; answers whether one was."""
    held = standing([number]).get(number)
    if held is None or held.state not in (payments.MADE, payments.CHECKED):
        return False
    return payments.stop(ORIGIN, [number], reason="有异议,答复前停付", by=by, on=on) > 0


def standing(ids: Sequence[int]) -> dict[int, Standing]:
    """How the present payment of each entitlement stands."""
    return payments.state_of(ORIGIN, ids)


def refuse_unpaid(ids: Sequence[int], verdict: str) -> None:
    """Raise Refusal where one that money pays is to be confirmed or reversed and has not been paid."""
    if verdict not in (CONFIRM, REVERSE):
        return
    with connection.cursor() as cursor, as_engine():
        cursor.execute(
            "SELECT count(*) FROM delivery_entitlement e WHERE id = ANY (%s::bigint[]) AND state = 'payable'"
            " AND NOT EXISTS (SELECT FROM funds_payment p WHERE p.current AND p.origin_kind = %s"
            " AND p.origin_id = e.id AND p.state = 'paid')",
            [list(ids), ORIGIN],
        )
        if unpaid := int(cursor.fetchone()[0]):
            raise Refusal(
                f"其中 {unpaid} 条还没有到账。到账以后才能确认或冲销;未付的请撤回。",
                f"{unpaid} of these have not been paid. Confirm or reverse what was paid; withdraw what was not.",
                "ids",
            )
