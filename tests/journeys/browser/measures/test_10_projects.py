"""Measure 10: from the checklist to the last fen: nothing paid beyond accepted progress, no day moved by one alone."""

from __future__ import annotations

from datetime import date, timedelta

from doudi.funds.demo.money import card
from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

CODE, BUDGET = "XM-TEST-10", "扶贫项目建设"
PAGE = f"/works/projects/{CODE}/"
START, PROGRESS, MONEY, DAYS = (f"section[aria-labelledby={name}]" for name in ("start", "progress", "money", "days"))
ITEMS = ("workers_healthy", "disinfected", "permits_ready", "materials_ready")


def test_from_the_checklist_to_the_last_fen(people: People) -> None:
    county, second, bureau = people("county"), people("county2"), people("bureau")
    _register(bureau, steps.today(county))
    _check(bureau, "no")
    steps.pass_days(county, 1)
    bureau.open(PAGE).press("申请开工", within=START, refused="补齐清单")
    _prepare(bureau, steps.today(county))
    _check(bureau, "yes")
    day = steps.pass_days(county, 1)
    bureau.open(PAGE).press("申请开工", within=START)
    second.open(PAGE).press("同意开工", within=START).says(f"{day} 开工")
    for done in ("40", "70"):
        day = steps.pass_days(county, 7)
        bureau.open(PAGE).fill(PROGRESS, done=done, basis="value").press("报进度", within=PROGRESS)
        second.open(PAGE).press("验收", within=PROGRESS).says(f"已验收 {done}", within=PROGRESS)
    county.open(PAGE).says("近几周每周 30", within=PROGRESS)
    _move_a_day(bureau, second)
    _paid(people, "70000")
    day = steps.pass_days(county, 7)
    bureau.open(PAGE).fill(PROGRESS, done="100", basis="value").press("报进度", within=PROGRESS)
    second.open(PAGE).press("验收", within=PROGRESS)
    _paid(people, "30000")
    steps.pass_days(county, 1)
    county.open(PAGE).says("其中已拨付 100,000元", within=MONEY).says(f"预计拨完 {day}", within=MONEY)
    county.says("项目超期督办")
    county.open("/works/?standing=closed").says(CODE)


def _register(bureau: Person, day: date) -> None:
    bureau.open("/works/").follow("登记项目")
    bureau.fill(
        code=CODE, name="青杠村机耕道", kind="road", owner="青杠村村委会", bureau="县交通局", place=steps.QINGGANG,
        planned="120000", works_due="2020-06-30", money_due="2020-08-31", contractor="演示路桥公司",
        contract_fen="100000", contract_days="60",
    )  # fmt: skip
    bureau.press("登记").says("青杠村机耕道")


def _check(bureau: Person, word: str) -> None:
    bureau.open(PAGE)
    said = dict.fromkeys(ITEMS, "yes") | {"materials_ready": word}
    bureau.fill("section[aria-labelledby=checklist]", **said).press("提交", within="section[aria-labelledby=checklist]")


def _prepare(bureau: Person, day: date) -> None:
    due = (day + timedelta(days=3)).isoformat()
    bureau.fill(START, what="水泥", quantity="20", unit="吨", due=due).press("加上", within=START)
    bureau.press("水泥 备齐了", within=START).says("备齐", within=START)


def _move_a_day(bureau: Person, second: Person) -> None:
    bureau.open(PAGE).fill(DAYS, which="works", new="2020-07-10", reason=" ").press(
        "申请改期", within=DAYS, refused="原因"
    )
    bureau.fill(DAYS, which="works", new="2020-07-10", reason="封路停工十天").press("申请改期", within=DAYS)
    assert not bureau.page.get_by_role("button", name="同意改期").count()
    second.open(PAGE).press("同意改期", within=DAYS).says("完工期限 2020-07-10", within=DAYS)


def _paid(people: People, yuan: str) -> None:
    """Asked for by the bureau, checked, put into a batch, sent, answered; the builder's account first."""
    county, second, bureau = people("county"), people("county2"), people("bureau")
    if "还没有登记收款账号" in county.open(PAGE).text(MONEY):
        bureau.open(PAGE).fill(MONEY, sum=yuan).press("申请", within=MONEY, refused="收款账号")
        county.fill(MONEY, bank="农村信用社", account=card(700_000_001)).press("登记", within=MONEY)
    more = str(int(yuan) + 1)
    bureau.open(PAGE).fill(MONEY, sum=more, note="按进度").press("申请", within=MONEY, refused="最多还能申请")
    bureau.fill(MONEY, sum=yuan).press("申请", within=MONEY).says("待复核", within=MONEY)
    second.open(PAGE).follow("去复核", within=MONEY)
    steps.pay_made(people, BUDGET)
    county.open(PAGE).says("已到账", within=MONEY)
