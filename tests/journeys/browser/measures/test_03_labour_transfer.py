"""Measure 3: an opening, a worker who is willing, a seat, health declared, the bus, the arrival, counted as out."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

MEASURE, WHERE = "03_labour_transfer", "浙江义乌"


def test_from_the_opening_to_the_arrival(people: People) -> None:
    county, town, village, bureau = (people(name) for name in ("county", "town", "village", "bureau"))
    (one, *_) = steps.entitlements_of(village, MEASURE, state="stage:town", place=steps.QINGGANG)
    steps.review(town, "town", MEASURE, [one])
    steps.review(bureau, "labour_bureau", MEASURE, [one])
    home = village.open(f"/deeds/entitlements/{one}/").says("可落实").address(r"/households/\d{12}-\d+/$")
    name = village.page.locator("h1").inner_text()
    shown = name[0] + "*" * (len(name) - 1)  # the bureau runs the bus without reading names
    day = steps.today(county)
    opening = _opening(bureau, (day + timedelta(days=2)).isoformat())
    _ask(bureau, opening, shown)
    village.open(opening).press("本人愿意", within=f"main tr:has-text('{name}')")
    journey = _journey(county)
    bureau.open(journey)
    _tick(village.open(journey), name).fill(on=day.isoformat()).press("申报:可以出行")
    assert bureau.page.request.get(f"{journey}paper/").body().startswith(b"%PDF")
    left = steps.pass_days(county, 2).isoformat()
    _tick(village.open(journey), name).fill(on=left).press("申报:可以出行")
    _tick(bureau.open(journey), shown).fill(on=left).press("勾选的人已上车").says("在路上")
    came = steps.pass_days(county, 1).isoformat()
    _tick(bureau.open(journey), shown).fill(on=came).press("勾选的人已到达").says("已到达")
    village.open(f"/deeds/entitlements/{one}/").says("已落实")
    out = _out(county)
    steps.pass_days(county, 1)
    assert _out(county) == out + 1
    village.open(home).says("✕ 不符合 尚未外出务工")


def _opening(bureau: Person, day: str) -> str:
    """An opening of its own destination; its address."""
    bureau.open("/deeds/openings/").fill(
        employer="义乌某饰品厂", work="包装工", destination=WHERE, inside="outside", wage="4300", seats="5",
        health_rule="declaration", report_on=day, until=day,
    )  # fmt: skip
    bureau.press("登记", within="form[action$='/deeds/openings/enter/']")
    bureau.open("/deeds/openings/")
    return str(bureau.page.locator("main tr:has-text('义乌某饰品厂') th a").first.get_attribute("href"))


def _ask(bureau: Person, opening: str, name: str) -> None:
    bureau.open(opening)
    bureau.page.locator(f"main form[action$='/ask/'] tr:has-text('{name}') input[name=persons]").first.check()
    bureau.press("问勾选的人")


def _journey(county: Person) -> str:
    """Plan vehicles for everybody who agreed, take the plan up; the journey to that destination."""
    county.open("/deeds/journeys/").fill("form[action$='/deeds/journeys/plan/']", seats="45").press("做方案")
    county.says(WHERE).fill(organiser="县人社局").press("采用,建成车次")
    return str(county.page.locator(f"main tr:has-text('{WHERE}') th a").first.get_attribute("href"))


def _tick(one: Person, name: str) -> Person:
    one.page.locator(f"main tr:has-text('{name}') input[name=passengers]").first.check()
    return one


def _out(county: Person) -> int:
    """How many are out by the last run."""
    county.open("/")
    return county.number(r"(\d[\d,]*)人 外出务工的贫困人口")
