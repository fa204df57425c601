"""Every address of the application with its permission and methods, as the resolver knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Route:
    """One address. `permission` and `methods` are empty where the view carries no mark."""

    path: str
    name: str
    view: Any
    permission: str
    methods: tuple[str, ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the parts of the address that are filled."""
        return tuple(re.findall(r"<(?:\w+:)?(\w+)>", self.path))


def _patterns(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)
        else:
            yield path, pattern


def routes() -> list[Route]:
    """All of them, in the resolver's order."""
    return [
        Route(path, p.name or "", p.callback, getattr(p.callback, "permission", ""), getattr(p.callback, "methods", ()))
        for path, p in _patterns(get_resolver().url_patterns)
    ]
