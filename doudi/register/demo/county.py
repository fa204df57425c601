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
    sheets,
    shock,
    size,
    slips,
    standing,
    statements,
    things,
    unknowns,
)
from doudi.register.demo.condition import Texts
from doudi.register.demo.dice import Dice
from doudi.register.demo.hardship import Columns

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
    forms: Texts  # over persons: what the number in the paper is like; only a valid one is kept
    statements: pa.Table


def make(vocabulary: Vocabulary, households: int = size.HOUSEHOLDS, seed: int = SEED) -> Demo:
    """Make the county with that many households.

    `vocabulary` gives the order of each fact's sources; facts it does not have (a policy pack's) are left out.
    """
    dice = Dice(seed)
    county = _county(size.of(households), dice)
    homes, people = _homes(county), _persons(county)
    items = things.make(county, homes)
    first_ids = _first_ids(items)
    helping = helpers.make(county.size, county.places, county.families, dice)
    desk = reports.Desk(county, helping, _order(vocabulary))
    batches = item_reports.of_places(desk) + reports.of_households(desk, homes) + reports.of_persons(desk, people)
    for kind, made in items.items():
        batches += item_reports.of_things(desk, made, first_ids[kind])
    officials = accounts.officials(county.places, dice)
    forms = people["id_number_form"].values
    surnames, given = _names(county)
    said = statements.table(batches)
    return Demo(county, helping, officials, items, first_ids, surnames, given, forms, said)


def _homes(county: hardship.County) -> Columns:
    """Every fact of households."""
    fields = hardship.of_households(county)
    held = standing.of_households(county)
    risk = {"main_risk": sheets.main_risk(county, held["monitored"].values)}
    columns = held | fields | risk | sheets.of_households(county) | shock.of_households(county, fields)
    slips.in_households(county, columns)
    return columns


def _persons(county: hardship.County) -> Columns:
    """Every fact of persons."""
    fields = hardship.of_persons(county)
    columns = standing.of_persons(county) | fields | sheets.of_persons(county) | shock.of_persons(county, fields)
    slips.in_persons(county, columns)
    return columns


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
