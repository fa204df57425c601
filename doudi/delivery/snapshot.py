"""What this area's deeds know of the facts: the tables `policy.snapshots` takes over the register's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from doudi.access.scope import as_engine, past_wall
from doudi.delivery import deed_names, sale_facts, travel_facts, work_facts
from doudi.facts.kinds import Vocabulary
from doudi.policy.deeds import Asked, Deed, Of
from doudi.register.snapshot import one_view
from doudi.trail import prepared

Facts = Mapping[tuple[str, str], Mapping[int, Any]]
Few = Mapping[str, Collection[int]]  # the subjects asked about, by kind
# Each answers `(as_of, few)` with values by (table, fact) and subject, of everybody where few is None; every kind of
# deed adds its own.
PARTS: tuple[Callable[[date, Few | None], Facts], ...] = (sale_facts.facts, travel_facts.facts, work_facts.facts)


def supply(*, as_of: date, known_at: datetime | None, vocabulary: Vocabulary) -> dict[str, pa.Table]:
    """The facts of every part as tables; what no deed speaks of is left empty, so that the register's word stays."""
    day = min(as_of, known_at.date()) if known_at else as_of
    found: dict[tuple[str, str], Mapping[int, Any]] = {}
    with one_view(), as_engine():
        for part in PARTS:
            found |= part(day, None)
    found = {(kind, name): said for (kind, name), said in found.items() if _knows(vocabulary, kind, name)}
    named = {kind: [name for kind_, name in found if kind_ == kind] for kind, _ in found}
    return {kind: _table(kind, names, found) for kind, names in named.items()}


def know(subjects: Few, *, as_of: date, vocabulary: Vocabulary) -> Facts:
    """What deeds say of a few subjects on a day, between two runs."""
    with past_wall():
        found = {key: said for part in _that_speak(subjects) for key, said in part(as_of, subjects).items()}
    return {(kind, name): said for (kind, name), said in found.items() if _knows(vocabulary, kind, name)}


def name_deeds(asked: Asked, *, as_of: date) -> dict[Of, list[Deed]]:
    """Which purchase, arrival, post, claim or list each of these facts comes from (`policy.deeds`)."""
    with past_wall():
        return deed_names.named(asked, as_of=as_of)


def _that_speak(subjects: Few) -> list[Callable[[date, Few | None], Facts]]:
    """The parts with anything on record of these subjects: of most households none has, and one look tells."""
    asked = {kind: list(subjects.get(kind, ())) for kind in ("household", "person", "hire", "post", "platform")}
    return [part for part, speaks in zip(PARTS, prepared.ask(_SPEAK, asked).rows[0], strict=True) if speaks]


_SPEAK = """
SELECT EXISTS (SELECT FROM delivery_produce WHERE household_id = ANY (%(household)s::bigint[]))
    OR EXISTS (SELECT FROM delivery_purchase WHERE household_id = ANY (%(household)s::bigint[]))
    OR EXISTS (SELECT FROM delivery_platform_order WHERE household_id = ANY (%(household)s::bigint[]))
    OR cardinality(%(platform)s::bigint[]) > 0,
    EXISTS (SELECT FROM delivery_passenger WHERE person_id = ANY (%(person)s::bigint[])),
    EXISTS (SELECT FROM delivery_post_holding
        WHERE person_id = ANY (%(person)s::bigint[]) OR post_id = ANY (%(post)s::bigint[]))
    OR cardinality(%(hire)s::bigint[]) > 0
"""


def _knows(vocabulary: Vocabulary, kind: str, name: str) -> bool:
    return kind in vocabulary.kinds and name in vocabulary.kinds[kind].facts


def _table(kind: str, names: list[str], found: Mapping[tuple[str, str], Mapping[int, Any]]) -> pa.Table:
    ids = sorted({subject for name in names for subject in found[kind, name]})
    columns = {name: pa.array([found[kind, name].get(subject) for subject in ids]) for name in names}
    return pa.table({"id": pa.array(ids, pa.int64()), **columns})
