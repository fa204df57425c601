"""Mergers of divisions: rows take the code of today in one command, history keeps the code of its day (DESIGN: 2.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.db import connection

from doudi.access.scope import as_engine
from doudi.places import divisions
from doudi.places.divisions import Place, Succession
from doudi.register import stamping
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

Also = Callable[[str, str], None]


def merge(
    old_code: str, new_code: str, *, on: date, by: str, now: datetime, also: Also | None = None, reason: str = ""
) -> dict[str, int]:
    """Let `old_code` become part of `new_code` on a day; answers how many rows of each table took the new code.

    Both are villages, or both towns whose villages have been merged before. Duties held on the old code lead to the
    new one (`doudi.places.lineage`). Raises Refusal for an unknown place, unlike levels, or a second merger.
    """
    return merge_all([(old_code, new_code)], on=on, by=by, now=now, also=also, reason=reason)


def merge_all(
    pairs: Iterable[tuple[str, str]], *, on: date, by: str, now: datetime, also: Also | None = None, reason: str = ""
) -> dict[str, int]:
    """Several mergers of one day in one command: all of them or none.

    `also(old, new)` does within it what areas above the register keep by place: the counts of runs.
    """
    wanted = list(pairs)
    stamped: dict[str, int] = {}
    with carry_out("register.mergers.merge", by=by, payload=[wanted, on.isoformat(), reason]) as act, as_engine():
        for old, new in wanted:
            _refuse_impossible(old, new, on)
            divisions.succeed(old, new, on=on, by=by, reason=reason)
            move_residences(old, new, on, now)
            for table, count in stamping.follow_merger(old, new).items():
                stamped[table] = stamped.get(table, 0) + count
            if also:
                also(old, new)
        act.result = stamped
    return stamped


def _refuse_impossible(old: str, new: str, on: date) -> None:
    levels = dict(Place.objects.filter(code__in=[old, new]).values_list("code", "level"))
    for code in (old, new):
        if code not in levels:
            raise Refusal(f"没有代码为 {code} 的区划。请先载入区划。", f"There is no division {code}. Load it first.")
    if old == new or levels[old] != levels[new] or levels[old] == Place.COUNTY:
        raise Refusal(
            f"{old} 不能并入 {new}:应是两个不同的村(社区),或两个不同的乡镇。",
            f"{old} cannot become {new}: they must be two villages, or two towns.",
        )
    earlier = Succession.objects.filter(old_code=old).first()
    if earlier:
        raise Refusal(
            f"{old} 已于 {earlier.on_day} 并入 {earlier.new_code}。",
            f"{old} became {earlier.new_code} on {earlier.on_day} already.",
        )
    below = Place.objects.in_force(on=on).filter(town_code=old).first()
    if below is not None:
        raise Refusal(
            f"{below} 还属于这个乡镇。请先办理所辖各村(社区)的合并。",
            f"{below} still belongs to this town. Merge its villages first.",
        )
    if (
        Place.objects.filter(code=new, from_day__gt=on).exists()
        or Place.objects.filter(code=new, until_day__lte=on).exists()
    ):
        raise Refusal(f"{on} 时 {new} 不存在。", f"{new} does not exist on {on}.")


def move_residences(
    old: str, new: str, on: date, now: datetime, *, households: Iterable[int] | None = None, reason: str = "merger"
) -> None:
    """End the spans of residence in the old village on the day and go on in the new one: all, or some households'."""
    chosen = list(households) if households is not None else None
    params = {"old": old, "new": new, "on": on, "now": now, "chosen": chosen, "reason": reason}
    with connection.cursor() as cursor:
        cursor.execute(_GO_ON, params)
        cursor.execute(_NOT_BEGUN, params)


# A span that is known to end later ends then in the new village as well: the end, and when it was recorded, go along.
_GO_ON = """
WITH closed AS (
    UPDATE register_residence r SET until_day = %(on)s, closed_at = %(now)s
    FROM (SELECT id, until_day, closed_at FROM register_residence) before
    WHERE r.id = before.id AND r.village_code = %(old)s AND r.from_day < %(on)s
        AND (%(chosen)s::bigint[] IS NULL OR r.household_id = ANY (%(chosen)s::bigint[]))
        AND (r.until_day IS NULL OR r.until_day > %(on)s)
    RETURNING r.household_id, r.place_code, before.until_day, before.closed_at
)
INSERT INTO register_residence
    (household_id, village_code, place_code, from_day, until_day, recorded_at, closed_at, reason)
SELECT household_id, %(new)s, place_code, %(on)s, until_day, %(now)s, closed_at, %(reason)s FROM closed
"""
_NOT_BEGUN = """
UPDATE register_residence SET village_code = %(new)s
WHERE village_code = %(old)s AND from_day >= %(on)s
    AND (%(chosen)s::bigint[] IS NULL OR household_id = ANY (%(chosen)s::bigint[]))
"""
