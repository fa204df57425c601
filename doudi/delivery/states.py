"""How an entitlement stands, what each standing may become, and the words for both."""

from __future__ import annotations

IN_REVIEW, APPROVED, PAYABLE, DELIVERABLE = "in_review", "approved", "payable", "deliverable"
DELIVERED, CONFIRMED = "delivered", "confirmed"
REFUSED, WITHDRAWN, REVERSED = "refused", "withdrawn", "reversed"
OVER = (REFUSED, WITHDRAWN, REVERSED)
STATES = (IN_REVIEW, APPROVED, PAYABLE, DELIVERABLE, DELIVERED, CONFIRMED, *OVER)
MONEY = ("one_card", "bank_transfer")  # channels by which `funds` pays

ACCEPT, RETURN, REFUSE = "accept", "return", "refuse"
DELIVER, CONFIRM, WITHDRAW, REVERSE = "deliver", "confirm", "withdraw", "reverse"
SEE = "see"  # the evidence was seen: what was approved becomes payable
REVIEW = (ACCEPT, RETURN, REFUSE)
VERDICTS = (*REVIEW, DELIVER, CONFIRM, WITHDRAW, REVERSE, SEE)
WITH_REASON = (RETURN, REFUSE, WITHDRAW, REVERSE)

# `in_review` to itself is a step from stage to stage; what is paid is read from the payment, so `payable` stays.
MOVES = {
    IN_REVIEW: (IN_REVIEW, APPROVED, PAYABLE, DELIVERABLE, REFUSED, WITHDRAWN),
    APPROVED: (PAYABLE, WITHDRAWN),
    PAYABLE: (CONFIRMED, WITHDRAWN, REVERSED),
    DELIVERABLE: (DELIVERED, WITHDRAWN),
    DELIVERED: (CONFIRMED, REVERSED),
    CONFIRMED: (REVERSED,),
}
# After review: from which states a verdict moves, and to which.
AFTER = {
    DELIVER: ((DELIVERABLE,), DELIVERED),
    CONFIRM: ((DELIVERED, PAYABLE), CONFIRMED),
    WITHDRAW: ((IN_REVIEW, APPROVED, PAYABLE, DELIVERABLE), WITHDRAWN),
    REVERSE: ((PAYABLE, DELIVERED, CONFIRMED), REVERSED),
    SEE: ((APPROVED,), PAYABLE),
}
WORDS = {
    IN_REVIEW: ("审核中", "in review"),
    APPROVED: ("已批准,待见成效", "approved, waits for the result"),
    PAYABLE: ("可发放", "to be paid"),
    DELIVERABLE: ("可落实", "to be delivered"),
    DELIVERED: ("已落实", "delivered"),
    CONFIRMED: ("农户已确认", "confirmed by the household"),
    REFUSED: ("不予批准", "refused"),
    WITHDRAWN: ("已撤回", "withdrawn"),
    REVERSED: ("已冲销", "reversed"),
}
