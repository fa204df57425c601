"""Measure 5: a firm's claim for one person, its questions, both kinds of evidence, the money on the firm's account."""

from __future__ import annotations

from doudi.values.account_numbers import luhn
from doudi.values.credit_codes import check_sign
from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

MEASURE, TITLE = "05_local_hire_award", "本地就业奖补"
HOME, FENGMING = "510921110212-0002", "510921110"
ACCOUNT = next(each for digit in "0123456789" if luhn(each := f"622848000000990001{digit}"))
NEW = "form[action$='/deeds/hires/enter/']"


def test_from_the_claim_to_the_firms_account(people: People) -> None:
    county, second, bureau = people("county"), people("county2"), people("bureau")
    number, name = _worker(county)
    begun = steps.today(county).isoformat()
    claim = _claim(bureau, 1, person=number, name=name, begun=begun, phone="0825-5421111")
    bureau.says("还没有工资凭证")
    _claim(bureau, 2, person=number, name=name, begun=begun, phone="0825-5421111", refused="每人只奖一次")
    bureau.open(claim).says("还没有工资凭证")
    steps.pass_days(county, 1)
    bureau.open(claim).says("已申报,待下次运行决定")
    bureau.fill(payroll="2月工资表 第3号").press("登记工资凭证")
    bureau.fill(words="已到厂看过,人在岗").press("记下").says("已到厂看过")
    bureau.fill(bank="农村信用社", number=ACCOUNT).press("登记账号").says("农村信用社")
    steps.pass_days(county, 1)
    steps.grant(county, MEASURE, FENGMING)
    one = _entitlement(bureau, claim)
    steps.review(bureau, "labour_bureau", MEASURE, [one])
    steps.publish(county, county, MEASURE, [one])
    steps.review(second, "county", MEASURE, [one])
    bureau.open(claim).says("劳动合同 还没有交").says("工资发放凭证 还没有交")
    steps.evidence(bureau, county, one, "contract", "劳动合同原件已核")
    county.says("已批准,待见成效").says("工资发放凭证 还没有交")
    steps.evidence(bureau, county, one, "payroll", "2月工资表已核")
    county.says("可发放")
    steps.pay(people, MEASURE, TITLE, [one])
    bureau.open(claim).says("已到账")
    steps.pass_days(county, 1)
    county.open("/deeds/grant/").fill(measure=MEASURE, place=FENGMING).press("办理这份名单", refused="已在办")


def _worker(county: Person) -> tuple[str, str]:
    """The number on the contract, looked up with a reason, and the name."""
    county.open(f"/households/{HOME}/reveal/")
    name = county.page.locator("#reveal-subject option").first.inner_text()
    county.fill(field="id_number", reason="核对企业送来的劳动合同").press("显示一次")
    return str(county.page.locator("main .notice.good strong").inner_text()), name


def _claim(bureau: Person, firm: int, *, refused: str = "", **more: str) -> str:
    """Enter a firm's claim; the address of its page."""
    first = f"91510921MA000099{firm}"
    code = first + check_sign(first)
    bureau.open("/deeds/hires/").fill(
        NEW, credit_code=code, firm=f"蓬川第{firm}食品厂", local="是", migrant="是", months="12",
        contract=f"HT-2020-00{firm}", **more,
    )  # fmt: skip
    bureau.press("登记", within=NEW, refused=refused)
    return bureau.page.url.partition("?")[0]


def _entitlement(one: Person, claim: str) -> int:
    one.open(claim)
    return int(one.address(r"/deeds/entitlements/\d+/").strip("/").rpartition("/")[2])
