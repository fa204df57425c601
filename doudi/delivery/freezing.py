"""Freezing a list: who has a yes under the run in force and is new to it, with all that the yes rested on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
from django.db import connection

from doudi.delivery.entitlements import Grant
from doudi.delivery.stages import frozen, name_of
from doudi.policy import graphs, needs
from doudi.policy.decisions import YES
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Quantity
from doudi.policy.runs import Run
from doudi.rules.engines import closure
from doudi.rules.rows import Row

COUNTS = ("granted", "already", "settled_before", "related")


def gather(
    run: Run, measure: str, prefixes: Sequence[str], subjects: Sequence[int] | None, *, by: str
) -> dict[str, int]:
    """Lay out `delivery_freezing`, one row a yes that is seen, each with what becomes of it; answers the counts."""
    kind = run.pack.pack.measures[measure].subject
    nth = run.measures[kind].index(measure) + 1
    values = {"pack": run.pack_name, "kind": kind, "nth": nth, "measure": measure, "by": by, "yes": YES}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS delivery_freezing")
        cursor.execute(_GATHER, {**values, "prefixes": list(prefixes), "few": subjects})
        cursor.execute("SELECT fate, count(*) FROM delivery_freezing GROUP BY fate")
        found = dict(cursor.fetchall())
        cursor.execute("DELETE FROM delivery_freezing WHERE fate <> 'granted'")
    _fill_quantities(run, measure, kind)
    return {fate: int(found.get(fate, 0)) for fate in COUNTS}


def total() -> int:
    """The fen of the list laid out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(amount), 0) FROM delivery_freezing")
        return int(cursor.fetchone()[0])


def write(grant: Grant, pack: Pack) -> None:
    """Write the list as entitlements that wait at the measure's first stage."""
    terms = pack.terms[grant.measure]
    approval = frozen(terms.approval)
    values: dict[str, Any] = {
        "grant": grant.pk,
        "run": grant.run_id,
        "pack": grant.pack_hash,
        "measure": grant.measure,
        "rule": hashlib.sha256(pack.files[f"measures/{grant.measure}.toml"].encode()).hexdigest(),
        "stages": approval,
        "stage": name_of(approval[0]) if approval else "",
        "channel": terms.channel,
        "evidence": list(terms.evidence),
        "each": terms.evidence_each,
        "by": grant.granted_by,
        "on": grant.granted_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)


def _fill_quantities(run: Run, measure: str, kind: str) -> None:
    """Work out the numbers told with a yes, on the run's own facts."""
    pack = run.pack.pack
    quantities = pack.terms[measure].quantities
    if not quantities:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject_id FROM delivery_freezing")
        ids = [number for (number,) in cursor.fetchall()]
        folds = needs.folds_of([quantity.node for quantity in quantities])
        graph = graphs.build(run.snapshot.hold(), {kind: ids}, vocabulary=pack.vocabulary, folds=folds)
        told = [_told(quantities, graph.rows.get((kind, number)), run, pack) for number in ids]
        cursor.execute(
            "UPDATE delivery_freezing f SET quantities = q.told::jsonb"
            " FROM unnest(%s::bigint[], %s::text[]) AS q (id, told) WHERE f.subject_id = q.id",
            [ids, told],
        )


def _told(quantities: Sequence[Quantity], row: Row | None, run: Run, pack: Pack) -> str:
    if row is None:
        return "{}"
    params = pack.values_on(run.as_of)
    found = {
        each.name: closure.compiled(each.node).evaluate(row=row, params=params, as_of=run.as_of).value
        for each in quantities
    }
    return orjson.dumps({name: value for name, value in found.items() if value is not None}, default=str).decode()


_GATHER = """
CREATE TEMP TABLE delivery_freezing ON COMMIT DROP AS
SELECT d.id AS decision_id, s.subject_id, s.subject_kind, s.household_id, s.place_code,
    CASE WHEN s.subject_kind = 'person' THEN s.subject_id ELSE i.person_id END AS person_id,
    d.amounts[%(nth)s] AS amount, d.reasons[%(nth)s] AS reasons, d.places[%(nth)s] AS place, '{}'::jsonb AS quantities,
    CASE WHEN EXISTS (SELECT FROM delivery_entitlement e WHERE e.measure = %(measure)s
                AND (e.subject_kind, e.subject_id) = (s.subject_kind, s.subject_id)
                AND e.state NOT IN ('refused', 'withdrawn', 'reversed')) THEN 'already'
         WHEN EXISTS (SELECT FROM delivery_entitlement e WHERE e.measure = %(measure)s
                AND (e.subject_kind, e.subject_id) = (s.subject_kind, s.subject_id) AND e.decision_id = d.id)
         THEN 'settled_before'
         WHEN EXISTS (SELECT FROM delivery_declared_relation r WHERE r.username = %(by)s
                AND r.household_id = s.household_id) THEN 'related'
         ELSE 'granted' END AS fate
FROM policy_standing s JOIN policy_decision d ON d.id = s.decision_id
LEFT JOIN register_item i ON s.subject_kind = i.kind AND i.id = s.subject_id
WHERE s.pack_name = %(pack)s AND s.subject_kind = %(kind)s AND d.verdicts[%(nth)s] = %(yes)s
    AND (%(few)s::bigint[] IS NULL OR s.subject_id = ANY (%(few)s::bigint[]))
    AND EXISTS (SELECT FROM unnest(%(prefixes)s::text[]) AS p (prefix) WHERE starts_with(s.place_code, p.prefix))
"""
_WRITE = """
INSERT INTO delivery_entitlement (grant_id, run_id, decision_id, pack_hash, measure, rule_sha256, subject_kind,
    subject_id, household_id, place_code, person_id, amount_fen, quantities, reasons, place_in_line, stages, channel,
    evidence_wanted, evidence_each, state, position, stage, round, granted_by, granted_on)
SELECT %(grant)s, %(run)s, decision_id, %(pack)s, %(measure)s, %(rule)s, subject_kind, subject_id, household_id,
    place_code, person_id, amount, quantities, reasons, place, %(stages)s, %(channel)s, %(evidence)s, %(each)s,
    'in_review', 0,
    %(stage)s, 0, %(by)s, %(on)s
FROM delivery_freezing ORDER BY place_code, household_id, subject_id
"""
