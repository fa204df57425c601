"""The facts a list can be given as columns, and what is believed of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from django.db import connection

from doudi.access import masking
from doudi.facts.kinds import Fact
from doudi.policy.listing.lists import BATCH, Asker
from doudi.register.exporting import columns
from doudi.register.exporting.columns import Cell, Column
from doudi.register.resolution import oldest_kept, settle

Believed = tuple[int, dict[str, Any]]  # the belief's revision, and what it holds: fact key -> flat value


def columns_of(kind: str, asker: Asker) -> list[Column]:
    """The stated facts of a kind that the asker's duty shows; those of a year speak of the year before the day."""
    found = []
    for fact in asker.words.kinds[kind].facts.values():
        if fact.formula or not asker.reads(fact) or is_identity(fact):
            continue
        key = f"{fact.name}@{asker.day.year - 1}" if fact.yearly else fact.name
        found.append(columns.of_fact(fact, key, editable=asker.passes_on(fact)))
    return found


def is_identity(fact: Fact) -> bool:
    """Facts that tell the identity or the phone of a person: they are in no list that leaves."""
    return fact.sensitivity == "identity" or fact.name == "phone" or fact.name.startswith("id_number")


def told(column: Column, value: Any, asker: Asker) -> Cell:
    """A value in words, as any list that leaves may say it: what names a person only partly."""
    said = columns.cell(column, value, asker.language)
    hidden = said is not None and column.fact is not None and is_identity(column.fact)
    return masking.partly_by_form(str(said)) if hidden else said


def believed(kind: str, ids: Sequence[int]) -> Iterator[tuple[int, Believed]]:
    """What is believed of subjects within the scope, by id: revision and flat facts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, revision, facts FROM register_belief WHERE subject_kind = %s AND subject_id = ANY(%s)",
            [kind, list(ids)],
        )
        for number, revision, facts in cursor.fetchall():
            yield number, (revision, orjson.loads(facts) if isinstance(facts, str) else facts)


def values(held: Believed | None, chosen: Sequence[Column], asker: Asker) -> list[Any]:
    """The values believed on the asker's day, None where nothing is."""
    facts = held[1] if held else {}
    return [_value(facts.get(column.key), column, asker) for column in chosen]


def _value(flat: Any, column: Column, asker: Asker) -> Any:
    if flat is None or column.fact is None:
        return None
    return settle(flat, column.fact, oldest_kept(column.fact, asker.day))


def batches(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The keys, some thousand at a time."""
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
