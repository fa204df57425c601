"""The engine under the verbs: many entitlements moved at once, all or none, each with its step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from doudi.delivery import reserving
from doudi.delivery.guards import SHOWN
from doudi.delivery.stages import STAGES
from doudi.delivery.states import AFTER, REVIEW, SEE, WITH_REASON, WITHDRAW, WORDS
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST_REASON = 1000


def move(
    ids: Sequence[int],
    verdict: str,
    *,
    by: str,
    on: date,
    reason: str,
    said: Mapping[str, Any] | None = None,
    key: UUID | None = None,
) -> int:
    """Move entitlements that are past review, or take them back; answers how many.

    Raises Refusal when one of them stands otherwise, when a reason is missing, or when `by` may not act on one.
    """
    wanted = sorted(set(ids))
    reason = needed(verdict, reason)
    before, after = AFTER[verdict]
    payload = [wanted, on, reason, dict(said or {})]
    with carry_out(f"delivery.entitlements.{verdict}", by=by, key=key, payload=payload) as act:
        hold(wanted, "state = ANY (%(before)s)", {"before": list(before)}, _otherwise(before))
        refuse_conflict(wanted, verdict, verdict, by=by)
        reserving.refuse_unpaid(wanted, verdict)
        step(wanted, verdict, verdict, by=by, on=on, reason=reason, said=said, command=act.id)
        if verdict == WITHDRAW:
            reserving.release(wanted, reason=reason, by=by, on=on)
        put(wanted, "state = %(state)s, stage = ''", {"state": after})
        act.result = {"entitlements": len(wanted)}
    return len(wanted)


def needed(verdict: str, reason: str) -> str:
    """The reason without its edges. Raises Refusal where one is needed and missing, or it is too long."""
    cleaned = reason.strip()
    if verdict in WITH_REASON and not cleaned:
        raise Refusal("请写明理由。", "Say why.", "reason")
    if len(cleaned) > LONGEST_REASON:
        raise Refusal(
            f"理由最多 {LONGEST_REASON} 字,请写短些。", f"A reason has {LONGEST_REASON} letters at most.", "reason"
        )
    return cleaned


def hold(ids: Sequence[int], where: str, values: Mapping[str, Any], otherwise: Refusal) -> None:
    """Lock the entitlements; `otherwise` is raised where one is not seen or does not stand so."""
    if not ids:
        raise Refusal("没有选中任何一条。请先勾选。", "Nothing is chosen. Tick some first.", "ids")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE held.right) FROM ("
            f"SELECT ({where}) AS right FROM delivery_entitlement WHERE id = ANY (%(ids)s::bigint[])"
            " ORDER BY id FOR NO KEY UPDATE) AS held",
            {"ids": list(ids), **values},
        )
        if int(cursor.fetchone()[0]) != len(ids):
            raise otherwise


def _otherwise(before: Sequence[str]) -> Refusal:
    zh, en = "、".join(WORDS[each][0] for each in before), ", ".join(WORDS[each][1] for each in before)
    return Refusal(
        f"其中有的已不是“{zh}”,可能别人刚办过。请刷新后再办。",
        f"Some of these no longer stand as “{en}”; somebody may have acted. Load the page again.",
        "ids",
    )


def step(
    ids: Sequence[int],
    stage: str,
    verdict: str,
    *,
    by: str,
    on: date,
    reason: str,
    command: UUID,
    said: Mapping[str, Any] | None = None,
) -> None:
    """Write one step for each entitlement, inside the command under way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery_step (entitlement_id, subject_kind, subject_id, household_id, place_code, stage,"
            ' verdict, "by", on_day, reason, said, command_id)'
            " SELECT id, subject_kind, subject_id, household_id, place_code, %s, %s, %s, %s, %s, %s::jsonb, %s"
            " FROM delivery_entitlement WHERE id = ANY (%s::bigint[]) ORDER BY id",
            [stage, verdict, by, on, reason, orjson.dumps(dict(said or {})).decode(), command, list(ids)],
        )


def put(ids: Sequence[int], what: str, values: Mapping[str, Any]) -> None:
    """Set columns of entitlements, inside the command under way."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE delivery_entitlement SET {what} WHERE id = ANY (%(ids)s::bigint[])", {"ids": list(ids), **values}
        )


def clashing(ids: Sequence[int], stage: str, verdict: str, *, by: str) -> list[int]:
    """Those of the entitlements on which `by` may not act: related, or acted at another stage (see `guards`)."""
    decides = verdict in REVIEW and stage in STAGES and STAGES[stage].decides
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id FROM delivery_entitlement e WHERE e.id = ANY (%(ids)s::bigint[]) AND ("
            " EXISTS (SELECT FROM delivery_declared_relation r WHERE r.username = %(by)s"
            " AND r.household_id = e.household_id) OR (%(decides)s AND (e.granted_by = %(by)s OR EXISTS ("
            " SELECT FROM delivery_step s WHERE s.entitlement_id = e.id AND s.by = %(by)s AND s.stage <> %(stage)s"
            " AND s.stage = ANY (%(deciding)s) AND s.verdict = ANY (%(review)s))))"
            " OR (%(verdict)s = 'confirm' AND EXISTS (SELECT FROM delivery_step s WHERE s.entitlement_id = e.id"
            " AND s.by = %(by)s AND s.verdict = 'deliver'))) ORDER BY e.id",
            {
                "ids": list(ids),
                "by": by,
                "decides": decides,
                "stage": stage,
                "verdict": verdict,
                "deciding": [name for name, each in STAGES.items() if each.decides],
                "review": list(REVIEW),
            },
        )
        return [number for (number,) in cursor.fetchall()]


def refuse_conflict(ids: Sequence[int], stage: str, verdict: str, *, by: str) -> None:
    """Raise Refusal, naming the entitlements, where `by` may not act."""
    if wrong := clashing(ids, stage, verdict, by=by):
        shown = "、".join(str(number) for number in wrong[:5])
        raise Refusal(
            f"有 {len(wrong)} 条您不能办(编号 {shown}):要么是自家或已申报的亲属,要么您已办过别的环节。请交给别人办。",
            f"{len(wrong)} of these are not yours to act on (numbers {shown}): your own or a declared relative's"
            " household, or you acted at another stage. Leave them to somebody else.",
            "ids",
        )


def ripen(ids: Sequence[int], *, by: str, on: date, command: UUID) -> int:
    """Let what was approved become payable where its evidence was seen and no objection is open; answers how many.

    Inside the command under way: of who saw the evidence, or answered the objection.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RIPE, [list(ids)])
        ripe = [number for (number,) in cursor.fetchall()]
    if ripe:
        step(ripe, SEE, SEE, by=by, on=on, reason="", command=command)
        put(ripe, "state = 'payable'", {})
    return len(ripe)


_RIPE = f"""
SELECT id FROM delivery_entitlement e WHERE id = ANY (%s::bigint[]) AND state = 'approved'
    AND NOT EXISTS (SELECT FROM delivery_objection b WHERE b.entitlement_id = e.id AND b.state = 'open')
    AND {SHOWN.format("e")}
ORDER BY id FOR NO KEY UPDATE
"""
