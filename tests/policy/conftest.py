"""A small demo county, decided once, in a database of its own; what a test writes is undone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from tests import databases

PACK = "pengxi_2020"
HOUSEHOLDS = 150
DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="session")
def county_database(cluster: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database with the demo county, run 1 decided; each folder of tests that asks has its own."""
    with databases.made(cluster, django_db_blocker, _decide) as name:
        yield name


def _decide() -> None:
    from django.db import transaction

    from doudi.policy import packs, running, versions
    from doudi.register.demo import loading

    with transaction.atomic():
        loading.load(packs.load(versions.folder_of(PACK)).vocabulary, households=HOUSEHOLDS)
        versions.adopt_overlay("demo_choices.toml", pack=PACK, by="demo", now=NOW)
        running.run(PACK, as_of=DAY, by="demo", now=NOW)


@pytest.fixture(scope="module")
def standing_county(county_database: str, django_db_blocker: Any) -> Iterator[None]:
    """The tests of this file work on the decided county."""
    with databases.reading(county_database, django_db_blocker):
        yield


@pytest.fixture
def run(standing_county: None, db: None) -> Any:
    """The run in force."""
    from doudi.policy.runs import Run

    return Run.objects.in_force(PACK)


@pytest.fixture
def pack(run: Any) -> Any:
    return run.pack.pack


@pytest.fixture
def answers(run: Any) -> Any:
    """The full answers of the run in force."""
    from doudi.policy import results, stores

    return results.read(stores.folder_of(stores.ANSWERS, run.answers_hash))
