"""Reading a rule: every complaint has its place, and no text is too deep or too long to be answered at once."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doudi.facts import load_vocabulary
from doudi.rules import syntax
from doudi.rules.check import check
from doudi.rules.errors import RuleError
from doudi.rules.grammar import grammar_text
from doudi.rules.parse import MAX_DEPTH, parse
from doudi.rules.types import BOOL, MONEY


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1_000 + "a" + ")" * 1_000,
        "!" * 1_000 + "a",
        "[" * 1_000 + "]" * 1_000,
        "a ? b : " * 1_000 + "c",
        "(a && " * 1_000 + "b" + ")" * 1_000,
        "f(" * 1_000 + "a" + ")" * 1_000,
        "a.b" * 3_000,
        " + ".join(["a"] * 3_000),
        " && ".join(["a"] * 1_400),
        "(" * 10_000,
        "'" + "x" * 9_990 + "'",
        "household." * 1_000 + "insured",
        "-" * 10_000 + "1",
        "x" * 30_000,
    ],
)
def test_deep_and_long_rules_are_answered_at_once(text: str):
    began = time.perf_counter()
    error = _complaint(text)
    assert error is None or (error.line >= 1 and error.column >= 1 and error.zh and error.en)
    assert time.perf_counter() - began < 3


def _complaint(text: str) -> RuleError | None:
    """What the checker says against a text; None when it is a rule."""
    names = dict.fromkeys("abc", BOOL)
    try:
        check(text, vocabulary=load_vocabulary(), subject="household", parameters={"line": MONEY}, variables=names)
    except RuleError as error:
        return error
    return None


def test_a_thousand_brackets_and_a_thousand_conditions_are_a_rule():
    nested, flat = parse("(" * 1_000 + "a" + ")" * 1_000), parse(" && ".join(["a"] * 1_000))
    assert isinstance(nested, syntax.Name)
    assert isinstance(flat, syntax.Joined)
    assert len(flat.terms) == 1_000


def test_the_deepest_rule_allowed_passes_every_stage():
    text = "!" * (MAX_DEPTH - 1) + "a"
    node = check(text, vocabulary=load_vocabulary(), subject=None, parameters={}, variables={"a": BOOL})
    assert len(list(node.walk())) == MAX_DEPTH


def test_a_usual_rule_is_read_quickly():
    text = "household.members.exists(m, m.age >= 60 && (m.able_to_work || m.patient)) && household.insured"
    parse(text)
    began = time.process_time()
    for _ in range(20):
        parse(text)
    assert (time.process_time() - began) / 20 < 0.005


@pytest.mark.parametrize(
    ("text", "place", "word", "nearest"),
    [
        ("household.incom > 1", (1, 11), "incom", "net_income"),
        ("household.insured &&\n   params.lin > yuan(1)", (2, 11), "lin", "line"),
        ("houshold.insured", (1, 1), "houshold", "household"),
        ("household.members.exist(m, true)", (1, 19), "exist", "exists"),
        ("household.insured || matches('a', 'b')", (1, 22), "matches", "contains"),
        ("household.main_cause == 'ilness'", (1, 25), "ilness", "illness"),
        ("household.sold_in_window > 300", (1, 26), ">", ""),
        ("yaun(3) > yuan(2)", (1, 1), "yaun", "yuan"),
        ("household.insured\uff06\uff06true", (1, 18), "\uff06", "&"),
        ("household.insured && ", (1, 22), "", ""),
        ("has(household.insured)", (1, 1), "has", ""),
        ("household.members_complete", (1, 11), "members_complete", ""),
        ("household.insured ? 1 : 'a'", (1, 19), "? :", ""),
        ("household.wage_income('2019') > yuan(1)", (1, 23), "wage_income", ""),
        ("9223372036854775808 > 1", (1, 1), "9223372036854775808", ""),
        ("size(household) > 1", (1, 1), "size", ""),
        ("household.members.exists(1, true)", (1, 26), "exists", ""),
    ],
)
def test_complaints_name_the_place_the_wrong_word_and_the_nearest_right_one(
    text: str, place: tuple[int, int], word: str, nearest: str
):
    with pytest.raises(RuleError) as raised:
        check(
            text, vocabulary=load_vocabulary(), subject="household", parameters={"line": MONEY}, file="m.toml", line=7
        )
    error = raised.value
    assert (error.line - 6, error.column) == place
    assert (error.word, error.nearest) == (word, nearest) or (not nearest and error.word == word)
    assert error.where == f"m.toml:{error.line}:{error.column}"
    assert error.zh
    assert error.en


@given(st.text(max_size=60))
@example("'\\ud800'")
@example("'''")
@example("\ud800")
@example("a\x00b")
@example("r'''")
@example("1.2.3")
@example("0x")
@example("9" * 5_000)
def test_no_text_does_anything_but_parse_or_complain(text: str):
    error = _complaint(text)
    assert error is None or 1 <= error.line <= text.count("\n") + 1


WORDS = (
    *("household", "members", "loans", "m", "params", "line", "insured", "age", "sold_in_window", "exists"),
    *("all", "map", "filter", "size", "sum", "max", "has", "yuan", "days", "date", "as_of"),
    *(".", "(", ")", "[", "]", "{", "}", "&&", "||", "!", "?", ":", "==", "<", ">=", "+", "-", "*", "/", "%"),
    *("in", ",", "'a'", "1", "2.5", "1u", "b'x'", "null", "true"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_no_heap_of_words_does_anything_but_parse_or_complain(words: list[str]):
    error = _complaint(" ".join(words))
    assert error is None or error.line == 1


def test_the_grammar_is_the_one_that_was_patched():
    assert "STRING_LIT.2" in grammar_text()
    assert "{4-8}" not in grammar_text()
