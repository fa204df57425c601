"""Deciding a case: the sum of a relief or grant, and what becomes of an allowance a later decision speaks against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from doudi.access.scope import as_engine
from doudi.delivery import care_cases, entitlements, moves
from doudi.delivery.care_cases import ALLOWANCE, ENDED, GRANT, GRANTED, LEAVING, OPEN, RELIEF, REVIEW, CareCase, due
from doudi.delivery.states import DELIVERABLE, DELIVERED
from doudi.funds import payments
from doudi.funds.budgets import Budget
from doudi.funds.payments import Payee, Standing
from doudi.policy.decisions import NO
from doudi.register import statements
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

ORIGIN = "care"
MOST_FEN = 100_000_00  # a sum above this is a slip of the keyboard
AUTOMATIC = ("06a_keep_allowance_poor", "06b_keep_allowance_without")


def grant(case: CareCase, fen: int, *, reason: str, by: str, on: date) -> None:
    """Decide the sum of a relief or an industry grant whose stages have passed; it is paid through `funds`.

    Raises Refusal for another kind, one still in review, a sum that cannot be, and for one's own or a relative's.
    """
    if not 0 < fen <= MOST_FEN:
        raise Refusal("金额要大于 0,不超过 10 万元。", "The sum is above 0 and at most 100,000 yuan.", "fen")
    with carry_out("delivery.care_decisions.grant", by=by, payload=[case.pk, fen, reason, on]):
        held = care_cases.hold(case, (OPEN,))
        if held.kind not in (RELIEF, GRANT) or held.entitlement.state != DELIVERABLE:
            raise Refusal(
                "评议、公示和审核都通过以后,才能定金额。",
                "The sum is decided once every stage has passed.",
                "fen",
            )
        moves.refuse_conflict([held.entitlement_id], "deliver", "deliver", by=by)
        held.state, held.fen, held.since, held.reason = GRANTED, fen, on, reason.strip()[: care_cases.LONGEST_REASON]
        held.decided_by, held.decided_on, held.due_on = by, on, due(GRANTED, on)
        held.save()


def pay(case: CareCase, *, by: str, on: date) -> int:
    """Make the payment of what was granted, to the household's account; answers its number. Others check and send it.

    Raises Refusal where nothing is to be paid, where a payment stands, and where no budget of the measure covers it.
    """
    with carry_out("delivery.care_decisions.pay", by=by, payload=[case.pk, on]) as act:
        held = care_cases.hold(case, (GRANTED,))
        if not held.fen or held.kind == ALLOWANCE:
            raise Refusal("这件专案没有要付的钱。", "This case has nothing to be paid.", "pay")
        budget = Budget.objects.covering(held.measure, held.place_code, on=on).first()
        if budget is None:
            raise Refusal(
                f"措施“{held.measure}”没有 {on} 可用的预算。请先在“资金”里设立预算、下达拨款。",
                f"The measure “{held.measure}” has no budget that runs on {on}. Establish one under Money first.",
                "pay",
            )
        row = Payee(ORIGIN, held.pk, held.household_id, None, held.place_code, held.fen)
        made = payments.make([row], by=by, on=on, budget=budget)
        act.result = {"payment": made[held.pk]}
    return made[held.pk]


def standing(ids: Sequence[int]) -> dict[int, Standing]:
    """How the payment of each case stands, by case."""
    return payments.state_of(ORIGIN, ids)


def settle(case: CareCase, *, by: str, on: date) -> None:
    """Mark what reached the household's account as delivered. Raises Refusal while the bank has not said so."""
    with carry_out("delivery.care_decisions.settle", by=by, payload=[case.pk, on]):
        held = care_cases.hold(case, (GRANTED,))
        paid = standing([held.pk]).get(held.pk)
        if paid is None or paid.state != payments.PAID:
            raise Refusal("银行还没有回报到账。", "The bank has not said that the money has arrived.", "settle")
        said = {"kind": "payment", "note": paid.reference}
        entitlements.deliver([held.entitlement_id], by=by, on=on, evidence=said)


def close(case: CareCase, *, by: str, on: date) -> None:
    """Record that the household says it has it: nothing is left to do. Raises Refusal before it was delivered."""
    with carry_out("delivery.care_decisions.close", by=by, payload=[case.pk, on]):
        held = care_cases.hold(case, (GRANTED,))
        if held.entitlement.state != DELIVERED:
            raise Refusal("还没有落实,不能确认。", "It has not been delivered yet.", "close")
        entitlements.confirm([held.entitlement_id], by=by, on=on)
        held.due_on = None
        held.save(update_fields=["due_on"])


# -- an allowance that a later decision speaks against


def spoken_against() -> list[int]:
    """Cases in scope that keep an allowance by 6(a) or 6(b) and whose household now has a no under both."""
    with connection.cursor() as cursor:
        cursor.execute(_AGAINST, [list(AUTOMATIC), list(AUTOMATIC), NO])
        return [number for (number,) in cursor.fetchall()]


