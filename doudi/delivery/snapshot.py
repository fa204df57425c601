"""What this area's deeds know of the facts: the tables `policy.snapshots` takes over the register's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from doudi.access.scope import as_engine
from doudi.delivery import sale_facts, travel_facts, work_facts
from doudi.facts.kinds import Vocabulary
from doudi.register.snapshot import one_view

Facts = Mapping[tuple[str, str], Mapping[int, Any]]
# Each answers `(as_of)` with values by (table, fact) and subject; every kind of deed adds its own.
PARTS: tuple[Callable[[date], Facts], ...] = (sale_facts.facts, travel_facts.facts, work_facts.facts)


def supply(*, as_of: date, known_at: datetime | None, vocabulary: Vocabulary) -> dict[str, pa.Table]:
    """The facts of every part as tables; what no deed speaks of is left empty, so that the register's word stays."""
    day = min(as_of, known_at.date()) if known_at else as_of
    found: dict[tuple[str, str], Mapping[int, Any]] = {}
    with one_view(), as_engine():
        for part in PARTS:
            found |= part(day)
    found = {(kind, name): said for (kind, name), said in found.items() if _knows(vocabulary, kind, name)}
    named = {kind: [name for kind_, name in found if kind_ == kind] for kind, _ in found}
    return {kind: _table(kind, names, found) for kind, names in named.items()}


def _knows(vocabulary: Vocabulary, kind: str, name: str) -> bool:
    return kind in vocabulary.kinds and name in vocabulary.kinds[kind].facts


def _table(kind: str, names: list[str], found: Mapping[tuple[str, str], Mapping[int, Any]]) -> pa.Table:
    ids = sorted({subject for name in names for subject in found[kind, name]})
    columns = {name: pa.array([found[kind, name].get(subject) for subject in ids]) for name in names}
    return pa.table({"id": pa.array(ids, pa.int64()), **columns})
