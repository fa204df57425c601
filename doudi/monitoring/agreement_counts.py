"""The agreement of many villages at once, in DuckDB: what `agreements.read` says, counted, and the cells that differ.

Reading cell by cell takes half a minute over a county of 24,000 households; this takes seconds. A test holds the two
against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

import duckdb
import orjson
import pyarrow as pa
from django.db import connection

from doudi.monitoring import agreement_queries
from doudi.monitoring.agreements import SAID, Right, Verifiable, verifiable
from doudi.policy import tables
from doudi.policy.packs import Pack
from doudi.register.resolution import Word, oldest_kept
from doudi.register.sayings import base_name
from doudi.values.collecting import unhurried

Counts = dict[str, dict[str, list[int]]]  # "household:wage_income" -> copy -> [agree, differ, stale, missing]
EVERY = ":"  # the household as a whole, by its worst fact
TOGETHER = ""  # all copies of a fact together, by the worst of them
_TEXT, _NUMBER = pa.string(), pa.int64()
_SAID = pa.schema(
    {"kind": _TEXT, "subject": _NUMBER, "household": _NUMBER, "place": _TEXT, "source": _TEXT, "about": _TEXT,
     "statement": _NUMBER, "facts": _TEXT}
)  # fmt: skip
_CHOSEN = pa.schema({"who": _NUMBER, "name": _TEXT, "copy": _TEXT})
_HELD_COPY = pa.schema({"fact": _TEXT, "copy": _TEXT})
_SLOT = pa.schema(
    {"slot": pa.int32(), "kind": _TEXT, "source": _TEXT, "name": _TEXT, "key": pa.int32(), "fact": _TEXT,
     "rank": pa.int32(), "copy": _TEXT, "oldest": _TEXT, "copies": pa.int32()}
)  # fmt: skip


class Differing(NamedTuple):
    """A fact of a subject on which copies differ: each copy's word and state, and what the register believes."""

    kind: str
    subject_id: int
    household_id: int
    place_code: str
    key: str
    believed: Word | None
    words: dict[str, Word]
    states: dict[str, str]


class Looked(NamedTuple):
    """What a look found: the counts of each village, and every cell that differs."""

    villages: dict[str, Counts]
    differing: list[Differing]


def look(pack: Pack, *, on: date, place: str = "", right: Right | None = None) -> Looked:
    """Compare the copies of every household below a place's prefix, as far as the wall lets the reader see."""
    held = tables.connect()
    _take_in(held, pack, on, place, right or {})
    held.execute(agreement_queries.WORDS.format(each=_each(_slots(held, pack, on))))
    held.execute(agreement_queries.CELLS)
    villages: dict[str, Counts] = {}
    for code, fact, copy, *counts in held.execute(agreement_queries.COUNTS).fetchall():
        villages.setdefault(code, {}).setdefault(fact, {})[copy] = counts
    return Looked(villages, [_differing(*row) for row in held.execute(agreement_queries.DIFFERING).fetchall()])


def _take_in(held: duckdb.DuckDBPyConnection, pack: Pack, on: date, place: str, right: Right) -> None:
    with unhurried(), connection.cursor() as cursor:
        cursor.execute(SAID, {"on": on, "place": f"{place}%", "households": [], "all": True})
        said = _table(cursor.fetchall(), _SAID)
    held.register("said", said.append_column("turn", pa.array(range(len(said)), pa.int64())))
    chosen = [(-subject if kind == "person" else subject, key, copy) for (kind, subject, key), copy in right.items()]
    held.register("chosen", _table(chosen, _CHOSEN))
    own = [(f"{kind}:{name}", copy) for (kind, name), about in verifiable(pack).items() for copy in about.copies]
    held.register("held_copy", _table(own, _HELD_COPY))
    held.execute(agreement_queries.SPOKEN)


def _table(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    return pa.table(
        [pa.array([row[at] for row in rows], each.type) for at, each in enumerate(schema)], names=schema.names
    )


class _Slot(NamedTuple):
    """A key that a source speaks of: its place in the fact's order, its copy (empty where it belongs to none)."""

    slot: int
    kind: str
    source: str
    name: str
    key: int
    fact: str
    rank: int
    copy: str
    oldest: str
    copies: int


def _slots(held: duckdb.DuckDBPyConnection, pack: Pack, on: date) -> list[_Slot]:
    """Every verifiable key that any source spoke of, numbered; as the table `slot`. `key` is one for all sources."""
    known, found = verifiable(pack), list[_Slot]()
    keys: dict[tuple[str, str], int] = {}
    for kind, source, name in held.execute(agreement_queries.KEYS).fetchall():
        about = known.get((kind, base_name(name)))
        if about and source in about.fact.sources:
            fact, rank, key = f"{kind}:{base_name(name)}", about.fact.sources.index(source), (kind, name)
            copy, oldest = _copy_of(source, about), oldest_kept(about.fact, on)
            number = keys.setdefault(key, len(keys))
            found.append(_Slot(len(found), kind, source, name, number, fact, rank, copy, oldest, len(about.copies)))
    held.register("slot", _table(found, _SLOT))
    return found


def _copy_of(source: str, known: Verifiable) -> str:
    return next((copy for copy, some in known.copies.items() if source in some), "")


def _each(slots: list[_Slot]) -> str:
    """The query of every word: of each kind and source the keys it has ever spoken of, all in one reading of a row.

    Opening each document as a map takes four times as long; there are some dozen keys.
    """
    parts = [agreement_queries.NOTHING]
    for (kind, source), some in groupby(slots, key=lambda each: (each.kind, each.source)):
        of = list(some)
        numbers, paths = [each.slot for each in of], ", ".join(_quoted(f'$."{each.name}"') for each in of)
        parts.append(
            f"SELECT who, about, turn, again, unnest({numbers}) AS slot,"
            f" unnest(json_extract(facts, [{paths}])) AS value"
            f" FROM spoken WHERE kind = {_quoted(kind)} AND source = {_quoted(source)}"
        )
    return " UNION ALL ".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _differing(
    kind: str, subject: int, household: int, place: str, key: str, judge: Any, copies: list[Mapping[str, Any]]
) -> Differing:
    words = {each["copy"]: _word(each["word"]) for each in copies}
    states = {each["copy"]: each["state"] for each in copies}
    return Differing(kind, subject, household, place, key, _word(judge) if judge else None, words, states)


def _word(held: Mapping[str, Any]) -> Word:
    return Word(orjson.loads(held["value"]), held["source"], held["statement"], held["about"])
