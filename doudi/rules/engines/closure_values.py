"""Values inside the closures, and the logic of unknowns and errors over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from doudi.rules.nodes import Value
from doudi.rules.rows import FactRef, Row


class Missing:
    """An unknown, and the facts it is unknown for."""

    __slots__ = ("refs",)

    def __init__(self, refs: frozenset[FactRef]) -> None:
        self.refs = refs


class Failure:
    """An error, and its cause."""

    __slots__ = ("cause",)

    def __init__(self, cause: str) -> None:
        self.cause = cause


class Frame:
    """What an evaluation reads; `bound` is what folds have bound."""

    __slots__ = ("as_of", "bound", "params", "row")

    def __init__(self, row: Row | None, params: Mapping[str, Value], as_of: date, bound: dict[str, Any]) -> None:
        self.row = row
        self.params = params
        self.as_of = as_of
        self.bound = bound


Step = Callable[[Frame], Any]
BROKEN = frozenset([Missing, Failure])
ABSENT = object()


def trouble(*values: Any) -> Any:
    """Of values not all known: every unknown together, else the first error."""
    missing = [value.refs for value in values if type(value) is Missing]
    if missing:
        return Missing(missing[0] if len(missing) == 1 else frozenset().union(*missing))
    return next(value for value in values if type(value) is Failure)


def conjunction(values: Iterable[Any]) -> Any:
    """False dominates, then unknown, then error, then true. Stops at the first false."""
    broken = []
    for value in values:
        if value is False:
            return False
        if value is not True:
            broken.append(value)
    return trouble(*broken) if broken else True


def disjunction(values: Iterable[Any]) -> Any:
    """True dominates, then unknown, then error, then false. Stops at the first true."""
    broken = []
    for value in values:
        if value is True:
            return True
        if value is not False:
            broken.append(value)
    return trouble(*broken) if broken else False


def opposite(value: Any) -> Any:
    """`!value`."""
    return value if type(value) in BROKEN else not value
