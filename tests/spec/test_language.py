"""The language by example, on every engine: the tables in `tests/spec/tables`, which are also its reference page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doudi.facts import load_vocabulary
from doudi.rules.evaluation import answer
from tests.spec.engines import ENGINES
from tests.spec.render import PAGE, render
from tests.spec.tables import Example, read_tables

EXAMPLES = [example for table in read_tables() for example in table.examples]


@pytest.fixture(scope="module", params=ENGINES)
def answered(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    engine = ENGINES[request.param](request)
    return answer([example.case for example in EXAMPLES], engine=engine, vocabulary=load_vocabulary())


@pytest.mark.parametrize(("number", "example"), list(enumerate(EXAMPLES)), ids=map(str, EXAMPLES))
def test_the_example_holds(answered: list[dict[str, Any]], number: int, example: Example):
    found = answered[number]
    if "refused" in example.expected:
        assert "refused" in found
        assert example.expected["refused"] in found["error"]
    else:
        assert found == example.expected
        assert type(found.get("value")) is type(example.expected.get("value"))


def test_the_reference_page_is_what_the_tables_say():
    root = Path(__file__).parents[2]
    assert (root / PAGE).read_text(encoding="utf-8") == render(), "run: python -m tests.spec.render"
