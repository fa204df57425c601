"""How many households and persons each village has on a day, under its code of then, within the scope."""

from __future__ import annotations

from datetime import date

from django.db import connection


def households(day: date, prefix: str = "") -> dict[str, int]:
    """Households by village, of the villages whose code begins so."""
    return _counted(_HOUSEHOLDS, day, prefix)


def persons(day: date, prefix: str = "") -> dict[str, int]:
    """Persons by the village of the household they belong to."""
    return _counted(_PERSONS, day, prefix)


def _counted(query: str, day: date, prefix: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"day": day, "prefix": prefix})
        return dict(cursor.fetchall())


_HOLDS = "from_day <= %(day)s AND (until_day IS NULL OR until_day > %(day)s)"
_HOUSEHOLDS = f"""
SELECT village_code, count(DISTINCT household_id) FROM register_residence
WHERE {_HOLDS} AND starts_with(village_code, %(prefix)s) GROUP BY village_code
"""
# Each side is counted by itself: the planner takes the wall for seven times as narrow as it is, and would look every
# household's members up one by one.
_PERSONS = f"""
WITH lived AS MATERIALIZED (
    SELECT household_id, village_code FROM register_residence
    WHERE {_HOLDS} AND starts_with(village_code, %(prefix)s)
), belonged AS MATERIALIZED (
    SELECT household_id, count(*) AS n FROM register_membership WHERE {_HOLDS} GROUP BY household_id
)
SELECT village_code, sum(n)::bigint FROM lived JOIN belonged USING (household_id) GROUP BY village_code
"""
