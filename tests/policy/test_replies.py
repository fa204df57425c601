"""What people type is read by the fact's type, or refused with what is right."""

from __future__ import annotations

from typing import Any

import pytest

from doudi.facts.kinds import Choice, Fact
from doudi.policy import replies
from doudi.rules.types import SCALARS
from doudi.values.refusals import Refusal

CHOICES = (Choice("weak", "弱劳动力", "weak or half"), Choice("lost", "丧失劳动力", "lost"))


def fact(type_name: str, **more: Any) -> Fact:
    return Fact("household", "f", SCALARS[type_name], "事实", "fact", **more)


READ = [
    ("bool", "是", True),
    ("bool", "没有", False),
    ("bool", "YES", True),
    ("bool", "０", False),
    ("int", "１２", 12),
    ("int", "-3", -3),
    ("int", "12岁", 12),
    ("money", "4,999.99", 499999),
    ("money", "4999.99元", 499999),
    ("money", "-12", -1200),
    ("money", "1 yuan", 100),
    ("decimal", "1.5", 15000),
    ("decimal", "0.0001", 1),
    ("date", "2020-02-27", "2020-02-27"),
    ("date", "2020/2/7", "2020-02-07"),
    ("date", "2020年2月27日", "2020-02-27"),
    ("months", "6个月", 6),
    ("days", "30天", 30),
    ("text", "  青杠村 ", "青杠村"),
]


@pytest.mark.parametrize(("type_name", "text", "value"), READ)
def test_read(type_name: str, text: str, value: Any) -> None:
    assert replies.read(text, fact(type_name)) == value


@pytest.mark.parametrize("text", ["weak", "弱劳动力", "WEAK OR HALF"])
def test_a_choice_is_read_by_value_and_by_either_word(text: str) -> None:
    assert replies.read(text, fact("code", choices=CHOICES)) == "weak"


OTHERS = {
    "true": True, "没有了,已列全": True, "没有": True, "none: all are listed": True,
    "false": False, "还有,没列全": False, "有": False, "some are not listed yet": False,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), OTHERS.items())
def test_any_other_is_answered_in_words_that_mean_one_thing(text: str, value: bool) -> None:
    assert replies.read(text, fact("bool", relation="members")) is value


@pytest.mark.parametrize("text", ["是", "否", "不", "yes", "no", "y", "1", "0"])
def test_a_bare_yes_to_any_other_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="没有了,已列全"):
        replies.read(text, fact("bool", relation="members"))


REFUSED = [
    ("bool", "也许", "answer yes or no"),
    ("int", "12.0", "whole number"),
    ("int", "1e3", "whole number"),
    ("int", "1_000", "whole number"),
    ("int", "", "empty"),
    ("money", "100-200", "write an amount"),
    ("money", "0.005", "write an amount"),
    ("money", "约100", "write an amount"),
    ("money", "1,2345", "write an amount"),
    ("decimal", "0.00001", "four decimals"),
    ("decimal", "NaN", "four decimals"),
    ("decimal", "Infinity", "four decimals"),
    ("date", "2020-02-30", "write a day"),
    ("date", "02/03/2020", "write a day"),
    ("date", "43888", "write a day"),
]


@pytest.mark.parametrize(("type_name", "text", "said"), REFUSED)
def test_refused(type_name: str, text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        replies.read(text, fact(type_name))


def test_the_nearest_choice_is_offered() -> None:
    with pytest.raises(Refusal, match="did you mean “lost”"):
        replies.read("lst", fact("code", choices=CHOICES))


@pytest.mark.parametrize(("text", "right"), [("0", True), ("10.00", True), ("-0.01", False), ("10.01", False)])
def test_bounds_hold_to_the_fen(text: str, right: bool) -> None:
    bounded = fact("money", low=0, high=1000)
    if right:
        replies.read(text, bounded)
    else:
        with pytest.raises(Refusal, match=r"lies between 0\.00 and 10\.00"):
            replies.read(text, bounded)


@pytest.mark.parametrize(("text", "all_listed"), [("没有了", True), ("none", True), ("还有", False), ("true", True)])
def test_any_other_is_answered_as_it_is_asked(text: str, all_listed: bool) -> None:
    """To "any other member?" no means that all are listed."""
    assert replies.read(text, fact("bool", relation="members")) is all_listed


def test_dong_have_no_minor_unit() -> None:
    assert replies.read("1,790", fact("money"), minor=1) == 1790


TOLD = [
    ("bool", True, "zh", "是"),
    ("bool", False, "en", "no"),
    ("money", 499999, "zh", "4,999.99"),
    ("decimal", 15000, "en", "1.5"),
    ("int", None, "en", "not known"),
]


@pytest.mark.parametrize(("type_name", "value", "language", "words"), TOLD)
def test_tell(type_name: str, value: Any, language: str, words: str) -> None:
    assert replies.tell(value, SCALARS[type_name], language=language) == words
