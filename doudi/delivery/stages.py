"""The stages a pack may ask for, and who acts at each: a role, by the place, pairing or measures of its duty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from doudi.access.duties import Duty
from doudi.access.scope import as_engine
from doudi.places.lineage import followed
from doudi.policy.packs_parts import Step as PackStage
from doudi.values.refusals import Refusal

NOTICE = "public_notice"
HELPER = "helper"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its words, and the roles of which one is needed. `decides`: whoever acts here acts at no other."""

    name: str
    zh: str
    en: str
    roles: frozenset[str]
    decides: bool = True


def _stage(name: str, zh: str, en: str, roles: str, *, decides: bool = True) -> Stage:
    return Stage(name, zh, en, frozenset(roles.split()), decides)


STAGES = {
    stage.name: stage
    for stage in (
        _stage("village_review", "村级评议", "village review", "village_officer"),
        # The calendar passes a notice, nobody's judgement: taking it down is no deciding (field notes, section 4).
        _stage(NOTICE, "公示", "public notice", "village_officer town_clerk county_officer", decides=False),
        _stage("town", "乡镇审核", "town", "town_clerk"),
        _stage("county", "县级审批", "county", "county_officer"),
        _stage("civil_affairs", "民政部门审批", "civil affairs bureau", "bureau"),
        _stage("labour_bureau", "人社部门审核", "labour bureau", "bureau"),
        _stage("commerce_bureau", "商务部门审核", "commerce bureau", "bureau"),
        _stage("agriculture_bureau", "农业农村部门审核", "agriculture bureau", "bureau"),
        _stage("line_bureau", "行业主管部门", "the line bureau", "bureau"),
        _stage("epidemic_office", "疫情防控指挥部", "the epidemic office", "county_officer"),
        _stage("helper_unit", "帮扶单位确认", "the helper's unit", "helper county_officer"),
        _stage("bank", "银行办理", "the bank", "bank"),
        _stage("insurer", "保险公司理赔", "the insurer", "bureau"),
    )
}
DECIDING = tuple(name for name, stage in STAGES.items() if stage.decides)


def frozen(approval: Iterable[PackStage]) -> list[str]:
    """The stages of a measure as an entitlement keeps them: "town", "public_notice:7d".

    Raises Refusal for a stage nobody is named for.
    """
    written = list(approval)
    if strange := [each.name for each in written if each.name not in STAGES]:
        raise Refusal(
            f"没有人负责“{strange[0]}”这一环节。请在政策里改用:{'、'.join(STAGES)}。",
            f"Nobody acts at the stage “{strange[0]}”. In the policy use one of {', '.join(STAGES)}.",
            "approval",
        )
    return [f"{each.name}:{each.days}d" if each.days is not None else each.name for each in written]


def name_of(stage: str) -> str:
    """The name in a frozen stage: "public_notice" of "public_notice:7d"."""
    return stage.partition(":")[0]


def days_of(stage: str) -> int:
    """How many days a frozen stage of public notice hangs; 7 where the pack does not say."""
    written = stage.partition(":")[2].rstrip("d")
    return int(written) if written else 7


def refuse_stranger(ids: Sequence[int], stage: str, *, by: str, on: date) -> None:
    """Raise Refusal unless `by` has, on that day, a duty that acts at the stage for every one of the entitlements."""
    known = STAGES.get(stage)
    if known is None:
        raise Refusal(f"没有“{stage}”这个环节。", f"There is no stage “{stage}”.", "stage")
    duties = list(Duty.objects.filter(user__username=by, role__in=known.roles).in_force(on=on))
    if not duties or (outside := _outside(ids, duties, by, on)):
        many = outside if duties else len(ids)
        raise Refusal(
            f"“{known.zh}”要由负责的人办理:{by} 对其中 {many} 条没有这项职责。请交给负责的人。",
            f"{by} has no duty at the stage “{known.en}” for {many} of these. Hand them to whoever has it.",
            "stage",
        )


def _outside(ids: Sequence[int], duties: Iterable[Duty], by: str, on: date) -> int:
    """How many of the entitlements no duty covers, by place and measure or by pairing."""
    held = list(duties)
    prefixes, measures = [], []
    for duty in held:
        for prefix in followed([duty.place_code] if duty.place_code else [], on=on):
            prefixes.append(prefix)
            measures.append(duty.measures)
    clauses = [
        "EXISTS (SELECT FROM unnest(%(prefixes)s::text[], %(limits)s::text[]) AS d (prefix, few)"
        " WHERE starts_with(e.place_code, d.prefix) AND (d.few = '' OR e.measure = ANY (string_to_array(d.few, ','))))"
    ]
    if any(duty.role == HELPER for duty in held):
        clauses.append(
            "EXISTS (SELECT FROM register_pairing p JOIN access_user u ON u.id = p.helper_id"
            " WHERE p.household_id = e.household_id AND u.username = %(by)s AND p.from_day <= %(on)s"
            " AND (p.until_day IS NULL OR p.until_day > %(on)s))"
        )
    values = {
        "ids": list(ids),
        "prefixes": prefixes,
        "limits": [",".join(some) for some in measures],
        "by": by,
        "on": on,
    }
    with transaction.atomic(), as_engine(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM delivery_entitlement e"
            f" WHERE e.id = ANY (%(ids)s::bigint[]) AND NOT ({' OR '.join(clauses)})",
            values,
        )
        return int(cursor.fetchone()[0])
