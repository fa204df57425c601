"""Roles: what a duty makes of a person. A role without a place or a pairing sees nothing of any household."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """A role, its words, and which classes of fields its holder is shown of the households in scope.

    `level` is the place a duty of this role names: county, town, village, or "" where the role has no place.
    `passes_on` are the sources whose word its holder may record, `EVERY_SOURCE` for all: who only visits a household
    does not speak for the national register, which outranks what is seen there.
    """

    name: str
    zh: str
    en: str
    level: str
    reads: frozenset[str]
    passes_on: frozenset[str]


# What can be shown of a household. The first four are sensitivities of facts; `identity` is what names a person to
# others (phone, ID and account numbers), shown in full to nobody but on a reveal; `name` is names in full, `minor` the
# names of children under fourteen.
CLASSES = ("open", "personal", "money", "health", "identity", "name", "minor")
EVERY_SOURCE = "*"
_VISITS = "field household"  # what is seen and told at the door


def _role(name: str, zh: str, en: str, level: str, reads: str, passes_on: str = "") -> Role:
    return Role(name, zh, en, level, frozenset(reads.split()), frozenset(passes_on.split()))


_FAMILY = "open personal money health name"  # what a family's file holds

ROLES = {
    role.name: role
    for role in (
        _role("county_officer", "县扶贫干部", "county officer", "county", _FAMILY, EVERY_SOURCE),
        _role("town_clerk", "乡镇扶贫干部", "town clerk", "town", _FAMILY, f"{_VISITS} village paper"),
        _role(
            "village_officer",
            "村干部",
            "village officer",
            "village",
            "open personal money name minor",
            f"{_VISITS} village",
        ),
        _role("helper", "帮扶责任人", "helper", "", f"{_FAMILY} minor", _VISITS),
        _role("bureau", "行业部门", "line bureau", "county", "open personal money", "bureau"),
        _role("bank", "合作银行", "bank", "county", "open personal money", "bank"),
        _role("treasurer", "县财政支付人员", "treasurer", "county", "open personal money name"),
        _role("supervisor", "督导员", "supervisor", "county", "open personal money"),
        _role("auditor", "审计人员", "auditor", "county", "open personal money health"),
        _role("administrator", "系统管理员", "system administrator", "", "open"),
    )
}

ONE_FACTOR = frozenset({"village_officer", "helper"})  # every role above the village, and every one with money, has two


def needs_second_factor(roles: Iterable[str]) -> bool:
    """Whether a password alone is too little for one of the roles."""
    return not ONE_FACTOR.issuperset(roles)
