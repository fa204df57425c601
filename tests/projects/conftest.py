"""A small demo county with its projects, decided once, in a database of its own; what a test writes is undone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

NAME = "doudi_projects"
PACK = "pengxi_2020"
DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="session")
def building_database(cluster: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock():
        _clone(cluster)
        _point_at(NAME)
        _build()
        _point_at("doudi")
    yield NAME
    with django_db_blocker.unblock():
        _point_at("doudi")
        with cluster.connect("postgres", "postgres") as connection:
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _clone(cluster: Any) -> None:
    from django.db import connections

    connections.close_all()
    with cluster.connect("postgres", "postgres") as connection:
        connection.execute(f"CREATE DATABASE {NAME} TEMPLATE doudi OWNER doudi_owner")


def _point_at(name: str) -> None:
    from django.db import connections

    connections.close_all()
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name


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
    with django_db_blocker.unblock():
        _point_at(building_database)
    yield
    with django_db_blocker.unblock():
        _point_at("doudi")


@pytest.fixture
def county(built: None, db: None) -> Iterator[None]:
    """The whole county is seen."""
    from doudi.access.scope import as_engine

    with as_engine():
        yield
