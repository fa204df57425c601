"""People of the demo county who sign in: the demo accounts, and the officials who are only named."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.register.demo import names
from doudi.register.demo.dice import Dice
from doudi.register.demo.places import COUNTY, FENGMING, QINGGANG, TOWNS, Places

PASSWORD = "doudi-demo-2020"  # noqa: S105 - of the demo accounts alone; a demo home is marked as such for ever
HELPER = "helper"  # the demo helper, one of the nine thousand, with households in 青杠村
SINCE = "2020-01-01"
SYSTEM = "demo"  # who the loading itself is recorded by


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with a duty; `shown` ones have the demo password and are printed at the start."""

    username: str
    name: str
    unit: str
    role: str
    place: str  # 6, 9 or 12 digits, or none
    measures: tuple[str, ...] = ()
    shown: bool = False


SHOWN = (
    Account("county", "演示县干部", "县扶贫开发局", "county_officer", COUNTY[0], shown=True),
    Account("county2", "演示县干部二", "县财政局", "county_officer", COUNTY[0], shown=True),
    Account("town", "演示镇干部", "鸣凤镇政府", "town_clerk", FENGMING, shown=True),
    Account("village", "演示村干部", "鸣凤镇青杠村", "village_officer", QINGGANG, shown=True),
    Account("bureau", "演示人社干部", "县人力资源和社会保障局", "bureau", COUNTY[0], shown=True),
    Account("bank", "演示信贷员", "农村信用社(演示)", "bank", COUNTY[0], shown=True),
    Account("supervisor", "演示督导员", "县纪委监委", "supervisor", COUNTY[0], shown=True),
    Account("auditor", "演示审计员", "县审计局", "auditor", COUNTY[0], shown=True),
    Account("admin", "演示管理员", "县大数据中心", "administrator", "", shown=True),
    Account("admin2", "演示管理员二", "县扶贫开发局", "administrator", "", shown=True),
    Account("treasurer", "演示支付人员", "县财政局国库支付中心", "treasurer", COUNTY[0], shown=True),
)


def officials(places: Places, dice: Dice) -> list[Account]:
    """A clerk in every town and an officer in every village: they recorded what the villages reported."""
    clerks = [(f"town{code}", f"{name}政府", "town_clerk", code) for code, name, _, _ in TOWNS if code != FENGMING]
    officers = [
        (f"village{code}", name, "village_officer", code)
        for code, name in zip(places.codes, places.names, strict=True)
        if code != QINGGANG
    ]
    rows = clerks + officers
    family = names.surnames("official surname", len(rows), dice)
    age = dice.whole("official age", 30, 58, len(rows))
    given = names.given("official", dice.chance("official sex", 0.7, len(rows)), age, dice)
    full = [names.SURNAMES[s] + g for s, g in zip(family.tolist(), given, strict=True)]
    return [Account(user, name, unit, role, place) for name, (user, unit, role, place) in zip(full, rows, strict=True)]


def village_usernames(places: Places) -> list[str]:
    """Who records for each village."""
    return ["village" if code == QINGGANG else f"village{code}" for code in places.codes]


def numbers(officials: list[Account]) -> list[tuple[str, str, str, str]]:
    """Whom to call (place, duty, name, number): the county's and the towns' duty numbers, each village's secretary.

    1541 is given out to nobody.
    """
    people = [*SHOWN, *officials]
    named = [(COUNTY[0], "duty", "县扶贫开发局值班室")]
    named += [(each.place, "duty", f"{each.unit}值班室") for each in people if each.role == "town_clerk"]
    named += [(each.place, "secretary", each.name) for each in people if each.role == "village_officer"]
    return [
        (place.ljust(12, "0"), duty, name, f"1541{number:07d}") for number, (place, duty, name) in enumerate(named, 1)
    ]
