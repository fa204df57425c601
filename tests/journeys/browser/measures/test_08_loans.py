"""Measure 8: the bank's list, who falls due, extensions proposed together, the bank's answer, and a new small loan."""

from __future__ import annotations

from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

EXTEND, LEND = "08a_loan_extension", "08b_new_small_loan"
HOME, STARTS = "510921110212-0002", "510921110212-0011"
CODE, NEW = "DK-2017-0815", "DK-2020-0001"
OWN = "农村信用社(演示)"


def test_from_the_banks_list_to_its_answer_and_a_new_loan(people: People) -> None:
    county, village, bank = people("county"), people("village"), people("bank")
    day = steps.today(county)
    bank.open("/deeds/loans/bank/")
    told = steps.hand_in(
        bank, "名单.csv", "借款合同号,户编号,贷款金额(元),放款日,到期日,是否逾期,实际用款人,银行,数据日期",
        f"{CODE},{HOME},30000,2017-03-20,2020-03-20,否,农户自用,{OWN},{day}",
        f"DK-X,{HOME},30000,2017-03-20,2020-03-20,否,农户自用,县农商行,{day}",
        within="main section[aria-labelledby=list-head]",
    )  # fmt: skip
    assert "不能收 1" in told
    assert "新增 1" in told
    bank.open("/deeds/loans/?within=30").says(CODE)
    steps.pass_days(county, 1)
    steps.answer(village, HOME, "repayment_hit", "是", kind="loan")
    steps.answer(village, HOME, "extension_asked", "6", kind="loan")
    steps.pass_days(county, 1)
    county.open("/deeds/loans/").says(CODE).follow("提出延期").says(CODE).says("2020-09-20")
    county.fill(place="510921110").press("查看").press("提出勾选的延期").says("先由村里评议")
    (number,) = steps.entitlements_of(village, EXTEND, state="stage:village_review")
    steps.review(village, "village_review", EXTEND, [number])
    _answer(bank, number)
    _not_overdue(bank, steps.today(county))
    _lend(bank, village, county)
    day = steps.pass_days(county, 1)
    village.open(f"/deeds/entitlements/{number}/").press("农户说已收到", within="#taking-back")
    county.open(f"/households/{HOME}/").says("农户已确认")
    assert CODE not in county.open("/deeds/loans/extend/").text(), "put off once"


def _answer(bank: Person, number: int) -> None:
    bank.open("/deeds/loans/bank/")
    headings = "编号,借款合同号,银行答复,同意延到,是否计入逾期,答复日期,原因"
    day = "2020-02-29"
    answers = "main section[aria-labelledby=answers-head]"
    bank.attach("答复.csv", "\r\n".join([headings, f"{number},{CODE},同意,2020-10-20,否,{day},"]), within=answers)
    bank.press("上传并预览", within=answers).says("政策允许的最晚一天").press("作废")
    bank.open("/deeds/loans/bank/")
    steps.hand_in(bank, "答复二.csv", headings, f"{number},{CODE},同意,2020-09-20,否,{day},", within=answers)


def _not_overdue(bank: Person, day: object) -> None:
    """What is put off is not marked overdue: the row stays out."""
    bank.open("/deeds/loans/bank/")
    within = "main section[aria-labelledby=list-head]"
    headings = "借款合同号,户编号,贷款金额(元),到期日,是否逾期,数据日期"
    row = f"{CODE},{HOME},30000,2020-09-20,是,{day}"
    bank.attach("逾期.csv", f"{headings}\r\n{row}", within=within).press("上传并预览", within=within)
    bank.says("不得计入逾期").press("作废")


def _lend(bank: Person, village: Person, county: Person) -> None:
    """The household that wants to start something was granted with the demonstration and waits for the bank."""
    (number,) = steps.entitlements_of(bank, LEND, place=steps.QINGGANG)
    within = "main section[aria-labelledby=lending-head]"
    headings = "编号,户编号,银行答复,借款合同号,放款金额(元),放款日,到期日,银行,原因"
    rows = [f"{number},{STARTS},同意,{NEW},{fen},2020-02-29,2023-02-28,{OWN}," for fen in ("60000", "50000")]
    bank.open("/deeds/loans/bank/").attach("放款.csv", f"{headings}\r\n{rows[0]}", within=within)
    bank.press("上传并预览", within=within).says("不能收 1").press("作废")
    bank.open("/deeds/loans/bank/")
    steps.hand_in(bank, "放款二.csv", headings, rows[1], within=within)
    village.open(f"/deeds/entitlements/{number}/").says("已落实").press("农户说已收到", within="#taking-back")
