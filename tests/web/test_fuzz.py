"""Every route, fed with what its own pages offer, bent: whatever comes, it is answered and nothing breaks.

A crawl as several readers collects addresses, parameters and forms; Hypothesis bends them. An exception in a view
comes out of the client and fails the test with its own traceback.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import django.conf
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import databases
from tests.access.routes import Route, routes
from tests.web import crawl
from tests.web.lightly import draw_each_once
from tests.web.test_nasty import NASTY

ANEW = ("town", "village", "helper")  # whose pages lead elsewhere than the county's
READERS = ("county", "town", "village", "helper", "bureau", "bank", "supervisor", "auditor", "admin")
ROUTES = [route for route in routes() if route.name]
BEGIN = {
    "draft-begin": {"title": "试一试"},
    "draft-propose": {"reason": "试一试"},
    "campaign-new": {"title": "试一试", "text": "试一试", "rule": "true", "look": ""},
}  # forms sent as they stand, these fields filled
LITTLE, MUCH = 8, 150
FILES = [
    b"",
    b"\0",
    b"PK\x03\x04broken",
    b"a,b\n1,2\n",
    "户编号,姓名\n1,王".encode("gb18030"),
    b"\xd0\xcf\x11\xe0",
    b"<html>" * 50,
    b"{}",
]
words = st.one_of(
    st.sampled_from(sorted(NASTY.values())),
    st.text(max_size=40),
    st.integers().map(str),
    st.dates().map(str),
    st.sampled_from(["", "1", "0", "on", "2020-02-27", "510921110212", "zh", "true"]),
)


@pytest.fixture(scope="module")
def own_county(decided_database: str, cluster: Any, django_db_blocker: Any) -> Iterator[None]:
    """A copy of the decided county in which this module may leave things behind."""
    with (
        databases.made(cluster, django_db_blocker, template=decided_database) as name,
        databases.reading(name, django_db_blocker),
    ):
        yield


@pytest.fixture(scope="module")
def found(own_county: None, django_db_blocker: Any) -> crawl.Found:
    """What nine readers see between them, before and after they begin what the pages let them begin."""
    seen = crawl.Found()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        draw_each_once(patch)
        for username in READERS:
            client = _signed_in(username)
            crawl.crawl(client, seen, anew=int(username in ANEW))
            crawl.begin(client, seen, BEGIN)
            crawl.crawl(client, seen)
    return seen


def _signed_in(username: str) -> Client:
    from doudi.access.users import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


@pytest.fixture(scope="module")
def sessions(own_county: None, django_db_blocker: Any) -> list[str]:
    """The sessions of five readers. A test may end one; that is undone."""
    with django_db_blocker.unblock():
        clients = [_signed_in(username) for username in ("county", "auditor", "town", "admin", "helper")]
    return [each.cookies[django.conf.settings.SESSION_COOKIE_NAME].value for each in clients]


@pytest.fixture
def clients(sessions: list[str], db: None) -> list[Client]:
    clients = []
    for session in sessions:
        clients.append(Client())
        clients[-1].cookies[django.conf.settings.SESSION_COOKIE_NAME] = session
    return clients


def test_the_crawl_saw_the_house(found: crawl.Found) -> None:
    """Pages without a link to them are pages nobody finds; what needs data of its own is named here.

    What is asked for outside a page (by telephones, gateways) and tables nobody has sent in yet are among them; the
    matrix looks at every address.
    """
    every = {route.name for route in ROUTES}
    seen = {name for name, addresses in found.addresses.items() if addresses} | set(found.forms)
    assert len(seen & every) > 0.63 * len(every), sorted(every - seen)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_nothing_breaks(
    route: Route, found: crawl.Found, clients: list[Client], request: pytest.FixtureRequest
) -> None:
    examples = MUCH if request.config.getoption("--run-heavy") else LITTLE

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def bend(data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(clients))
        address = _address(route, found, data)
        answer = _send(client, address, route, found, data)
        assert answer.status_code < 500, address
        if answer.streaming:
            b"".join(answer.streaming_content)
        client.cookies.pop("doudi_language", None)

    bend()


def _address(route: Route, found: crawl.Found, data: st.DataObject) -> str:
    """An address of the route as a page offers it, or with some of its places bent."""
    real = list(found.addresses.get(route.name, []))
    real += [form.action for form in found.forms.get(route.name, [])]
    known = crawl.arguments_of(data.draw(st.sampled_from(real))) if real else {}
    parts = {}
    for name in route.arguments:
        bent = name not in known or data.draw(st.booleans())
        word = data.draw(words) if bent else known[name]
        parts[name] = word.encode("utf-8", "replace").decode().replace("/", "_") or "_"
    return quote(reverse(route.name, kwargs=parts), safe="/%")


def _send(client: Client, address: str, route: Route, found: crawl.Found, data: st.DataObject) -> object:
    pairs = data.draw(st.lists(st.tuples(_names(route, found), words), max_size=5))
    encoded = urlencode([(_clean(name), _clean(word)) for name, word in pairs])
    headers = {"HX-Request": "true"} if data.draw(st.booleans()) else {}
    method = data.draw(st.sampled_from(["GET", "GET", "POST", "POST", "POST", "HEAD", "PUT"]))
    if method in ("GET", "HEAD"):
        return client.generic(method, f"{address}?{encoded}", headers=headers)
    return client.generic(method, address, *_body(route, found, pairs, data), headers=headers)


def _names(route: Route, found: crawl.Found) -> st.SearchStrategy[str]:
    known = sorted(found.parameters.get(route.name, ()))
    return st.one_of(st.sampled_from(known), st.text(max_size=10)) if known else st.text(max_size=10)


def _body(route: Route, found: crawl.Found, pairs: list[tuple[str, str]], data: st.DataObject) -> tuple[bytes, str]:
    """A form as it stands on a page with some fields bent, or a body that is no form."""
    kind = data.draw(st.sampled_from(["form", "form", "form", "files", "json", "raw"]))
    forms = found.forms.get(route.name, [])
    form = data.draw(st.sampled_from(forms)) if forms else crawl.Form("", "post", ())
    fields = [(_clean(name), _clean(word)) for name, word in [*form.fields, *pairs]]
    if kind == "form":
        return urlencode(fields).encode(), "application/x-www-form-urlencoded"
    if kind == "files":
        return _multipart(fields, form.files or ("file",), data.draw(st.sampled_from(FILES)))
    return (b'{"a":[1', "application/json") if kind == "json" else (data.draw(st.binary(max_size=60)), "text/plain")


def _multipart(fields: list[tuple[str, str]], files: tuple[str, ...], content: bytes) -> tuple[bytes, str]:
    lines = [
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (_safe(name), word.encode())
        for name, word in fields
    ]
    lines += [
        b'--x\r\nContent-Disposition: form-data; name="%s"; filename="../a.xlsx"\r\n\r\n%s\r\n' % (_safe(name), content)
        for name in files
    ]
    return b"".join(lines) + b"--x--\r\n", "multipart/form-data; boundary=x"


def _safe(name: str) -> bytes:
    return name.encode().replace(b'"', b"").replace(b"\r", b"").replace(b"\n", b"")


def _clean(word: str) -> str:
    return word.encode("utf-8", "replace").decode()
