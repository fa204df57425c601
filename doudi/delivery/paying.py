"""From payable to a payment: `funds` is told who gets how much for which entitlement, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import connection

from doudi.delivery.reserving import ORIGIN
from doudi.funds import payments
from doudi.funds.payments import Payee
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


def ready() -> list[int]:
    """Entitlements in scope that can be paid now: payable, nothing under way, no objection open or upheld."""
    with connection.cursor() as cursor:
        cursor.execute(_READY, [ORIGIN])
        return [number for (number,) in cursor.fetchall()]


def pay(ids: Sequence[int], *, by: str, on: date, key: UUID | None = None) -> dict[int, int]:
    """Make the payments of payable entitlements; payment id by entitlement id. Others check and send them.

    Raises Refusal for one that is not payable, has an objection, or has a payment already.
    """
    wanted = sorted(set(ids))
    with carry_out("delivery.paying.pay", by=by, key=key, payload=[wanted, on]) as act:
        with connection.cursor() as cursor:
            cursor.execute(_PAYEES, [wanted])
            rows = [Payee(ORIGIN, *row) for row in cursor.fetchall()]
        if not rows or len(rows) != len(wanted):
            raise Refusal(
                f"其中 {len(wanted) - len(rows)} 条现在不能发放(未到可发放、有异议或无金额)。请刷新后再办。",
                f"{len(wanted) - len(rows)} of these cannot be paid now (not payable, objected to, or without a sum).",
                "ids",
            )
        _refuse_no_payee(rows)
        made = payments.make(rows, by=by, on=on)
        act.result = {"payments": len(made)}
    return made


def _refuse_no_payee(rows: Sequence[Payee]) -> None:
    """Raise Refusal for an enterprise without an account: unlike a household's, none is looked for later."""
    if lacking := sum(row.household_id is None and row.bank_account is None for row in rows):
        raise Refusal(
            f"其中 {lacking} 条的企业还没有登记收款账号。请先在申报页或平台订单页登记。",
            f"The enterprises of {lacking} of these have no account: record it with the claim or the platform.",
            "ids",
        )


_PAYEES = """
SELECT e.id, CASE WHEN e.subject_kind IN ('household', 'person') THEN e.household_id END,
    CASE WHEN e.subject_kind = 'person' THEN e.person_id END, e.place_code, e.amount_fen, firm.id
FROM delivery_entitlement e
LEFT JOIN delivery_hire_claim c ON e.subject_kind = 'hire' AND c.hire_id = e.subject_id
LEFT JOIN delivery_platform_firm f ON e.subject_kind = 'platform' AND f.platform_id = e.subject_id
LEFT JOIN funds_bank_account firm ON firm.payee_kind = 'enterprise'
    AND firm.payee_id = coalesce(c.enterprise_id, f.enterprise_id) AND firm.until_day IS NULL
WHERE e.id = ANY (%s::bigint[]) AND e.state = 'payable' AND e.amount_fen > 0 AND NOT EXISTS (
    SELECT FROM delivery_objection b WHERE b.entitlement_id = e.id AND b.state IN ('open', 'upheld')
        AND b.round = e.round)
ORDER BY e.id
"""
_READY = """
SELECT e.id FROM delivery_entitlement e WHERE e.state = 'payable' AND e.amount_fen > 0
    AND NOT EXISTS (SELECT FROM delivery_objection b WHERE b.entitlement_id = e.id
        AND b.state IN ('open', 'upheld') AND b.round = e.round)
    AND NOT EXISTS (SELECT FROM funds_payment p WHERE p.current AND p.origin_kind = %s AND p.origin_id = e.id
        AND p.state <> 'stopped')
ORDER BY e.place_code, e.id
"""
