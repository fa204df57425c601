"""The questions that still decide something: the shortest way from "not yet known" to an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One fact worth asking. `fact` is its key ("wage_income@2019", "loans_complete"); `kind` "params" is the county.

    `choices` are (value, zh, en). `decides` names the measures it can still change, `stake_fen` the most they could
    give. `last_word` is a statement that has grown too old: (value, day). `protected` hides it from the reader.
    """

    kind: str
    subject_id: int
    label: str
    fact: str
    type: str
    text_zh: str
    text_en: str
    asks: tuple[str, ...]
    decides: tuple[str, ...]
    stake_fen: int = 0
    unit: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    low: int | None = None
    high: int | None = None
    last_word: tuple[Any, date] | None = None
    household_id: int | None = None
    place_code: str = ""
    households: int = 1


def of_household(household_id: int) -> list[Question]:
    """The open questions of a household, its members, loans and hires, best first; empty when nothing is open."""
    raise NotImplementedError


def of_village(place_code: str, *, most: int = 50) -> list[Question]:
    """The questions that settle most in a village: grouped by fact, `households` saying for how many it is open."""
    raise NotImplementedError
