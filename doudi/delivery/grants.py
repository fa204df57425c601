"""Granting: a list frozen from a run, then stage after stage until it may be paid or delivered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import connection

from doudi.delivery import freezing, moves, notices, reserving, stages
from doudi.delivery.entitlements import Grant
from doudi.delivery.guards import SHOWN
from doudi.delivery.stages import NOTICE
from doudi.delivery.states import ACCEPT, IN_REVIEW, MONEY, REFUSE, REVIEW
from doudi.policy.runs import Run
from doudi.policy.snapshots import county_code
from doudi.trail.commands import carry_out
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal


def grant(
    run: Run,
    measure: str,
    *,
    places: Iterable[str] = (),
    subjects: Collection[int] | None = None,
    by: str,
    on: date,
    key: UUID | None = None,
) -> Grant:
    """Freeze the list of a measure's yes from the run in force, for places (6, 9 or 12 digits; none: the county).

    `subjects` limits it to some ids of the measure's kind.
    Whoever has a live entitlement, was refused on the very same decision, or is declared as related to `by` is left
    out and counted. Raises Refusal for a run no longer in force, an unknown measure or place, or an empty list.
    """
    prefixes = sorted({each.strip() for each in places}) or [county_code()[:6]]
    few = sorted(subjects) if subjects is not None else None
    _refuse_wrong(run, measure, prefixes)
    with carry_out("delivery.grants.grant", by=by, key=key, payload=[run.pk, measure, prefixes, few, on]) as act:
        counts = freezing.gather(run, measure, prefixes, few, by=by)
        if not counts["granted"]:
            raise _empty(measure, counts)
        made = Grant.objects.create(
            run=run,
            pack_hash=run.pack_id,
            measure=measure,
            places=prefixes,
            counts=counts,
            amount_fen=freezing.total(),
            granted_by=by,
            granted_on=on,
            command_id=act.id,
            place_code=_common(prefixes),
        )
        freezing.write(made, run.pack.pack)
        act.result = {"grant": made.pk, **counts}
    return made


def _common(prefixes: Sequence[str]) -> str:
    """The place a grant belongs to: its one place, or the county."""
    return (prefixes[0] if len(prefixes) == 1 else prefixes[0][:6]).ljust(12, "0")


def _refuse_wrong(run: Run, measure: str, prefixes: Sequence[str]) -> None:
    for prefix in prefixes:
        if not is_prefix(prefix):
            raise Refusal(f"“{prefix}”不是区划代码。", f"“{prefix}” is no division code.", "places")
    if measure not in run.pack.pack.measures:
        names = ", ".join(run.pack.pack.measures)
        raise Refusal(
            f"这次运行没有措施“{measure}”。可用:{names}。",
            f"The run has no measure “{measure}”. It has: {names}.",
            "measure",
        )
    standing = Run.objects.standing(run.pack_name)
    if standing is None or standing.pk != run.pk:
        now = standing.pk if standing else "无"
        raise Refusal(
            f"第 {run.pk} 次运行已不是现行结果(现行:{now})。请从现行的一次办理。",
            f"Run {run.pk} is no longer in force (in force: {now}). Grant from the one in force.",
            "run",
        )


def _empty(measure: str, counts: dict[str, int]) -> Refusal:
    return Refusal(
        f"“{measure}”没有可以新办的:已在办 {counts['already']},已有结论且无变化 {counts['settled_before']},"
        f"须由别人办 {counts['related']}。",
        f"Nothing new to grant under “{measure}”: {counts['already']} under way already, {counts['settled_before']}"
        f" settled before and unchanged, {counts['related']} for somebody else to grant.",
        "measure",
    )


def advance(
    ids: Sequence[int], stage: str, verdict: str, *, by: str, on: date, reason: str = "", key: UUID | None = None
) -> int:
    """Act on entitlements that wait at a stage: accept, return (to the stage before) or refuse; answers how many.

    All or none. At the last stage what is accepted becomes payable (or waits for its evidence) or deliverable, and its
    sum is reserved. Raises Refusal for somebody without a duty at the stage, a missing reason, one that no longer
    waits there, a public notice that has not run or has an objection open, a budget that is not enough, and for the
    persons `guards` keeps apart.
    """
    if verdict not in REVIEW:
        raise Refusal("请选择同意、退回或不同意。", "Choose to accept, return or refuse.", "verdict")
    wanted, reason = sorted(set(ids)), moves.needed(verdict, reason)
    with carry_out("delivery.grants.advance", by=by, key=key, payload=[wanted, stage, verdict, on, reason]) as act:
        waits = {"in_review": IN_REVIEW, "stage": stage}
        moves.hold(wanted, "state = %(in_review)s AND stage = %(stage)s", waits, _moved_on(stage))
        stages.refuse_stranger(wanted, stage, by=by, on=on)
        moves.refuse_conflict(wanted, stage, verdict, by=by)
        if stage == NOTICE and verdict == ACCEPT:
            notices.refuse_unfinished(wanted, on=on)
        moves.step(wanted, stage, verdict, by=by, on=on, reason=reason, command=act.id)
        _MOVES[verdict](wanted, by=by, on=on)
        act.result = {"entitlements": len(wanted)}
    return len(wanted)


def _moved_on(stage: str) -> Refusal:
    zh, en = (stages.STAGES[stage].zh, stages.STAGES[stage].en) if stage in stages.STAGES else (stage, stage)
    return Refusal(
        f"其中有的已不在“{zh}”这一环节,可能别人刚办过。请刷新后再办。",
        f"Some of these no longer wait at “{en}”; somebody may have acted. Load the page again.",
        "ids",
    )


def _accept(ids: Sequence[int], *, by: str, on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPT, {"ids": list(ids), "money": list(MONEY)})
        cursor.execute(
            "SELECT id FROM delivery_entitlement WHERE id = ANY (%s::bigint[]) AND state <> 'in_review'", [list(ids)]
        )
        done = [number for (number,) in cursor.fetchall()]
    reserving.reserve(done, by=by, on=on)


def _return(ids: Sequence[int], *, by: str, on: date) -> None:
    """To the last stage before that decides: what was corrected is put up again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM delivery_entitlement WHERE id = ANY (%s) AND position = 0", [list(ids)])
        if cursor.fetchone()[0]:
            raise Refusal(
                "这是第一个环节,没有可退回的上一环节。请选“不同意”并写明理由。",
                "This is the first stage; there is none before it to return to. Refuse, with the reason.",
                "verdict",
            )
        cursor.execute(_RETURN, {"ids": list(ids), "notice": NOTICE + "%"})


