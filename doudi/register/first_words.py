"""The first words about whomever a large load brings: nobody else knows these subjects before the load is over.

So nobody else can have said anything of them, nor be writing what is believed of them. What is believed is resolved
beside the database while it writes the subjects; nothing is held, read back, looked for or met by a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection

from doudi.facts.kinds import Vocabulary
from doudi.register import beliefs, bulk
from doudi.register.beliefs import Resolved
from doudi.register.bulk import Worded

Standing = Mapping[tuple[str, int], tuple[int, str]]  # of a household or person: the household, and its place


class FirstWords(NamedTuple):
    """Statements, each with the id it is given in the place of its number, and what they come to."""

    statements: list[Worded]
    believed: list[Resolved]


def resolve(rows: Iterable[Worded], ids: Sequence[int], vocabulary: Vocabulary) -> FirstWords:
    """Give each statement an id and resolve them; asks no database.

    `rows` are of subjects that the command under way brings and of nobody else; `ids` are fresh ones, one a row.
    """
    day, moment = cache(lambda about: about.isoformat()), cache(lambda recorded: recorded.isoformat())
    said = [
        (number, kind, subject, source, day(about), moment(recorded), *rest)  # as text: of few days, one object each
        for number, (_, kind, subject, source, about, recorded, *rest) in zip(ids, rows, strict=True)
    ]
    together = sorted(_as_read(said), key=itemgetter(0, 1))
    return FirstWords(said, list(beliefs.resolved(together, vocabulary)))


def _as_read(said: Iterable[Worded]) -> Iterator[tuple[Any, ...]]:
    """Statements as resolution reads them from the database."""
    moment = cache(lambda recorded: int(datetime.fromisoformat(recorded).timestamp() * 1_000_000))
    for number, kind, subject, source, about, recorded, _, _, facts in said:
        yield kind, subject, number, source, about, moment(recorded), facts


def write(words: FirstWords, standing: Standing, *, command: str) -> int:
    """Write statements and beliefs inside the command under way, as the engine, once their subjects are written.

    Answers how many statements. Raises KeyError for a subject that stands nowhere.
    """
    placed = ((*row, *standing[row[1], row[2]]) for row in words.statements)
    if not bulk.stage("load_statement", f"{bulk.STAGES['statement']}, {_PLACED}", placed):
        return 0
    bulk.stage("staged_belief", f"{_BELIEVED}, {_PLACED}", ((*one, *standing[one[:2]]) for one in words.believed))
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS, {"command": command})
        cursor.execute(_BELIEFS)
    return len(words.statements)


_PLACED = "household_id bigint, place_code text"
_BELIEVED = "kind text, id bigint, document jsonb, facts jsonb, contested jsonb"
_STATEMENTS = """
INSERT INTO register_statement (id, subject_kind, subject_id, household_id, place_code, source, about_day, recorded_at,
    recorded_by, evidence, facts, command_id)
SELECT number, subject_kind, subject_id, household_id, place_code, source, about_day, recorded_at,
    recorded_by, evidence, facts, %(command)s::uuid FROM load_statement
"""
_BELIEFS = """
INSERT INTO register_belief
    (subject_kind, subject_id, household_id, place_code, document, facts, contested, revision)
SELECT kind, id, household_id, place_code, document, facts, contested, pg_current_xact_id()::text::bigint
FROM staged_belief
"""
