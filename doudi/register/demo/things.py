"""Loans, hires, posts, platforms and projects of the demo county, with their facts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from doudi.register.demo import unknowns
from doudi.register.demo.condition import Days, Texts
from doudi.register.demo.dice import Bools, Dice, Ints
from doudi.register.demo.hardship import Columns, County
from doudi.register.demo.places import COUNTY, TOWNS, Places
from doudi.register.demo.truth import Column, Values

LOANS, HIRES, PLATFORMS, PROJECTS = 3_180, 1_460, 24, 168  # in the full county
NOBODY = -1
_EMPLOYERS = (
    "恒泰纺织", "川中食品", "绿野蔬菜", "金禾粮油", "瑞丰饲料",
    "锦程电子", "安居建材", "蓉兴鞋业", "天成包装", "乐土果业",
)  # fmt: skip
_KINDS = ("有限公司", "合作社", "加工厂", "扶贫车间")
_WORKS = ("通社道路硬化", "蓄水池", "提灌站", "养殖圈舍", "饮水管网", "危房改造", "撂荒地整治", "村卫生室")


@dataclass(frozen=True, slots=True)
class Things:
    """Columns over the items of one kind; household, person and village are indexes, `NOBODY` where unlinked."""

    kind: str
    codes: list[str]
    labels: list[str]
    household: Ints
    person: Ints
    village: Ints
    from_day: Days
    facts: Columns

    def __len__(self) -> int:
        return len(self.codes)


def make(county: County, fields: Columns) -> dict[str, Things]:
    """Every item. `fields` are the households' field facts: hardship repaying follows hardship earning."""
    return {
        "loan": _loans(county, fields),
        "hire": _hires(county),
        "post": _posts(county.places, county.dice),
        "platform": _platforms(county),
        "project": _projects(county),
    }


def _columns(kind: str, told: dict[str, Values], dice: Dice) -> Columns:
    return {f: Column(values, unknowns.known(kind, f, len(values), dice)) for f, values in told.items()}


def _day(text: str, plus: Ints) -> Days:
    return np.datetime64(text) + plus


def _nobody(n: int) -> Ints:
    return np.full(n, NOBODY, dtype=np.int64)


def _codes(letter: str, n: int) -> list[str]:
    return [f"{letter}-{number:05d}" for number in range(1, n + 1)]


def _loans(county: County, fields: Columns) -> Things:
    """Three-year loans of up to 50,000 yuan from 2016 on, so that some were due before the epidemic and many in it."""
    dice, families, n = county.dice, county.families, county.size.scaled(LOANS)
    worker = county.per_household(county.condition.able & (families.age >= 18)) > 0
    borrowers = np.flatnonzero(dice.sample("borrowers", worker, n, families.registered * 0.62))
    amount = dice.whole("loan amount", 2, 10, n) * 500_000
    begun = _day("2016-10-15", dice.whole("loan begun", 0, 1_190, n))
    due = begun + np.where(dice.chance("loan one year", 0.2, n), 365, 1_095)
    hit = fields["wage_income_hit"].values[borrowers] | fields["business_income_hit"].values[borrowers]
    hit = dice.chance("repayment", np.where(hit, 0.62, 0.04), n)
    asked = np.where(hit, dice.pick("extension", (2, 1, 2, 5, 1, 1, 6, 1, 0, 1, 0, 0, 1), n), 0)
    told = {"amount": amount, "due_date": due, "repayment_hit": hit, "extension_asked": asked}
    labels = [f"扶贫小额信贷 {yuan // 100} 元" for yuan in amount.tolist()]
    village = families.village[borrowers]
    return Things("loan", _codes("DK", n), labels, borrowers, _nobody(n), village, begun, _columns("loan", told, dice))


