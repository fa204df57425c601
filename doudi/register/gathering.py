"""What the register holds on a day, gathered from beliefs (or, for the past, from statements) into tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import numpy as np
import orjson
import pyarrow as pa
from django.db import connection

from doudi.facts.kinds import Kind, Vocabulary
from doudi.register import beliefs, columns, subjects
from doudi.register.graphs import LINKS, VILLAGE_OF_ITEM, holds
from doudi.register.items import KINDS as ITEM_KINDS
from doudi.values.collecting import unhurried

Tables = dict[str, pa.Table]


def gather(
    vocabulary: Vocabulary, *, as_of: date, known_at: datetime | None, before: Mapping[str, pa.Table], since: int | None
) -> Tables:
    """The tables of every kind; with `before`, only beliefs revised since transaction `since` are read again."""
    tables: Tables = {}
    present = {kind.name: _present(kind, as_of, known_at) for kind in vocabulary.kinds.values()}
    unseen = {name: _unseen(table, before.get(name)) for name, table in present.items()}
    _stage_late(vocabulary, as_of, known_at, since, unseen)
    with unhurried():
        for kind in vocabulary.kinds.values():
            cells = _cells(kind, present[kind.name], as_of, since, unseen[kind.name])
            tables[kind.name], years = _tables(kind, present[kind.name], cells, before)
            if columns.stated(kind, yearly=True):
                tables[f"{kind.name}_year"] = years
    return tables


def _present(kind: Kind, as_of: date, known_at: datetime | None) -> pa.Table:
    """`id` and the links of every subject of a kind that is there on the day, by id."""
    query, params = _subjects(kind), {"day": as_of, "known": known_at}
    with connection.cursor() as cursor:
        cursor.execute(query + " ORDER BY id", params)
        rows = cursor.fetchall()
    found = list(zip(*rows, strict=True)) or [()] * (1 + len(_links(kind)))
    names = ["id", *(f"{name}_id" for name in _links(kind))]
    return pa.table({name: pa.array(values, pa.int64()) for name, values in zip(names, found, strict=True)})


def _links(kind: Kind) -> dict[str, str]:
    """The to-one relations of a kind, each with the kind it leads to."""
    return {name: relation.to for name, relation in kind.relations.items() if not relation.many}


def _subjects(kind: Kind) -> str:
    """The SQL of the subjects there on a day, with their links in the order of `_links`."""
    source = _SOURCES.get(kind.name) or _ITEMS.format(kind=kind.name)
    if kind.name not in _SOURCES and kind.name not in ITEM_KINDS:
        source = _NONE
    links = "".join(f", {LINKS[to]}" for to in _links(kind).values())
    return f"SELECT id{links} FROM ({source}) present"


def _unseen(present: pa.Table, before: pa.Table | None) -> list[int]:
    """The ids that were not there before."""
    if before is None:
        return []
    new: list[int] = np.setdiff1d(present["id"].to_numpy(), before["id"].to_numpy()).tolist()
    return new


def _cells(kind: Kind, present: pa.Table, as_of: date, since: int | None, unseen: list[int]) -> columns.Cells:
    """The beliefs of the subjects present, in no order: of all, or of those revised since and the unseen."""
    listed = ",".join(map(str, unseen))
    which = "true" if since is None else f"(b.revision >= {since} OR b.subject_id = ANY('{{{listed}}}'::bigint[]))"
    here = set(present["id"].to_pylist())
    cells = columns.Cells(kind, _years(kind), as_of)
    with connection.cursor() as cursor, cursor.copy(_BELIEVED.format(which=which), {"kind": kind.name}) as copy:
        for (text,) in copy.rows():
            ids, documents = orjson.loads(text)
            if not here.issuperset(ids):
                found = [pair for pair in zip(ids, documents, strict=True) if pair[0] in here]
                ids, documents = [number for number, _ in found], [document for _, document in found]
            cells.extend(ids, documents)
    return cells


def _years(kind: Kind) -> frozenset[int]:
    """The years of which anything is believed of the kind."""
    if not columns.stated(kind, yearly=True):
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_YEARS, {"kind": kind.name})
        return frozenset(row[0] for row in cursor.fetchall())


def _tables(
    kind: Kind, present: pa.Table, cells: columns.Cells, before: Mapping[str, pa.Table]
) -> tuple[pa.Table, pa.Table]:
    """The table of a kind and of its years: the cells' rows, beside those of the earlier tables that still stand."""
    facts, years = columns.facts_table(cells), columns.years_table(cells)
    here, key = present["id"].to_numpy(), f"{kind.name}_id"
    kept = np.setdiff1d(here, facts["id"].to_numpy(), assume_unique=True)
    if kind.name in before:
        old = before[kind.name].select(facts.column_names)
        facts = pa.concat_tables([facts, old.filter(_among(old["id"], kept))])
    if f"{kind.name}_year" in before:
        old = before[f"{kind.name}_year"].select(years.column_names)
        years = columns.in_order(pa.concat_tables([years, old.filter(_among(old[key], kept))]), key, "year")
    return _beside(present, _fill(facts, here)), years