def open_reviews(*, by: str, on: date) -> int:
    """Open a review of every allowance that a later decision speaks against; answers how many. It ends none."""
    found = spoken_against()
    with carry_out("delivery.care_decisions.open_reviews", by=by, payload=[found, on]) as act:
        for case in CareCase.objects.filter(pk__in=found):
            review(case, reason="后来的核算结论不再符合 6a、6b,需要人工复核", by=by, on=on)
        act.result = {"reviews": len(found)}
    return len(found)


def review(case: CareCase, *, reason: str, by: str, on: date) -> None:
    """Ask for an allowance to be looked at again; it goes on meanwhile. Raises Refusal for another kind, no reason."""
    reason = care_cases.said(reason)
    with carry_out("delivery.care_decisions.review", by=by, payload=[case.pk, reason, on]):
        held = care_cases.hold(case, (GRANTED,))
        if held.kind != ALLOWANCE:
            raise Refusal("只有低保可以复核。", "Only an allowance is reviewed.", "review")
        held.state, held.review_by, held.review_on, held.review_reason = REVIEW, by, on, reason
        held.due_on = due(REVIEW, on)
        held.save()


def keep(case: CareCase, *, reason: str, by: str, on: date) -> None:
    """Decide after a review that the allowance goes on, with a reason."""
    reason = care_cases.said(reason)
    with carry_out("delivery.care_decisions.keep", by=by, payload=[case.pk, reason, on]):
        held = care_cases.hold(case, (REVIEW,))
        held.state, held.reason, held.decided_by, held.decided_on, held.due_on = GRANTED, reason, by, on, None
        held.save()


def end(case: CareCase, *, reason: str, by: str, on: date, now: datetime) -> None:
    """Decide after a review that the allowance ends; the bureau's word goes on record. A person's act, never a rule's.

    Raises Refusal without a reason, without an income sheet drawn since the review, and for who asked for the review.
    """
    reason = care_cases.said(reason)
    with carry_out("delivery.care_decisions.end", by=by, payload=[case.pk, reason, on]):
        held = care_cases.hold(case, (REVIEW,))
        if held.review_by == by:
            raise Refusal(
                "提出复核的人不能自己停发,请由另一人决定。",
                "Who asked for the review does not end the allowance; another person decides.",
                "end",
            )
        if not held.sheets.filter(drawn_on__gte=held.review_on).exists():
            raise Refusal(
                "停发前要先写复核以后的收入表(低保金单列)。",
                "Draw an income sheet for the review first, with the allowance on its own line.",
                "end",
            )
        moves.refuse_conflict([held.entitlement_id], "reverse", "reverse", by=by)
        held.state, held.reason, held.decided_by, held.decided_on, held.due_on = ENDED, reason, by, on, None
        held.save()
        entitlements.reverse([held.entitlement_id], by=by, on=on, reason=reason)
        state(held, receives=False, by=by, on=on, now=now)


def state(case: CareCase, *, receives: bool, by: str, on: date, now: datetime) -> None:
    """The bureau's word that a household receives the minimum allowance, or does no longer."""
    with as_engine():
        statements.record(
            "household", int(case.household_id or 0), {"minimum_allowance": receives}, source="bureau", about=on,
            by=by, now=now, evidence={"kind": "care_case", "case": case.pk},
        )  # fmt: skip


def prepared(case: CareCase, *, by: str, on: date) -> None:
    """What was to be prepared for somebody about to leave is done. Raises Refusal while the checklist has gaps."""
    from doudi.delivery import leavings

    with carry_out("delivery.care_decisions.prepared", by=by, payload=[case.pk, on]):
        held = care_cases.hold(case, (OPEN,))
        missing = leavings.missing(held)
        if held.kind != LEAVING or missing or held.entitlement.state != DELIVERABLE:
            names = "、".join(leavings.ITEMS[name][0] for name in missing) or "审核"
            raise Refusal(f"还差:{names}。", "Something is still to be prepared or reviewed.", "prepared")
        entitlements.deliver([held.entitlement_id], by=by, on=on, evidence={"kind": "checklist"})
        held.state, held.since, held.decided_by, held.decided_on = GRANTED, on, by, on
        held.due_on = due(GRANTED, on)
        held.save()


_AGAINST = """
SELECT c.id FROM delivery_care_case c
WHERE c.state = 'granted' AND c.measure = ANY (%s) AND NOT EXISTS (
    SELECT FROM policy_standing s JOIN policy_decision d ON d.id = s.decision_id JOIN policy_run r ON r.id = d.run_id
        JOIN delivery_entitlement e ON e.id = c.entitlement_id JOIN policy_run own ON own.id = e.run_id
        CROSS JOIN LATERAL jsonb_array_elements_text(r.measures -> 'household') WITH ORDINALITY AS m (name, nth)
    WHERE s.pack_name = own.pack_name AND s.subject_kind = 'household' AND s.subject_id = c.household_id
        AND m.name = ANY (%s) AND d.verdicts[m.nth] <> %s)
ORDER BY c.id
"""
