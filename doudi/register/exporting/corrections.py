"""What another system last said and the register no longer believes: exactly the cells to correct there.

The other copy is a source like any other; what it last said of a fact stands in the belief beside the word believed
(`doudi.register.resolution`). Compared within the reader's scope, as of a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import orjson
from django.db import connection

from doudi.facts.kinds import Vocabulary
from doudi.register import resolution
from doudi.register.resolution import Word
from doudi.register.sayings import base_name

KINDS = ("household", "person")


class Difference(NamedTuple):
    """One fact of one subject on which the other copy and the register differ."""

    kind: str
    subject_id: int
    household_id: int | None
    place_code: str
    key: str
    theirs: Word
    ours: Word


def find(
    source: str, vocabulary: Vocabulary, *, as_of: date, place: str = "", households: Collection[int] | None = None
) -> list[Difference]:
    """Every difference within the scope (and below a place's prefix), by place, household and subject.

    With `households`, theirs alone.
    """
    some = "" if households is None else "AND household_id = ANY(%(households)s)"
    asked = {"kinds": list(KINDS), "place": f"{place}%", "households": sorted(households or ())}
    with connection.cursor() as cursor:
        cursor.execute(_DISPUTED.format(some=some), asked)
        rows = cursor.fetchall()
    return ordered(one for row in rows for one in _of(row, source, vocabulary, as_of))


def ordered(found: Iterable[Difference]) -> list[Difference]:
    """By place, household, subject and fact."""
    return sorted(found, key=lambda one: (one.place_code, one.household_id or 0, one.kind, one.subject_id, one.key))


def seen(found: Iterable[Difference]) -> frozenset[tuple[str, int]]:
    """Those subjects among the differing ones whose beliefs the wall lets through."""
    among = {(one.kind, one.subject_id) for one in found}
    asked = [[kind for kind, _ in among], [number for _, number in among]]
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, asked)
        return frozenset(cursor.fetchall())


def _of(row: tuple[Any, ...], source: str, vocabulary: Vocabulary, as_of: date) -> Iterator[Difference]:
    kind, subject, household, place, document, contested = row
    cells, keys = _parsed(document), _parsed(contested)
    for key in keys:
        fact = vocabulary.fact(kind, base_name(key))
        if fact is None or key not in cells:
            continue
        words, limit = resolution.words(cells[key], fact), resolution.oldest_kept(fact, as_of)
        theirs = next((word for word in words if word.source == source), None)
        ours = next((word for word in words if word.about >= limit), None)
        if ours and theirs and (ours.value, type(ours.value)) != (theirs.value, type(theirs.value)):
            yield Difference(kind, subject, household, place, key, theirs, ours)


def _parsed(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


def by_fact(found: Iterable[Difference]) -> dict[tuple[str, str], int]:
    """How many subjects differ on each fact (kind, name without year), the most first."""
    return _counted((one.kind, base_name(one.key)) for one in found)


def by_place(found: Iterable[Difference], digits: int) -> dict[str, int]:
    """How many cells differ in each place: towns with nine digits, villages with twelve."""
    return _counted(one.place_code[:digits] for one in found)


def _counted(keys: Iterable[Any]) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


_DISPUTED = """
SELECT subject_kind, subject_id, household_id, place_code, document, contested FROM register_belief
WHERE subject_kind = ANY(%(kinds)s) AND contested <> '[]' AND household_id IS NOT NULL AND place_code LIKE %(place)s
    {some}
"""
_SEEN = """
SELECT b.subject_kind, b.subject_id FROM unnest(%s::text[], %s::bigint[]) AS asked (kind, id)
JOIN register_belief b ON (b.subject_kind, b.subject_id) = (asked.kind, asked.id)
"""
