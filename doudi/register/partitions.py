"""Divisions of a village into several: every household falls to one of them, or the division is refused by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from doudi.access.scope import as_engine
from doudi.places import divisions
from doudi.places.divisions import Division, Place, Succession
from doudi.register import mergers, stamping
from doudi.register.households import Household, Residence
from doudi.register.spans import holds_on
from doudi.trail.commands import carry_out
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

FEWEST, MOST = 2, 6
NAMED = 5  # households a refusal names


@dataclass(frozen=True, slots=True)
class Part:
    """A village that begins with the division: its code of twelve digits, its name, and village or community."""

    code: str
    name: str
    kind: str = "village"


def residents(old_code: str, *, on: date) -> list[Household]:
    """The households that live in a village on a day, by group and code; within the scope."""
    there = Residence.objects.filter(holds_on(on), village_code=old_code).values("household")
    return list(Household.objects.filter(pk__in=there).order_by("group_name", "code"))


def divide(
    old_code: str,
    parts: Sequence[Part],
    falls_to: Mapping[int, str],
    *,
    rest: str,
    on: date,
    by: str,
    now: datetime,
    reason: str,
    also: Callable[[str, Sequence[str]], None] | None = None,
) -> dict[str, int]:
    """Let a village end on a day and its parts begin; answers how many households fell to each.

    `falls_to` gives every resident household (by id) the code of its part; `rest` takes what is of no household, such
    as posts, and those who left earlier. Duties on the old code lead to all parts (`doudi.places.lineage`). Raises
    Refusal naming households without a part, for a code that is taken, and for a village that is no more.
    """
    codes = [part.code for part in parts]
    with carry_out("register.partitions.divide", by=by, payload=[old_code, codes, on.isoformat()]) as act, as_engine():
        town = _refuse_impossible(old_code, parts, rest, on, reason)
        homes = residents(old_code, on=on)
        refuse_unassigned(homes, falls_to, set(codes))
        rows = [Division(part.code, part.name.strip(), Place.VILLAGE, part.kind, town) for part in parts]
        divisions.load(rows, by=by, from_day=on)
        for code in codes:
            divisions.succeed(old_code, code, on=on, by=by, reason=reason)
        _hand_out(old_code, codes, homes, falls_to, rest, on, now)
        if also:
            also(old_code, codes)
        act.result = dict(Counter(falls_to[home.pk] for home in homes))
    return dict(act.result)


def _hand_out(
    old: str, codes: list[str], homes: list[Household], falls_to: Mapping[int, str], rest: str, on: date, now: datetime
) -> None:
    for code in codes:
        some = [home.pk for home in homes if falls_to[home.pk] == code]
        mergers.move_residences(old, code, on, now, households=some, reason="division")
        stamping.follow_division(old, code, some)
    mergers.move_residences(old, rest, on, now, reason="division")
    stamping.follow_merger(old, rest)


def _refuse_impossible(old: str, parts: Sequence[Part], rest: str, on: date, reason: str) -> str:
    """The town of the village to divide."""
    village = Place.objects.in_force(on=on).filter(code=old, level=Place.VILLAGE).first()
    if village is None or Succession.objects.filter(old_code=old).exists():
        raise Refusal(f"{on} 时没有 {old} 这个村(社区)。", f"There is no village {old} on {on}.", "on")
    if village.from_day is not None and village.from_day >= on:
        raise Refusal(f"{village.name} {village.from_day} 才设立。", f"{village} began on {village.from_day}.", "on")
    if not reason.strip():
        raise Refusal("请写明拆分的依据(批文号)。", "Say what the division rests on (the decision's number).", "reason")
    codes = [part.code for part in parts]
    if not FEWEST <= len(codes) <= MOST or len(set(codes)) < len(codes) or old in codes:
        raise Refusal(
            f"请写 {FEWEST} 至 {MOST} 个新村,代码各不相同,也不同于原村。只迁出几户的,请办理迁居。",
            f"Name {FEWEST} to {MOST} new villages with codes of their own, none the old one. If only some households"
            " leave, move those.",
            "parts",
        )
    for part in parts:
        _refuse_part(part, village.town_code)
    if rest not in codes:
        raise Refusal("请选不属于任何一户的记录归哪个新村。", "Say which part takes what is of no household.", "rest")
    return village.town_code


def _refuse_part(part: Part, town_code: str) -> None:
    whole = len(part.code) == 12 and is_prefix(part.code) and not part.code.endswith("000")
    if not whole or not part.code.startswith(town_code[:9]):
        raise Refusal(
            f"“{part.code}”不是本乡镇的 12 位村代码(应以 {town_code[:9]} 开头)。",
            f"“{part.code}” is no 12-digit village code of this town (it begins with {town_code[:9]}).",
            "parts",
        )
    if not part.name.strip():
        raise Refusal(f"请写 {part.code} 的名称。", f"Say the name of {part.code}.", "parts")
    if Place.objects.filter(code=part.code).exists():
        raise Refusal(f"代码 {part.code} 已有人用。", f"The code {part.code} is taken.", "parts")


def refuse_unassigned(homes: list[Household], falls_to: Mapping[int, str], codes: set[str]) -> None:
    """Raise Refusal naming households that fall to none of the parts."""
    left = [home for home in homes if falls_to.get(home.pk) not in codes]
    if left:
        named = "、".join(f"{home.code} {home.head_name}" for home in left[:NAMED])
        raise Refusal(
            f"还有 {len(left)} 户没有分到新村:{named}{'等' if len(left) > NAMED else ''}。请逐户或按组指定。",
            f"{len(left)} households fall to no part: {named}{' and others' if len(left) > NAMED else ''}."
            " Assign them one by one or by group.",
            "falls_to",
        )
