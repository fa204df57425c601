"""Who may do what: one table, and the mark every view carries."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from doudi.access.roles import EVERY_SOURCE, ROLES

PUBLIC = "public"  # no one need be signed in; nothing of any household is shown

_READERS = "county_officer town_clerk village_officer helper supervisor auditor"
_FIELD = "county_officer town_clerk village_officer helper"

PERMISSIONS: dict[str, frozenset[str]] = {
    name: frozenset(roles.split())
    for name, roles in {
        "account.manage": "administrator",
        "answer.record": _FIELD,
        "audit.read": "auditor county_officer",
        "check.read": "county_officer town_clerk village_officer supervisor auditor",
        "county.read": _READERS + " bureau bank administrator",
        "exemption.grant": "county_officer",
        "exemption.propose": "county_officer town_clerk",
        "household.read": _READERS,
        "household.why": _READERS,
        "import.accept": "county_officer",
        "import.preview": "county_officer town_clerk",
        "list.read": _READERS + " bureau bank",
        "map.load": "county_officer",
        "measure.read": _READERS + " bureau bank administrator",
        "measure.sql": "auditor county_officer",
        "pack.adopt": "county_officer",
        "pack.edit": "county_officer",
        "pack.propose": "county_officer",
        "pack.read": _READERS + " bureau bank administrator",
        "place.merge": "county_officer",
        "profile.change": _READERS + " bureau bank administrator",
        "proposal.read": "county_officer supervisor auditor",
        "question.read": _FIELD,
        "run.read": "county_officer town_clerk supervisor auditor",
        "run.start": "county_officer",
        "what_if.adopt": "county_officer",
        "what_if.try": "county_officer town_clerk auditor",
    }.items()
}

View = Callable[..., HttpResponse]


def may(roles: Iterable[str], name: str) -> bool:
    """Whether any of the roles gives the permission."""
    return not PERMISSIONS[name].isdisjoint(roles)


def reads(roles: Iterable[str], sensitivity: str) -> bool:
    """Whether any of the roles is shown facts of this sensitivity: open, personal, health, money."""
    return any(sensitivity in ROLES[role].reads for role in roles)


def passes_on(roles: Iterable[str], source: str) -> bool:
    """Whether any of the roles may record what this source says."""
    return any(not ROLES[role].passes_on.isdisjoint((source, EVERY_SOURCE)) for role in roles)


def permission(name: str) -> Callable[[View], View]:
    """Mark a view with the one permission it needs. Who is signed in without it gets 403.

    The middleware has put `request.reader` in place and the scope around the view: a row out of scope is not there, so
    the view answers 404.
    """
    if name != PUBLIC and name not in PERMISSIONS:
        raise ValueError(f"no permission is called {name!r}")

    def mark(view: View) -> View:
        @functools.wraps(view)
        def ask(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if name != PUBLIC and not may(request.reader.roles, name):  # type: ignore[attr-defined]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        ask.permission = name  # type: ignore[attr-defined]
        return ask

    return mark
