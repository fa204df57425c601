"""A county of their own for the journeys of the measures: they let days pass, which other tests do not expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.browser.conftest import served
from tests.journeys.browser.steps import Person


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server of the journeys listens. Each has a county of its own: days pass in it."""
    with served(tmp_path_factory) as told:
        yield told


@pytest.fixture
def people(open_as: Callable[..., Any], complaints: list[str]) -> Iterator[Callable[[str], Person]]:
    """`people("county")` is that account at the desk; afterwards no page has complained."""
    known: dict[str, Person] = {}
    seen: set[str] = set()

    def person(name: str) -> Person:
        if name not in known:
            known[name] = Person(open_as(name), name, seen)
        return known[name]

    yield person
    assert complaints == []
