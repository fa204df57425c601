"""Telephone numbers of households, as the register believes them: read for sending, never kept here."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db import connection

from doudi.funds import ciphers

PURPOSE = "outreach.number"
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")


def of(household_ids: Collection[int]) -> dict[int, str]:
    """The mobile number of each household that has one: its own, else the first of its members'."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [list(household_ids), list(household_ids)])
        found: dict[int, str] = {}
        for number, text in cursor.fetchall():
            clean = mobile(text or "")
            if clean and number not in found:
                found[number] = clean
    return found


def mobile(text: str) -> str:
    """The eleven digits of a mobile number however it is written; empty for what is none."""
    found = _MOBILE.fullmatch(re.sub(r"[\s-]", "", text))
    return found[1] if found else ""


def index(number: str) -> str:
    """What finds the same number again without holding it."""
    return ciphers.index(number, purpose=PURPOSE)


_NUMBERS = """
SELECT household_id, phone FROM (
    SELECT b.household_id, b.document -> 'phone' ->> 0 AS phone, 0 AS rank, b.subject_id FROM register_belief b
    WHERE b.subject_kind = 'household' AND b.household_id = ANY (%s::bigint[])
    UNION ALL
    SELECT b.household_id, b.document -> 'phone' ->> 0, 1, b.subject_id FROM register_belief b
    WHERE b.subject_kind = 'person' AND b.household_id = ANY (%s::bigint[])
) AS every WHERE phone IS NOT NULL ORDER BY household_id, rank, subject_id
"""
