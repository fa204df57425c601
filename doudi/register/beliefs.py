"""What the register believes of each subject, resolved from its statements (DESIGN: section 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from django.db import connection, models, transaction

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.register import resolution, subjects
from doudi.register.graphs import graph_of, rows_of
from doudi.register.households import PLACE_CODE_LENGTH
from doudi.register.resolution import Said, rank_in
from doudi.register.subjects import SUBJECT_KINDS
from doudi.trail import prepared
from doudi.values.collecting import unhurried

__all__ = [
    "WRITTEN_SINCE",
    "Belief",
    "documents",
    "graph_of",
    "horizon",
    "resolve",
    "resolve_all",
    "resolve_staged",
    "resolved",
    "rows_of",
    "written_since",
]

TRIES = 2  # the first may find a belief written by somebody else; then it is held


class Belief(models.Model):
    """One document a subject: `{fact: [value, statement id, source, about day, others]}`.

    `others`, left out when empty, lists `[value, source, statement id, about day]` of each further source, the most
    trusted first, that says something else or, where the fact has a `keeps`, spoke later than the one believed.
    `facts` is the same without provenance, as evaluation reads it (`resolution.flatten`). `contested` lists the facts
    on which sources differ. `revision` is the transaction that last wrote the row.
    """

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    document = models.JSONField()
    facts = models.JSONField()
    contested = models.JSONField(default=list)
    revision = models.BigIntegerField()

    class Meta:
        db_table = "register_belief"
        ordering = ["subject_kind", "subject_id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="belief_one_a_subject"),
            models.CheckConstraint(condition=models.Q(subject_kind__in=SUBJECT_KINDS), name="belief_kind_known"),
        ]
        indexes = [
            models.Index(fields=["household_id"], name="belief_household"),
            models.Index(fields=["place_code"], name="belief_place"),
        ]


def written_since(column: str, given: str = "%(since)s") -> str:
    """The condition that a row was written since a transaction, by the column that holds its transaction's number.

    What came with a backup carries numbers of the server it was written on, and those may lie ahead of this one's:
    nothing here is later than the newest transaction that has ended, but what is written just now.
    """
    return (
        f"{column} >= {given} AND ({column} < pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        f" OR {column} = pg_current_xact_id_if_assigned()::text::bigint)"
    )


WRITTEN_SINCE = written_since("b.revision", "%s")


def horizon() -> tuple[int, str]:
    """The first transaction that may still be under way, and which cluster counts so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, system_identifier::text"
            " FROM pg_control_system()"
        )
        return cursor.fetchone()


# -- resolving


def resolve(subjects_: Iterable[tuple[str, int]], *, vocabulary: Vocabulary) -> int:
    """Resolve anew what is believed of some subjects, inside a transaction; answers how many changed.

    For a few subjects; `resolve_staged` is for many.
    """
    keys = sorted(set(subjects_))
    wanted = {"kinds": [kind for kind, _ in keys], "ids": [number for _, number in keys]}
    with as_engine():
        for _ in range(TRIES):
            held = prepared.ask(_HELD, wanted).touched  # who writes the same belief is waited for, then they are read
            found = list(resolved(prepared.ask(_SAID_OF, wanted).rows, vocabulary))
            parts = {name: [getattr(one, name) for one in found] for name in Resolved._fields}
            changed, first = prepared.ask(_UPSERT_FEW, parts).rows[0]
            if first >= len(found) - held:
                break
    return int(changed)


def resolve_all(*, vocabulary: Vocabulary) -> int:
    """Resolve anew what is believed of every subject, as after a change of an order of sources; how many changed."""
    with transaction.atomic(), as_engine():
        subjects.stage("SELECT DISTINCT subject_kind AS kind, subject_id AS id FROM register_statement")
        return resolve_staged(vocabulary)


def resolve_staged(vocabulary: Vocabulary) -> int:
    """Resolve the subjects in `staged_subject`, as the engine; unchanged documents keep their revision.

    Whoever writes one of these beliefs meanwhile is waited for, then what they said is read. A belief that is nobody's
    yet cannot be held: where somebody wrote it first, it is held now, and all is resolved once more.
    """
    with unhurried(), connection.cursor() as cursor:
        for _ in range(TRIES):
            cursor.execute(_HELD_STAGED)
            held = cursor.rowcount
            number = _put_resolved(vocabulary)
            cursor.execute(_UPSERT)
            changed, first = cursor.fetchone()
            if first >= number - held:
                break
    return int(changed)


def _put_resolved(vocabulary: Vocabulary) -> int:
    """What is said of the staged subjects comes to, as `staged_belief`; how many."""
    number = 0
    with connection.cursor() as cursor:
        cursor.execute(_SAID_NOW)  # at once: the rows of a COPY are read one by one, in four times the time
        said = cursor.fetchall()
        cursor.execute("DROP TABLE IF EXISTS staged_belief")
        cursor.execute(
            "CREATE TEMP TABLE staged_belief (kind text, id bigint, document jsonb, facts jsonb, contested jsonb)"
            " ON COMMIT DROP"
        )
        with cursor.copy("COPY staged_belief FROM STDIN") as copy:
            for row in resolved(said, vocabulary):
                copy.write_row(row)  # the server reads what was resolved while we resolve the next
                number += 1
    return number


class Resolved(NamedTuple):
    """What is believed of one subject, as JSON text; see `Belief`."""

    kind: str
    id: int
    document: str
    facts: str
    contested: str


