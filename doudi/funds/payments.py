"""Payments: so many fen to one payee for one thing, made by one person, checked by another, paid by a third."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, models
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.funds import approvals, bank_accounts, batches, ledger, payment_rows, reservations
from doudi.funds.bank_accounts import BankAccount
from doudi.funds.batches import Batch
from doudi.funds.budgets import Budget
from doudi.funds.plans import set_based
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values import money
from doudi.values.refusals import Refusal

MADE, CHECKED, SENT, HELD, PAID, FAILED, STOPPED = STATES = (
    "made",
    "checked",
    "sent",
    "held",
    "paid",
    "failed",
    "stopped",
)
OPEN = (SENT, HELD)  # with the bank, and not answered for good


class Payments(models.QuerySet["Payment"]):
    """The questions asked about payments."""

    def current(self) -> Payments:
        """The latest payment of each origin: join with it by `origin_kind` and `origin_id`."""
        return self.filter(current=True)

    def waiting_for_check(self, *, by: str) -> Payments:
        """Those somebody else made, that this person can check."""
        return self.filter(state=MADE).exclude(made_by=by)

    def failed(self) -> Payments:
        """Those the bank refused, or that were given up, and that nobody has paid again."""
        return self.filter(state=FAILED, current=True)


class Payment(models.Model):
    """One payment. `reference` is what the bank's answer names; budget, origin, fen and payee never change.

    `origin_kind` and `origin_id` say what it is for (`entitlement`, its id), without knowing more of it. `current` is
    the one payment of its origin that counts: a refused one `retries` no more once another took its place.
    """

    reference = models.CharField(max_length=24, unique=True)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="payments")
    origin_kind = models.CharField(max_length=32)
    origin_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    fen = models.BigIntegerField()
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, null=True, related_name="payments")
    state = models.CharField(max_length=16, choices=[(state, state) for state in STATES], default=MADE)
    current = models.BooleanField(default=True)
    retries = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="retried_by")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="payments")
    line = models.IntegerField(null=True)  # its number in the batch's file, from 1
    made_by = models.CharField(max_length=150)
    made_on = models.DateField()
    checked_by = models.CharField(max_length=150, blank=True, default="")
    checked_on = models.DateField(null=True)
    paid_by = models.CharField(max_length=150, blank=True, default="")
    paid_on = models.DateField(null=True)
    settled_on = models.DateField(null=True)
    reason = models.CharField(max_length=500, blank=True, default="")

    objects = Payments.as_manager()

    class Meta:
        db_table = "funds_payment"
        ordering = ["id"]
        constraints = [
            place_code_is_whole("funds_payment_place_whole"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="funds_payment_of_something"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="funds_payment_state_known"),
            models.CheckConstraint(
                condition=models.Q(checked_by="") | ~models.Q(checked_by=models.F("made_by")),
                name="funds_payment_checker",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_by="")
                | (~models.Q(paid_by=models.F("made_by")) & ~models.Q(paid_by=models.F("checked_by"))),
                name="funds_payment_payer",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[MADE, STOPPED])
                | (~models.Q(made_by="") & ~models.Q(checked_by="") & models.Q(bank_account__isnull=False)),
                name="funds_payment_checked_first",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[MADE, CHECKED, STOPPED])
                | (~models.Q(paid_by="") & models.Q(batch__isnull=False, line__isnull=False)),
                name="funds_payment_sent_in_batch",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[FAILED, STOPPED, HELD]) | ~models.Q(reason=""),
                name="funds_payment_has_reason",
            ),
            models.UniqueConstraint(
                fields=["origin_kind", "origin_id"], condition=models.Q(current=True), name="funds_payment_one_current"
            ),
            models.CheckConstraint(
                condition=models.Q(current=True) | models.Q(state__in=[FAILED, STOPPED]),
                name="funds_payment_superseded",
            ),
            models.UniqueConstraint(fields=["batch", "line"], name="funds_payment_line"),
        ]
        indexes = [
            models.Index(fields=["state", "budget"], name="funds_payment_by_state"),
            models.Index(fields=["household_id"], name="funds_payment_of_household"),
            models.Index(fields=["person_id"], name="funds_payment_of_person"),
        ]

    def __str__(self) -> str:
        return self.reference


# What a payment is never changes, who did a step is written once, and it goes on by these steps alone.
FROZEN = """
CREATE FUNCTION funds_payment_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.reference, OLD.budget_id, OLD.origin_kind, OLD.origin_id, OLD.fen, OLD.made_by, OLD.retries_id)
       IS DISTINCT FROM
       (NEW.reference, NEW.budget_id, NEW.origin_kind, NEW.origin_id, NEW.fen, NEW.made_by, NEW.retries_id)
       OR (OLD.checked_by <> '' AND (OLD.checked_by, OLD.bank_account_id) IS DISTINCT FROM
                                    (NEW.checked_by, NEW.bank_account_id))
       OR (OLD.paid_by <> '' AND (OLD.paid_by, OLD.batch_id, OLD.line) IS DISTINCT FROM
                                 (NEW.paid_by, NEW.batch_id, NEW.line))
       OR (NEW.current AND NOT OLD.current) THEN
        RAISE EXCEPTION 'payment % is what it was made as', OLD.reference USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('made', 'checked'), ('made', 'stopped'), ('checked', 'sent'), ('checked', 'stopped'), ('sent', 'paid'),
        ('sent', 'failed'), ('sent', 'held'), ('held', 'paid'), ('held', 'failed'), ('paid', 'failed')) THEN
        RAISE EXCEPTION 'payment % does not go from % to %', OLD.reference, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER funds_payment_frozen BEFORE UPDATE ON funds_payment
    FOR EACH ROW EXECUTE FUNCTION funds_payment_frozen();
