"""The other columns of the national exports: what the household has and lives in, and each member's papers and work."""

from __future__ import annotations

import numpy as np

from doudi.register.demo.dice import Bools, Ints
from doudi.register.demo.hardship import Columns, County
from doudi.register.demo.incomes import YEAR
from doudi.register.demo.truth import Column, Values

_MU = 1_000  # a tenth of a mu, a kilometre or a square metre, in ten-thousandths
_LAND = {
    "arable_land": (0, 0.6, 1.1, 1.8, 2.6, 4.4, 9.0),
    "forest_land": (0, 0, 0, 0.8, 2.2, 7.5),
    "orchard_land": (0, 0, 0, 0, 0.6, 3.5),
    "grass_land": (0, 0, 0, 0, 0, 0.4),
    "water_area": (0, 0, 0, 0, 0.3, 1.8),
    "road_distance": (0, 0.1, 0.3, 0.6, 1.2, 3.6),
}
_ROADS = np.array(["earth", "gravel", "concrete", "asphalt"], dtype=object)
_PLACES = np.array(["town", "county", "province", "country", "other"], dtype=object)
_REASONS = np.array(["illness", "disability", "unwilling", "other"], dtype=object)
_CATEGORIES = np.array(["sight", "hearing", "speech", "body", "intellect", "mind", "several"], dtype=object)
_FORMS = np.array(["valid", "empty", "length", "check_digit", "no_number"], dtype=object)
_FORM_ODDS = (0.984, 0.009, 0.002, 0.003, 0.002)
SHEET_LOST = 0.021  # rows whose sheet of land and housing was never filled in
LIVING = (*_LAND, "housing_area", "electricity", "safe_water", "sanitary_toilet", "dangerous_house", "entry_road")


def of_households(county: County) -> Columns:
    """Phone, land, house, water, power, road; the risk of the monitored; net income as somebody typed it."""
    n, dice = len(county.families.size), county.dice
    filled = ~dice.sample("sheet lost", np.ones(n, dtype=bool), round(SHEET_LOST * n))
    columns = {
        fact: Column(values, filled & county.known("household", fact)) for fact, values in _living(county).items()
    }
    phones = np.array([f"1540{number:07d}" for number in range(1, n + 1)], dtype=object)  # 154: not given out
    columns["phone"] = Column(phones, county.known("household", "phone"))
    net = f"stated_net_income@{YEAR}"
    columns[net] = Column(county.incomes.net, county.known("household", net))
    return columns


def _living(county: County) -> dict[str, Values]:
    n, dice = len(county.families.size), county.dice
    made = {name: _tenths(dice.curve(name, points, n)) for name, points in _LAND.items()}
    area = dice.curve("area", (14, 24, 30, 38, 52, 80), n) * county.families.size + 15
    return made | {
        "housing_area": _tenths(area),
        "electricity": dice.chance("electricity", 0.962, n),
        "safe_water": dice.chance("safe water", 0.988, n),
        "sanitary_toilet": dice.chance("toilet", 0.86, n),
        "dangerous_house": dice.chance("dangerous house", 0.005, n),
        "entry_road": _ROADS[dice.pick("entry road", (4, 9, 80, 7), n)],
    }


def _tenths(values: Values) -> Ints:
    return np.floor(values * 10).astype(np.int64) * _MU


def main_risk(county: County, monitored: Bools) -> Column:
    """The risk of a monitored household, true of somebody in it."""
    n, dice, condition = len(monitored), county.dice, county.condition
    worker = county.per_household(condition.able) > 0
    risk = np.where(worker, "unsteady_work", "labour").astype(object)
    risk[worker & dice.chance("risk other", 0.12, n)] = "other"
    for name, who in (
        ("school", np.isin(condition.school.astype(str), ["senior", "college"])),
        ("disability", condition.health == "disabled"),
        ("illness", np.isin(condition.health.astype(str), ["chronic", "serious"])),
    ):
        risk[(county.per_household(who) > 0) & dice.chance(f"risk {name}", 0.6, n)] = name
    return Column(risk, county.known("household", "main_risk", monitored))


def of_persons(county: County) -> Columns:
    """Papers, insurances, support and work of each member."""
    columns = _papers(county) | _work(county)
    age, n, dice = county.families.age, len(county.families.age), county.dice
    child_out = (age >= 6) & (age <= 15) & (county.condition.school == "no")
    unwell = county.condition.health != "healthy"
    reason = np.where(unwell, "illness", _REASONS[dice.whole("dropout", 2, 3, n)])
    columns["dropout_reason"] = _where(county, "dropout_reason", reason.astype(object), child_out)
    return columns


def _papers(county: County) -> Columns:
    age, n, dice = county.families.age, len(county.families.age), county.dice
    allowance = county.incomes.allowance[county.families.household]
    head = county.families.relation == 0
    alone = (county.families.size == 1)[county.families.household]
    employee = dice.chance("employee", np.where((age >= 22) & (age < 60), 0.02, 0.0), n)
    uninsured = dice.chance("uninsured", 0.004, n)
    told = {
        "id_number_form": _FORMS[dice.pick("form", _FORM_ODDS, n)],
        "receives_allowance": allowance & (head | dice.chance("covered too", 0.6, n)),
        "destitute_support": alone & (age >= 60) & ~allowance & dice.chance("destitute", 0.12, n),
        "resident_medical": ~employee & ~uninsured,
        "employee_medical": employee | dice.chance("insured twice", 0.0012, n),
        "serious_illness_insurance": ~uninsured,
        "resident_pension": np.where(
            age >= 60, ~dice.chance("no pension", 0.007, n), dice.chance("pays", 0.72, n) & (age >= 16)
        ),
    }
    columns = {fact: Column(values, county.known("person", fact)) for fact, values in told.items()}
    disabled = county.condition.health == "disabled"
    fit = np.isin(county.condition.labour.astype(str), ["ordinary", "skilled"])
    grade = dice.whole("disability grade", np.where(fit, 3, 1), 4, n)
    category = _CATEGORIES[dice.pick("disability category", (12, 11, 3, 48, 13, 9, 4), n)]
    columns["disability_category"] = _where(county, "disability_category", category, disabled)
    columns["disability_grade"] = _where(county, "disability_grade", grade, disabled)
    return columns


def _work(county: County) -> Columns:
    """Months worked away last year, where, and public-welfare posts held."""
    age, n, dice = county.families.age, len(county.families.age), county.dice
    earning = (county.incomes.wage_income > 0)[county.families.household]
    free = county.condition.able & (county.condition.school == "no") & (age < 66) & earning
    worked = free & dice.chance("worked", 0.48, n)
    post = free & ~worked & county.poor_person & (age >= 18) & dice.chance("welfare post", 0.09, n)
    told = {
        "work_months": np.where(worked, dice.whole("months", 2, 11, n), 0),
        "welfare_post": post,
        "welfare_post_months": np.where(post, dice.whole("post months", 1, 12, n), 0),
    }
    columns = {fact: Column(values, county.known("person", fact)) for fact, values in told.items()}
    where = _PLACES[dice.pick("work place", (18, 14, 22, 42, 4), n)]
    columns["work_place"] = _where(county, "work_place", where, worked)
    return columns


def _where(county: County, fact: str, values: Values, applies: Bools) -> Column:
    """A fact that speaks only of some: of the others there is nothing to say."""
    return Column(values, county.known("person", fact, applies))
