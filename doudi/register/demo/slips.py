"""What the most trusted source has wrong: a believable few of each kind of slip the data-quality checks look for."""

from __future__ import annotations

import numpy as np

from doudi.register.demo.condition import EDUCATION
from doudi.register.demo.dice import Bools
from doudi.register.demo.hardship import Columns, County
from doudi.register.demo.incomes import YEAR


def in_households(county: County, columns: Columns) -> None:
    """Incomes typed in the wrong unit or added wrongly, land and roads with a nought too many, risks of nobody."""
    poor, n = county.families.registered, len(county.families.size)
    wages, transfers = columns[f"wage_income@{YEAR}"], columns[f"transfer_income@{YEAR}"]
    ten_thousands = wages.values // 10_000
    _slip(county, columns, f"wage_income@{YEAR}", "wrong unit", poor & (wages.values > 1_000_000), 26, ten_thousands)
    nothing = np.zeros(n, dtype=np.int64)
    forgotten = poor & county.incomes.allowance & (transfers.values > 0)
    _slip(county, columns, f"transfer_income@{YEAR}", "no transfers", forgotten, 18, nothing)
    net = columns[f"stated_net_income@{YEAR}"].values
    everybody = np.ones(n, dtype=bool)
    _slip(county, columns, f"stated_net_income@{YEAR}", "added wrongly", everybody, 46, net + 100_000)
    land, road = columns["arable_land"].values, columns["road_distance"].values
    _slip(county, columns, "arable_land", "land typed", everybody, 11, land * 10 + 1_000_000)
    _slip(county, columns, "arable_land", "land below nothing", land > 0, 3, -land)
    _slip(county, columns, "road_distance", "road typed", everybody, 8, road * 10 + 60_000)
    phones = columns["phone"].values
    _slip(county, columns, "phone", "short phone", everybody, 31, phones.astype("U10").astype(object))
    _slip_risks(county, columns)


def _slip_risks(county: County, columns: Columns) -> None:
    condition = county.condition
    disabled = county.per_household(condition.health == "disabled") > 0
    ill = county.per_household(condition.health != "healthy") > 0
    student = county.per_household(condition.school != "no") > 0
    for risk, present in (("disability", disabled), ("illness", ill), ("school", student)):
        _slip(county, columns, "main_risk", f"risk {risk}", ~present, 6, risk)


def in_persons(county: County, columns: Columns) -> None:
    """Relation against sex, two heads, impossible ages, schooling, posts and allowances that cannot be."""
    families, poor = county.families, county.poor_person
    birth, sex = columns["birth_date"].values, columns["sex"].values
    child, spouse = np.isin(families.relation, [2, 3]), families.relation == 1
    other_sex = np.where(sex == "male", "female", "male")
    _slip(county, columns, "sex", "child's sex", child & poor, 44, other_sex)
    _slip(county, columns, "sex", "spouse's sex", spouse & poor, 9, other_sex)
    _slip(county, columns, "relation_to_head", "two heads", spouse & poor, 17, "head")
    _slip(county, columns, "birth_date", "born long ago", (families.relation == 0) & poor, 9, birth - 36_525)
    _slip(county, columns, "birth_date", "not yet born", child & poor & (families.age < 12), 5, birth + 7_305)
    _slip_schooling(county, columns)
    _slip(county, columns, "labour", "child works", (families.age < 16) & poor, 24, "ordinary")
    fit = county.condition.able & (families.age < 55) & poor
    _slip(county, columns, "labour", "fit yet unable", fit, 31, "none")
    receives = columns["receives_allowance"].values
    alone = (families.size == 1)[families.household]
    _slip(county, columns, "receives_allowance", "allowance not ticked", receives & alone & poor, 27, False)
    home = county.incomes.allowance[families.household]
    _slip(county, columns, "receives_allowance", "allowance ticked", ~home & poor & (families.age > 60), 16, True)
    _slip(county, columns, "welfare_post", "post of the old", (families.age >= 70) & poor, 6, True)


def _slip_schooling(county: County, columns: Columns) -> None:
    age, school = county.families.age, county.condition.school
    child = np.isin(county.families.relation, [2, 3, 6, 7])
    _slip(county, columns, "education", "unread", child & (age > 16) & (age < 23), 21, EDUCATION[0])
    _slip(county, columns, "in_school", "too young", (school == "primary") & (age < 11), 6, "junior")
    _slip(county, columns, "in_school", "too old", (school == "primary") & (age > 7), 4, "preschool")
    _slip(county, columns, "in_school", "left out", (school == "primary") & (age > 7), 7, "no")


def _slip(county: County, columns: Columns, fact: str, name: str, among: Bools, count: int, wrong: object) -> None:
    """Up to `count` (in the full county) known values of `fact` become `wrong`, each slipped once."""
    column = columns[fact]
    fresh = ~column.slipped if len(column.slipped) else np.ones(len(among), dtype=bool)
    among = among & column.known & fresh
    rows = county.dice.sample(f"slip {name}", among, min(county.size.scaled(count), int(among.sum())))
    column.slip(rows, np.broadcast_to(np.asarray(wrong), column.values.shape))
