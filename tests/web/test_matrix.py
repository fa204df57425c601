"""The access matrix: every reader, every address, every method, by relation: what comes is what is declared.

The expected answer is worked out by a small oracle of its own (tests/web/relations.py) from the declaration; a route
added later is in the matrix as soon as it stands in the resolver.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doudi.access.roles import ROLES
from tests.access.routes import Route, routes
from tests.web import relations
from tests.web.relations import CODE, ID_NUMBER, READERS, RELATIONS, Home, World

Open = Callable[[str], Client]
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
OTHER_COUNTY = "110101001001"


@pytest.fixture
def world(reading_as: Open) -> World:
    """The demo county and one household of another; what a test writes is undone."""
    from doudi.access.scope import as_engine
    from doudi.access.users import User
    from doudi.policy.versions import in_force
    from doudi.register.households import Household
    from doudi.register.pairings import households_of
    from doudi.register.persons import Person
    from doudi.trail.commands import carry_out

    with carry_out("test", by="tester"), as_engine():
        Household.objects.create(
            code=f"{OTHER_COUNTY}-0001", head_name="外县人", place_code=OTHER_COUNTY, recorded_at=timezone.now()
        )
        names: dict[int, set[str]] = {}
        for number, name in Person.objects.filter(household__isnull=False).values_list("household_id", "name"):
            names.setdefault(int(number or 0), set()).add(name)
        works = tuple(_works())
        homes = tuple(Home(*row) for row in Household.objects.order_by("code").values_list("id", "code", "place_code"))
    with transaction.atomic():
        paired = households_of(User.objects.get(username="helper"), timezone.localdate())
        pack = in_force("pengxi_2020").hash
    things = {relations.WORK: works, relations.SHEET: (("1", "510921000000"), ("2", OTHER_COUNTY))}
    return World(homes, paired, pack, {number: frozenset(some) for number, some in names.items()}, things)


def _works() -> list[tuple[str, str]]:
    """The projects of the county and one of another; a table of projects waits in each."""
    from doudi.projects.projects import Project
    from doudi.projects.sheets import Sheet
    from doudi.register.items import Item

    rows = list(Project.objects.order_by("code").values_list("code", "place_code"))
    pattern, other = Project.objects.first(), Item.objects.filter(kind="project").first()
    assert pattern is not None
    assert other is not None
    other.pk, other.code, other.place_code, other.village_code = None, "other", OTHER_COUNTY, OTHER_COUNTY
    other.save(force_insert=True)
    pattern.pk, pattern.item, pattern.code, pattern.place_code = None, other, "other", OTHER_COUNTY
    pattern.started_on, pattern.accepted_bp, pattern.out_fen = None, 0, 0
    pattern.save(force_insert=True)
    for number, place in (("1", "510921000000"), ("2", OTHER_COUNTY)):
        Sheet.objects.create(
            id=int(number), place_code=place, kind="progress", name="week.xlsx", sha256=number * 64, rows=[],
            received_by="county", received_at=timezone.now(),
        )  # fmt: skip
    return [*rows, ("other", OTHER_COUNTY)]


def opened(reader: str, reading_as: Open) -> Client:
    return reading_as(reader) if reader else Client()


def ask(client: Client, method: str, address: str, **headers: str) -> Any:
    """One request whose writes, and a signing out, are undone."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = getattr(client, method.lower())(address, headers=headers)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


