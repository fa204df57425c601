"""What waits for somebody: entitlements by stage, measure and place, less those they may not act on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from doudi.delivery.stages import NOTICE, STAGES
from doudi.delivery.states import REVIEW

TO_POST, HANGING, OVER = "to_post", "hanging", "over"  # how a list at the stage of public notice stands


@dataclass(frozen=True, slots=True)
class Group:
    """A list that waits: of one measure, at one stage, in one village; `phase` is "" but for public notices."""

    stage: str
    measure: str
    pack_hash: str
    place_code: str
    phase: str
    number: int
    amount_fen: int | None
    until: date | None


def stages_of(roles: Iterable[str]) -> list[str]:
    """The stages at which a reader with these roles acts."""
    held = set(roles)
    return [name for name, stage in STAGES.items() if stage.roles & held]


def groups(stages: Sequence[str], *, by: str, on: date) -> list[Group]:
    """The lists in scope that wait at these stages and that `by` may act on, by measure and village."""
    with connection.cursor() as cursor:
        cursor.execute(_MINE.format(what=_GROUPED, more="", tail=_GROUP_BY), _values(stages, by, on))
        return [Group(*row) for row in cursor.fetchall()]


def ids(stage: str, measure: str, place_code: str, phase: str, *, by: str, on: date) -> list[int]:
    """The entitlements of one list, in the order of the households."""
    more = "AND q.measure = %(measure)s AND q.place_code = %(place)s AND q.phase = %(phase)s"
    values = {**_values([stage], by, on), "measure": measure, "place": place_code, "phase": phase}
    with connection.cursor() as cursor:
        cursor.execute(_MINE.format(what="q.id", more=more, tail="ORDER BY q.household_id, q.id"), values)
        return [number for (number,) in cursor.fetchall()]


def _values(stages: Sequence[str], by: str, on: date) -> dict[str, object]:
    return {
        "stages": list(stages),
        "by": by,
        "on": on,
        "notice": NOTICE,
        "review": list(REVIEW),
        "deciding": [name for name, stage in STAGES.items() if stage.decides],
    }


_GROUPED = (
    "q.stage, q.measure, q.pack_hash, q.place_code, q.phase, count(*), sum(q.amount_fen)::bigint, max(q.until_day)"
)
_GROUP_BY = "GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 1, 5, 4"
_MINE = """
SELECT {what} FROM (
    SELECT e.*, n.until_day, CASE WHEN e.stage <> %(notice)s THEN '' WHEN n.id IS NULL THEN 'to_post'
        WHEN n.until_day > %(on)s THEN 'hanging' ELSE 'over' END AS phase
    FROM delivery_entitlement e
    LEFT JOIN delivery_notice_line l ON e.stage = %(notice)s AND l.entitlement_id = e.id AND l.round = e.round
    LEFT JOIN delivery_notice n ON n.id = l.notice_id
    WHERE e.state = 'in_review' AND e.stage = ANY (%(stages)s)
) AS q
WHERE NOT EXISTS (SELECT FROM delivery_declared_relation r
        WHERE r.username = %(by)s AND r.household_id = q.household_id)
    AND (q.stage = %(notice)s OR (q.granted_by <> %(by)s AND NOT EXISTS (
        SELECT FROM delivery_step s WHERE s.entitlement_id = q.id AND s.by = %(by)s AND s.stage <> q.stage
            AND s.stage = ANY (%(deciding)s) AND s.verdict = ANY (%(review)s))))
    {more}
{tail}
"""
