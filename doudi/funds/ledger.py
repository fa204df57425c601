"""The ledger: double entry in whole fen. What is posted stays; the database keeps the balances and refuses a shortage.

Each budget has five accounts. Money comes in from `appropriated` (which only ever holds a negative balance: what was
given) to `available`, is `reserved` when something is approved, `paying` while the bank has the order, and `spent` when
the bank says so. All five add up to nothing, always.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, models

from doudi.funds.budgets import Budget
from doudi.trail.commands import Command, carry_out
from doudi.values import money
from doudi.values.refusals import Refusal

APPROPRIATED, AVAILABLE, RESERVED, PAYING, SPENT = KINDS = (
    "appropriated",
    "available",
    "reserved",
    "paying",
    "spent",
)
SHORT = "funds_balance_not_overdrawn"
Moves = Mapping[str, int]  # account kind: fen


class Account(models.Model):
    """One account of a budget."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in KINDS])

    class Meta:
        db_table = "funds_account"
        constraints = [
            models.UniqueConstraint(fields=["budget", "kind"], name="funds_account_once"),
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="funds_account_kind"),
        ]


class Entry(models.Model):
    """One movement, whole: its postings add up to nothing. `document` is what it rests on, where there is one."""

    kind = models.CharField(max_length=24)
    command = models.ForeignKey(Command, on_delete=models.PROTECT, related_name="+")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    on = models.DateField()
    by = models.CharField(max_length=150)
    document = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "funds_entry"
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~models.Q(by=""), name="funds_entry_by_someone")]


class Posting(models.Model):
    """So many fen on one account; never nothing."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    fen = models.BigIntegerField()

    class Meta:
        db_table = "funds_posting"
        constraints = [
            models.UniqueConstraint(fields=["entry", "account"], name="funds_posting_once"),
            models.CheckConstraint(condition=~models.Q(fen=0), name="funds_posting_of_something"),
        ]


class Balance(models.Model):
    """What stands on an account: written by the database alone, as postings come in."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    kind = models.CharField(max_length=16)
    fen = models.BigIntegerField(default=0)

    class Meta:
        db_table = "funds_balance"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=APPROPRIATED, fen__lte=0)
                | (~models.Q(kind=APPROPRIATED) & models.Q(fen__gte=0)),
                name=SHORT,
            )
        ]


# Locks are taken in the order of accounts, so that two entries over the same budgets wait and never stand off.
TRIGGERS = """
CREATE FUNCTION funds_open_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
    INSERT INTO funds_balance (account_id, kind, fen) VALUES (NEW.id, NEW.kind, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER funds_open_balance AFTER INSERT ON funds_account FOR EACH ROW EXECUTE FUNCTION funds_open_balance();

CREATE FUNCTION funds_keep_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
    PERFORM 1 FROM funds_balance WHERE account_id IN (SELECT account_id FROM posted) ORDER BY account_id FOR UPDATE;
    UPDATE funds_balance b SET fen = b.fen + p.fen
    FROM (SELECT account_id, sum(fen)::bigint AS fen FROM posted GROUP BY account_id) p
    WHERE b.account_id = p.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER funds_keep_balance AFTER INSERT ON funds_posting REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION funds_keep_balance();

CREATE FUNCTION funds_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked bigint := CASE WHEN TG_TABLE_NAME = 'funds_entry' THEN (to_jsonb(NEW)->>'id')::bigint
                         ELSE (to_jsonb(NEW)->>'entry_id')::bigint END;
    total numeric; budgets bigint;
BEGIN
    SELECT count(*) INTO budgets FROM (
        SELECT a.budget_id, sum(p.fen) AS fen FROM funds_posting p JOIN funds_account a ON a.id = p.account_id
        WHERE p.entry_id = asked GROUP BY a.budget_id) each WHERE each.fen <> 0;
    SELECT sum(fen) INTO total FROM funds_posting WHERE entry_id = asked;
    IF total IS DISTINCT FROM 0 OR budgets > 0 THEN
        RAISE EXCEPTION 'entry % does not balance: % fen', asked, coalesce(total::text, 'no')
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER funds_entry_balances AFTER INSERT ON funds_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funds_entry_balances();
CREATE CONSTRAINT TRIGGER funds_posting_balances AFTER INSERT ON funds_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funds_entry_balances();

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON funds_balance FROM doudi_app, doudi_engine;
"""
DROP_TRIGGERS = """
DROP TRIGGER funds_posting_balances ON funds_posting; DROP TRIGGER funds_entry_balances ON funds_entry;
DROP TRIGGER funds_keep_balance ON funds_posting; DROP TRIGGER funds_open_balance ON funds_account;
DROP FUNCTION funds_entry_balances(); DROP FUNCTION funds_keep_balance(); DROP FUNCTION funds_open_balance();
"""


