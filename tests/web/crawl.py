"""Every address a reader can reach by following links, and every form on the way: what is on the pages themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

MOST_OF_ROUTE = 3  # pages of one route that are read for their links
SEND = ("hx-get", "hx-post")
HERE = "http://testserver"  # what is shown for others to open is an address too


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands on a page: where it goes, how, and what it would send untouched."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...] = ()


@dataclass
class Found:
    """What a crawl saw, by the route's name: concrete addresses, names of parameters, forms."""

    addresses: dict[str, list[str]] = field(default_factory=dict)
    parameters: dict[str, set[str]] = field(default_factory=dict)
    forms: dict[str, list[Form]] = field(default_factory=dict)


class _Page(HTMLParser):
    """Links and forms of one page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.forms: list[tuple[str, str, list[tuple[str, str]], list[str]]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.links += [has[name] for name in ("href", "hx-get") if name in has and tag != "link"]
        if tag == "form":
            self.forms.append((has.get("action", ""), has.get("method", "get").lower(), [], []))
        elif self.forms and "name" in has and tag in ("input", "button", "textarea", "select"):
            self._field(tag, has)
        elif tag == "option" and self._select and self.forms:
            self.forms[-1][2].append((self._select, has.get("value", "")))

    def _field(self, tag: str, has: dict[str, str]) -> None:
        self._select = has["name"] if tag == "select" else ""
        if has.get("type") == "file":
            self.forms[-1][3].append(has["name"])
        elif tag != "select":
            self.forms[-1][2].append((has["name"], has.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def name_of(address: str) -> str:
    """The route an address belongs to; "" for none of ours."""
    return _name_of(urlsplit(address).path)


@cache
def _name_of(path: str) -> str:
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


def crawl(client: Client, found: Found, start: str = "/", *, anew: int = 0) -> Found:
    """Follow the links from a page; a few of each route are opened, all are noted.

    `anew` pages of a route are opened though another reader has seen them: what a page leads to is the reader's own.
    """
    waiting, opened, own = deque([start]), {}, set()
    while waiting:
        address = waiting.popleft()
        name = name_of(address)
        seen = found.addresses.setdefault(name, [])
        found.parameters.setdefault(name, set()).update(key for key, _ in parse_qsl(urlsplit(address).query))
        most = anew if address in seen else MOST_OF_ROUTE
        if address in own or opened.get(name, 0) >= most:
            continue
        opened[name] = opened.get(name, 0) + 1
        own.add(address)
        if address not in seen:
            seen.append(address)
        waiting.extend(_read(client, address, found))
    return found


def begin(client: Client, found: Found, filled: dict[str, dict[str, str]]) -> None:
    """Send the first form of some routes as it stands, with some fields filled; where it leads is noted."""
    for name, fields in filled.items():
        for form in found.forms.get(name, [])[:1]:
            answer = client.post(form.action, {**dict(form.fields), **fields})
            where = answer.headers.get("Location", "")
            if where.startswith("/"):
                found.addresses.setdefault(name_of(where), [])
                crawl(client, found, where)


def _read(client: Client, address: str, found: Found) -> Iterator[str]:
    answer = client.get(address)
    if answer.status_code in (301, 302) and answer["Location"].startswith("/"):
        yield answer["Location"]
    if answer.status_code != 200 or "text/html" not in answer.headers.get("Content-Type", "") or answer.streaming:
        return
    page = _Page()
    page.feed(answer.content.decode())
    for action, method, fields, files in page.forms:
        target = urljoin(address, action) if action else address
        form = Form(target, method, tuple(fields), tuple(files))
        found.forms.setdefault(name_of(target), []).append(form)
        found.parameters.setdefault(name_of(target), set()).update(key for key, _ in fields)
    for link in page.links:
        whole = urljoin(address, link).removeprefix(HERE)
        if whole.startswith("/") and not whole.startswith("/static/"):
            yield whole.partition("#")[0]


def arguments_of(address: str) -> dict[str, Any]:
    """What stands in the places of a route, for an address of it."""
    return dict(resolve(urlsplit(address).path).kwargs)