def _refuse(ids: Sequence[int], *, by: str, on: date) -> None:
    moves.put(ids, "state = 'refused', stage = ''", {})


_MOVES = {ACCEPT: _accept, "return": _return, REFUSE: _refuse}
_ACCEPT = f"""
UPDATE delivery_entitlement e SET position = position + 1,
    stage = CASE WHEN position + 1 < cardinality(stages) THEN split_part(stages[position + 2], ':', 1) ELSE '' END,
    state = CASE WHEN position + 1 < cardinality(stages) THEN 'in_review'
        WHEN NOT (channel = ANY (%(money)s) AND amount_fen IS NOT NULL) THEN 'deliverable'
        WHEN NOT {SHOWN.format("e")}
            OR EXISTS (SELECT FROM delivery_objection b WHERE b.entitlement_id = e.id AND b.state = 'open')
        THEN 'approved' ELSE 'payable' END
WHERE id = ANY (%(ids)s::bigint[])
"""
_RETURN = """
UPDATE delivery_entitlement e SET round = round + 1, position = b.before,
    stage = split_part(stages[b.before + 1], ':', 1)
FROM (SELECT i.id, coalesce(max(t.nth) FILTER (WHERE t.nth <= i.position AND t.stage NOT LIKE %(notice)s), 1) - 1
        AS before
      FROM delivery_entitlement i CROSS JOIN LATERAL unnest(i.stages) WITH ORDINALITY AS t (stage, nth)
      WHERE i.id = ANY (%(ids)s::bigint[]) GROUP BY i.id) AS b
WHERE e.id = b.id
"""
