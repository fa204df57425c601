"""The definition of a limit: who gets one of the few where more qualify (slow and obvious; the engines must agree).

A candidate is somebody who qualifies, or may. For each, two places in line are counted among the candidates of the same
row (village): the best, with only those ahead who surely qualify and surely come first, and the worst, with all who may
be ahead. Within the count at worst is a yes, beyond it at best is a no, anything else is not known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from doudi.rules.engines import memory
from doudi.rules.measures import Key, Limit, Measure, conjoin
from doudi.rules.nodes import Value
from doudi.rules.results import NO, NOT_KNOWN, OK, YES, Result
from doudi.rules.rows import Row

AHEAD, EITHER, BEHIND = -1, 0, 1
Order = tuple[bool | int | str | None, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A subject's verdict, before the cut too (`qualifies`), and its best and worst place, from 1; None without one."""

    verdict: int
    qualifies: int
    best: int | None = None
    worst: int | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: int
    qualifies: int
    row: int | None  # of the village; None while it is not known
    order: Order


def stand_in_line(
    measure: Measure, rows: Iterable[Row], *, params: Mapping[str, Value], as_of: date, seed: str
) -> dict[int, Place]:
    """The place of every subject, by id. `seed` is the published seed of the lot."""
    limit = measure.limit
    if limit is None:
        raise ValueError(f"measure {measure.name} has no limit")
    world = {"params": params, "as_of": as_of}
    count = memory.evaluate(limit.count, row=None, **world)  # type: ignore[arg-type]
    all_of = [_candidate(measure, limit, row, seed, params, as_of) for row in rows]
    candidates = [each for each in all_of if each.qualifies != NO]
    return {each.id: _place(each, candidates, count) for each in all_of}


def lot(seed: str, subject: int) -> str:
    """The lot a subject draws: text, the smallest first, the same on every engine."""
    return hashlib.md5(f"{seed}:{subject}".encode(), usedforsecurity=False).hexdigest()


def qualifies(measure: Measure, *, row: Row, params: Mapping[str, Value], as_of: date) -> int:
    """The verdict before the cut: 0 no, 1 yes, 2 unknown."""
    results = [memory.evaluate(each.node, row=row, params=params, as_of=as_of) for each in measure.conditions]
    if measure.combine is None:
        return conjoin([result.verdict for result in results])
    known = {
        condition.name: result.value
        for condition, result in zip(measure.conditions, results, strict=True)
        if result.status is OK and isinstance(result.value, bool)
    }
    combined = memory.evaluate(measure.combine, row=row, params=params, as_of=as_of, variables=known)
    return min(combined.verdict, NOT_KNOWN)


def _candidate(
    measure: Measure, limit: Limit, row: Row, seed: str, params: Mapping[str, Value], as_of: date
) -> _Candidate:
    place = memory.evaluate(limit.per, row=row, params=params, as_of=as_of)
    order = [lot(seed, row.id) if isinstance(key, str) else _rank(key, row, params, as_of) for key in limit.order]
    verdict = qualifies(measure, row=row, params=params, as_of=as_of)
    return _Candidate(row.id, verdict, place.value.id if isinstance(place.value, Row) else None, (*order, row.id))


def _rank(key: Key, row: Row, params: Mapping[str, Value], as_of: date) -> int | None:
    """A key as a number, the smaller first: true before false, numbers ascending unless `descending`."""
    result = memory.evaluate(key.node, row=row, params=params, as_of=as_of)
    if result.status is not OK:
        return None
    value = result.value
    number = value.toordinal() if isinstance(value, date) else int(str(int(value)))  # type: ignore[arg-type]
    return -number if isinstance(value, bool) != key.descending else number


def _place(own: _Candidate, candidates: list[_Candidate], count: Result) -> Place:
    if own.qualifies == NO:
        return Place(NO, NO)
    if own.row is None:
        return Place(NOT_KNOWN, own.qualifies)
    others = [each for each in candidates if each.id != own.id and _same(each.row, own.row) != NO]
    worst = 1 + sum(_ahead(each.order, own.order) != BEHIND for each in others)
    sure = [each for each in others if each.qualifies == YES and _same(each.row, own.row) == YES]
    best = 1 + sum(_ahead(each.order, own.order) == AHEAD for each in sure)
    if count.status is not OK:
        return Place(NOT_KNOWN, own.qualifies, best, worst)
    places = int(str(count.value))
    if best > places:
        return Place(NO, own.qualifies, best, worst)
    within = worst <= places and own.qualifies == YES
    return Place(YES if within else NOT_KNOWN, own.qualifies, best, worst)


def _same(one: int | None, other: int | None) -> int:
    if one is None or other is None:
        return NOT_KNOWN
    return YES if one == other else NO


def _ahead(one: Order, other: Order) -> int:
    """Does `one` come before `other`? An unknown key may be anything, so from there on it may be either."""
    for left, right in zip(one, other, strict=True):
        if left is None or right is None:
            return EITHER
        if left != right:
            return AHEAD if left < right else BEHIND  # type: ignore[operator]
    return EITHER
