"""What the access matrix leaves out of some ten thousand requests, because no cell looks at it.

Each thing left out is said here, and is done in full by the other tests of these pages. What decides is never left out:
the address is resolved, the reader's duties are asked for the permission, the wall stands, the view runs.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest


def leave_out(patch: pytest.MonkeyPatch) -> None:
    """Until the patch is undone: the same user, duties, devices, scope and addresses are not looked up anew."""
    from django.urls import URLResolver

    from doudi.access import factors, users
    from doudi.access.users import User
    from doudi.places import counties
    from doudi.web import errors, gates, middleware, papers

    device = functools.cache(lambda number: factors.device_of(User(pk=number)))
    found = functools.cache(_found)  # by the number alone: each request has a backend of its own
    patch.setattr(users.Backend, "get_user", lambda self, number: copy.copy(found(number)))
    patch.setattr(middleware, "factors", SimpleNamespace(device_of=lambda user: device(user.pk)))
    demands = functools.cache(counties.demands_second_factor)
    patch.setattr(gates, "counties", SimpleNamespace(demands_second_factor=demands))
    _one_scope(patch)
    patch.setattr(URLResolver, "resolve", _resolved(URLResolver.resolve))
    patch.setattr(errors, "page", functools.partial(_page, errors.page))
    patch.setattr(papers, "draw", as_text)


def draw_each_once(patch: pytest.MonkeyPatch) -> None:
    """Until the patch is undone: the first paper of a kind is drawn, the others are the text they are drawn from."""
    from doudi.web import papers

    drawn, draw = set(), papers.draw

    def first(template: str, context: Any, request: Any = None) -> bytes:
        how = as_text if template in drawn else draw
        drawn.add(template)
        return how(template, context, request)

    patch.setattr(papers, "draw", first)


def _found(number: int) -> Any:
    from doudi.access.users import User

    return User.objects.active().filter(pk=number).first()


def _one_scope(patch: pytest.MonkeyPatch) -> None:
    """One transaction for all requests of a reader, and their scope entered once; what is written is undone outside.

    Another scope than the one that stands is entered as ever.
    """
    from doudi.access import scope
    from doudi.web import middleware

    read, enter = middleware.read_as, scope.enter
    known: dict[int, Any] = {}

    def read_as(user: Any, *, on: Any) -> Any:
        if user.pk not in known:
            known[user.pk] = read(user, on=on)
        return known[user.pk]

    @contextmanager
    def entered(wanted: scope.Scope) -> Iterator[None]:
        with nullcontext() if wanted.settings() == _standing() else enter(wanted):
            yield

    patch.setattr(middleware, "read_as", read_as)
    patch.setattr(middleware, "scope", SimpleNamespace(enter=entered))
    patch.setattr(middleware, "transaction", SimpleNamespace(atomic=nullcontext, set_rollback=lambda rollback: None))


_stands: list[tuple[str, ...]] = []


def _standing() -> tuple[str, ...]:
    return _stands[-1] if _stands else ()


@contextmanager
def standing(reader: str) -> Iterator[None]:
    """The scope of a reader, entered for all their requests."""
    from doudi.access import scope
    from doudi.access.users import User
    from doudi.web import middleware

    if not reader:
        yield
        return
    from django.utils import timezone

    found = middleware.read_as(User.objects.get(username=reader), on=timezone.localdate()).scope
    with scope.enter(found):
        _stands.append(found.settings())
        try:
            yield
        finally:
            _stands.pop()


def _resolved(resolve: Any) -> Any:
    """What an address leads to, looked for once; the arguments are each asker's own."""
    from django.urls import ResolverMatch

    kept: dict[tuple[int, str], ResolverMatch] = {}

    def once(self: Any, path: str) -> ResolverMatch:
        key = id(self), str(path)
        if key not in kept:
            kept[key] = resolve(self, path)
        return kept[key]

    return once


def _page(drawn: Any, request: Any, status: int, title: str, what: str, todo: str) -> Any:
    """The words of a page of 403 or 404 without its frame."""
    from django.http import HttpResponse

    if status not in (403, 404):
        return drawn(request, status, title, what, todo)
    return HttpResponse(f"{title} {what} {todo}", status=status)


def as_text(template: str, context: Any, request: Any = None) -> bytes:
    """A paper as the text it is drawn from, which can be read."""
    from django.template.loader import render_to_string

    return render_to_string(template, dict(context), request=request).encode()
