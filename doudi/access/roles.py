"""Roles: what a duty makes of a person. A role without a place or a pairing sees nothing of any household."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """A role, its words, and which facts its holder may read of the households in scope.

    `level` is the place a duty of this role names: county, town, village, or "" where the role has no place.
    """

    name: str
    zh: str
    en: str
    level: str
    reads: frozenset[str]


def _role(name: str, zh: str, en: str, level: str, reads: str) -> Role:
    return Role(name, zh, en, level, frozenset(reads.split()))


ROLES = {
    role.name: role
    for role in (
        _role("county_officer", "县扶贫干部", "county officer", "county", "open personal money health"),
        _role("town_clerk", "乡镇扶贫干部", "town clerk", "town", "open personal money health"),
        _role("village_officer", "村干部", "village officer", "village", "open personal money"),
        _role("helper", "帮扶责任人", "helper", "", "open personal money health"),
        _role("bureau", "行业部门", "line bureau", "county", "open personal money"),
        _role("bank", "合作银行", "bank", "county", "open personal money"),
        _role("supervisor", "督导员", "supervisor", "county", "open personal money"),
        _role("auditor", "审计人员", "auditor", "county", "open personal money health"),
        _role("administrator", "系统管理员", "system administrator", "", "open"),
    )
}
