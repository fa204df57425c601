"""What evaluating an expression gives: a value, an unknown with the facts missing, or an error with its cause."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from doudi.rules.nodes import Value
from doudi.rules.rows import FactRef, Row


class Status(IntEnum):
    """How an evaluation ended; the numbers are the engines' status column."""

    OK = 0
    UNKNOWN = 1
    ERROR = 2


OK, UNKNOWN, ERROR = Status.OK, Status.UNKNOWN, Status.ERROR
NO, YES, NOT_KNOWN, FAILED = 0, 1, 2, 3  # verdict codes; FAILED only inside a reasons vector


@dataclass(frozen=True, slots=True)
class Result:
    """`value` is None unless OK; `missing` is empty unless UNKNOWN; `cause` (of `errors.CAUSES`) is "" unless ERROR."""

    status: Status
    value: Value | Row | None = None
    missing: frozenset[FactRef] = field(default=frozenset())
    cause: str = ""

    @property
    def verdict(self) -> int:
        """0 no, 1 yes, 2 unknown, 3 error, of a condition."""
        if self.status is OK:
            return YES if self.value else NO
        return NOT_KNOWN if self.status is UNKNOWN else FAILED


def known(value: Value | Row) -> Result:
    """A value."""
    return Result(OK, value)


def unknown(*missing: FactRef) -> Result:
    """Not known, for want of these."""
    return Result(UNKNOWN, missing=frozenset(missing))


def failed(cause: str) -> Result:
    """An error."""
    return Result(ERROR, cause=cause)


TRUE, FALSE = known(True), known(False)
