"""Reckoning with known values, exactly as every engine must: 64 bits checked, division as CEL says, money rounded down.

Values are encoded as `doudi.rules.types` says. Each function returns the value or raises `Fault` with its cause.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from doudi.rules.types import DECIMAL_UNIT, INT_MAX, INT_MIN


class Fault(Exception):
    """A reckoning without result; `cause` is one of `errors.CAUSES`."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def within(value: int) -> int:
    """The number itself when it fits 64 bits."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise Fault("overflow")


def add(left: int, right: int) -> int:
    """The sum of two numbers of one type."""
    return within(left + right)


def subtract(left: int, right: int) -> int:
    """The difference of two numbers of one type."""
    return within(left - right)


def multiply(left: int, right: int) -> int:
    """The product; one of the two is a plain int (or both are)."""
    return within(left * right)


def multiply_decimal(left: int, right: int) -> int:
    """A money or decimal times a decimal, rounded down (towards minus infinity) to the left type's unit."""
    return within(left * right // DECIMAL_UNIT)


def divide(left: int, right: int) -> int:
    """Int / int, cut towards zero. INT_MIN / -1 overflows."""
    if right == 0:
        raise Fault("division_by_zero")
    quotient = abs(left) // abs(right)
    return within(quotient if (left < 0) == (right < 0) else -quotient)


def divide_money(left: int, right: int) -> int:
    """Money / int, rounded down (towards minus infinity) to the minor unit."""
    if right == 0:
        raise Fault("division_by_zero")
    return within(left // right)


def remainder(left: int, right: int) -> int:
    """Int % int with the sign of the dividend. INT_MIN % -1 overflows, as its quotient does."""
    return within(left - divide(left, right) * right)


def negate(term: int) -> int:
    """The number with its sign turned. -INT_MIN overflows."""
    return within(-term)


def add_days(day: date, days: int) -> date:
    """The day so many days later."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise Fault("date_range") from None


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where it has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        raise Fault("date_range")
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def days_between(until: date, start: date) -> int:
    """Until - start, in days."""
    return (until - start).days


def years_between(start: date, until: date) -> int:
    """Birthdays passed: until.year - start.year, one less before the birthday. 29 February counts on 1 March."""
    return until.year - start.year - ((until.month, until.day) < (start.month, start.day))


def join(left: Any, right: Any) -> Any:
    """Text + text, or list + list."""
    return left + right


def operation(op: str, left: str, right: str) -> Callable[[Any, Any], Any]:
    """The function for `left op right`, by the names of the types. The checker puts date, money and decimal first."""
    if (op, left, right) in _SPECIAL:
        return _SPECIAL[op, left, right]
    return _PLAIN[op]


def _minus(function: Callable[[date, int], date]) -> Callable[[date, int], date]:
    return lambda day, span: function(day, -span)


_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
}
_SPECIAL: dict[tuple[str, str, str], Callable[[Any, Any], Any]] = {
    ("+", "text", "text"): join,
    ("+", "list", "list"): join,
    ("+", "date", "days"): add_days,
    ("-", "date", "days"): _minus(add_days),
    ("+", "date", "months"): add_months,
    ("-", "date", "months"): _minus(add_months),
    ("-", "date", "date"): days_between,
    ("*", "money", "decimal"): multiply_decimal,
    ("*", "decimal", "decimal"): multiply_decimal,
    ("/", "money", "int"): divide_money,
}


def compare(op: str, left: Any, right: Any) -> bool:
    """`left op right` of two values of one type; text by code point, false before true."""
    return COMPARISONS[op](left, right)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": str.__contains__,
}


def total(op: str, values: Sequence[Any]) -> Any:
    """sum, min or max. Sums are computed wide and checked once, at the end."""
    if op == "sum":
        return within(sum(values))
    if not values:
        raise Fault("empty")
    return min(values) if op == "min" else max(values)


def bounded(op: str, low: int, high: int | None, line: int) -> bool | None:
    """`n op line` for some n between low and high (None: no bound); None when rows present do not decide it."""
    lowest, highest = compare(op, low, line), high is not None and compare(op, high, line)
    if high is not None and low == high:
        return lowest
    if op in ("==", "!="):
        return None if low <= line and (high is None or line <= high) else op == "!="
    if op in (">", ">="):
        return True if lowest else (False if high is not None and not highest else None)
    return False if not lowest else (True if highest else None)
