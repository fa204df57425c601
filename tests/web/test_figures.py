"""How figures are written."""

from __future__ import annotations

import pytest
from django.utils import translation

from doudi.facts.vocabulary import load
from doudi.web import figures


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (None, "--"),
        (0, "0元"),
        (500_000, "5,000元"),
        (499_999, "4,999.99元"),
        (-5, "-0.05元"),
        (447_260_000, "4,472,600元"),
    ],
)
def test_money_shows_fen_only_where_they_matter(fen: int | None, written: str) -> None:
    with translation.override("zh-hans"):
        assert figures.yuan(fen) == written


def test_large_sums_are_in_wan_in_chinese_and_whole_in_english() -> None:
    with translation.override("zh-hans"):
        assert figures.wide_yuan(447_260_000) == "447.26万元"
    with translation.override("en"):
        assert figures.wide_yuan(447_260_000) == "4,472,600 yuan"


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (1291, 4204, "30.71%"),
        (9100, 22_180, "41.03%"),
        (0, 0, "--"),
        (None, 5, "--"),
        (1, 3, "33.33%"),
        (2, 3, "66.67%"),
    ],
)
def test_a_share_is_rounded_from_whole_numbers(part: int | None, whole: int, written: str) -> None:
    assert figures.share(part, whole) == written


@pytest.mark.parametrize(("value", "written"), [(15_000, "1.5"), (-500, "-0.05"), (0, "0"), (12_345_678, "1,234.5678")])
def test_decimals_lose_needless_zeros(value: int, written: str) -> None:
    assert figures.decimal(value) == written


def test_facts_are_told_by_their_type() -> None:
    kinds = load()
    with translation.override("zh-hans"):
        assert figures.of_fact("illness", kinds.fact("household", "main_cause")) == "因病"
        assert figures.of_fact(True, kinds.fact("household", "monitored")) == "是"
        assert figures.of_fact(34, kinds.fact("person", "age")) == "34岁"
        assert figures.of_fact(None, kinds.fact("household", "monitored")) == "--"
    with translation.override("en"):
        assert figures.of_fact("illness", kinds.fact("household", "main_cause")) == "illness"
        assert figures.of_fact(6, kinds.fact("loan", "extension_asked")) == "6 months"


@pytest.mark.parametrize(("name", "shown"), [("王小明", "王**"), ("李", "李*"), ("", "")])
def test_a_masked_name_keeps_its_first_character(name: str, shown: str) -> None:
    assert figures.masked(name) == shown
