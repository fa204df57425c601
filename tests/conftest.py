"""What every test can ask for: a real server, the application's own role, places and people."""

from __future__ import annotations

import datetime
import gc
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import databases, server

SKIPPED_FOR_DATA = "needs the reference data (DOUDI_REFERENCE_DATA)"
DAY = datetime.date(2020, 1, 1)
COUNTY, TOWN, OTHER_TOWN = "510921", "510921110", "510921102"
VILLAGE, NEIGHBOUR, FAR_VILLAGE = "510921110212", "510921110700", "510921102701"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-heavy", action="store_true", help="also what takes minutes")
    parser.addoption("--everyday", action="store_true", help="without the files that take more than half a minute")


def pytest_configure(config: pytest.Config) -> None:
    """Hash passwords at the least cost: a county has a dozen accounts, and each took a fifth of a second."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1
    _look_for_files_once()


def _look_for_files_once() -> None:
    """Each client of a test makes the middleware anew, which looked for a hundred files each time: in 20 ms."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    found: dict[str, Any] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def once(self: Any) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = once


# Files that take more than half a minute, the longest first.
LONGEST = (
    *("tests/journeys/browser/measures", "tests/journeys/browser", "tests/faults/test_kills", "tests/web/test_matrix"),
    *("tests/web/test_fuzz", "tests/faults/test_money", "tests/web/test_nasty", "tests/frame/test_commands"),
    *("tests/trail/test_audit_command", "tests/register/demo", "tests/frame/test_serving", "tests/faults"),
    *("tests/frame/test_keys", "tests/agreement", "tests/register/test_hostile_files", "tests/web/test_sensitivity"),
    *("tests/projects/test_money_out", "tests/journeys"),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long is deselected as asked; what is left of it begins first where workers share the files."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=_turn)
    for item in items:
        if item.get_closest_marker("heavy") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(7200))
    left = {item for item in items if _is_left(item, config)}
    if left:
        config.hook.pytest_deselected(items=list(left))
        items[:] = [item for item in items if item not in left]


def pytest_collection_finish() -> None:
    """Look for cycles seldom, and never among what every test keeps: a tenth of the time went into looking."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _is_left(item: pytest.Item, config: pytest.Config) -> bool:
    if config.getoption("--everyday") and _turn(item) < len(LONGEST):
        return True
    heavy = item.get_closest_marker("heavy") or item.get_closest_marker("spark")
    return bool(heavy) and not config.getoption("--run-heavy")


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))


def pytest_unconfigure(config: pytest.Config) -> None:
    gc.unfreeze()
    shutil.rmtree(server.HOME, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """End by naming what was not tested, so that a green run says no more than it knows."""
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if SKIPPED_FOR_DATA in str(r.longrepr)]
    if skipped:
        terminalreporter.section(f"{len(skipped)} skipped: {SKIPPED_FOR_DATA}")
        for report in skipped:
            terminalreporter.write_line(report.nodeid)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of real input. Never committed; without it the test is skipped and named at the end."""
    folder = os.environ.get("DOUDI_REFERENCE_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip(SKIPPED_FOR_DATA)
    return Path(folder)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """The embedded server of the tests' home, as a deployment has it."""
    from doudi.cli import home

    with databases.Hasty(home.present()).running() as running:
        yield running


@pytest.fixture(scope="session")
def django_db_setup(cluster: Any, django_db_blocker: Any) -> Iterator[None]:
    """Migrate as the owner; the tests themselves connect as the application, which owns nothing."""
    from django.db import connections

    from doudi.cli import schema

    with django_db_blocker.unblock():
        _point_at(cluster.host())
        schema.make_database(cluster)
        schema.migrate()
        connections.close_all()
    yield
    with django_db_blocker.unblock():
        connections.close_all()


def _point_at(host: str) -> None:
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].settings_dict["HOST"] = host


@pytest.fixture
def fresh_database(cluster: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of this test's own, for several connections, kills and clashes (0.2 s)."""
    with databases.made(cluster, django_db_blocker) as name, django_db_blocker.unblock():
        databases.point_at(name)
        yield name
        databases.point_at(databases.MIGRATED)


@pytest.fixture(scope="module")
def module_database(cluster: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The same for all tests of a file."""
    with databases.made(cluster, django_db_blocker) as name, django_db_blocker.unblock():
        databases.point_at(name)
        yield name
        databases.point_at(databases.MIGRATED)


@pytest.fixture
def acting(db: None) -> Iterator[str]:
    """Writes of this test are done by `tester`, in one command."""
    from doudi.trail.commands import carry_out

    with carry_out("test", by="tester"):
        yield "tester"


@pytest.fixture
def seeing() -> Callable[..., Any]:
    """`with seeing("510921110", households=[1]):` sees that and nothing else."""
    from doudi.access.scope import Scope, enter

    @contextmanager
    def see(*places: str, households: tuple[int, ...] = (), measures: tuple[str, ...] = ()) -> Iterator[None]:
        with enter(Scope(frozenset(places), frozenset(households), frozenset(measures))):
            yield

    return see


@pytest.fixture
def seeing_county(acting: str, seeing: Callable[..., Any]) -> Iterator[None]:
    """The whole test county is in scope, and `tester` acts."""
    with seeing(COUNTY):
        yield


@pytest.fixture
def places(acting: str) -> dict[str, Any]:
    """A county, two towns, three villages."""
    from doudi.places.divisions import Division, Place, load

    load(
        [
            Division(COUNTY + "000000", "蓬溪县", "county", "county"),
            Division(TOWN + "000", "鸣凤镇", "town", "town"),
            Division(OTHER_TOWN + "000", "文井镇", "town", "town"),
            Division(VILLAGE, "青杠村", "village", "village", TOWN + "000"),
            Division(NEIGHBOUR, "临近村", "village", "village", TOWN + "000"),
            Division(FAR_VILLAGE, "远山村", "village", "village", OTHER_TOWN + "000"),
        ],
        by=acting,
    )
    return {place.code: place for place in Place.objects.all()}


@pytest.fixture
def someone(acting: str) -> Callable[..., Any]:
    """`someone("town_clerk", "510921110")` is a user with that duty, without a password: use `client.force_login`."""
    from doudi.access import duties
    from doudi.access.users import User

    def make(role: str, place_code: str = "", **more: Any) -> Any:
        user = User(username=f"{role}_{uuid.uuid4().hex[:6]}", name=role)
        user.set_unusable_password()
        user.save()
        duties.give(user, role, place_code, on=DAY, by=acting, **more)
        return user

    return make


@pytest.fixture
def county_officer(someone: Callable[..., Any]) -> Any:
    return someone("county_officer", COUNTY)


@pytest.fixture
def town_clerk(someone: Callable[..., Any]) -> Any:
    return someone("town_clerk", TOWN)


@pytest.fixture
def village_officer(someone: Callable[..., Any]) -> Any:
    return someone("village_officer", VILLAGE)


@pytest.fixture
def helper(someone: Callable[..., Any]) -> Any:
    return someone("helper")


@pytest.fixture
def auditor(someone: Callable[..., Any]) -> Any:
    return someone("auditor", COUNTY)


@pytest.fixture
def administrator(someone: Callable[..., Any]) -> Any:
    return someone("administrator")
