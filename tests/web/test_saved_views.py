"""A list's conditions kept under a name: one's own, or the office's; never another office's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from doudi.access import duties
from doudi.access.saved_views import SavedView
from doudi.access.scope import Scope, as_engine, enter
from doudi.access.users import User
from doudi.trail.audit import Entry
from doudi.trail.commands import carry_out
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
SENT = {"name": "鸣凤待核", "query": "town=510921110&state=unknown&col=fen&col=code&page=3&evil=1"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def saved() -> SavedView:
    with transaction.atomic(), as_engine():
        return SavedView.objects.get(name=SENT["name"])


def offered(client: Client) -> list[str]:
    return re.findall(r'<a href="/households/(\?[^"]*)">鸣凤待核</a>', text(client.get("/households/")))


@pytest.fixture
def colleague(county: Client) -> Client:
    """A second officer of the same county office."""
    with transaction.atomic(), carry_out("test", by="tester"):
        user = User(username="colleague", name="同事")
        user.set_unusable_password()
        user.save()
        duties.give(user, "county_officer", "510921", on=RUN_DAY, by="tester")
    client = Client()
    client.force_login(user)
    return client


def test_a_view_comes_back_as_it_was_saved(county: Client) -> None:
    answer = county.post("/households/views/", SENT)
    assert answer.status_code == 302
    query = "town=510921110&state=unknown&col=fen&col=code"
    assert answer.headers["Location"] == f"/households/?{query}"
    assert saved().query == query
    assert offered(county) == [f"?{query.replace('&', '&amp;')}"]
    assert "鸣凤镇" in text(county.get(answer.headers["Location"]))


def test_saving_again_replaces_and_each_change_is_recorded(county: Client) -> None:
    county.post("/households/views/", SENT)
    county.post("/households/views/", {**SENT, "query": "open=yes", "shared": "on"})
    view = saved()
    assert (view.query, view.shared) == ("open=yes", True)
    assert county.post(f"/households/views/{view.pk}/remove/").status_code == 302
    with transaction.atomic(), enter(Scope(frozenset(["510921"]))):
        told = Entry.objects.filter(table="access_saved_view", row=str(view.pk)).order_by("id")
        assert [(each.operation, each.actor) for each in told] == [("I", "county"), ("U", "county"), ("D", "county")]


def test_only_what_is_shared_is_seen_and_only_in_the_office(
    county: Client, colleague: Client, reading_as: Open
) -> None:
    county.post("/households/views/", SENT)
    assert offered(colleague) == []
    county.post("/households/views/", {**SENT, "shared": "on"})
    assert len(offered(colleague)) == 1
    assert "演示县干部 存的" in text(colleague.get("/households/"))
    for name in ("town", "village"):
        assert offered(reading_as(name)) == []
    assert colleague.post(f"/households/views/{saved().pk}/remove/").status_code == 404


def test_a_towns_view_is_its_own(reading_as: Open, county: Client) -> None:
    reading_as("town").post("/households/views/", {**SENT, "shared": "on"})
    assert saved().place_code == "510921110000"
    assert offered(county) == []
    with transaction.atomic(), enter(Scope(frozenset(["510921102"]))):
        assert not SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "长" * 61, "a" * 10_000])
def test_a_name_that_is_none_is_refused_with_the_form_as_typed(county: Client, name: str) -> None:
    answer = county.post("/households/views/", {**SENT, "name": name})
    assert answer.status_code == 422
    assert "field-error" in text(answer)
    assert 'value="town=510921110&amp;state=unknown' in text(answer)
    assert text(answer).count("<h1") == 1


def test_who_has_no_office_saves_none(reading_as: Open) -> None:
    helper = reading_as("helper")
    assert helper.post("/households/views/", SENT).status_code == 403
    assert 'id="views"' not in text(helper.get("/households/"))
    assert reading_as("county").get("/households/views/").status_code == 405


def test_the_database_keeps_a_name_once(county: Client) -> None:
    county.post("/households/views/", SENT)
    view = saved()
    view.pk = None
    with pytest.raises(IntegrityError), transaction.atomic(), as_engine(), carry_out("test", by="tester"):
        view.save(force_insert=True)
