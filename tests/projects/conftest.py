"""A small demo county with its projects, decided once, in a database of its own; what a test writes is undone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from tests import databases

PACK = "pengxi_2020"
DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="session")
def building_database(cluster: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with databases.made(cluster, django_db_blocker, _build) as name:
        yield name


def _build() -> None:
    from django.db import transaction

    from doudi.funds.demo import money
    from doudi.policy import packs, running, versions
    from doudi.projects.demo import works
    from doudi.register.demo import loading

    with transaction.atomic():
        words = packs.load(versions.folder_of(PACK)).vocabulary
        loading.load(words, households=60)
        money.load(by="demo")
        works.load(on=DAY, vocabulary=words, seed=1, by="demo")
        versions.adopt_overlay("demo_choices.toml", pack=PACK, by="demo", now=NOW)
        running.run(PACK, as_of=DAY, by="demo", now=NOW)


@pytest.fixture(scope="module")
def built(building_database: str, django_db_blocker: Any) -> Iterator[None]:
    """The tests of this file work on the county with its projects."""
    with databases.reading(building_database, django_db_blocker):
        yield


@pytest.fixture
def county(built: None, db: None) -> Iterator[None]:
    """The whole county is seen."""
    from doudi.access.scope import as_engine

    with as_engine():
        yield
