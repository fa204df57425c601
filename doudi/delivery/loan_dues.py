"""What falls due in 30, 60 and 90 days, by town: how many loans, how many yuan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from doudi.delivery.loans import ENTERPRISE, Loan

WITHIN = (30, 60, 90)  # days


@dataclass(frozen=True, slots=True)
class Due:
    """A town's loans that fall due: `counts` and `fen` for each of WITHIN, each holding the shorter ones too.

    `past` counts those whose day has gone by; `unknown` those whose day nobody has told.
    """

    code: str
    name: str
    counts: tuple[int, ...]
    fen: tuple[int, ...]
    past: int
    unknown: int
    total: int


def by_town(*, on: date) -> list[Due]:
    """Each town in sight that has loans."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_TOWN, {"on": on, "within": list(WITHIN)})
        return [Due(code, name, tuple(counts), tuple(fen), *rest) for code, name, counts, fen, *rest in cursor]


def ids(prefix: str, within: int, *, on: date) -> list[int]:
    """The loans of a county, town or village that fall due within so many days, the first due first."""
    with connection.cursor() as cursor:
        cursor.execute(_IDS, {"prefix": prefix, "on": on, "within": within})
        return [number for (number,) in cursor.fetchall()]


def asked(*, on: date) -> list[Loan]:
    """Loans a bank says an enterprise uses (户贷企用): questions to be looked into, not findings."""
    return list(Loan.objects.filter(used_by=ENTERPRISE, told_on__lte=on).select_related("item", "household"))


_DUE = """
SELECT i.id, i.place_code, (b.document->'due_date'->>0)::date AS due,
    coalesce((b.document->'amount'->>0)::bigint, 0) AS fen
FROM register_item i LEFT JOIN register_belief b ON b.subject_kind = 'loan' AND b.subject_id = i.id
WHERE i.kind = 'loan' AND (i.until_day IS NULL OR i.until_day > %(on)s)
"""
_BY_TOWN = f"""
WITH due AS ({_DUE}), near AS (
    SELECT left(d.place_code, 9) || '000' AS town, w.days, count(*) AS n, sum(d.fen)::bigint AS fen
    FROM due d JOIN unnest(%(within)s::int[]) AS w (days) ON d.due BETWEEN %(on)s AND %(on)s + w.days
    GROUP BY 1, 2)
SELECT t.town, coalesce(p.name, t.town),
    (SELECT array_agg(coalesce(n.n, 0) ORDER BY w.days) FROM unnest(%(within)s::int[]) AS w (days)
     LEFT JOIN near n ON n.town = t.town AND n.days = w.days),
    (SELECT array_agg(coalesce(n.fen, 0) ORDER BY w.days) FROM unnest(%(within)s::int[]) AS w (days)
     LEFT JOIN near n ON n.town = t.town AND n.days = w.days),
    t.past, t.unknown, t.total
FROM (SELECT left(place_code, 9) || '000' AS town, count(*) FILTER (WHERE due < %(on)s) AS past,
        count(*) FILTER (WHERE due IS NULL) AS unknown, count(*) AS total FROM due GROUP BY 1) t
LEFT JOIN places_place p ON p.code = t.town AND p.until_day IS NULL ORDER BY t.town
"""
_IDS = f"""
SELECT id FROM ({_DUE}) d
WHERE starts_with(place_code, %(prefix)s) AND due BETWEEN %(on)s AND %(on)s + %(within)s::int
ORDER BY due, id
"""
