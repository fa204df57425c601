"""The cells of the banks' tables as values: days, sums, yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from doudi.facts.vocabulary import load as vocabulary
from doudi.register.importing import conversions
from doudi.register.importing.profiles import NO, YES, FactColumn
from doudi.values.refusals import Refusal

_AGREED, _REFUSED = (*YES, "同意", "agreed"), (*NO, "不同意", "refused")


@lru_cache(maxsize=3)
def _column(fact: str) -> FactColumn:
    return FactColumn("loan", vocabulary().kinds["loan"].facts[fact], (), yes=_AGREED, no=_REFUSED)


def day(read: Mapping[str, str], field: str) -> date | None:
    """The day in a cell; None where it is empty. Raises Unreadable for what is no day."""
    text = read.get(field, "")
    found = conversions.value_of(_column("due_date"), text, minor=100) if text else None
    return date.fromisoformat(str(found)) if found else None


def needed_day(read: Mapping[str, str], field: str) -> date:
    """The day in a cell that must have one."""
    found = day(read, field)
    if found is None:
        raise Refusal("请写日期,如 2020-02-27。", "Write a day, as 2020-02-27.", field)
    return found


def fen(read: Mapping[str, str], field: str) -> int | None:
    """The yuan in a cell, in fen; None where it is empty. Raises Unreadable for what is no sum."""
    text = read.get(field, "")
    found = conversions.value_of(_column("amount"), text, minor=100) if text else None
    return int(found) if found is not None else None


def yes(read: Mapping[str, str], field: str) -> bool | None:
    """Yes or no in a cell; None where it is empty."""
    text = read.get(field, "")
    found = conversions.value_of(_column("repayment_hit"), text, minor=100) if text else None
    return bool(found) if found is not None else None
