"""What the register holds on a day, gathered from beliefs (or, for the past, from statements) into tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from django.db import connection

from doudi.facts.kinds import Kind, Vocabulary
from doudi.register import beliefs, columns, subjects
from doudi.register.graphs import LINKS, holds
from doudi.register.items import KINDS as ITEM_KINDS

Tables = dict[str, pa.Table]


def gather(
    vocabulary: Vocabulary, *, as_of: date, known_at: datetime | None, before: Mapping[str, pa.Table], since: int | None
) -> Tables:
    """The tables of every kind; with `before`, only documents revised since transaction `since` are read again."""
    tables: Tables = {}
    _stage_late(vocabulary, as_of, known_at, since)
    for kind in vocabulary.kinds.values():
        present = _present(kind, as_of, known_at)
        fresh = _documents(kind, as_of, known_at, since, _unseen(present, before.get(kind.name)))
        tables[kind.name], years = _tables(kind, present, fresh, as_of, before)
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
        source = "SELECT NULL::bigint AS id, NULL::bigint AS village, NULL::bigint AS household, NULL::bigint AS person WHERE false"
    links = "".join(f", {LINKS[to]}" for to in _links(kind).values())
    return f"SELECT id{links} FROM ({source}) present"


def _unseen(present: pa.Table, before: pa.Table | None) -> list[int]:
    """The ids that were not there before."""
    if before is None:
        return []
    new: list[int] = np.setdiff1d(present["id"].to_numpy(), before["id"].to_numpy()).tolist()
    return new


def _documents(
    kind: Kind, as_of: date, known_at: datetime | None, since: int | None, unseen: list[int]
) -> dict[int, dict[str, Any]]:
    """The documents of a kind by id: all, or those revised since and the unseen."""
    listed = ",".join(map(str, unseen))
    which = "true" if since is None else f"(b.revision >= {since} OR b.subject_id = ANY('{{{listed}}}'::bigint[]))"
    with connection.cursor() as cursor, cursor.copy(_BELIEVED.format(which=which), {"kind": kind.name}) as copy:
        lines = b"".join(bytes(block) for block in copy).split(b"\n")
    return dict(map(_line, lines[:-1]))


def _line(line: bytes) -> tuple[int, dict[str, Any]]:
    """One line of COPY's text format: an id, a tab, a document (in which only the backslash can need unescaping)."""
    number, _, document = line.partition(b"\t")
    if b"\\" in document:
        document = document.replace(b"\\\\", b"\\")
    return int(number), orjson.loads(document)


def _tables(
    kind: Kind, present: pa.Table, fresh: dict[int, dict[str, Any]], as_of: date, before: Mapping[str, pa.Table]
) -> tuple[pa.Table, pa.Table]:
    ids = present["id"].to_pylist()
    if kind.name not in before:
        documents = [fresh.get(number, {}) for number in ids]
        return _beside(present, columns.facts_table(kind, ids, documents, as_of)), columns.years_table(
            kind, ids, documents, as_of
        )
    return _renewed(kind, present, fresh, as_of, before)


def _renewed(
    kind: Kind, present: pa.Table, fresh: dict[int, dict[str, Any]], as_of: date, before: Mapping[str, pa.Table]
) -> tuple[pa.Table, pa.Table]:
    """The earlier tables with the fresh documents' rows in the place of theirs."""
    here = present["id"].to_numpy()
    changed = np.intersect1d(here, np.array(list(fresh), dtype=np.int64)).tolist()
    documents = [fresh[number] for number in changed]
    facts = columns.facts_table(kind, changed, documents, as_of)
    old = before[kind.name].select(facts.column_names)
    kept = old.filter(_among(old["id"], np.setdiff1d(here, changed)))
    table = _beside(present, _fill(pa.concat_tables([kept, facts]), here))
    if not columns.stated(kind, yearly=True):
        return table, columns.empty_years(kind)
    key, old_years = f"{kind.name}_id", before[f"{kind.name}_year"]
    kept_years = old_years.filter(_among(old_years[key], np.setdiff1d(here, changed)))
    new_years = columns.years_table(kind, changed, documents, as_of)
    years = pa.concat_tables([kept_years, new_years]).sort_by([(key, "ascending"), ("year", "ascending")])
    return table, years


def _fill(facts: pa.Table, here: np.ndarray) -> pa.Table:
    """The rows in the order of `here`, with an empty row for an id of which nothing is known."""
    missing = np.setdiff1d(here, facts["id"].to_numpy())
    blank = pa.table({"id": pa.array(missing, pa.int64())})
    return pa.concat_tables([facts, blank], promote_options="default").sort_by("id").combine_chunks()


def _among(column: pa.ChunkedArray, ids: np.ndarray) -> pa.Array:
    return pa.array(np.isin(column.to_numpy(), ids, assume_unique=False, kind="sort"))


def _beside(present: pa.Table, facts: pa.Table) -> pa.Table:
    """Links and facts of the same ids in the same order."""
    for name in facts.column_names[1:]:
        present = present.append_column(name, facts[name])
    return present


def _stage_late(vocabulary: Vocabulary, as_of: date, known_at: datetime | None, since: int | None) -> None:
    """Resolve anew, as of the day, the subjects of whom something was said later; into `staged_late`."""
    recent = f" AND (subject_kind, subject_id) IN (SELECT subject_kind, subject_id FROM register_belief WHERE revision >= {since})"
    limits = {"day": as_of, "known": known_at}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_late_subject")
        cursor.execute(
            "CREATE TEMP TABLE staged_late_subject ON COMMIT DROP AS SELECT DISTINCT subject_kind AS kind, subject_id AS id"
            " FROM register_statement WHERE (about_day > %(day)s OR recorded_at > %(known)s)" + (recent if since else ""),
            limits,
        )
    subjects.stage("SELECT kind, id FROM staged_late_subject")
    _stage_documents(beliefs.documents(vocabulary, as_of=as_of, known_at=known_at))


def _stage_documents(rows: Iterable[tuple[str, int, str, str]]) -> None:
    kept = list(rows)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_late")
        cursor.execute("CREATE TEMP TABLE staged_late (kind text, id bigint, document text) ON COMMIT DROP")
        with cursor.copy("COPY staged_late FROM STDIN") as copy:
            for kind, number, document, _ in kept:
                copy.write_row((kind, number, document))
        cursor.execute("ANALYZE staged_late")


_SOURCES = {
    "place": f"""SELECT p.code::bigint AS id FROM places_place p
        WHERE p.level = 'village' AND (p.from_day IS NULL OR p.from_day <= %(day)s)
        AND (p.until_day IS NULL OR p.until_day > %(day)s)""",
    "household": f"""SELECT r.household_id AS id, r.village_code::bigint AS village
        FROM register_residence r WHERE {holds("r")}""",
    "person": f"""SELECT m.person_id AS id, m.household_id AS household FROM register_membership m
        JOIN register_residence r ON r.household_id = m.household_id AND {holds("r")} WHERE {holds("m")}""",
}
_ITEMS = (
    "SELECT i.id, i.household_id AS household, i.person_id AS person, i.village_code::bigint AS village"
    " FROM register_item i WHERE i.kind = '{kind}' AND " + holds("i")
)

_BELIEVED = """
COPY (
    SELECT b.subject_id, b.document::text FROM register_belief b
    WHERE b.subject_kind = %(kind)s AND {which}
        AND NOT EXISTS (SELECT FROM staged_subject s WHERE (s.kind, s.id) = (b.subject_kind, b.subject_id))
    UNION ALL SELECT l.id, l.document FROM staged_late l WHERE l.kind = %(kind)s
) TO STDOUT
"""
