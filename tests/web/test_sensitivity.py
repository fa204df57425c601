"""Classes of sensitivity × roles beyond the pages the matrix opens: lists, search, downloads, counts, answers' form.

Of one household each class says a word that is said nowhere else (tests/web/rows/desk.py, SENTINELS).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from doudi.access import permissions
from tests.web.relations import CODE, READERS, World
from tests.web.rows import SENTINELS
from tests.web.test_matrix import reads

Open = Callable[[str], Client]
HOLDERS = [name for name in READERS if name]


def holders(permission: str) -> list[str]:
    return [name for name in HOLDERS if permissions.may([READERS[name][0]], permission)]


def body(answer: Any) -> str:
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(whole.decode("utf-8", "replace"))


def unread(reader: str, text: str) -> set[str]:
    return {name for name, word in SENTINELS.items() if word in text} - reads(reader)


def code_of(world: World) -> str:
    return world.rows["sentinels"][0].arguments["code"]


LISTS = (
    "/households/?village=510921110212&col=code&col=income&col=fen&col=contested&col=differ&col=helpers",
    "/households/?differ=yes&sort=-income",
    "/checks/?all=1",
    "/runs/compare/?a=1&b=1",
    "/what-if/?by=village",
    "/trail/",
    "/reveals/",
    "/exports/log/",
    "/exports/differences/",
    "/exports/new/?list=persons",
    "/exports/new/?list=questions",
    "/pairings/?helper=helper",
    "/imports/",
    "/accounts/?q=helper",
    "/questions/",
)


@pytest.mark.parametrize("reader", HOLDERS)
def test_no_list_says_what_the_role_does_not_read(reader: str, reader_of: Open, world: World) -> None:
    client = reader_of(reader)
    inside = {home.code for home in world.homes if world.covers(reader, home)}
    for address in (*LISTS, f"/trail/?household={code_of(world)}"):
        for headers in ({}, {"HX-Request": "true"}) if address.startswith("/households/") else ({},):
            answer = client.get(address, headers=headers)
            assert answer.status_code in (200, 302, 400, 403, 404), (address, answer.status_code)
            text = body(answer)
            assert unread(reader, text) == set(), address
            assert set(CODE.findall(text)) - {code_of(world)} <= inside, address


@pytest.mark.parametrize("reader", holders("household.read"))
def test_search_finds_by_nothing_that_is_not_read(reader: str, reader_of: Open, world: World) -> None:
    """Also its count, its facets and its address beyond the last page: a number of what may not be read tells it."""
    client = reader_of(reader)
    for name, word in SENTINELS.items():
        finds = name in ("name", "minor") and name in reads(reader)
        for query in ({"q": word}, {"q": word, "page": "9"}, {"q": word, "town": "510921110"}):
            text = body(client.get("/households/", query))
            assert (f"/households/{code_of(world)}/" in text) is finds, (name, query)
            assert ("<strong>1</strong>" in text) is finds, (name, query)


@pytest.mark.parametrize("reader", holders("export.request"))
@pytest.mark.parametrize("listed", ["households", "persons"])
def test_no_table_that_leaves_says_what_the_role_does_not_read(
    reader: str, listed: str, reader_of: Open, world: World
) -> None:
    """All facts the form offers, as text; the table is made in the transaction that is then undone, so asked whole."""
    from doudi.access.scope import Scope
    from doudi.policy.listing import lists, making
    from doudi.policy.runs import Run

    role, place = READERS[reader]
    run = Run.objects.in_force("pengxi_2020")
    scope = Scope(frozenset({str(place)}))
    asker = lists.Asker(frozenset({role}), scope, run.as_of, run)
    text = _table(listed, asker, scope, making)
    assert unread(reader, text.replace("several", SENTINELS["health"])) == set()  # a table holds the code of a choice
    assert code_of(world) in text
    assert ("甄世隐" in text) is ("name" in reads(reader))
    assert ("several" in text) is ("health" in reads(reader) and listed == "persons")
    offered = body(reader_of(reader).get(f"/exports/new/?list={listed}"))
    assert ("残疾类别" in offered) is ("health" in reads(reader) and listed == "persons")


def _table(listed: str, asker: Any, scope: Any, making: Any) -> str:
    """Every row of a list with every fact it offers, as they would stand in the file."""
    from django.db import transaction

    from doudi.access.scope import enter
    from doudi.policy.listing import lists

    with transaction.atomic(), enter(scope):
        one, query = lists.named(listed), {"village": "510921110212"}
        chosen = making.chosen_of(one, [column.name for column in one.facts(asker)], asker)
        rows = one.rows(one.find(query, asker), query, chosen, asker)
        return "\n".join(_cell(value) for row in rows for value in row)


def _cell(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


# -- what is there and what is not are told alike


@pytest.mark.parametrize("reader", ["town", "village", "helper"])
def test_beyond_the_duty_and_not_there_are_one_answer(reader: str, reader_of: Open, world: World) -> None:
    """The same words, headers and status for a household of elsewhere and for one there is none of."""
    client = reader_of(reader)
    beyond, none = (world.home(reader, relation).code for relation in ("ancestor", "none"))
    told = []
    for code in (beyond, none):
        answer = client.get(f"/households/{code}/", headers={"If-None-Match": '"x"', "If-Modified-Since": "x"})
        kept = {
            name: value
            for name, value in answer.headers.items()
            if name not in ("Content-Length", "Content-Security-Policy")
        }
        told.append(
            (
                answer.status_code,
                kept,
                re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", body(answer)).replace(code, ""),
            )
        )
    assert told[0] == told[1]
    assert told[0][0] == 404
    assert "ETag" not in told[0][1]
    assert "Last-Modified" not in told[0][1]


@pytest.mark.parametrize("reader", ["town", "village", "auditor"])
def test_counts_pages_and_places_in_line_are_of_the_duty_alone(reader: str, reader_of: Open, world: World) -> None:
    client = reader_of(reader)
    inside = [home for home in world.homes if world.covers(reader, home)]
    text = body(client.get("/households/"))
    assert f"<strong>{len(inside):,}</strong>" in text
    shown = {int(number.replace(",", "")) for number in re.findall(r"\(([\d,]+)\)</option>", text)}
    assert all(number <= len(inside) for number in shown), "a facet counts more households than the reader has"
    last = max(1, -(-len(inside) // 50))
    assert f"page={last + 1}" not in text
    assert f"page={last + 1}" not in body(client.get("/households/", {"page": "100000"}))
    mine = world.home(reader, "own").code
    beside = body(client.get(f"/households/{mine}/", {"list": "sort=-fen"}))
    place = re.search(r"第 ([\d,]+) / ([\d,]+) 户", beside)
    assert place is None or int(place[2].replace(",", "")) == len(inside)


# -- the measures of a limited duty


@pytest.fixture
def limited(world: World, db: None) -> str:
    """The bureau, limited to one measure."""
    from doudi.access.duties import Duty
    from doudi.trail.commands import carry_out

    with carry_out("test", by="tester"):
        Duty.objects.filter(user__username="bureau").update(measures=["02_farm_purchases"])
    return "bureau"


OTHER = "04_village_posts"


def beyond_measure(client: Client) -> list[str]:
    """Where a reader limited to one measure meets another."""
    answers = {
        f"/measures/{OTHER}/": 404,
        f"/measures/{OTHER}/why/1/": 404,
        "/measures/": None,
        "/": None,
        "/what-if/": None,
    }
    met = []
    for address, status in answers.items():
        answer = client.get(address)
        if status is not None and answer.status_code not in (status, 403):
            met.append(f"{address}: {answer.status_code}")
        if status is None and answer.status_code == 200 and f"/measures/{OTHER}/" in body(answer):
            met.append(f"{address} names it")
    return met


def test_a_duty_limited_to_a_measure_meets_no_other(limited: str, reader_of: Open) -> None:
    client = reader_of(limited)
    assert client.get("/measures/02_farm_purchases/").status_code == 200
    assert beyond_measure(client) == []


def test_the_limit_of_measures_removed_is_noticed(
    limited: str, reader_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from doudi.web import reader

    monkeypatch.setattr(reader, "_measures", lambda duties: frozenset())
    assert beyond_measure(reader_of(limited)) != []


@pytest.mark.parametrize("name", ["health", "name", "minor"])
def test_a_class_shown_to_all_is_noticed(
    name: str, reader_of: Open, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removing the filter of a class makes some page say its word to a role that does not read it."""
    real = permissions.reads
    monkeypatch.setattr(
        permissions, "reads", lambda roles, sensitivity: sensitivity in (name, "name") or real(roles, sensitivity)
    )
    reader = {"health": "supervisor", "name": "auditor", "minor": "county"}[name]
    assert name in unread(reader, body(reader_of(reader).get(f"/households/{code_of(world)}/")))
