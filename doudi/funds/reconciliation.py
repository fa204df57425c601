"""Reconciliation: what was sent is what was paid, came back, or is still open; and the books are what was posted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection

from doudi.funds import ledger

BUCKETS = (30, 60, 90)  # days since the money was given


class Line(NamedTuple):
    """Fen and numbers of payments of one batch, measure or budget: sent = paid + returned + open.

    `returned` is what the bank refused or gave back, `open` what it has not answered for, `held` what it keeps of that.
    """

    key: str
    title: str
    sent: int
    paid: int
    returned: int
    open: int
    held: int
    sent_count: int
    paid_count: int
    returned_count: int
    open_count: int

    @property
    def off(self) -> int:
        """What is missing: nothing, ever."""
        return self.sent - self.paid - self.returned - self.open


class Books(NamedTuple):
    """One budget, in fen: given = available + reserved + paying + spent, and what the payments say of each."""

    budget: int
    title: str
    measure: str
    place_code: str
    given: int
    available: int
    reserved: int
    paying: int
    spent: int
    payments_open: int
    payments_paid: int
    reservations_held: int

    @property
    def off(self) -> int:
        """By how much the books and the payments differ, all differences added up: nothing, ever."""
        return (
            abs(self.given - self.available - self.reserved - self.paying - self.spent)
            + abs(self.paying - self.payments_open)
            + abs(self.spent - self.payments_paid)
            + abs(self.reserved - self.reservations_held)
        )


class Told(NamedTuple):
    """The whole of it; `wrong` are accounts and entries that a full recount of the postings contradicts."""

    batches: list[Line]
    measures: list[Line]
    budgets: list[Line]
    books: list[Books]
    wrong: list[dict[str, Any]]

    @property
    def off(self) -> int:
        """All that does not add up, in fen and wrong accounts: nothing, ever."""
        lines = sum(abs(line.off) for line in self.batches)
        return lines + sum(each.off for each in self.books) + len(self.wrong)


class Age(NamedTuple):
    """Money of a budget that is not spent, in fen, by how many days ago it was given; spent money is the oldest."""

    budget: int
    title: str
    measure: str
    unspent: int
    days_30: int
    days_60: int
    days_90: int
    older: int
    oldest: date | None


def tell() -> Told:
    """Count everything anew from payments and postings, within the reader's scope for payments."""
    return Told(_lines(_BATCHES), _lines(_MEASURES), _lines(_BUDGETS), books(), ledger.recount())


def _lines(query: str) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [Line(*row) for row in cursor.fetchall()]


def books() -> list[Books]:
    """Every budget with what its postings add up to, counted anew."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS)
        return [Books(*row) for row in cursor.fetchall()]


# What was sent is counted from the batches as they were made, the rest from the payments as they stand.
_PAID = """
paid AS (
    SELECT batch_id,
        coalesce(sum(fen) FILTER (WHERE state = 'paid'), 0)::bigint AS paid,
        coalesce(sum(fen) FILTER (WHERE state = 'failed'), 0)::bigint AS returned,
        coalesce(sum(fen) FILTER (WHERE state IN ('sent', 'held')), 0)::bigint AS open,
        coalesce(sum(fen) FILTER (WHERE state = 'held'), 0)::bigint AS held,
        count(*) FILTER (WHERE state = 'paid') AS paids,
        count(*) FILTER (WHERE state = 'failed') AS returns,
        count(*) FILTER (WHERE state IN ('sent', 'held')) AS opens
    FROM funds_payment WHERE batch_id IS NOT NULL GROUP BY batch_id
)
"""
_EACH = """
SELECT {key}, {title}, sum(b.fen)::bigint, coalesce(sum(p.paid), 0)::bigint, coalesce(sum(p.returned), 0)::bigint,
    coalesce(sum(p.open), 0)::bigint, coalesce(sum(p.held), 0)::bigint, sum(b.count)::bigint,
    coalesce(sum(p.paids), 0)::bigint, coalesce(sum(p.returns), 0)::bigint, coalesce(sum(p.opens), 0)::bigint