def _hires(county: County) -> Things:
    """Who was taken on since the new year; a few by two firms, a few not matched to anybody in the register."""
    dice, families, n = county.dice, county.families, county.size.scaled(HIRES)
    fit = county.condition.able & (families.age >= 18) & (families.age < 62) & (county.condition.school == "no")
    person = np.flatnonzero(dice.sample("hired", fit, n, county.poor_person * 0.5))
    person = person[np.argsort(dice.uniform("hire order", n), kind="stable")]
    twice = max(1, n // 70)
    person[:twice] = person[twice : 2 * twice]
    firm = dice.whole("firm", 0, len(_EMPLOYERS) * len(_KINDS) - 1, n)
    firms = np.array([f"{a}{b}(演示)" for a in _EMPLOYERS for b in _KINDS], dtype=object)
    told = {
        "employer": firms[firm],
        "employer_local": firm % 9 != 4,
        "migrant_worker": dice.chance("migrant", 0.77, n),
        "contract_months": dice.pick("contract", (0, 2, 2, 9, 2, 2, 22, 1, 1, 2, 0, 0, 24), n),
        "payroll_seen": dice.chance("payroll", 0.68, n),
        "claimed_before": dice.chance("claimed", 0.035, n),
    }
    household = families.household[person]
    begun = _day("2020-01-06", dice.whole("hire begun", 0, 43, n))
    linked = unknowns.known("hire", "person", n, dice)
    labels = [f"聘用 {name}" for name in told["employer"]]
    return Things(
        "hire", _codes("PY", n), labels, np.where(linked, household, NOBODY), np.where(linked, person, NOBODY),
        families.village[household], begun, _columns("hire", told, dice),
    )  # fmt: skip


def _posts(places: Places, dice: Dice) -> Things:
    """Two new posts in every village and community."""
    n = 2 * len(places)
    village, number = np.arange(n) // 2, np.arange(n) % 2 + 1
    ends = np.array(["2020-02-20", "2020-04-30", "2020-05-31", "2020-06-30", "2020-08-31"], dtype="datetime64[D]")
    until = ends[dice.pick("post until", (1, 3, 6, 8, 2), n)]
    told = {"number": number, "until": until, "filled": dice.chance("post filled", 0.38, n)}
    labels = [f"{places.names[v]}新增岗位 {k}" for v, k in zip(village.tolist(), number.tolist(), strict=True)]
    begun = _day("2020-02-06", dice.whole("post begun", 0, 12, n))
    return Things("post", _codes("GW", n), labels, _nobody(n), _nobody(n), village, begun, _columns("post", told, dice))


def _platforms(county: County) -> Things:
    """Platforms that sell for poor households, from a market stall's turnover to a wholesaler's."""
    dice, n = county.dice, county.size.scaled(PLATFORMS, least=6)
    rank = np.argsort(np.argsort(dice.uniform("platform sold", n), kind="stable"), kind="stable")  # each size once
    turnovers = (8_000, 42_000, 95_000, 210_000, 480_000, 2_600_000)
    sold = np.interp((rank + 0.5) / n * (len(turnovers) - 1), np.arange(len(turnovers)), turnovers)
    told = {
        "sold_for_poor": np.floor(sold / 10).astype(np.int64) * 1_000,
        "traceable": dice.chance("traceable", 0.72, n),
    }
    labels = [f"演示电商平台{number}号" for number in range(1, n + 1)]
    begun = _day("2019-03-01", dice.whole("platform begun", 0, 300, n))
    nobody = _nobody(n)
    return Things("platform", _codes("DS", n), labels, nobody, nobody, nobody, begun, _columns("platform", told, dice))


def _projects(county: County) -> Things:
    """Works of the year: most ready or nearly, some late against the end of June, money against the end of August."""
    dice, n = county.dice, county.size.scaled(PROJECTS, least=12)
    village = dice.whole("project village", 0, len(county.places) - 1, n)
    end = _day("2020-04-15", dice.whole("works end", 0, 92, n))
    ready = {
        "workers_healthy": _mostly("workers", 0.86, n, dice),
        "disinfected": _mostly("disinfected", 0.84, n, dice),
        "permits_ready": _mostly("permits", 0.81, n, dice),
        "materials_ready": _mostly("materials", 0.73, n, dice),
    }
    told = ready | {"works_end": end, "money_out": end + dice.whole("money out", 20, 75, n)}
    work = dice.whole("work", 0, len(_WORKS) - 1, n)
    labels = [f"{county.places.names[v]}{_WORKS[w]}" for v, w in zip(village.tolist(), work.tolist(), strict=True)]
    begun = _day("2019-11-01", dice.whole("project begun", 0, 80, n))
    return Things(
        "project", _codes("XM", n), labels, _nobody(n), _nobody(n), village, begun, _columns("project", told, dice)
    )


def _mostly(name: str, odds: float, n: int, dice: Dice) -> Bools:
    return dice.chance(f"project {name}", odds, n)


def place_codes(things: Things, places: Places) -> Texts:
    """The wall's code of each: its village, the town where nobody is linked, the county for what has no village."""
    codes = np.array([*places.codes, f"{COUNTY[0]}000000"], dtype=object)[things.village]
    if things.kind == "hire":
        towns = np.array([f"{code}000" for code, *_ in TOWNS], dtype=object)[places.town[things.village]]
        return np.where(things.person == NOBODY, towns, codes)
    return codes