class Seen:
    """What a matrix found: the differences from the oracle, and how many cells it looked at."""

    def __init__(self, reader: str, client: Client, world: World) -> None:
        self.reader, self.client, self.world = reader, client, world
        self.wrong: list[str] = []
        self.cells = 0
        self.nowhere: dict[str, set[str]] = {}

    def look(self, route: Route, relation: str, method: str) -> None:
        """One cell."""
        arguments, inside = relations.filled(route, self.reader, relation, self.world)
        address = reverse(route.name, kwargs=arguments)
        expected = relations.expected(route, self.reader, method, inside=inside)
        if method == "HEAD" and expected == "in":
            return  # the framework answers it as GET, which is looked at
        answer = ask(self.client, method, address)
        self.cells += 1
        if (found := relations.told(answer)) != expected:
            self.wrong.append(f"{self.reader or 'anonymous'} {method} {address} ({relation}): {found}, not {expected}")
        elif found == "row" and method == "GET":
            self.nowhere.setdefault(route.name, set()).add(said(answer))
        elif found == "in" and not answer.streaming:
            self.leaks(address, answer)
            self.names(route, relation, answer)

    def leaks(self, address: str, answer: Any) -> None:
        """A page holds no household beyond the duty, no whole ID number, and is kept nowhere."""
        body = answer.content.decode("utf-8", "replace")
        inside = {home.code for home in self.world.homes if self.world.covers(self.reader, home)}
        if self.reader and (beyond := set(CODE.findall(body)) - inside - {"510921110212-9999"}):
            self.wrong.append(f"{self.reader} {address}: names {sorted(beyond)[:3]} beyond the duty")
        if numbers := ID_NUMBER.findall(body):
            self.wrong.append(f"{self.reader} {address}: shows an ID number in full ({len(numbers)})")
        if self.reader and (answer.headers.get("ETag") or "no-store" not in answer.headers.get("Cache-Control", "")):
            self.wrong.append(f"{self.reader} {address}: may be kept ({answer.headers.get('Cache-Control')})")

    def names(self, route: Route, relation: str, answer: Any) -> None:
        """Who is shown names partly finds none of the household's in full."""
        if relations.FILL.get(route.name) != relations.HOME or "name" in ROLES[READERS[self.reader][0]].reads:
            return
        home = self.world.home(self.reader, relation)
        body = answer.content.decode("utf-8", "replace")
        if whole := [name for name in self.world.names.get(home.id, ()) if name in body]:
            self.wrong.append(f"{self.reader} {route.name} ({relation}): names {len(whole)} in full")


def said(answer: Any) -> str:
    """A page without what differs by request."""
    return re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", answer.content.decode())


def matrix(reader: str, client: Client, world: World, only: Iterable[Route] | None = None) -> Seen:
    """Every address for one reader. Addresses that name nothing of the register are asked once a method."""
    seen = Seen(reader, client, world)
    for route in routes() if only is None else only:
        for relation in RELATIONS if relations.varies(route) else ("own",):
            for method in METHODS if relation in ("own", "none") else route.methods:
                if method != "HEAD" or relation == "own":
                    seen.look(route, relation, method)
    return seen


@pytest.mark.parametrize("reader", READERS, ids=lambda name: name or "anonymous")
def test_what_comes_is_what_is_declared(reader: str, reading_as: Open, world: World) -> None:
    seen = matrix(reader, opened(reader, reading_as), world)
    assert seen.wrong == []
    assert seen.cells > 6 * len(routes())
    told = {name: len(ways) for name, ways in seen.nowhere.items()}
    assert set(told.values()) <= {1}, f"what is out of scope and what is not there are told in different words: {told}"


@pytest.fixture
def of_household() -> list[Route]:
    return [route for route in routes() if relations.varies(route)]


@pytest.mark.parametrize(
    ("where", "name", "instead", "reader"),
    [
        ("doudi.access.permissions", "may", lambda roles, name: True, "bank"),
        ("doudi.access.permissions", "may", lambda roles, name: False, "town"),
        ("doudi.web.reader", "followed", lambda codes, on: frozenset({"510921"}), "town"),
        ("doudi.web.reader", "followed", lambda codes, on: frozenset({"510921110"}), "village"),
        ("doudi.web.reader", "followed", lambda codes, on: frozenset({"510921"}), "helper"),
        ("doudi.web.reader", "households_of", lambda user, on: frozenset(range(1, 500)), "helper"),
        ("doudi.web.reader", "households_of", lambda user, on: frozenset(), "helper"),
        ("doudi.web.reader", "followed", lambda codes, on: frozenset(), "county"),
    ],
)
def test_a_filter_removed_or_widened_is_noticed(
    where: str, name: str, instead: Any, reader: str, reading_as: Open, world: World, of_household: list[Route],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Each way of breaking the access rules makes the matrix differ; unbroken, the same part of it does not."""
    import importlib

    assert matrix(reader, reading_as(reader), world, of_household).wrong == []
    monkeypatch.setattr(importlib.import_module(where), name, instead)
    assert matrix(reader, reading_as(reader), world, of_household).wrong != []
