"""What monitoring knows of the facts: when a household was last looked at, and since when help has not arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import connection

from doudi.access.scope import as_engine, past_wall
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.reserving import ORIGIN
from doudi.delivery.states import APPROVED, DELIVERABLE, PAYABLE
from doudi.facts.kinds import Vocabulary
from doudi.funds.payments import PAID, Payment
from doudi.policy.deeds import Asked, Deed, Of
from doudi.register.snapshot import one_view
from doudi.trail import prepared

LOOKED, UNMET = "last_looked_at_on", "oldest_unmet_grant_on"
FACTS = (LOOKED, UNMET)
WAITING = (APPROVED, PAYABLE, DELIVERABLE)


def supply(*, as_of: date, known_at: datetime | None, vocabulary: Vocabulary) -> dict[str, pa.Table]:
    """The two facts of every household as a table (`policy.snapshots.take`)."""
    day = min(as_of, known_at.date()) if known_at else as_of
    known = [name for name in FACTS if vocabulary.fact("household", name)]
    with one_view(), as_engine():
        found = {name: _ask(_QUERIES[name], day) for name in known}
    ids = sorted({number for values in found.values() for number in values})
    if not ids:
        return {}
    columns = {name: pa.array([values.get(number) for number in ids], pa.date32()) for name, values in found.items()}
    return {"household": pa.table({"id": pa.array(ids, pa.int64()), **columns})}


def know(
    subjects: Mapping[str, Sequence[int]], *, as_of: date, vocabulary: Vocabulary
) -> dict[tuple[str, str], Mapping[int, Any]]:
    """The same of a few households, in one question (`policy.known`)."""
    ids = subjects.get("household", ())
    if not ids or not all(vocabulary.fact("household", name) for name in FACTS):
        return {}
    with past_wall():
        rows = prepared.ask(_BOTH_OF_FEW, {"day": as_of, "ids": sorted(ids)}).rows
    return {("household", name): {number: day for which, number, day in rows if which == name} for name in FACTS}


def name_deeds(asked: Asked, *, as_of: date) -> dict[Of, list[Deed]]:
    """The entitlements that have not arrived, behind the day since when (`policy.deeds`)."""
    homes = asked.get(("household", UNMET), ())
    if not homes:
        return {}
    named: dict[Of, list[Deed]] = {}
    with past_wall():
        unmet = Entitlement.objects.filter(household__in=homes, state__in=WAITING, granted_on__lte=as_of)
        paid = Payment.objects.filter(origin_kind=ORIGIN, origin_id__in=unmet.values("pk"), current=True, state=PAID)
        for each in unmet.exclude(pk__in=paid.values("origin_id")).select_related("grant__run__pack"):
            measure = each.grant.run.pack.pack.measures[each.measure]
            deed = Deed(
                "entitlement", str(each.pk), f"第 {each.pk} 号落实:{measure.zh}",
                f"entitlement {each.pk}: {measure.en}", each.granted_on,
            )  # fmt: skip
            named.setdefault(("household", int(each.household_id or 0), UNMET), []).append(deed)
    return named


def _ask(query: str, day: date) -> dict[int, date]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"day": day, "all": True, "ids": []})
        return dict(cursor.fetchall())


# Whoever reached somebody of the household, or passed on what was seen or heard there, has looked at it. The day is no
# condition of the rows: PostgreSQL would read every statement's day from its index for the few of one household.
_LOOKED = """
SELECT household_id, max(about_day) FILTER (WHERE about_day <= %(day)s) FROM (
    SELECT household_id, about_day FROM register_statement
    WHERE source IN ('field', 'household') AND household_id IS NOT NULL
        AND (%(all)s OR household_id = ANY (%(ids)s::bigint[]))
    UNION ALL SELECT household_id, about_day FROM monitoring_check
    WHERE reached <> 'not_reached' AND (%(all)s OR household_id = ANY (%(ids)s::bigint[]))
) looked GROUP BY household_id HAVING bool_or(about_day <= %(day)s)
"""
# Past every stage of review and not yet there: what is paid stays `payable`, the payment says that it arrived.
_UNMET = """
SELECT e.household_id, min(e.granted_on) FROM delivery_entitlement e
WHERE e.state IN ('approved', 'payable', 'deliverable') AND e.household_id IS NOT NULL AND e.granted_on <= %(day)s
    AND (%(all)s OR e.household_id = ANY (%(ids)s::bigint[]))
    AND NOT EXISTS (SELECT FROM funds_payment p WHERE p.origin_kind = 'entitlement' AND p.origin_id = e.id
        AND p.current AND p.state = 'paid')
GROUP BY e.household_id
"""
_QUERIES = {LOOKED: _LOOKED, UNMET: _UNMET}
_BOTH_OF_FEW = " UNION ALL ".join(f"SELECT '{name}', t.* FROM ({query}) t" for name, query in _QUERIES.items()).replace(
    "%(all)s OR ", ""
)
