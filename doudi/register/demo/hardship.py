"""What the epidemic did to each household and person; the report's figures hold exactly among what is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from doudi.register.demo import unknowns
from doudi.register.demo.condition import Condition
from doudi.register.demo.dice import Bools, Dice, Ints
from doudi.register.demo.families import Families
from doudi.register.demo.incomes import Incomes
from doudi.register.demo.places import Places
from doudi.register.demo.size import Size
from doudi.register.demo.truth import Column, Values

Columns = dict[str, Column]


@dataclass(frozen=True, slots=True)
class County:
    """Everything made so far, handed on together."""

    size: Size
    places: Places
    families: Families
    condition: Condition
    incomes: Incomes
    reached: Bools  # over households
    dice: Dice

    @property
    def poor_person(self) -> Bools:
        """Persons of registered poor households."""
        return self.families.registered[self.families.household]

    def known(self, kind: str, fact: str, among: Bools | None = None) -> Bools:
        """Of which subjects the fact is known; `among` bounds it (say, to reached households)."""
        village = self.families.village if kind == "household" else self.families.village[self.families.household]
        care = np.ones(len(village)) if fact in unknowns.BY_OFFICE else self.places.care[village]
        found = unknowns.known(kind, fact, len(village), self.dice, care)
        return found if among is None else found & among

    def per_household(self, person: Bools) -> Ints:
        """How many such persons each household has."""
        return np.bincount(self.families.household, weights=person, minlength=len(self.families.size)).astype(np.int64)


def of_households(county: County) -> Columns:
    """The field facts of households."""
    n, dice, poor = len(county.reached), county.dice, county.families.registered
    known = {f: county.known("household", f, county.reached) for f in _FIELD}
    earner = (county.per_household(county.condition.able) > 0) & (county.incomes.wage_income > 300_000)
    trade = county.incomes.business_income > 350_000
    town = county.places.community[county.families.village]
    said: dict[str, Values] = {}
    wage = dice.sample("wage hit", known["wage_income_hit"] & poor, county.size.wage_hit, earner * 0.55)
    said["wage_income_hit"] = wage | (~poor & earner & dice.chance("wage hit others", 0.34, n))
    business = dice.sample("business hit", known["business_income_hit"] & poor, county.size.business_hit, trade * 0.45)
    said["business_income_hit"] = business | (~poor & trade & dice.chance("business hit others", 0.16, n))
    said |= _produce(county, known, trade)
    hit = said["wage_income_hit"] | said["business_income_hit"]
    said["expected_income_per_head"] = _expected(county, hit)
    said["epidemic_is_cause"] = dice.chance("cause", np.where(hit, 0.74, 0.03), n)
    said["short_cycle_business"] = dice.chance("short cycle", np.where(trade, 0.3, 0.07), n)
    said["spring_ploughing"] = dice.chance("ploughing", np.where(town, 0.22, 0.71), n)
    said["wants_to_start_business"] = dice.chance("start", np.where(earner, 0.09, 0.015), n)
    return {fact: Column(said[fact], known[fact]) for fact in _FIELD}


_FIELD = (
    "wage_income_hit", "business_income_hit", "unsold_produce", "produce_for_sale", "sold_in_window",
    "short_cycle_business", "spring_ploughing", "expected_income_per_head", "epidemic_is_cause",
    "wants_to_start_business",
)  # fmt: skip


def _produce(county: County, known: dict[str, Bools], trade: Bools) -> dict[str, Values]:
    """Something to sell, something unsold (in clusters, as one product fails a whole village), something sold."""
    n, dice, poor = len(trade), county.dice, county.families.registered
    has = dice.chance("produce", np.where(trade, 0.82, 0.36), n)
    cluster = dice.chance("unsold village", 0.16, len(county.places))[county.families.village]
    among = has & known["unsold_produce"] & known["produce_for_sale"]
    unsold = dice.sample("unsold", among & poor, county.size.unsold, cluster * 0.9)
    unsold |= among & ~poor & cluster & dice.chance("unsold others", 0.1, n)
    sold = dice.curve("sold", (0, 0, 60, 140, 220, 300, 420, 640, 1_100, 4_800), n)
    sold = np.floor(sold / 10).astype(np.int64) * 1_000
    return {"produce_for_sale": has, "unsold_produce": unsold, "sold_in_window": np.where(has, sold, 0)}


def _expected(county: County, hit: Bools) -> Ints:
    """Fen a head expected for 2020, told in hundreds of yuan."""
    n, dice = len(hit), county.dice
    fall, rise = dice.curve("fall", (0.42, 0.78, 0.88, 0.96), n), dice.curve("rise", (0.93, 1.0, 1.04, 1.12), n)
    change = np.where(hit, fall, rise)
    per_head = county.incomes.net // county.families.size
    return np.floor(per_head * change / 10_000).astype(np.int64) * 10_000


def of_persons(county: County) -> Columns:
    """The field facts of persons, and what the health bureau and the village know of the ill and the isolated."""
    dice, poor = county.dice, county.poor_person
    age, n = county.families.age, len(poor)
    reached = county.reached[county.families.household]
    isolated = _isolated(county)
    known = {f: county.known("person", f, reached) for f in _PERSON_FIELD}
    able = county.condition.able & (county.condition.school == "no") & (age >= 16) & ~isolated.values
    could = able & (age < 63)
    keen = (age < 55) * 0.5
    among = could & known["willing_to_go_out"] & known["working_away"] & poor
    willing = dice.sample("willing", among, county.size.willing, keen)
    out = dice.sample("out", willing, county.size.out)
    others = could & ~poor & dice.chance("willing others", 0.3, n)
    away = out | (others & dice.chance("out others", 0.45, n))
    tied = ~away & dice.chance("tied", np.where(able, 0.19, np.where(age >= 60, 0.3, 0.03)), n)
    own = able & ~away & dice.chance("own work", 0.11, n)
    said = {"willing_to_go_out": willing | others, "working_away": away, "cannot_leave": tied, "self_employed": own}
    return {f: Column(said[f], known[f]) for f in _PERSON_FIELD} | {"isolated": isolated, "patient": _patients(county)}


_PERSON_FIELD = ("willing_to_go_out", "working_away", "cannot_leave", "self_employed")


def _isolated(county: County) -> Column:
    """A few dozen, most of them in the village the report names."""
    known = county.known("person", "isolated")
    here = county.families.village[county.families.household] == county.places.qinggang
    inside = min(county.size.scaled(26), int((known & here).sum()))
    ill = county.dice.sample("isolated here", known & here, inside)
    return Column(ill | county.dice.sample("isolated elsewhere", known & ~here, county.size.scaled(13)), known)


def _patients(county: County) -> Column:
    known = county.known("person", "patient")
    grown = known & (county.families.age >= 18)
    here = county.families.village[county.families.household] == county.places.qinggang
    return Column(county.dice.sample("patients", grown, county.size.scaled(4), here * 0.9999), known)
