"""The access matrix: every reader, every address, every method, by relation: what comes is what is declared.

The expected answer is worked out by a small oracle of its own (tests/web/relations.py) from the declaration; a route
added later is in the matrix as soon as it stands in the resolver.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.urls import reverse

from doudi.access.permissions import PUBLIC
from doudi.access.roles import ROLES
from tests.access.routes import Route, routes
from tests.web import relations
from tests.web.conftest import Plain
from tests.web.lightly import leave_out, standing
from tests.web.reading import readable
from tests.web.relations import CODE, ID_NUMBER, READERS, RELATIONS, World
from tests.web.rows import NOUNS, SENTINELS, WHOLE, WORDS

Open = Callable[[str], Plain]
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
BEFORE = ("door", "function", "method")  # answered by the reader and the mark alone, before any row is looked at


@pytest.fixture
def lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what no cell looks at."""
    leave_out(monkeypatch)


@pytest.fixture(autouse=True)
def quietly() -> Iterator[None]:
    """A log line for each of some thousand refusals takes longer than the refusal."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Seen:
    """What a matrix found: the differences from the oracle, and how many cells it looked at."""

    def __init__(self, reader: str, client: Plain, world: World) -> None:
        self.reader, self.client, self.world = reader, client, world
        self.wrong: list[str] = []
        self.cells = 0
        self.asked: dict[tuple[str, str], str] = {}
        self.said: set[str] = set()
        self.nowhere: dict[str, set[str]] = {}

    def look(self, route: Route, relation: str, method: str) -> None:
        """One cell."""
        arguments, inside = relations.filled(route, self.reader, relation, self.world)
        address = reverse(route.name, kwargs=arguments) + relations.QUERY.get(route.name, "")
        expected = relations.expected(route, self.reader, method, inside=inside)
        if method == "HEAD" and expected == "in":
            return  # the framework answers it as GET, which is looked at
        self.cells += 1
        question = route.path if expected in BEFORE else address
        if self.asked.get((method, question)) == expected:
            return  # two relations that the same row stands in are one question
        self.asked[method, question] = expected
        self.client.writes = expected in ("in", "row")
        answer = getattr(self.client, method.lower())(address)
        if (found := relations.told(answer)) != expected:
            self.wrong.append(f"{self.reader or 'anonymous'} {method} {address} ({relation}): {found}, not {expected}")
        elif found == "row" and method == "GET":
            self.nowhere.setdefault(route.name, set()).add(said(answer))
        elif found == "in" and not answer.streaming:
            text = readable(answer)
            self.leaks(route, address, text)
            self.kept(address, answer)
            self.classes(address, text)
            self.names(route, relation, text)

    def leaks(self, route: Route, address: str, body: str) -> None:
        """No household beyond the duty (but what is published), and no whole ID number."""
        inside = {home.code for home in self.world.homes if self.world.covers(self.reader, home)}
        if (
            self.reader
            and route.permission != PUBLIC
            and (beyond := set(CODE.findall(body)) - inside - {"510921110212-9999"})
        ):
            self.wrong.append(f"{self.reader} {address}: names {sorted(beyond)[:3]} beyond the duty")
        if numbers := ID_NUMBER.findall(body):
            self.wrong.append(f"{self.reader} {address}: shows an ID number in full ({len(numbers)})")

    def kept(self, address: str, answer: Any) -> None:
        """No answer is kept anywhere, or may be asked for by what it was."""
        if self.reader and (answer.headers.get("ETag") or "no-store" not in answer.headers.get("Cache-Control", "")):
            self.wrong.append(f"{self.reader} {address}: may be kept ({answer.headers.get('Cache-Control')})")

    def classes(self, address: str, body: str) -> None:
        """No page says a word of a class that the reader's role does not read."""
        said = {name for name, word in WORDS if word in body} - relations.called(address)
        self.said |= said
        if unread := said - reads(self.reader):
            self.wrong.append(f"{self.reader} {address}: says what is {sorted(unread)}")

    def names(self, route: Route, relation: str, body: str) -> None:
        """Who is shown names partly finds none of the household's in full."""
        if "name" in ROLES[READERS[self.reader][0]].reads if self.reader else True:
            return
        number = relations.household_of(route, self.reader, relation, self.world)
        if whole := [name for name in self.world.names.get(number, ()) if name in body]:
            self.wrong.append(f"{self.reader} {route.name} ({relation}): names {len(whole)} in full")


def reads(reader: str) -> frozenset[str]:
    """The classes a role is shown in full: an identity to nobody."""
    return ROLES[READERS[reader][0]].reads - {"identity"} if reader else frozenset()


def said(answer: Any) -> str:
    """A page without what differs by request."""
    return re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", answer.content.decode())


def matrix(seen: Seen, some: Iterable[Route]) -> Iterator[list[str]]:
    """Every address for one reader, and after each what was wrong so far.

    Addresses that name nothing of the register are asked once a method.
    """
    for route in some:
        for relation in RELATIONS if relations.varies(route) else ("own",):
            for method in METHODS if relation in ("own", "none") else route.methods:
                if method != "HEAD" or relation == "own":
                    seen.look(route, relation, method)
            yield seen.wrong


@pytest.mark.parametrize("reader", READERS, ids=lambda name: name or "anonymous")
def test_what_comes_is_what_is_declared(reader: str, reader_of: Open, world: World, lightly: None) -> None:
    seen = Seen(reader, reader_of(reader), world)
    with standing(reader):
        for _ in matrix(seen, routes()):
            pass
    assert not seen.wrong, "\n".join(seen.wrong)
    assert seen.cells > 6 * len(routes())
    if reader in ("county", "town", "village", "helper"):  # the pages do say what may be read
        assert seen.said == reads(reader) & SENTINELS.keys()
    told = {name: len(ways) for name, ways in seen.nowhere.items()}
    assert set(told.values()) <= {1}, f"what is out of scope and what is not there are told in different words: {told}"


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_rows_within_and_beyond(noun: str, world: World) -> None:
    """A matrix of rows nobody may see, or everybody, would prove nothing."""
    seen = [NOUNS[noun].sees(reader, row, world) for reader in READERS if reader for row in world.rows[noun]]
    assert any(seen)
    assert not all(seen) or noun in WHOLE


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
    where: str, name: str, instead: Any, reader: str, reader_of: Open, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Each way of breaking the access rules makes the matrix differ, which unbroken it does not (above)."""
    import importlib

    monkeypatch.setattr(importlib.import_module(where), name, instead)
    of_register = [route for route in routes() if relations.varies(route)]
    assert any(matrix(Seen(reader, reader_of(reader), world), of_register))
