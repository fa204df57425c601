"""Where another system says otherwise than the register, held in memory and read anew wherever something moved.

Reading every belief that sources dispute takes more than a second over a county. Who may see which subject is never
held: that is asked of the database each time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.policy.moving import Watch
from doudi.register.exporting import corrections
from doudi.register.exporting.corrections import Difference

REBUILD = 4_000  # households moved at once: reading all of them is then no dearer


@dataclass
class _Held:
    vocabulary: Vocabulary  # by itself and not by its id: an id is given again once its bearer is gone
    key: tuple[Any, ...]
    watch: Watch
    found: list[Difference]


_held: dict[str, _Held] = {}
_lock = threading.Lock()


def find(source: str, vocabulary: Vocabulary, *, as_of: date, place: str = "") -> list[Difference]:
    """Every difference within the scope (and below a place's prefix), by place, household and subject.

    What `corrections.find` says, inside a transaction; a transaction that has written reads its own.
    """
    key = (connection.settings_dict["HOST"], connection.settings_dict["NAME"], as_of)
    with transaction.atomic(), as_engine(), _lock:
        found = _brought_up(source, vocabulary, key, as_of)
    if found is None:
        return corrections.find(source, vocabulary, as_of=as_of, place=place)
    below = [one for one in found if one.place_code.startswith(place)]
    seen = corrections.seen(below)
    return [one for one in below if (one.kind, one.subject_id) in seen]


def forget() -> None:
    """Let go of what is held (a home was closed or replaced)."""
    with _lock:
        _held.clear()


def _brought_up(source: str, vocabulary: Vocabulary, key: tuple[Any, ...], as_of: date) -> list[Difference] | None:
    """All of the county's, as the engine; None where this transaction sees what others do not."""
    held = _held.pop(source, None)  # put back when it is whole again
    if held is not None and (held.key != key or held.vocabulary is not vocabulary):
        held = None
    watch = held.watch if held else Watch()
    moved = watch.look()
    if moved is None:
        if held:
            _held[source] = held
        return None
    if held is None or len(moved) > REBUILD:
        held = _Held(vocabulary, key, watch, corrections.find(source, vocabulary, as_of=as_of))
    elif moved:
        fresh = corrections.find(source, vocabulary, as_of=as_of, households=moved)
        kept = [one for one in held.found if one.household_id not in moved]
        held.found = corrections.ordered([*kept, *fresh])
    _held[source] = held
    return held.found