FROM funds_batch b JOIN funds_budget u ON u.id = b.budget_id LEFT JOIN paid p ON p.batch_id = b.id
WHERE b.state IN ('sent', 'closed') GROUP BY 1, 2 ORDER BY 1 {order}
"""
_BATCHES = f"WITH {_PAID} {_EACH.format(key='b.number', title='u.title', order='DESC')}"
_MEASURES = f"WITH {_PAID} {_EACH.format(key='u.measure', title='u.measure', order='')}"
_BUDGETS = f"WITH {_PAID} {_EACH.format(key='u.id::text', title='u.title', order='')}"
_BOOKS = """
WITH stand AS (
    SELECT a.budget_id,
        -coalesce(sum(p.fen) FILTER (WHERE a.kind = 'appropriated'), 0)::bigint AS given,
        coalesce(sum(p.fen) FILTER (WHERE a.kind = 'available'), 0)::bigint AS available,
        coalesce(sum(p.fen) FILTER (WHERE a.kind = 'reserved'), 0)::bigint AS reserved,
        coalesce(sum(p.fen) FILTER (WHERE a.kind = 'paying'), 0)::bigint AS paying,
        coalesce(sum(p.fen) FILTER (WHERE a.kind = 'spent'), 0)::bigint AS spent
    FROM funds_account a LEFT JOIN funds_posting p ON p.account_id = a.id GROUP BY a.budget_id
), money AS (
    SELECT budget_id, coalesce(sum(fen) FILTER (WHERE state IN ('sent', 'held')), 0)::bigint AS open,
        coalesce(sum(fen) FILTER (WHERE state = 'paid'), 0)::bigint AS paid
    FROM funds_payment GROUP BY budget_id
), kept AS (
    SELECT budget_id, sum(fen)::bigint AS held FROM funds_reservation WHERE state = 'held' GROUP BY budget_id
)
SELECT u.id, u.title, u.measure, u.place_code, s.given, s.available, s.reserved, s.paying, s.spent,
    coalesce(m.open, 0), coalesce(m.paid, 0), coalesce(k.held, 0)
FROM funds_budget u JOIN stand s ON s.budget_id = u.id
LEFT JOIN money m ON m.budget_id = u.id LEFT JOIN kept k ON k.budget_id = u.id ORDER BY u.measure, u.place_code, u.id
"""


def ages(*, on: date) -> list[Age]:
    """Unspent money of every budget by its age on a day: whatever was given first counts as spent first.

    Money taken back or reversed counts against the newest gifts.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN)
        given = cursor.fetchall()
    spent = {row.budget: row.spent for row in books()}
    titles: dict[int, tuple[str, str]] = {}
    gifts: dict[int, list[tuple[date, int]]] = {}
    for budget, title, measure, day, fen in given:
        titles[budget] = (title, measure)
        gifts.setdefault(budget, []).append((day, fen))
    return [_age(budget, *titles[budget], gifts[budget], spent.get(budget, 0), on) for budget in titles]


_GIVEN = """
SELECT u.id, u.title, u.measure, e."on", sum(p.fen)::bigint
FROM funds_posting p JOIN funds_account a ON a.id = p.account_id AND a.kind = 'available'
JOIN funds_entry e ON e.id = p.entry_id AND e.kind IN ('appropriate', 'reverse')
JOIN funds_budget u ON u.id = a.budget_id
GROUP BY 1, 2, 3, 4 ORDER BY 3, 1, 4
"""


def _age(budget: int, title: str, measure: str, gifts: list[tuple[date, int]], spent: int, on: date) -> Age:
    left = _left(gifts, spent)
    sums = [0, 0, 0, 0]
    for day, fen in left:
        sums[sum(on - day > timedelta(days=most) for most in BUCKETS)] += fen
    oldest = min((day for day, fen in left if fen), default=None)
    return Age(budget, title, measure, sum(sums), sums[0], sums[1], sums[2], sums[3], oldest)


def _left(gifts: list[tuple[date, int]], spent: int) -> list[tuple[date, int]]:
    """What is left of each gift, by day: takings-back eat the newest before them, spending the oldest."""
    kept: list[tuple[date, int]] = []
    for day, fen in gifts:
        taken = -min(fen, 0)
        while taken and kept:
            last_day, last = kept.pop()
            taken, rest = max(0, taken - last), max(0, last - taken)
            if rest:
                kept.append((last_day, rest))
        if fen > 0:
            kept.append((day, fen))
    left = []
    for day, fen in kept:
        gone = min(fen, spent)
        spent -= gone
        left.append((day, fen - gone))
    return left
