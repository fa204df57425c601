"""What a statement can be about, and where each subject stands: the household and the place of the wall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from doudi.access.scope import ENGINE
from doudi.trail import prepared
from doudi.values.refusals import Refusal

SUBJECT_KINDS = ("place", "household", "person", "loan", "hire", "post", "platform", "project")

# Of the relation `subject` (kind, id): where each stands.
PLACED = """
SELECT s.kind, s.id, h.id AS household_id, h.place_code
FROM subject s JOIN register_household h ON h.id = s.id WHERE s.kind = 'household'
UNION ALL
SELECT s.kind, s.id, p.household_id, p.place_code
FROM subject s JOIN register_person p ON p.id = s.id WHERE s.kind = 'person'
UNION ALL
SELECT s.kind, s.id, NULL, p.code
FROM subject s JOIN places_place p ON p.code = lpad(s.id::text, 12, '0') WHERE s.kind = 'place'
UNION ALL
SELECT s.kind, s.id, coalesce(i.household_id, p.household_id), i.place_code
FROM subject s JOIN register_item i ON i.id = s.id AND i.kind = s.kind
LEFT JOIN register_person p ON p.id = i.person_id
"""

# Places are no secret, so no wall hides them; a statement about one is still only for whose duty holds the place.
_FOUND = f"""
WITH subject AS (SELECT DISTINCT kind, id FROM unnest(%s::text[], %s::bigint[]) AS t (kind, id))
SELECT * FROM ({PLACED}) found WHERE kind <> 'place' OR current_user = '{ENGINE}'
    OR ARRAY[left(place_code, 6), left(place_code, 9), place_code::text] && doudi_places()
"""


class Subject(NamedTuple):
    """A subject and its place in the wall."""

    kind: str
    id: int
    household_id: int | None
    place_code: str


def find(kind: str, subject_id: int) -> Subject:
    """The subject as the present reader may see it; raises Refusal when there is none within the scope."""
    return find_all([(kind, subject_id)])[0]


def find_all(wanted: Sequence[tuple[str, int]]) -> list[Subject]:
    """The same of several, in the order given; raises Refusal for the first that is not within the scope."""
    rows = prepared.ask(_FOUND, [[kind for kind, _ in wanted], [number for _, number in wanted]]).rows
    found = {(row[0], row[1]): Subject(*row) for row in rows}
    for kind, number in wanted:
        if (kind, number) not in found:
            raise Refusal(f"没有编号为 {number} 的 {kind}。", f"There is no {kind} {number}.")
    return [found[each] for each in wanted]


def stage(query: str) -> int:
    """Put the subjects a query names (`kind`, `id`) and where they stand into the temporary table `staged_subject`.

    Ends with the transaction. Answers how many were found.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_subject")
        cursor.execute(
            f"CREATE TEMP TABLE staged_subject ON COMMIT DROP AS WITH subject AS MATERIALIZED ({query}) {PLACED}"
        )
        count = int(cursor.rowcount)
        cursor.execute("ANALYZE staged_subject")
    return count
