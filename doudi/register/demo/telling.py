"""From what is so to what each source says of it: the better source is believed, a worse one sometimes differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from doudi.register.demo.dice import Bools, Dice
from doudi.register.demo.sources import COVER, DIFFERS, DIFFERS_BY_FACT
from doudi.register.demo.truth import Column, Values

_FACTORS = np.array([(1, 2), (4, 5), (9, 10), (11, 10), (5, 4), (3, 2), (10, 1)])  # the last: a nought too many
_ODDS = (2, 4, 6, 6, 4, 2, 0.3)
AGAIN = 0.25  # how often an answer was another at the earlier of two calls


@dataclass(frozen=True, slots=True)
class Said:
    """One fact as one source tells it: values where it `says` anything."""

    values: Values
    says: Bools


Word = dict[str, Said]  # by fact


def tell(
    kind: str, columns: Mapping[str, Column], rows: Mapping[str, Bools], order: Mapping[str, Sequence[str]], dice: Dice
) -> dict[str, Word]:
    """What each source says. `rows` are the subjects a source has a row for, `order` a fact's sources, best first.

    Raises ValueError when a fact is known of a subject no source could have spoken of.
    """
    words: dict[str, Word] = {source: {} for source in rows}
    for fact, column in columns.items():
        if fact.split("@")[0] not in order:
            continue  # a fact of a policy pack that this county does not have
        sources = [s for s in order[fact.split("@")[0]] if fact in COVER[kind].get(s, {}) and s in rows]
        speakers = _speakers(kind, fact, column.known, {s: rows[s] for s in sources}, dice)
        for source, said in _told(f"{kind}.{fact}", column, speakers, dice).items():
            words[source][fact] = said
    return words


def _speakers(kind: str, fact: str, known: Bools, rows: Mapping[str, Bools], dice: Dice) -> dict[str, Bools]:
    says = {
        source: present & known & dice.chance(f"{kind}.{fact} by {source}", COVER[kind][source][fact], len(known))
        for source, present in rows.items()
    }
    silent = known & ~np.logical_or.reduce([np.zeros_like(known), *says.values()])
    for source, present in rows.items():
        says[source] |= silent & present
        silent = silent & ~present
    if silent.any():
        raise ValueError(f"{kind}.{fact}: known of {int(silent.sum())} subjects, but no source has a row for them")
    return says


def _told(name: str, column: Column, speakers: Mapping[str, Bools], dice: Dice) -> dict[str, Said]:
    """The first source to speak of a subject says what will be believed; a later one the truth, or something else."""
    told: dict[str, Said] = {}
    spoken = np.zeros(len(column.known), dtype=bool)
    right = column.values if column.right is None else column.right
    differs = DIFFERS_BY_FACT.get(name.split(".")[1], DIFFERS)
    for source, says in speakers.items():
        wrong = dice.chance(f"{name} differs {source}", differs, len(says))
        other = np.where(wrong, twist(f"{name} {source}", right, dice), right)
        told[source] = Said(np.where(spoken, other, column.values), says)
        spoken = spoken | says
    return told


def earlier(name: str, word: Word, dice: Dice) -> Word:
    """The same source's answers at an earlier call: some were others."""
    found: Word = {}
    for fact, said in word.items():
        was = dice.chance(f"{name}.{fact} before", AGAIN, len(said.says))
        found[fact] = Said(np.where(was, twist(f"{name}.{fact} before", said.values, dice), said.values), said.says)
    return found


def twist(name: str, values: Values, dice: Dice) -> Values:
    """Another value of the same kind for each: the other answer, a neighbouring choice, a sum off by some part."""
    if values.dtype == np.bool_:
        return ~values
    if values.dtype.kind == "M":
        return values + dice.whole(f"{name} days", 1, 40, len(values))
    if values.dtype.kind == "i":
        return _other_number(name, values, dice)
    choices = np.unique(values.astype(str))
    step = dice.whole(f"{name} choice", 1, max(len(choices) - 1, 1), len(values))
    place = np.searchsorted(choices, values.astype(str)) + step
    return choices[place % len(choices)].astype(object)


def _other_number(name: str, values: Values, dice: Dice) -> Values:
    """Small numbers move by one; money by a factor, kept to whole yuan, and never stays the same."""
    if len(values) and values.max() < 1_000:
        return np.where(values > 1, values - 1, values + 1)
    factor = _FACTORS[dice.pick(f"{name} factor", _ODDS, len(values))]
    moved = values * factor[:, 0] // factor[:, 1] // 100 * 100
    return np.where(moved == values, values + 50_000, moved)