def _fill(facts: pa.Table, here: np.ndarray) -> pa.Table:
    """The rows by id, with an empty row for an id of which nothing is known."""
    missing = np.setdiff1d(here, facts["id"].to_numpy(), assume_unique=True)
    blank = pa.table({"id": pa.array(missing, pa.int64())})
    return columns.in_order(pa.concat_tables([facts, blank], promote_options="default"), "id")


def _among(column: pa.ChunkedArray, ids: np.ndarray) -> pa.Array:
    return pa.array(np.isin(column.to_numpy(), ids))


def _beside(present: pa.Table, facts: pa.Table) -> pa.Table:
    """Links and facts of the same ids in the same order."""
    for name in facts.column_names[1:]:
        present = present.append_column(name, facts[name])
    return present


def _stage_late(
    vocabulary: Vocabulary,
    as_of: date,
    known_at: datetime | None,
    since: int | None,
    unseen: Mapping[str, list[int]],
) -> None:
    """Resolve anew, as of the day, the subjects of whom something was said later; into `staged_late`."""
    limits = {
        "day": as_of,
        "known": known_at,
        "since": since,
        "kinds": [kind for kind, ids in unseen.items() for _ in ids],
        "ids": [number for ids in unseen.values() for number in ids],
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_late_subject")
        cursor.execute(
            "CREATE TEMP TABLE staged_late_subject ON COMMIT DROP AS"
            " SELECT DISTINCT subject_kind AS kind, subject_id AS id FROM register_statement"
            " WHERE (about_day > %(day)s OR recorded_at > %(known)s)" + (_RECENT if since else ""),
            limits,
        )
    subjects.stage("SELECT kind, id FROM staged_late_subject")
    _stage_beliefs(beliefs.documents(vocabulary, as_of=as_of, known_at=known_at))


def _stage_beliefs(resolved: Iterable[beliefs.Resolved]) -> None:
    kept = [(one.kind, one.id, one.facts) for one in resolved]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_late")
        cursor.execute("CREATE TEMP TABLE staged_late (kind text, id bigint, facts text) ON COMMIT DROP")
        with cursor.copy("COPY staged_late FROM STDIN") as copy:
            for row in kept:
                copy.write_row(row)
        cursor.execute("ANALYZE staged_late")


_SOURCES = {
    "place": """SELECT p.code::bigint AS id FROM places_place p
        WHERE p.level = 'village' AND (p.from_day IS NULL OR p.from_day <= %(day)s)
        AND (p.until_day IS NULL OR p.until_day > %(day)s)""",
    "household": f"""SELECT r.household_id AS id, r.village_code::bigint AS village
        FROM register_residence r WHERE {holds("r")}""",
    "person": f"""SELECT m.person_id AS id, m.household_id AS household FROM register_membership m
        JOIN register_residence r ON r.household_id = m.household_id AND {holds("r")} WHERE {holds("m")}""",
}
_NONE = (
    "SELECT NULL::bigint AS id, NULL::bigint AS village, NULL::bigint AS household, NULL::bigint AS person WHERE false"
)
_ITEMS = (
    f"SELECT i.id, i.household_id AS household, i.person_id AS person, {VILLAGE_OF_ITEM} AS village"
    " FROM register_item i WHERE i.kind = '{kind}' AND " + holds("i")
)

# One line holds some hundreds of subjects, `[[id, ...], [facts, ...]]`: a line each would cost more than its content. A
# batch is a range of ids, looked up by itself, so that lines come while later ones are still being made.
_BELIEVED = """
COPY (
    SELECT '[[' || ids || '],[' || facts || ']]' FROM (
        SELECT DISTINCT subject_id / 500 AS number FROM register_belief WHERE subject_kind = %(kind)s
        UNION SELECT id / 500 FROM staged_late WHERE kind = %(kind)s
    ) batch CROSS JOIN LATERAL (
        SELECT string_agg(id::text, ',') AS ids, string_agg(facts, ',') AS facts FROM (
            SELECT b.subject_id AS id, b.facts::text AS facts FROM register_belief b
            WHERE b.subject_kind = %(kind)s
                AND b.subject_id >= batch.number * 500 AND b.subject_id < batch.number * 500 + 500 AND {which}
                AND NOT EXISTS (SELECT FROM staged_subject s WHERE (s.kind, s.id) = (b.subject_kind, b.subject_id))
            UNION ALL SELECT l.id, l.facts FROM staged_late l WHERE l.kind = %(kind)s AND l.id / 500 = batch.number
        ) believed
    ) line WHERE ids IS NOT NULL
) TO STDOUT
"""

_RECENT = """ AND (subject_kind, subject_id) IN (
    SELECT subject_kind, subject_id FROM register_belief WHERE revision >= %(since)s
    UNION ALL SELECT * FROM unnest(%(kinds)s::text[], %(ids)s::bigint[])
)"""

_YEARS = """
SELECT DISTINCT split_part(key, '@', 2)::int FROM (
    SELECT jsonb_object_keys(facts) AS key FROM register_belief WHERE subject_kind = %(kind)s
    UNION SELECT json_object_keys(facts::json) FROM staged_late WHERE kind = %(kind)s
) found WHERE key LIKE '%%@%%'
"""
