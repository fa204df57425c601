"""What a check sheet asks beside its questions: a number of the list or the words, and what is neither is refused."""

from __future__ import annotations

import datetime

import pytest

from doudi.monitoring import check_items, check_sheets
from doudi.monitoring.check_items import AGREEMENTS, NEED_WORDS, WAYS, Around
from doudi.monitoring.need_codes import NEEDS
from doudi.values.refusals import Refusal

DAY = datetime.date(2020, 2, 27)
AROUND = Around(DAY, {"li": "李干部", "zhao": "赵村干部"}, ["li"], ["王秀", "王小"])


@pytest.mark.parametrize("options", [WAYS, AGREEMENTS], ids=["reached", "agrees"])
def test_an_option_is_named_by_number_code_or_words(options: dict[str, tuple[str, str]]) -> None:
    where = "reached" if options is WAYS else "agrees"
    for number, (code, (zh, en)) in enumerate(options.items(), start=1):
        for text in (str(number), code, zh, en.upper(), f"{number} {zh}", f" {zh}　"):
            found, _ = check_items.read({where: text}, AROUND)
            assert found[where] == code, text


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", []),
        ("2", ["seed"]),
        ("1、2;3 4", ["masks", "seed", "fertiliser", "pesticide"]),
        ("2,2,种子", ["seed"]),
        ("口罩、消毒用品、看病、买药", ["masks", "medicine"]),
        ("more time for a small loan, work", ["loan_extension", "work"]),
        ("１４", ["other"]),
    ],
)
def test_needs_are_read_though_their_words_hold_what_parts_a_list(text: str, codes: list[str]) -> None:
    assert list(check_items.read_needs(text)) == codes


def test_every_need_is_read_by_each_of_its_words() -> None:
    for code, words in NEED_WORDS.items():
        assert [check_items.read_needs(word) for word in (code, *words)] == [(code,)] * 3
    assert list(NEED_WORDS) == list(NEEDS)


@pytest.mark.parametrize("text", ["0", "15", "worker", "房子", "种子房子", "-1", "2.5"])
def test_what_is_no_need_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_items.read_needs(text)
    assert refused.value.where == "needs"


def test_who_went_is_the_helper_of_the_sheet_or_named() -> None:
    read = check_items.read_speaker
    assert [read(text, AROUND) for text in ("=", "李干部", "li", "赵村干部")] == ["li", "li", "li", "zhao"]
    two = Around(DAY, {"li": "李干部", "li2": "李干部"}, ["li", "li2"], [])
    assert read("li2", two) == "li2"
    for text, around in (("", AROUND), ("王秀", AROUND), ("=", two), ("李干部", two)):
        with pytest.raises(Refusal):
            read(text, around)


def test_a_member_is_named_by_the_number_on_the_sheet() -> None:
    found = [check_items.read_whom(text, AROUND.members) for text in ("1", "２", "3", "邻居", "12345")]
    assert found == ["王秀", "王小", "3", "邻居", "12345"]


@pytest.mark.parametrize(
    "text", ["2020-02-26", "2020/2/26", "2020年2月26日", "20200226", "2020-02-26 00:00:00", "２０２０-０２-２６"]
)
def test_a_day_is_read_as_offices_write_it(text: str) -> None:
    assert check_sheets.day(text, today=DAY) == datetime.date(2020, 2, 26)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "请填表上的日期"),
        ("43887", "日期序号"),
        ("昨天", "不是日期"),
        ("2020-02-28", "应在"),
        ("1900-01-01", "应在"),
    ],
)
def test_a_day_that_is_none_is_never_guessed(text: str, told: str) -> None:
    with pytest.raises(Refusal, match=told) as refused:
        check_sheets.day(text, today=DAY)
    assert refused.value.where == "on"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("510921110212-0003/88", ("510921110212-0003", 88)),
        ("５１０９-３／８８ ", ("5109-3", 88)),
        ("5109-3", ("5109-3", 0)),
        ("5109-3/x", ("5109-3", 0)),
        (f"5109-3/{'9' * 40}", ("5109-3", 0)),
        ("", ("", 0)),
    ],
)
def test_a_sheets_number_is_read(text: str, number: tuple[str, int]) -> None:
    assert check_sheets.read_number(text) == number
