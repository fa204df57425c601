"""The agreement of many villages at once, in DuckDB: what `agreements.read` says, counted, and the cells that differ.

Reading cell by cell takes half a minute over a county of 24,000 households; this takes seconds. A test holds the two
against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import duckdb
import orjson
import pyarrow as pa
from django.db import connection

from doudi.monitoring.agreements import SAID, STATES, WORST, Right, Verifiable, verifiable
from doudi.policy import tables
from doudi.policy.packs import Pack
from doudi.register.resolution import Word, oldest_kept

Counts = dict[str, dict[str, list[int]]]  # "household:wage_income" -> copy -> [agree, differ, stale, missing]
EVERY = ":"  # the household as a whole, by its worst fact
TOGETHER = ""  # all copies of a fact together, by the worst of them
LATER = 1_000  # what comes after every rank


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
    held.execute(_WORDS)
    held.execute(_CELLS)
    villages: dict[str, Counts] = {}
    for code, fact, copy, *counts in held.execute(_COUNTS).fetchall():
        villages.setdefault(code, {}).setdefault(fact, {})[copy] = counts
    return Looked(villages, [_differing(*row) for row in held.execute(_DIFFERING).fetchall()])


def _take_in(held: duckdb.DuckDBPyConnection, pack: Pack, on: date, place: str, right: Right) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SAID, {"on": on, "place": f"{place}%", "households": [], "all": True})
        rows = cursor.fetchall()
    names = ("kind", "subject", "household", "place", "source", "about", "statement", "facts")
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    types = (pa.string(), pa.int64(), pa.int64(), pa.string(), pa.string(), pa.string(), pa.int64(), pa.string())
    said = {name: pa.array(column, of) for name, column, of in zip(names, columns, types, strict=True)}
    held.register("said", pa.table({**said, "turn": pa.array(range(len(rows)), pa.int64())}))
    held.register("known", _known(pack, on))
    who = pa.array([-subject if kind == "person" else subject for kind, subject, _ in right], pa.int64())
    keys, copies = pa.array([key for *_, key in right], pa.string()), pa.array(list(right.values()), pa.string())
    held.register("chosen", pa.table({"who": who, "key": keys, "copy": copies}))


def _known(pack: Pack, on: date) -> pa.Table:
    """Every source of every verifiable fact: its rank, its copy (empty where it belongs to none), how long it keeps."""
    rows = [
        (kind, name, f"{kind}:{name}", source, rank, _copy_of(source, known), oldest_kept(known.fact, on),
         len(known.copies))
        for (kind, name), known in verifiable(pack).items()
        for rank, source in enumerate(known.fact.sources)
    ]  # fmt: skip
    names = ("kind", "name", "fact", "source", "rank", "copy", "oldest", "copies")
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})


def _copy_of(source: str, known: Verifiable) -> str:
    return next((copy for copy, some in known.copies.items() if source in some), "")


def _differing(
    kind: str, subject: int, household: int, place: str, key: str, judge: Any, copies: list[Mapping[str, Any]]
) -> Differing:
    words = {each["copy"]: _word(each["word"]) for each in copies}
    states = {each["copy"]: each["state"] for each in copies}
    return Differing(kind, subject, household, place, key, _word(judge) if judge else None, words, states)


def _word(held: Mapping[str, Any]) -> Word:
    return Word(orjson.loads(held["value"]), held["source"], held["statement"], held["about"])


# One row a word: who said what of which fact of whom. `who` is the subject, persons below zero; `heard` how many words
# there are of the cell. Most cells have one word, and are counted without being compared; most sources speak once of a
# subject, and what they said cannot be overtaken.
_WORDS = f"""
CREATE TEMP TABLE word AS
WITH spoken AS (
    SELECT *, count(*) OVER (PARTITION BY kind, subject, source) > 1 AS again FROM said
), each AS (
    SELECT CASE WHEN kind = 'person' THEN -subject ELSE subject END AS who, kind, household, place, source, about,
        statement, turn, again, unnest(map_entries(from_json(facts, '"MAP(VARCHAR, JSON)"'))) AS cell FROM spoken
), named AS MATERIALIZED (
    SELECT e.* EXCLUDE (cell), cell.key AS key, cell.value::VARCHAR AS value, k.fact, k.copy, k.copies,
        e.about >= k.oldest AS holds, CASE WHEN e.about >= k.oldest THEN k.rank ELSE k.rank + {LATER} END AS line
    FROM each e JOIN known k ON k.kind = e.kind AND k.name = split_part(cell.key, '@', 1) AND k.source = e.source
), last AS (
    SELECT * FROM named WHERE NOT again
    UNION ALL
    SELECT * FROM named WHERE again QUALIFY turn = max(turn) OVER (PARTITION BY who, key, source)
)
SELECT * EXCLUDE (turn, kind, again), count(*) OVER (PARTITION BY who, key) AS heard FROM last WHERE value <> 'null';
"""
_CELLS = """
CREATE TEMP TABLE copy_word AS
SELECT who, any_value(household) AS household, any_value(place) AS place, key, any_value(fact) AS fact, copy,
    any_value(copies) AS copies, bool_or(holds) AS holds,
    arg_min({'value': value, 'source': source, 'statement': statement, 'about': about}, line) AS word