def open_accounts(budget: Budget) -> None:
    """Give a new budget its accounts, each with nothing on it; within the command that makes the budget."""
    Account.objects.bulk_create([Account(budget=budget, kind=kind) for kind in KINDS])


def post(
    kind: str,
    moves: Mapping[int, Moves],
    *,
    command: UUID,
    on: date,
    by: str,
    document: str = "",
    reverses: Entry | None = None,
) -> Entry:
    """Write one entry: for each budget (by id) how many fen each of its accounts gains (negative: loses).

    Belongs inside a command. Raises IntegrityError where an account would be overdrawn; see `told_of_shortage`.
    """
    entry = Entry.objects.create(kind=kind, command_id=command, on=on, by=by, document=document, reverses=reverses)
    accounts = {(a.budget_id, a.kind): a.pk for a in Account.objects.filter(budget__in=moves)}
    rows = [(accounts[budget, name], fen) for budget, each in moves.items() for name, fen in each.items() if fen]
    Posting.objects.bulk_create([Posting(entry=entry, account_id=account, fen=fen) for account, fen in sorted(rows)])
    return entry


def reverse(entry: Entry, *, reason: str, by: str, on: date) -> Entry:
    """Undo an appropriation by its mirror image, once. What moves with payments is undone by their own verbs.

    Raises Refusal for another kind of entry, a second time, without a reason, and where the money is reserved or gone.
    """
    if entry.kind != "appropriate" or entry.reverses_id or not reason.strip():
        raise Refusal(
            "只能冲正一笔拨款,并要写明理由;支付请用退回、停止等办法。",
            "Only an appropriation is reversed, and with a reason; payments have their own ways back.",
            "entry",
        )
    if Entry.objects.filter(reverses=entry).exists():
        raise Refusal("这笔拨款已经冲正过,不能再冲正。", "This entry was reversed already; it is once only.", "entry")
    rows = list(Posting.objects.filter(entry=entry).select_related("account__budget"))
    budget = rows[0].account.budget
    moves = {row.account.kind: -row.fen for row in rows}
    with (
        told_of_shortage(budget, -moves[AVAILABLE]),
        carry_out("funds.ledger.reverse", by=by, payload=[entry.pk, reason, on]) as act,
    ):
        made = post("reverse", {budget.pk: moves}, command=act.id, on=on, by=by, document=reason, reverses=entry)
        act.result = {"entry": made.pk}
    return made


@contextmanager
def told_of_shortage(budget: Budget, wanted: int) -> Iterator[None]:
    """Tell the database's refusal to overdraw in words: how much is there, how much was wanted (fen)."""
    try:
        yield
    except IntegrityError as error:
        if SHORT not in str(error):
            raise
        there = money.tell(balances(budget)[AVAILABLE])
        raise Refusal(
            f"“{budget.title}”可用 {there} 元,不够 {money.tell(wanted)} 元。请追加拨款,或减少这一批。",
            f"“{budget.title}” has {there} yuan available, not {money.tell(wanted)}. Appropriate more, or take fewer.",
            "fen",
        ) from error


def balances(budget: Budget) -> dict[str, int]:
    """What stands on each account of a budget, in fen; `appropriated` is told as the positive sum given."""
    found = dict(Balance.objects.filter(account__budget=budget).values_list("kind", "fen"))
    return {kind: -found.get(kind, 0) if kind == APPROPRIATED else found.get(kind, 0) for kind in KINDS}


def recount() -> list[dict[str, Any]]:
    """Every account whose balance is not the sum of its postings, and every entry that does not add up: none, ever."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT)
        return [dict(zip(("what", "id", "kept", "counted"), row, strict=True)) for row in cursor.fetchall()]


_RECOUNT = """
SELECT 'account', b.account_id, b.fen, coalesce(p.fen, 0)
FROM funds_balance b
LEFT JOIN (SELECT account_id, sum(fen)::bigint AS fen FROM funds_posting GROUP BY 1) p USING (account_id)
WHERE b.fen <> coalesce(p.fen, 0)
UNION ALL
SELECT 'entry', e.id, 0, coalesce(sum(p.fen), 0)::bigint
FROM funds_entry e LEFT JOIN funds_posting p ON p.entry_id = e.id
GROUP BY e.id HAVING sum(p.fen) IS DISTINCT FROM 0
"""
