"""Measure 2: stock by spreadsheet, wishes of one's own, a plan, goods and money handed over, the floor reached."""

from __future__ import annotations

import io
import re

from python_calamine import CalamineWorkbook

from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

MEASURE, VILLAGE, HOME = "02_farm_purchases", steps.QINGGANG, "510921110212-0002"


def test_from_the_stock_to_the_money_of_the_household(people: People) -> None:
    county, village, helper, town = (people(name) for name in ("county", "village", "helper", "town"))
    before = _reached(village)
    _stock(village, steps.today(county).isoformat())
    steps.pass_days(county, 1)
    assert "消费扶贫" in steps.grant(county, MEASURE, VILLAGE[:9])
    (one,) = steps.entitlements_of(village, MEASURE, state="stage:helper_unit", code=HOME)
    steps.review(helper, "helper_unit", MEASURE, [one])
    unit = _wish(helper)
    county.open("/deeds/purchases/buyers/?kind=unit").follow(unit).fill(most="3000").press("记下意愿")
    _adopt(county)
    order = _order_of(helper, "待采购方答复")
    helper.open(order).says("土鸡").press("愿意")
    county.open(order).says(unit).press("愿意").says("已约定,待交货")
    _hand_over(village, order, steps.today(county).isoformat())
    assert _reached(village) == before + 1
    village.open(f"/deeds/entitlements/{one}/").says("已落实")
    town.open(f"/deeds/entitlements/{one}/").press("农户说已收到", within="#taking-back").says("农户已确认")
    steps.pass_days(county, 1)
    village.open(f"/households/{HOME}/").says("✕ 不符合 活动期内销售额还不到保底额 活动期内已售农副产品 300.00元")


def _reached(one: Person) -> int:
    """How many households of the village have the floor."""
    one.open(f"/deeds/purchases/?place={VILLAGE}")
    return one.number(r"户中,(\d+) 户已收款满")


def _stock(village: Person, day: str) -> None:
    """The village takes out the table, fills it in and brings it: one row is taken, one stays out with its reason."""
    village.open("/deeds/purchases/stock/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(_fetched(village, village.address("stock/form/"))))
    heads = book.get_sheet_by_index(0).to_python()[0]
    assert heads == ["户编号", "产品", "数量", "单位", "单价(元)", "登记日期"]
    rows = [heads, (HOME, "土鸡", 5, "只", 75, day), (HOME, "鸡蛋", 2.5, "枚", 1.2, day)]
    told = "\r\n".join(",".join(map(str, row)) for row in rows)
    village.attach("存货.csv", told, within="form:has(input[type=file])").press("上传并预览")
    village.says("表里 2 行").press("收下这 1 行")
    village.open("/deeds/purchases/stock/").says(f"{HOME} 青杠村 土鸡 5 只")


def _wish(helper: Person) -> str:
    """The helper says what they would buy; the name of the unit that matches it."""
    helper.open("/deeds/purchases/").follow("我的采购意愿")
    helper.fill(most="600", kinds="土鸡").press("记下意愿")
    found = re.search(r"帮扶单位 (\S+)", helper.text())
    assert found, helper.text()
    return found.group(1)


def _adopt(county: Person) -> None:
    """Ask for a plan, watch it being made, take it up as questions to the buyers."""
    county.open("/deeds/plan/")
    plans = county.page.locator("main tbody tr").count()
    county.press("的存货和意愿做方案")
    county.page.locator(f"main tbody tr >> nth={plans}").wait_for(timeout=60_000)
    county.open(county.address(r"/deeds/plan/\d+/")).says("土鸡").press("采用")


def _order_of(one: Person, state: str) -> str:
    """The household's purchase in that state, as the list leads this person to it."""
    one.open("/deeds/purchases/")
    row = one.page.locator(f"main tbody tr:has-text('{state}')").first
    return str(row.locator("th a").get_attribute("href"))


def _hand_over(village: Person, order: str, day: str) -> None:
    slips = _fetched(village, f"/deeds/purchases/slips/?place={VILLAGE}")
    assert slips.startswith(b"%PDF")
    village.open(order).fill(on=day, receipt="PX-J-0001").press("记交货").says("已交货,待收款")
    village.fill(on=day).press("记农户已收款").says("农户已收款")


def _fetched(one: Person, address: str) -> bytes:
    answer = one.page.request.get(address)
    assert answer.status == 200, address
    return bytes(answer.body())