"""
DROP_FROZEN = "DROP TRIGGER funds_payment_frozen ON funds_payment; DROP FUNCTION funds_payment_frozen();"


class Payee(NamedTuple):
    """Who gets how many fen for what. Without an account the person's own is taken, else the household's."""

    origin_kind: str
    origin_id: int
    household_id: int | None
    person_id: int | None
    place_code: str
    fen: int
    bank_account: int | None = None


class Standing(NamedTuple):
    """How the current payment of an origin stands: its id, reference and state, why, and when it was settled."""

    payment: int
    reference: str
    state: str
    fen: int
    reason: str
    settled_on: date | None


def make(rows: Iterable[Payee], *, by: str, on: date, budget: Budget | None = None) -> dict[int, int]:
    """Make payments of what is reserved (`reservations.reference_of`); payment id by origin id, all of one kind or not.

    Where nothing is reserved for a row, it is reserved now from `budget`. Raises Refusal for a row that is not
    reserved, reserved with another amount, or that has a payment which still stands.
    """
    payees = list(rows)
    _refuse_impossible(payees)
    with (
        ledger.told_of_shortage(budget, sum(row.fen for row in payees)) if budget else nullcontext(),
        _told_of_second(payees),
        carry_out("funds.payments.make", by=by, payload=[[tuple(row) for row in payees], on]) as act,
    ):
        if budget is not None:
            _reserve_missing(payees, budget, command=act.id, by=by, on=on)
        _refuse_unreserved(payees)
        made = _insert(payees, by=by, on=on)
        act.result = {"payments": len(made), "fen": sum(row.fen for row in payees)}
    return made


def check(ids: Collection[int], *, by: str, now: datetime) -> int:
    """Check payments somebody else made; those without an account take the payee's present one. Answers the fen.

    Raises Refusal for one's own, one that is not waiting, one whose payee has no account, and while nothing is sealed.
    """
    wanted = sorted(set(ids))
    approvals.require_seal(now=now)
    with carry_out("funds.payments.check", by=by, payload=wanted) as act:
        held = _held(wanted)
        for payment in held:
            _refuse_uncheckable(payment, by)
        with connection.cursor() as cursor, set_based():
            cursor.execute(payment_rows.FILL_ACCOUNTS, [wanted])
            cursor.execute(payment_rows.CHECK, [by, timezone.localdate(now), wanted])
            if cursor.rowcount != len(wanted):
                raise _no_account(wanted)
        total = sum(payment.fen for payment in held)
        act.result = {"checked": len(held), "fen": total}
    return total


def stop(origin_kind: str, origin_ids: Collection[int], *, reason: str, by: str, on: date) -> int:
    """Stop the payments of some origins before they are sent (an objection, a withdrawal); answers how many.

    A batch that holds one is dropped, its other payments wait for a new one. The money stays reserved: `release` it
    where nothing will be paid. Raises Refusal without a reason, and naming a payment that is with the bank or paid.
    """
    if not reason.strip():
        raise Refusal("停止支付要写明理由。", "Say why the payment is stopped.", "reason")
    wanted = sorted(set(origin_ids))
    with carry_out("funds.payments.stop", by=by, payload=[origin_kind, wanted, reason]) as act, as_engine():
        rows = Payment.objects.current().filter(origin_kind=origin_kind, origin_id__in=wanted).exclude(state=STOPPED)
        held = list(rows.select_for_update().order_by("id"))
        for payment in held:
            if payment.state not in (MADE, CHECKED):
                raise _moved_on(payment, "停止", "stopped")
        batches.drop_all({payment.batch_id for payment in held if payment.batch_id}, reason=reason, on=on)
        Payment.objects.filter(pk__in=[payment.pk for payment in held]).update(
            state=STOPPED, reason=reason.strip()[:500], batch=None, line=None, settled_on=on
        )
        act.result = {"stopped": len(held)}
    return len(held)


def retry(ids: Collection[int], *, by: str, on: date) -> dict[int, int]:
    """Pay anew what the bank refused, to the payee's present account; new payment id by the old one's.

    Raises Refusal for a payment that did not fail, or that was paid anew already.
    """
    failed = list(Payment.objects.filter(pk__in=set(ids)).order_by("id"))
    for payment in failed:
        if payment.state != FAILED or not payment.current:
            raise _moved_on(payment, "重新支付", "paid anew")
    kinds = {payment.origin_kind for payment in failed}
    made: dict[int, int] = {}
    with carry_out("funds.payments.retry", by=by, payload=sorted(set(ids))) as act:
        for kind in sorted(kinds):
            old = {p.origin_id: p for p in failed if p.origin_kind == kind}
            new = make([_again(p) for p in old.values()], by=by, on=on)
            made |= {old[origin].pk: number for origin, number in new.items()}
        act.result = {"payments": len(made)}
    return made


def state_of(origin_kind: str, ids: Iterable[int]) -> dict[int, Standing]:
    """How the current payment of each origin stands, by origin id; one that was never to be paid is left out."""
    found = Payment.objects.current().filter(origin_kind=origin_kind, origin_id__in=list(ids))
    rows = found.values_list("origin_id", "pk", "reference", "state", "fen", "reason", "settled_on")
    return {origin: Standing(*rest) for origin, *rest in rows}


def sums(rows: models.QuerySet[Payment]) -> dict[str, tuple[int, int]]:
    """How many payments and how many fen are in each state."""
    found = rows.order_by().values_list("state").annotate(models.Count("pk"), models.Sum("fen"))
    return {state: (count, fen) for state, count, fen in found}


# -- within the verbs


def _again(payment: Payment) -> Payee:
    payee = payment.bank_account if payment.household_id is None and payment.person_id is None else None
    return Payee(
        payment.origin_kind,
        payment.origin_id,
        payment.household_id,
        payment.person_id,
        payment.place_code,
        payment.fen,
        bank_accounts.present(payee) if payee else None,
    )


def _held(ids: Sequence[int]) -> list[Payment]:
    held = list(Payment.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("id"))
    if not held or len(held) != len(ids):
        raise Refusal(
            "有的付款找不到。请刷新后再选。", "Some payments are not there. Look again and choose.", "payments"
        )
    return held


def _refuse_uncheckable(payment: Payment, by: str) -> None:
    if payment.state != MADE:
        raise _moved_on(payment, "复核", "checked")
    if payment.made_by == by:
        raise Refusal(
            f"{payment.reference} 是您自己制的单,要由另一人复核。",
            f"You made {payment.reference} yourself; another person checks it.",
            payment.reference,
        )


def _moved_on(payment: Payment, zh: str, en: str) -> Refusal:
    return Refusal(
        f"{payment.reference} 现在是“{STATES_ZH[payment.state]}”,不能{zh}。请刷新后再看。",
        f"{payment.reference} is {payment.state} now and cannot be {en}. Look at it again.",
        payment.reference,
    )


STATES_ZH = {
    MADE: "待复核",
    CHECKED: "已复核",
    SENT: "已交银行",
    HELD: "银行暂挂",
    PAID: "已到账",
    FAILED: "银行退回",
    STOPPED: "已停止",
}


def _refuse_impossible(payees: Sequence[Payee]) -> None:
    if not payees:
        raise Refusal("没有要支付的。", "There is nothing to pay.", "payments")
    seen: set[tuple[str, int]] = set()
    for row in payees:
        origin = (row.origin_kind, row.origin_id)
        if origin in seen or row.fen <= 0:
            name = reservations.reference_of(*origin)
            raise Refusal(f"{name} 出现两次或金额不是正数。", f"{name} comes twice, or for no money.", name)
        seen.add(origin)


def _reserve_missing(payees: Sequence[Payee], budget: Budget, *, command: UUID, by: str, on: date) -> None:
    wanted = {reservations.reference_of(row.origin_kind, row.origin_id): row.fen for row in payees}
    there = reservations.Reservation.objects.filter(reference__in=wanted).exclude(state=reservations.RELEASED)
    missing = {name: wanted[name] for name in wanted.keys() - set(there.values_list("reference", flat=True))}
    if missing:
        reservations.write(budget, missing, command=command, by=by, on=on)


def _refuse_unreserved(payees: Sequence[Payee]) -> None:
    wanted = {reservations.reference_of(row.origin_kind, row.origin_id): row.fen for row in payees}
    held = dict(
        reservations.Reservation.objects.filter(reference__in=wanted, state=reservations.HELD).values_list(
            "reference", "fen"
        )
    )
    for name, fen in wanted.items():
        if held.get(name) != fen:
            there = f"{money.tell(held[name])} 元" if name in held else "没有"
            told = f"{money.tell(held[name])} yuan are" if name in held else "nothing is"
            raise Refusal(
                f"{name} 要付 {money.tell(fen)} 元,预留的{there}。先预留同样金额。",
                f"{name} is to be paid {money.tell(fen)} yuan, {told} reserved for it. Reserve the same amount first.",
                name,
            )


def _insert(payees: Sequence[Payee], *, by: str, on: date) -> dict[int, int]:
    columns: list[list[Any]] = [list(column) for column in zip(*payees, strict=True)]
    with connection.cursor() as cursor, set_based():
        cursor.execute(payment_rows.SUPERSEDE, [columns[0], columns[1]])
        cursor.execute(payment_rows.INSERT, [by, on, *columns])
        return dict(cursor.fetchall())


@contextmanager
def _told_of_second(payees: Sequence[Payee]) -> Iterator[None]:
    """Tell the database's refusal of a second payment in words."""
    try:
        yield
    except IntegrityError as error:
        if "funds_payment_one_current" not in str(error):
            raise
        ids = [row.origin_id for row in payees]
        rows = Payment.objects.current().filter(origin_kind=payees[0].origin_kind, origin_id__in=ids)
        first = rows.exclude(state__in=[FAILED, STOPPED]).first()
        name = first.reference if first else "?"
        raise Refusal(
            f"这一项已有付款 {name},不能付第二次。", f"There is a payment {name} for it already: never twice.", name
        ) from error


def _no_account(ids: Sequence[int]) -> Refusal:
    rows = Payment.objects.filter(pk__in=ids, bank_account=None)
    names = "、".join(rows.values_list("reference", flat=True)[:3])
    return Refusal(
        f"{rows.count()} 笔没有一卡通账号({names}…)。请先登记账号再复核。",
        f"{rows.count()} payments have no account to go to ({names}…). Record the account first.",
        "bank_account",
    )
