"""Measure 9: orders traced to households, the subsidy by the pack's own rate, paid to the platform's enterprise."""

from __future__ import annotations

from doudi.funds.demo.money import card
from doudi.values.credit_codes import check_sign
from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

MEASURE, TITLE = "09_platform_subsidy", "电商平台补贴"
PLATFORM = "演示电商平台5号"
HEADINGS = "订单号,户编号,户主,村,产品,金额(元),日期,状态"
LICENCE = "91510921MA6PX0001"


def test_from_the_orders_to_the_subsidy(people: People) -> None:
    county, second, bureau = people("county"), people("county2"), people("bureau")
    _bring(bureau)
    steps.pass_days(county, 1)
    steps.grant(county, MEASURE)
    county.open(f"/deeds/entitlements/?measure={MEASURE}").follow(PLATFORM).says("6,000")
    number = int(county.page.url.rstrip("/").split("/")[-1])
    numbers = steps.entitlements_of(county, MEASURE)
    steps.review(bureau, "commerce_bureau", MEASURE, [number])
    steps.publish(county, county, MEASURE, [number])
    steps.review(second, "county", MEASURE, [number])
    steps.evidence(bureau, county, number, "order_list", "平台清单和快递单抽查相符")
    county.open("/deeds/pay/").press("制付款单", within=f"main form:has(input[value='{MEASURE}'])", refused="收款账号")
    _name(county)
    steps.pay(people, MEASURE, TITLE, [number])
    county.open(f"/deeds/entitlements/{number}/").press("农户说已收到", within="#taking-back")
    steps.pass_days(county, 1)
    assert PLATFORM not in county.open("/deeds/differences/").text()
    assert len(numbers) >= 1
    county.open(f"/measures/{MEASURE}/")


def _bring(bureau: Person) -> None:
    """A list with a row nobody can trace yet, one of no household, and one that comes back."""
    homes = [f"{steps.QINGGANG}-{n:04d}" for n in (1, 2, 3)]
    rows = [f"T-{n},{home},,,鸡蛋,{40_000 + (100, 0, -50)[n - 1]}.00,2020-02-2{n}," for n, home in enumerate(homes, 1)]
    rows += [
        f"T-1,{homes[0]},,,鸡蛋,-50.00,2020-02-25,退货",
        "T-5,,,,腊肉,50.00,2020-02-25,",
        "T-6,X-1,,,腊肉,10.00,2020-02-25,",
    ]
    bureau.open("/deeds/orders/")
    bureau.fill(platform=str(bureau.page.locator("#platform option", has_text=PLATFORM).get_attribute("value")))
    bureau.attach("二月订单.csv", "\r\n".join([HEADINGS, *rows])).press("上传并预览").says("不能收")
    bureau.press("收下这").says("已收下")


def _name(county: Person) -> None:
    form = "main form:has(input[name=credit_code])"
    county.open("/deeds/orders/")
    platform = str(county.page.locator("#firm-platform option", has_text=PLATFORM).get_attribute("value"))
    firm = {"platform": platform, "firm": "蓬溪优选电子商务有限公司", "local": "yes", "bank": "农村信用社"}
    county.fill(form, credit_code=LICENCE + "0", number=card(600_000_001), **firm)
    county.press("登记企业和账号", within=form, refused="校验位")
    county.fill(form, credit_code=LICENCE + check_sign(LICENCE), number=card(600_000_001), **firm)
    county.press("登记企业和账号", within=form).says("蓬溪优选电子商务有限公司")
