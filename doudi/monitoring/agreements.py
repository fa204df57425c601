"""The copies of a household's data that must agree: for every fact that two of them may hold, what each says.

The pack says which copies there are (`copies.toml`). What a copy says of a fact is the last word of its most trusted
source. It is held against what the register believes, or against the copy somebody named as right:

    agree    the copy says the same
    differ   it says otherwise
    stale    its word no longer holds (the fact's `keeps`)
    missing  it could say something of the fact and never did, while another has
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from django.db import connection

from doudi.facts.kinds import Fact
from doudi.policy import versions
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register.resolution import Word, oldest_kept
from doudi.register.sayings import base_name

AGREE, DIFFER, STALE, MISSING = STATES = ("agree", "differ", "stale", "missing")
KINDS = ("household", "person")
WORST = {state: place for place, state in enumerate((AGREE, MISSING, STALE, DIFFER))}


class Verifiable(NamedTuple):
    """A fact that more than one copy may hold, and for each of those its sources, the most trusted first."""

    fact: Fact
    copies: dict[str, tuple[str, ...]]


class Cell(NamedTuple):
    """One fact of one subject: what each copy says of it, and how that stands to what the register believes."""

    kind: str
    subject_id: int
    household_id: int
    place_code: str
    key: str
    believed: Word | None
    words: dict[str, Word]
    states: dict[str, str]

    @property
    def state(self) -> str:
        """The worst of its copies'."""
        return max(self.states.values(), key=WORST.__getitem__)


def compared_by(run: Run, *, on: date) -> Pack:
    """The pack whose copies are compared on a day: the one adopted, as the register believes by it, run or no run yet.

    So a source of the county's own is compared with the next look after its table came in.
    """
    return versions.holding(run.pack_name, on=on) or versions.of_hash(run.pack_id)


def verifiable(pack: Pack) -> dict[tuple[str, str], Verifiable]:
    """Every fact of households and persons that at least two of the pack's copies may hold."""
    found = {}
    for kind in KINDS:
        for fact in pack.vocabulary.kinds[kind].facts.values():
            copies = {
                copy.name: theirs
                for copy in pack.copies.values()
                if (theirs := tuple(source for source in fact.sources if source in copy.sources))
            }
            if len(copies) > 1 and not fact.relation:
                found[kind, fact.name] = Verifiable(fact, copies)
    return found


def compare(known: Verifiable, said: Mapping[str, Word], *, on: date, right: str = "") -> Cell | None:
    """One fact of one subject from each source's last word; None where no source's word holds or ever stood.

    `right` names the copy somebody found right: the others are held against it and not against what is believed.
    Subject and key are the caller's to fill in.
    """
    limit = oldest_kept(known.fact, on)
    words = {name: word for name, sources in known.copies.items() if (word := _last(sources, said, limit)) is not None}
    held = (said[source] for source in known.fact.sources if source in said and said[source].about >= limit)
    believed = next(held, None)
    judge = words.get(right) or believed
    if judge is None and not words:
        return None
    states = {name: _state(words.get(name), judge, limit) for name in known.copies}
    return Cell(known.fact.kind, 0, 0, "", known.fact.name, believed, words, states)


def _last(sources: Iterable[str], said: Mapping[str, Word], limit: str) -> Word | None:
    """A copy's word: of its most trusted source whose word holds, else of the most trusted that ever spoke."""
    spoken = [said[source] for source in sources if source in said]
    return next((word for word in spoken if word.about >= limit), spoken[0] if spoken else None)


def _state(word: Word | None, judge: Word | None, limit: str) -> str:
    if word is None:
        return MISSING
    if word.about < limit:
        return STALE
    return AGREE if judge is None or same(word.value, judge.value) else DIFFER


def same(one: Any, other: Any) -> bool:
    """Whether two values are one: 1 and true are not."""
    return bool(one == other) and type(one) is type(other)


Right = Mapping[tuple[str, int, str], str]  # (kind, subject, key) -> the copy somebody found right


def read(
    pack: Pack,
    *,
    on: date,
    place: str = "",
    households: Collection[int] | None = None,
    right: Right | None = None,
) -> Iterator[Cell]:
    """Every such fact of every household and member in the register on a day, by household and subject.

    Below a place's prefix, or of some households alone. As far as the wall lets the reader see.
    """
    known, judged = verifiable(pack), right or {}
    asked = {"on": on, "place": f"{place}%", "households": sorted(households or ()), "all": households is None}
    with connection.cursor() as cursor:
        cursor.execute(SAID, asked)
        rows = cursor.fetchall()
    for (kind, subject, household, code), some in groupby(rows, key=itemgetter(0, 1, 2, 3)):
        for key, said in _by_key(some).items():
            name = base_name(key)
            fact = known.get((kind, name))
            cell = compare(fact, said, on=on, right=judged.get((kind, subject, key), "")) if fact else None
            if cell is not None:
                yield cell._replace(subject_id=subject, household_id=household, place_code=code, key=key)


def _by_key(rows: Iterable[tuple[Any, ...]]) -> dict[str, dict[str, Word]]:
    """The last word of each source on each fact of one subject; a null takes the source's earlier word back."""
    found: dict[str, dict[str, Word]] = {}
    for *_, source, about, number, facts in rows:
        for key, value in orjson.loads(facts).items():
            if value is None:
                found.get(key, {}).pop(source, None)
            else:
                found.setdefault(key, {})[source] = Word(value, source, number, about)
    return found


SAID = """
WITH home AS (
    SELECT household_id AS id, place_code FROM register_residence
    WHERE from_day <= %(on)s AND (until_day IS NULL OR until_day > %(on)s) AND place_code LIKE %(place)s
        AND (%(all)s OR household_id = ANY (%(households)s))
), subject AS (
    SELECT 'household' AS kind, id, id AS household, place_code FROM home
    UNION ALL SELECT 'person', m.person_id, home.id, home.place_code FROM home
    JOIN register_membership m ON m.household_id = home.id
        AND m.from_day <= %(on)s AND (m.until_day IS NULL OR m.until_day > %(on)s)
)
SELECT u.kind, u.id, u.household, u.place_code, s.source, s.about_day::text, s.id, s.facts::text
FROM subject u JOIN register_statement s ON s.subject_kind = u.kind AND s.subject_id = u.id AND s.about_day <= %(on)s
ORDER BY u.household, u.kind, u.id, s.about_day, s.recorded_at, s.id
"""
