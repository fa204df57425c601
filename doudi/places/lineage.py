"""What a division became, and what became part of it: how a duty outlives the code it was given on."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from doudi.places.divisions import LEVELS, Succession
from doudi.trail.written import DAY, Written

_steps = Written(lambda on: Succession.objects.filter(on_day__lte=on).values_list("old_code", "new_code"), on=DAY)


def followed(prefixes: Iterable[str], *, on: datetime.date) -> frozenset[str]:
    """The prefixes (6, 9 or 12 digits), what they have become by a day, and the villages that wholly joined those.

    A village that was divided joins none of its parts: its past is then seen by its own code alone.
    """
    steps: dict[str, set[str]] = {}
    for old, new in _steps(on=on):
        steps.setdefault(old, set()).add(new)
    found = set(prefixes)
    waiting = list(found)
    while waiting:
        prefix = waiting.pop()
        for new in steps.get(prefix.ljust(12, "0"), ()):
            waiting += _add(found, _prefix(new))
    whole = {old: next(iter(new)) for old, new in steps.items() if len(new) == 1 and not old.endswith("000")}
    return frozenset(found | {old for old in whole if _end(old, whole) in found})


def forerunners(codes: Iterable[str], *, on: datetime.date) -> dict[str, frozenset[str]]:
    """For each code of twelve digits the codes it took the place of by a day, over every step, and itself."""
    before: dict[str, set[str]] = {}
    for old, new in _steps(on=on):
        before.setdefault(new, set()).add(old)
    found = {}
    for code in codes:
        seen, waiting = {code}, [code]
        while waiting:
            for old in before.get(waiting.pop(), set()) - seen:
                seen.add(old)
                waiting.append(old)
        found[code] = frozenset(seen)
    return found


def _add(found: set[str], prefix: str) -> list[str]:
    if prefix in found:
        return []
    found.add(prefix)
    return [prefix]


def _prefix(code: str) -> str:
    """The digits every code below this one begins with."""
    length = 6 if code.endswith("000000") else 9 if code.endswith("000") else 12
    assert length in LEVELS
    return code[:length]


def _end(code: str, whole: dict[str, str]) -> str:
    """The village a village ended in."""
    seen = {code}
    while code in whole and whole[code] not in seen:
        code = whole[code]
        seen.add(code)
    return code
