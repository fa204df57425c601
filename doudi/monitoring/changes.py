"""The one three-way merge: what somebody says of a fact, against what they saw and what is believed by now.

Pure: no database, no clock. The same field never silently wins; a fact that decides money, identity or standing keeps
the server's value until a person has chosen (docs/decisions/0057).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from doudi.facts.kinds import Fact

APPLIED, SAME, PARALLEL, CONFLICT, PROTECTED, NOTHING = OUTCOMES = (
    "applied",
    "same",
    "parallel",
    "conflict",
    "protected",
    "nothing",
)
HELD = (CONFLICT, PROTECTED)  # not written: a person chooses
UNKNOWN_VERSION = 0

_KINDS = ("loan", "hire", "post", "platform", "project")
_SENSITIVITIES = ("identity", "money")
_WHO = ("birth_date", "sex", "ethnic_group", "id_number_form")
_STANDING = (
    *("registered_poor", "monitored", "minimum_allowance", "monitoring_type", "household_type", "exit_status"),
    *("poverty_standard", "fallen_back", "village_officer", "receives_allowance", "destitute_support"),
)


def is_protected(fact: Fact) -> bool:
    """Whether what is believed of a fact stays until a person has chosen: identity, income, standing, loans."""
    return fact.kind in _KINDS or fact.sensitivity in _SENSITIVITIES or fact.name in _WHO + _STANDING


@dataclass(frozen=True, slots=True)
class Held:
    """A word kept of a fact: the statement it stands in, and who recorded it."""

    value: Any
    source: str
    statement: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One fact as somebody speaks of it. `base` is what they saw, `mine` what they say, None where nothing is said.

    `words` are what is kept of it by now, the one believed first; `version` is the household's as they saw it, `by` who
    they are, `moved` whether anything else was said of the household since.
    """

    base: Any
    mine: Any
    words: Sequence[Held]
    version: int
    by: str
    protected: bool
    moved: bool = False

    @property
    def believed(self) -> Held | None:
        """The word believed; None where nothing is."""
        return self.words[0] if self.words else None


def merge(field: Field) -> tuple[str, Held | None]:
    """What becomes of it, and the word it stands against where a person must choose."""
    if field.mine is None:
        return NOTHING, None
    believed = field.believed
    if believed is not None and alike(believed.value, field.mine):
        return SAME, None
    against = _against(field)
    if against is not None:
        return (PROTECTED if field.protected else CONFLICT), against
    if field.protected and believed is not None:
        return PROTECTED, believed
    return (PARALLEL if field.moved else APPLIED), None


def _against(field: Field) -> Held | None:
    """Somebody else's word that was not there when this one was formed, and says otherwise."""
    believed = field.believed
    if believed is not None and not alike(believed.value, field.base) and believed.by != field.by:
        return believed
    if field.version == UNKNOWN_VERSION:
        return None
    for word in field.words:
        newer = word.statement > field.version and word.by != field.by
        if newer and not alike(word.value, field.base) and not alike(word.value, field.mine):
            return word
    return None


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same value: yes is not 1."""
    return type(one) is type(other) and bool(one == other)
