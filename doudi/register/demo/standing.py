"""What the registers hold of households and persons: standing, causes, incomes, who belongs."""

from __future__ import annotations

import numpy as np

from doudi.register.demo import incomes as money
from doudi.register.demo.condition import Texts
from doudi.register.demo.families import RELATIONS
from doudi.register.demo.hardship import Columns, County
from doudi.register.demo.truth import Column
from doudi.register.demo.unknowns import UNLOOKED_UP

_SEX = np.array(["female", "male"], dtype=object)
_CAUSES = ("disaster", "land", "water", "skill", "money", "roads", "drive", "other")
_CAUSE_ODDS = (0.05, 0.04, 0.02, 0.32, 0.27, 0.06, 0.18, 0.06)


def of_households(county: County) -> Columns:
    """Standing facts and the incomes of last year."""
    size, dice, families = county.size, county.dice, county.families
    n, poor = len(families.size), families.registered
    unlooked = dice.sample("not looked up", ~poor, size.scaled(UNLOOKED_UP))
    low = county.incomes.net // families.size < 600_000
    monitored = dice.sample("monitored", poor & county.known("household", "monitored"), size.monitored, low * 0.9)
    fallen = dice.sample("fallen back", poor, size.scaled(95), low * 0.6)
    told = {
        "monitored": monitored,
        "minimum_allowance": county.incomes.allowance,
        "main_cause": _causes(county),
        "members_complete": np.ones(n, dtype=bool),
        "loans_complete": np.ones(n, dtype=bool),
        "fallen_back": fallen,
        "insured": dice.chance("insured", np.where(poor, 0.87, 0.35), n),
    }
    told |= {f"{line}@{money.YEAR}": getattr(county.incomes, line) for line in money.LINES}
    columns = {fact: Column(values, county.known("household", fact)) for fact, values in told.items()}
    columns["main_cause"].known &= poor | dice.chance("cause seen", 0.6, n)
    columns["registered_poor"] = Column(poor.copy(), ~unlooked)
    return columns


def _causes(county: County) -> Texts:
    """Illness and disability where somebody is ill, schooling where somebody studies, else by chance."""
    n = len(county.families.size)
    health, school = county.condition.health, county.condition.school
    ill = county.per_household(np.isin(health.astype(str), ["chronic", "serious"])) > 0
    disabled = county.per_household(health == "disabled") > 0
    student = county.per_household(np.isin(school.astype(str), ["senior", "college"])) > 0
    worker = county.per_household(county.condition.able) > 0
    causes = np.array(_CAUSES, dtype=object)[county.dice.pick("cause of poverty", _CAUSE_ODDS, n)]
    causes[~worker] = "labour"
    for name, has, odds in (("school", student, 0.6), ("disability", disabled, 0.7), ("illness", ill, 0.75)):
        causes[has & county.dice.chance(f"cause {name}", odds, n)] = name
    return causes


def of_persons(county: County) -> Columns:
    """The member table of the register."""
    families, condition = county.families, county.condition
    n, dice = len(families.age), county.dice
    adult = condition.able & (families.age >= 28) & (families.age < 60)
    officer = adult & dice.chance("officer", np.where(county.poor_person, 0.0015, 0.13), n)
    told = {
        "birth_date": condition.birth,
        "sex": _SEX[families.male.astype(np.int64)],
        "relation_to_head": np.array(RELATIONS, dtype=object)[families.relation],
        "education": condition.education,
        "in_school": condition.school,
        "health": condition.health,
        "labour": condition.labour,
        "village_officer": officer,
    }
    columns = {fact: Column(values, county.known("person", fact)) for fact, values in told.items()}
    columns["education"].known &= ~columns["in_school"].known | (condition.school == "no")  # one or the other is filled
    return columns
