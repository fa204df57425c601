"""Who may do what: the declaration in permissions.toml, and the mark every view carries."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from doudi.access.roles import CLASSES, EVERY_SOURCE, ROLES
from doudi.values import toml

PUBLIC = "public"  # no one need be signed in; nothing of any household is shown
REACHES = ("public", "own", "scope", "county", "none")
METHODS = ("GET", "POST")

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Permission:
    """One entry of the declaration; permissions.toml says what each part means. `limit` 0 is no limit."""

    name: str
    zh: str
    en: str
    roles: frozenset[str]
    reach: str
    methods: frozenset[str]
    shows: frozenset[str] = frozenset()
    reason: bool = False
    limit: int = 0
    second_person: bool = False

    def __post_init__(self) -> None:
        for part, allowed in (("roles", ROLES), ("methods", METHODS), ("shows", CLASSES)):
            if unknown := getattr(self, part) - set(allowed):
                raise ValueError(f"permissions.toml: {self.name}: {part} cannot be {', '.join(sorted(unknown))}")
        if self.reach not in REACHES or not (self.zh and self.en and self.roles and self.methods):
            raise ValueError(f"permissions.toml: {self.name}: needs zh, en, roles, methods and one reach of {REACHES}")


def _declared() -> dict[str, Permission]:
    """The declaration as it stands in the file. Raises ValueError for a key or word that is none."""
    found = toml.read(Path(__file__).with_suffix(".toml")).data
    known = {field.name for field in fields(Permission)} - {"name"}
    for name, entry in found.items():
        if unknown := set(entry) - known:
            raise ValueError(f"permissions.toml: {name}: there is no {', '.join(sorted(unknown))}; use {sorted(known)}")
    return {name: Permission(name, **{key: _typed(value) for key, value in e.items()}) for name, e in found.items()}


def _typed(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


DECLARED = _declared()
PERMISSIONS: dict[str, frozenset[str]] = {name: each.roles for name, each in DECLARED.items()}


def may(roles: Iterable[str], name: str) -> bool:
    """Whether any of the roles gives the permission."""
    return not PERMISSIONS[name].isdisjoint(roles)


def reads(roles: Iterable[str], sensitivity: str) -> bool:
    """Whether any of the roles is shown fields of this class: open, personal, money, health, identity, name, minor."""
    return any(sensitivity in ROLES[role].reads for role in roles)


def passes_on(roles: Iterable[str], source: str) -> bool:
    """Whether any of the roles may record what this source says."""
    return any(not ROLES[role].passes_on.isdisjoint((source, EVERY_SOURCE)) for role in roles)


def permission(name: str) -> Callable[[View], View]:
    """Mark a view with the one permission it needs: 403 for who is signed in without it, then 405 for other methods.

    The middleware has put `request.reader` in place and the scope around the view: a row out of scope is not there, so
    the view answers 404. The marked view tells `permission` and `methods`, from which the table of routes is made.
    """
    if name != PUBLIC and name not in DECLARED:
        raise ValueError(f"no permission is called {name!r}; declare it in doudi/access/permissions.toml")

    def mark(view: View) -> View:
        methods = _methods(name, view)

        @functools.wraps(view)
        def ask(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if name != PUBLIC and not may(request.reader.roles, name):  # type: ignore[attr-defined]
                raise PermissionDenied
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, *args, **kwargs)

        ask.permission, ask.methods = name, methods  # type: ignore[attr-defined]
        return ask

    return mark


def _methods(name: str, view: View) -> tuple[str, ...]:
    """What a view answers to: what its permission declares, less what its own `require_…` mark leaves out."""
    declared = set(METHODS) if name == PUBLIC else DECLARED[name].methods
    found = declared & _required(view) if _required(view) else declared
    if not found:
        raise ValueError(f"{view.__name__}: {name} declares {sorted(declared)}, the view requires others")
    return tuple(sorted(found | ({"HEAD"} if "GET" in found else set())))


def _required(view: Any) -> set[str]:
    """The methods named by Django's `require_http_methods` and its kin among the marks of a view; empty for none."""
    while view is not None:
        held = inspect.getclosurevars(view).nonlocals.get("request_method_list") if inspect.isfunction(view) else None
        if held is not None:
            return {*held}
        view = getattr(view, "__wrapped__", None)
    return set()
