"""A small demo county, decided once, whose yeses are granted; what a test writes is undone."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.policy.conftest import county_database, run, standing_county

__all__ = ["county_database", "run", "standing_county"]
DAY = datetime.date(2020, 2, 27)
AWARD = "01_livelihood_award"


@pytest.fixture
def granted(run: Any) -> Callable[..., list[int]]:
    """`granted()` grants the awards of a village (or of `measure`, `places`) by county; answers the ids."""
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.delivery import grants
    from doudi.delivery.models import Entitlement

    def make(measure: str = AWARD, *places: str, by: str = "county") -> list[int]:
        with transaction.atomic(), as_engine():
            made = grants.grant(run, measure, places=places, by=by, on=DAY)
            return list(Entitlement.objects.filter(grant=made).values_list("id", flat=True))

    return make


@pytest.fixture
def whole() -> Callable[[], AbstractContextManager[None]]:
    """`with whole():` sees the whole county."""
    from django.db import transaction

    from doudi.access.scope import as_engine

    @contextmanager
    def see() -> Iterator[None]:
        with transaction.atomic(), as_engine():
            yield

    return see
