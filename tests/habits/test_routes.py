"""Every address asks for exactly one declared permission, and signed out nobody gets past the door."""

from __future__ import annotations

from typing import Any

import pytest

from doudi.access.permissions import DECLARED, PERMISSIONS, PUBLIC, _required
from doudi.access.roles import ROLES
from tests.access import render
from tests.access.routes import Route, routes

PUBLIC_ROUTES = {"sign-in/", "sign-in/code/", "sign-in/desk/", "sign-out/", "language/", "health/"}
PUBLIC_ROUTES |= {"m/api/pair"}  # by a code, or by the session it looks at itself
PUBLIC_ROUTES |= {"told/<str:token>/", "told/<str:token>/audio/"}  # what a campaign tells everybody
PUBLIC_ROUTES |= {"gateways/<str:number>/receive/"}  # signed with the gateway's key
PUBLIC_ROUTES |= {"notices/", "notices/<str:token>/", "robots.txt"}  # masked lists, while they hang in public
PUBLIC_ROUTES |= {"m/", "m/sw.js", "m/manifest.webmanifest", "m/words.<str:language>.json"}  # the frame, without data
ROUTES = {each.path: each for each in routes()}
NAMED = [each.name for each in ROUTES.values()]


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_has_exactly_one_permission(path: str) -> None:
    route = ROUTES[path]
    assert route.permission == PUBLIC or route.permission in DECLARED, f"{path}: mark its view with @permission(...)"
    assert (route.permission == PUBLIC) == (path in PUBLIC_ROUTES)
    assert _marks(route.view) == 1
    assert route.name, f"{path}: give it a name in doudi/web/urls.py"
    assert NAMED.count(route.name) == 1


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
    if path.startswith("m/api/"):  # a telephone is told so, and keeps what it holds
        assert (answer.status_code, set(answer.json())) == (401, {"zh", "en", "where"})
        return
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize("route", [each for each in ROUTES.values() if each.permission != PUBLIC], ids=lambda r: r.path)
def test_no_address_answers_to_more_than_its_permission_declares(route: Route) -> None:
    declared = DECLARED[route.permission].methods
    assert set(route.methods) - {"HEAD"} <= declared


@pytest.mark.parametrize("route", [each for each in ROUTES.values() if "HEAD" in each.methods], ids=lambda r: r.path)
def test_what_answers_get_answers_head(route: Route) -> None:
    named = _required(route.view)
    assert not named or "HEAD" in named, f"{route.path}: mark its view with require_safe, which is GET and HEAD"


def test_the_declaration_is_in_order_and_complete() -> None:
    assert list(DECLARED) == sorted(DECLARED), "keep doudi/access/permissions.toml in alphabetical order"
    assert {role for roles in PERMISSIONS.values() for role in roles} <= set(ROLES)
    for each in DECLARED.values():
        assert not each.limit or each.reason, f"{each.name}: what is limited is limited because it asks for a reason"
        assert not each.shows or each.reach in ("scope", "own"), f"{each.name}: what shows a household has a reach"


def test_the_administrator_of_the_system_reads_no_household() -> None:
    """Their role has no place, so no row is in scope; and what is made to show a household is not theirs at all."""
    assert (ROLES["administrator"].level, ROLES["administrator"].reads) == ("", {"open"})
    personal = [each for each in DECLARED.values() if {"personal", "identity"} <= each.shows or "health" in each.shows]
    assert "administrator" not in {role for each in personal for role in each.roles}


def test_the_page_of_permissions_is_current() -> None:
    """In any order: two branches that each add an address merge without a conflict (.gitattributes)."""
    page = (render.ROOT / render.PAGE).read_text(encoding="utf-8")
    assert set(page.splitlines()) == set(render.render().splitlines()), "run: make docs (python -m tests.docs)"
