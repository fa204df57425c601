"""The whole demo county, made from a seed: the same bytes every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from doudi.facts.kinds import Vocabulary
from doudi.register.demo import (
    accounts,
    condition,
    families,
    hardship,
    helpers,
    incomes,
    item_reports,
    names,
    places,
    reports,
    size,
    standing,
    statements,
    things,
    unknowns,
)
from doudi.register.demo.dice import Dice

SEED = 20200227


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything the demo county consists of, as plain columns."""

    county: hardship.County
    helpers: helpers.Helpers
    officials: list[accounts.Account]
    things: dict[str, things.Things]
    first_ids: dict[str, int]  # of the items of each kind
    surnames: list[str]  # over households
    names: list[str]  # over persons
    statements: pa.Table


def make(vocabulary: Vocabulary, households: int = size.HOUSEHOLDS, seed: int = SEED) -> Demo:
    """Make the county with that many households. `vocabulary` gives the order of a fact's sources."""
    dice = Dice(seed)
    county = _county(size.of(households), dice)
    homes = standing.of_households(county) | hardship.of_households(county)
    people = standing.of_persons(county) | hardship.of_persons(county)
    items = things.make(county, homes)
    first_ids = _first_ids(items)
    helping = helpers.make(county.size, county.places, county.families, dice)
    desk = reports.Desk(county, helping, _order(vocabulary))
    batches = item_reports.of_places(desk) + reports.of_households(desk, homes) + reports.of_persons(desk, people)
    for kind, made in items.items():
        batches += item_reports.of_things(desk, made, first_ids[kind])
    surnames, given = _names(county)
    officials = accounts.officials(county.places, dice)
    return Demo(county, helping, officials, items, first_ids, surnames, given, statements.table(batches))


def _county(counts: size.Size, dice: Dice) -> hardship.County:
    villages = places.make(counts, dice)
    homes = families.make(counts, villages, dice)
    state = condition.make(homes, dice)
    money = incomes.make(counts, homes, state, dice)
    return hardship.County(counts, villages, homes, state, money, unknowns.reached(villages, homes, dice), dice)


def _first_ids(items: dict[str, things.Things]) -> dict[str, int]:
    """Items share one table: the ids of one kind follow those of the kind before."""
    ends = np.cumsum([1, *(len(made) for made in items.values())]).tolist()
    return dict(zip(items, ends, strict=False))


def _names(county: hardship.County) -> tuple[list[str], list[str]]:
    """Children bear the head's surname, those who married in their own."""
    made, dice = county.families, county.dice
    household = names.surnames("surname", len(made.size), dice)
    own = names.surnames("own surname", len(made.age), dice)
    married_in = np.isin(made.relation, [families.RELATIONS.index(r) for r in ("spouse", "daughter_in_law", "mother")])
    family = np.where(married_in, own, household[made.household])
    given = names.given("person", made.male, made.age, dice)
    full = [names.SURNAMES[s] + g for s, g in zip(family.tolist(), given, strict=True)]
    return [names.SURNAMES[s] for s in household.tolist()], full


def _order(vocabulary: Vocabulary) -> reports.Order:
    return {kind.name: {fact.name: fact.sources for fact in kind.facts.values()} for kind in vocabulary.kinds.values()}
