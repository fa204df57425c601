"""Pay of temporary posts by month: what the days attended earn, and the payments made of it, once a month."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from doudi.delivery.attendance import Attendance, PayLine
from doudi.delivery.posts import HOLDERS, PostHolding, next_month
from doudi.funds import payments
from doudi.funds.budgets import Budget
from doudi.funds.payments import Payee, Standing
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

ORIGIN = "post_pay"


class Earned(NamedTuple):
    """A holder's month: days attended, the fen they earn, the line where a pay list was made of it, the payment."""

    holding: PostHolding
    days: int
    fen: int
    line: PayLine | None
    payment: Standing | None


def worth(days: int, month_fen: int, month_days: int) -> int:
    """The fen of so many days: shares of the month's pay, never more than the whole, rounded down."""
    return min(days, month_days) * month_fen // month_days


def months(month: date) -> list[Earned]:
    """What every holder within the reader's duty has earned in the month that begins on that day."""
    held = list(PostHolding.objects.within_month(month).select_related("post", "person"))
    lines = {line.holding_id: line for line in PayLine.objects.filter(month=month, holding__in=held)}
    standing = payments.state_of(ORIGIN, [line.pk for line in lines.values()])
    attended = _attended(held, month)
    return [_earned(each, attended[each.pk], lines.get(each.pk), standing) for each in held]


def _earned(held: PostHolding, days: int, line: PayLine | None, standing: dict[int, Standing]) -> Earned:
    if line is not None:
        return Earned(held, line.days, line.fen, line, standing.get(line.pk))
    return Earned(held, days, worth(days, held.month_fen, held.month_days), None, None)


def _attended(held: Iterable[PostHolding], month: date) -> Counter[int]:
    found = Counter[int]()
    for week in Attendance.objects.filter(holding__in=list(held), week__lt=next_month(month)):
        found[week.holding_id] += sum(day.replace(day=1) == month for day in week.days)
    return found


def make(month: date, *, by: str, on: date, chosen: Sequence[int] | None = None) -> int:
    """Make the pay list of a month and its payments; answers how many lines. Others check and send them.

    Raises Refusal before the month is over, where nobody has earned anything unpaid, and where no budget covers it.
    """
    if month.day != 1 or on < next_month(month):
        raise Refusal(
            f"{month:%Y-%m} 还没有过完,月末以后再生成补贴表。", f"{month:%Y-%m} is not over yet; pay it then.", "month"
        )
    wanted = [each for each in months(month) if each.line is None and each.fen > 0]
    wanted = [each for each in wanted if chosen is None or each.holding.pk in chosen]
    if not wanted:
        raise Refusal("这个月没有未发的补贴:先登记考勤。", "Nothing is to be paid: record attendance first.", "month")
    budgets = _budgets(wanted, on)
    payload = [str(month), sorted(each.holding.pk for each in wanted)]
    with carry_out("delivery.post_pay.make", by=by, payload=payload) as act:
        for number, some in budgets.items():
            _pay([_line(each, month, by, on) for each in some], Budget.objects.get(pk=number), by=by, on=on)
        act.result = {"lines": len(wanted), "fen": sum(each.fen for each in wanted)}
    return len(wanted)


def _budgets(wanted: Iterable[Earned], on: date) -> dict[int, list[Earned]]:
    found: dict[int, list[Earned]] = defaultdict(list)
    for each in wanted:
        budget = Budget.objects.covering(HOLDERS, each.holding.place_code, on=on).first()
        if budget is None:
            raise Refusal(
                f"{each.holding.place_code[:9]} 没有公益岗位补贴的预算。请先在“资金”里下达预算。",
                f"No budget for the posts covers {each.holding.place_code[:9]}. Establish one under Money first.",
                "budget",
            )
        found[budget.pk].append(each)
    return found


def _line(each: Earned, month: date, by: str, on: date) -> PayLine:
    held = each.holding
    return PayLine.objects.create(
        holding=held, household_id=held.household_id, place_code=held.place_code, month=month, days=each.days,
        fen=each.fen, made_by=by, made_on=on,
    )  # fmt: skip


def _pay(lines: Sequence[PayLine], budget: Budget, *, by: str, on: date) -> None:
    people = dict(PostHolding.objects.filter(months__in=lines).values_list("pk", "person_id"))
    rows = [
        Payee(ORIGIN, line.pk, line.household_id, people[line.holding_id], line.place_code, line.fen) for line in lines
    ]
    payments.make(rows, by=by, on=on, budget=budget)
