"""The table of bad input is whole, names tests that are there, and is the page the reference shows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import bad_input
from tests.bad_input import CASES, Case

TESTS = Path(bad_input.__file__).parent
PAGE = TESTS.parent / "docs" / "reference" / "bad_input.md"


def test_every_case_stands_once_in_its_order() -> None:
    assert [case.number for case in CASES] == bad_input.COVERED


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.number))
def test_each_is_met_by_tests_that_are_there_or_says_why_not(case: Case) -> None:
    assert bool(case.tests) != bool(case.why_not)
    for name in case.tests:
        file, _, function = name.partition("::")
        tree = ast.parse((TESTS / file).read_text("utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name


def test_the_page_is_this_table() -> None:
    assert PAGE.read_text("utf-8") == bad_input.page(), "make docs"
