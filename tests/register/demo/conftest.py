"""The demo county made once in full and once small."""

from __future__ import annotations

import pytest

from doudi.facts.kinds import Vocabulary
from doudi.register.demo import size
from tests.register.demo import believing
from tests.register.demo.believing import SMALL, Believed


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    return believing.words()


@pytest.fixture(scope="session")
def full() -> Believed:
    return believing.believed(size.HOUSEHOLDS)


@pytest.fixture(scope="session")
def small() -> Believed:
    return believing.believed(SMALL)


@pytest.fixture(scope="session", params=[size.HOUSEHOLDS, SMALL])
def either(request: pytest.FixtureRequest) -> Believed:
    return believing.believed(request.param)
