"""What the registers hold of households and persons: standing, causes, incomes, who belongs; with a few slips."""

from __future__ import annotations

import numpy as np

from doudi.register.demo import incomes as money
from doudi.register.demo.condition import EDUCATION, Texts
from doudi.register.demo.dice import Bools
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
    _slip_incomes(county, columns)
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


def _slip_incomes(county: County, columns: Columns) -> None:
    """Wages typed in ten thousands of yuan, and transfers of nothing where an allowance is paid."""
    dice, poor = county.dice, county.families.registered
    wages = columns[f"wage_income@{money.YEAR}"]
    typed = dice.sample("wrong unit", poor & wages.known & (wages.values > 1_000_000), county.size.scaled(26))
    wages.slip(typed, wages.values // 10_000)
    transfers = columns[f"transfer_income@{money.YEAR}"]
    forgotten = dice.sample("no transfers", poor & transfers.known & county.incomes.allowance, county.size.scaled(18))
    transfers.slip(forgotten, np.zeros(len(poor), dtype=np.int64))


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
    _slip_persons(county, columns)
    return columns


def _slip_persons(county: County, columns: Columns) -> None:
    """Relation against sex, two heads, impossible ages, schooling that cannot be: a believable few of each."""
    families, poor = county.families, county.poor_person
    birth, sex = columns["birth_date"], columns["sex"]
    child = np.isin(families.relation, [2, 3])
    _slip(county, "sex", columns["sex"], child & poor, 44, np.where(sex.values == "male", "female", "male"))
    _slip(county, "two heads", columns["relation_to_head"], (families.relation == 1) & poor, 17, "head")
    _slip(county, "born long ago", birth, (families.relation == 0) & poor, 9, birth.values - 36_525)
    _slip(county, "not yet born", birth, child & poor & (families.age < 12), 5, birth.values + 36_525 // 5)
    _slip(county, "unread", columns["education"], child & (families.age > 16) & (families.age < 23), 21, EDUCATION[0])
    _slip(county, "child works", columns["labour"], (families.age < 16) & poor, 24, "ordinary")
    _slip(county, "fit yet unable", columns["labour"], county.condition.able & (families.age < 55) & poor, 31, "none")


def _slip(county: County, name: str, column: Column, among: Bools, count: int, wrong: object) -> None:
    among = among & column.known
    count = min(county.size.scaled(count), int(among.sum()))
    rows = county.dice.sample(f"slip {name}", among, count)
    column.slip(rows, np.broadcast_to(np.asarray(wrong), column.values.shape))
