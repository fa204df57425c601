"""Every address asks for exactly one permission, and signed out nobody gets past the door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from doudi.access.permissions import PERMISSIONS, PUBLIC
from doudi.access.roles import ROLES

PUBLIC_ROUTES = {"sign-in/", "sign-in/code/", "sign-out/", "language/", "health/"}


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, pattern


ROUTES = dict(routes(get_resolver().url_patterns))


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_has_exactly_one_permission(path: str) -> None:
    asked = getattr(ROUTES[path].callback, "permission", None)
    assert asked == PUBLIC or asked in PERMISSIONS, f"{path}: mark its view with @permission(...)"
    assert (asked == PUBLIC) == (path in PUBLIC_ROUTES)
    assert _marks(ROUTES[path].callback) == 1


def _marks(view: Any) -> int:
    """How many of the wrappers around a view are permission marks."""
    seen = set()
    while view is not None:
        if "permission" in vars(view):
            seen.add(vars(view)["permission"])
        view = getattr(view, "__wrapped__", None)
    return len(seen)


@pytest.mark.parametrize("path", [path for path in ROUTES if path not in PUBLIC_ROUTES and "<" not in path])
@pytest.mark.django_db
def test_signed_out_every_page_leads_to_the_door(path: str, client: Any) -> None:
    answer = client.get("/" + path)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/sign-in/")


def test_every_permission_is_given_to_a_known_role() -> None:
    assert {role for roles in PERMISSIONS.values() for role in roles} <= set(ROLES)
    assert all(PERMISSIONS.values())


def test_the_administrator_of_the_system_reads_no_household() -> None:
    assert "administrator" not in PERMISSIONS["household.read"] | PERMISSIONS["household.why"]