def documents(
    vocabulary: Vocabulary, *, as_of: date | None = None, known_at: datetime | None = None
) -> Iterator[Resolved]:
    """What is believed of every staged subject; with bounds, what was believed then.

    A subject of whom nothing was said by then has none.
    """
    yield from resolved(_said(as_of, known_at), vocabulary)


def resolved(rows: Iterable[tuple[Any, ...]], vocabulary: Vocabulary) -> Iterator[Resolved]:
    """What statements come to, subject by subject; the rows, as `_STATEMENT` reads them, of a subject lie together."""
    ranks = {kind: rank_in(vocabulary, kind) for kind in SUBJECT_KINDS}
    lasts = {kind: resolution.lasting(vocabulary, kind) for kind in SUBJECT_KINDS}
    for (kind, subject), group in groupby(rows, key=itemgetter(0, 1)):
        document, contested = resolution.resolve(map(_as_said, group), ranks[kind])
        facts = resolution.flatten(document, lasts[kind])
        yield Resolved(kind, subject, *(orjson.dumps(part).decode() for part in (document, facts, contested)))


def _as_said(row: tuple[Any, ...]) -> Said:
    _, _, number, source, about, recorded, facts = row
    return Said(number, source, about, recorded, orjson.loads(facts))


def _said(as_of: date | None, known_at: datetime | None) -> Iterator[tuple[Any, ...]]:
    """The statements of the staged subjects, subject by subject."""
    limits = {"day": as_of, "known": known_at}
    with connection.cursor() as cursor, cursor.copy(_SAID, limits) as copy:
        copy.set_types(["text", "int8", "int8", "text", "text", "int8", "text"])
        yield from copy.rows()


_STATEMENT = """s.subject_kind, s.subject_id, s.id, s.source, s.about_day::text,
        (extract(epoch FROM s.recorded_at) * 1000000)::bigint, s.facts::text"""

_SAID_NOW = f"""
SELECT {_STATEMENT}
FROM register_statement s JOIN staged_subject t ON (t.kind, t.id) = (s.subject_kind, s.subject_id)
ORDER BY s.subject_kind, s.subject_id
"""
_SAID = f"""
COPY (
    SELECT {_STATEMENT}
    FROM register_statement s JOIN staged_subject t ON (t.kind, t.id) = (s.subject_kind, s.subject_id)
    WHERE (%(day)s::date IS NULL OR s.about_day <= %(day)s)
        AND (%(known)s::timestamptz IS NULL OR s.recorded_at <= %(known)s)
    ORDER BY s.subject_kind, s.subject_id
) TO STDOUT
"""

_ASKED = "unnest(%(kinds)s::text[], %(ids)s::bigint[]) AS t (kind, id)"
_HELD = f"""
SELECT FROM register_belief b JOIN {_ASKED} ON (t.kind, t.id) = (b.subject_kind, b.subject_id)
ORDER BY b.subject_kind, b.subject_id FOR UPDATE OF b
"""
_HELD_STAGED = """
SELECT FROM register_belief b JOIN staged_subject t ON (t.kind, t.id) = (b.subject_kind, b.subject_id)
ORDER BY b.subject_kind, b.subject_id FOR UPDATE OF b
"""
_SAID_OF = f"""
SELECT {_STATEMENT} FROM register_statement s JOIN {_ASKED} ON (t.kind, t.id) = (s.subject_kind, s.subject_id)
ORDER BY s.subject_kind, s.subject_id
"""

# In the order in which beliefs are held, so that two who write the same ones never wait for each other. `first` counts
# the beliefs that were nobody's before: a row that was there has the mark of who held it.
_WRITE = """
INSERT INTO register_belief
    (subject_kind, subject_id, household_id, place_code, document, facts, contested, revision)
SELECT b.kind, b.id, t.household_id, t.place_code, b.document, b.facts, b.contested, pg_current_xact_id()::text::bigint
FROM {believed} b JOIN {placed} t USING (kind, id) ORDER BY b.kind, b.id
ON CONFLICT (subject_kind, subject_id) DO UPDATE SET document = excluded.document, facts = excluded.facts,
    contested = excluded.contested, household_id = excluded.household_id, place_code = excluded.place_code,
    revision = excluded.revision
WHERE (register_belief.document, register_belief.facts, register_belief.household_id, register_belief.place_code)
    IS DISTINCT FROM (excluded.document, excluded.facts, excluded.household_id, excluded.place_code)
RETURNING xmax = 0 AS first
"""
_COUNTED = "SELECT count(*), count(*) FILTER (WHERE first) FROM written"
_UPSERT = f"WITH written AS ({_WRITE.format(believed='staged_belief', placed='staged_subject')}) {_COUNTED}"
# Documents go in binary form: as text, each of their quotation marks is escaped by itself.
_UPSERT_FEW = f"""
WITH resolved AS (
    SELECT kind, id, document::jsonb, facts::jsonb, contested::jsonb
    FROM unnest(%(kind)s::text[], %(id)s::bigint[], %(document)b::text[], %(facts)b::text[], %(contested)b::text[])
        AS given (kind, id, document, facts, contested)
), subject AS (SELECT kind, id FROM resolved), placed AS ({subjects.PLACED}),
written AS ({_WRITE.format(believed="resolved", placed="placed")}) {_COUNTED}
"""
