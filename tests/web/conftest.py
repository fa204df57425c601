"""A decided demo county, small, that the pages are read from."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.test import Client

from tests import databases
from tests.web import relations, rows
from tests.web.relations import World

PACK = "pengxi_2020"
HOUSEHOLDS = 300
RUN_DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="session")
def decided_database(cluster: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of its own with the demo county of 300 households, decided once."""
    with databases.made(cluster, django_db_blocker, _decide) as name:
        yield name


def _decide() -> None:
    from django.db import transaction

    from doudi.delivery.demo import entitlements, inputs, loans, purchases
    from doudi.funds.demo import money
    from doudi.monitoring.demo import village, watching
    from doudi.outreach.demo import telling
    from doudi.policy import packs, running, versions
    from doudi.projects.demo import works
    from doudi.register.demo import loading

    with transaction.atomic():
        words = packs.load(versions.folder_of(PACK)).vocabulary
        loading.load(words, households=HOUSEHOLDS)
        money.load(by=loading.BY)
        works.load(on=RUN_DAY, vocabulary=words, seed=1, by="demo")
        versions.adopt_overlay("demo_choices.toml", pack=PACK, by="demo", now=NOW)
        made = running.run(PACK, as_of=RUN_DAY, by="demo", now=NOW)
        entitlements.load(made)
        inputs.load(made)
        purchases.load(made)
        loans.load(made)
        village.load(made)
        watching.load(made, now=NOW)
        telling.load(made)


@pytest.fixture(scope="module")
def decided(decided_database: str, django_db_blocker: Any) -> Iterator[None]:
    """The tests of this module read the decided county; what each writes is undone."""
    with databases.reading(decided_database, django_db_blocker):
        yield


@pytest.fixture(scope="session")
def peopled_database(
    decided_database: str, cluster: Any, django_db_setup: None, django_db_blocker: Any
) -> Iterator[tuple[str, World]]:
    """A copy of the decided county with a row of every noun in every relation (tests/web/rows/), made once."""
    worlds: list[World] = []

    def people() -> None:
        worlds.append(relations.world(rows.every()))

    with databases.made(cluster, django_db_blocker, people, template=decided_database) as name:
        yield name, worlds[0]


@pytest.fixture(scope="module")
def world(peopled_database: tuple[str, World], django_db_blocker: Any) -> Iterator[World]:
    """The tests of this module read the county with a row of every noun; what each writes is undone."""
    name, world = peopled_database
    with databases.reading(name, django_db_blocker):
        yield world


@pytest.fixture
def reader_of(world: World, db: None, settings: Any) -> Callable[[str], Plain]:
    """`reader_of("town")` reads as that demo account; `reader_of("")` as nobody. The session is in the cookie."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

    def opened(username: str) -> Plain:
        from doudi.access.users import User
        from doudi.web import gates

        client = Plain()
        if username:
            client.force_login(User.objects.get(username=username))
            session = client.session
            session[gates.SINCE] = session[gates.SEEN] = int(time.time())  # or every request would note its use
            session.save()
            client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return client

    return opened


class Plain(Client):
    """A browser that keeps nothing of an answer: its templates, its cookies and what it wrote are let go.

    `writes` is put to False for what is refused before anything can be written, which then needs no undoing.
    """

    writes = True

    def request(self, **request: Any) -> Any:
        """Straight to the application; what it writes, a signing out too, is undone."""
        if not self.writes:
            return self._answer(request)
        with transaction.atomic():
            answer = self._answer(request)
            transaction.set_rollback(True)
        return answer

    def _answer(self, request: dict[str, Any]) -> Any:
        handler = self.handler
        if handler._middleware_chain is None:
            handler.load_middleware()
        asked = WSGIRequest(self._base_environ(**request))
        asked._dont_enforce_csrf_checks = True
        return handler.get_response(asked)


@pytest.fixture
def reading_as(decided: None, db: None) -> Callable[[str], Client]:
    """`reading_as("town")` is a browser signed in with that demo account."""
    from doudi.access.users import User

    def open_as(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username))
        return client

    return open_as


@pytest.fixture
def county(reading_as: Callable[[str], Client]) -> Client:
    return reading_as("county")


@pytest.fixture
def codes(county: Client) -> dict[str, str]:
    """A household of 青杠村, and one of another town."""
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.register.households import Household

    with transaction.atomic(), as_engine():
        near = Household.objects.filter(place_code="510921110212").order_by("code").first()
        far = Household.objects.exclude(place_code__startswith="510921110").order_by("code").first()
    assert near is not None
    assert far is not None
    return {"near": near.code, "far": far.code}