FROM word WHERE heard > 1 AND copy <> '' GROUP BY who, key, copy;
CREATE TEMP TABLE judge AS
WITH believed AS (
    SELECT who, any_value(household) AS household, any_value(place) AS place, key, any_value(fact) AS fact,
        any_value(copies) AS copies, count(*) FILTER (copy <> '') AS spoken,
            arg_min({'value': value, 'source': source, 'statement': statement, 'about': about}, line)
            FILTER (holds) AS word
    FROM word WHERE heard > 1 GROUP BY who, key
)
SELECT b.* EXCLUDE (word), b.word AS believed, coalesce(c.word, b.word) AS word
FROM believed b LEFT JOIN chosen h ON h.who = b.who AND h.key = b.key
LEFT JOIN copy_word c ON c.who = h.who AND c.key = h.key AND c.copy = h.copy
WHERE b.word IS NOT NULL OR b.spoken > 0;
CREATE TEMP TABLE stated AS
SELECT c.*, CASE WHEN NOT c.holds THEN 'stale' WHEN j.word IS NULL OR j.word.value = c.word.value THEN 'agree'
    ELSE 'differ' END AS state
FROM copy_word c JOIN judge j ON j.who = c.who AND j.key = c.key;
CREATE TEMP TABLE cell AS
SELECT j.who, j.household, j.place, j.key, j.fact, j.copies, j.believed, coalesce(s.differ, 0) > 0 AS differ,
    coalesce(s.stale, 0) > 0 AS stale, coalesce(s.heard, 0) AS heard
FROM judge j LEFT JOIN (
    SELECT who, key, count(*) AS heard, count(*) FILTER (state = 'differ') AS differ,
        count(*) FILTER (state = 'stale') AS stale FROM stated GROUP BY who, key
) s ON s.who = j.who AND s.key = j.key;
CREATE TEMP VIEW every_stated AS
SELECT place, fact, copy, state FROM stated
UNION ALL SELECT place, fact, copy, CASE WHEN holds THEN 'agree' ELSE 'stale' END
FROM word WHERE heard = 1 AND copy <> '';
CREATE TEMP VIEW every_cell AS
SELECT household, place, fact, CASE WHEN differ THEN 3 WHEN stale THEN 2 WHEN heard < copies THEN 1 ELSE 0 END AS worst
FROM cell
UNION ALL SELECT household, place, fact, CASE WHEN copy <> '' AND NOT holds THEN 2 ELSE 1 END
FROM word WHERE heard = 1 AND (copy <> '' OR holds);
"""
_FILTERS = ", ".join(f"count(*) FILTER (worst = {WORST[state]})" for state in STATES)
_COUNTS = f"""
WITH fact AS (SELECT place, fact, count(*) AS cells FROM every_cell GROUP BY place, fact),
copies AS (SELECT DISTINCT fact, copy FROM known WHERE copy <> ''),
spoken AS (
    SELECT place, fact, copy, count(*) FILTER (state = 'agree') AS agree, count(*) FILTER (state = 'differ') AS differ,
        count(*) FILTER (state = 'stale') AS stale, count(*) AS number FROM every_stated GROUP BY place, fact, copy
), home AS (SELECT place, max(worst) AS worst FROM every_cell GROUP BY place, household)
SELECT place, fact, copy, coalesce(agree, 0), coalesce(differ, 0), coalesce(stale, 0), cells - coalesce(number, 0)
FROM fact JOIN copies USING (fact) LEFT JOIN spoken USING (place, fact, copy)
UNION ALL SELECT place, fact, '', {_FILTERS} FROM every_cell GROUP BY place, fact
UNION ALL SELECT place, ':', '', {_FILTERS} FROM home GROUP BY place
"""
_DIFFERING = """
SELECT CASE WHEN c.who < 0 THEN 'person' ELSE 'household' END AS kind, abs(c.who) AS subject, c.household, c.place,
    c.key, c.believed, list({'copy': s.copy, 'word': s.word, 'state': s.state})
FROM cell c JOIN stated s ON s.who = c.who AND s.key = c.key WHERE c.differ
GROUP BY ALL ORDER BY c.place, c.household, kind, subject, c.key
"""
