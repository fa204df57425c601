"""What is open by village: true, in scope, and each number leads to its households."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import as_engine
from doudi.policy.decisions import Standing
from doudi.policy.runs import Run
from doudi.register.households import Household

Open = Callable[[str], Client]
ASKED_OF = {"农户": "household", "村里": "village", "行业部门": "bureau", "银行": "bank", "县里": "county"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def told(body: str) -> dict[str, tuple[int, int, int]]:
    """village: households open, of how many, verdicts open; as the table says."""
    body = body.partition("<tbody>")[2]
    rows = re.findall(r'<a href="/places/(\d{12})/">.*?</tr>', body, re.S)
    found = {}
    for row in re.findall(r'<a href="/places/\d{12}/">.*?</tr>', body, re.S):
        numbers = re.findall(r'<td class="num"[^>]*>(?:<a [^>]*>)?([\d,.%]+)', row)
        found[row[17:29]] = (int(numbers[0]), int(numbers[1]), int(numbers[3].replace(",", "")))
    assert len(found) == len(rows)
    return found


def counted() -> dict[str, tuple[int, int, int]]:
    """The same, counted subject by subject."""
    with transaction.atomic(), as_engine():
        places = dict(Household.objects.values_list("pk", "place_code"))
        rows = Standing.objects.filter(household_id__isnull=False)
        open_verdicts = [(h, list(v).count(2)) for h, v in rows.values_list("household_id", "decision__verdicts")]
    found: dict[str, tuple[set[int], int]] = {}
    for household, number in open_verdicts:
        if number:
            households, verdicts = found.get(places[household], (set(), 0))
            found[places[household]] = (households | {household}, verdicts + number)
    whole = list(places.values())
    return {code: (len(some), whole.count(code), number) for code, (some, number) in found.items()}


def test_every_village_is_counted_and_the_most_come_first(county: Client) -> None:
    shown = told(text(county.get("/questions/")))
    assert shown == counted()
    assert list(shown) == sorted(shown, key=lambda code: (-shown[code][0], code))


@pytest.mark.parametrize(("name", "prefix"), [("town", "510921110"), ("village", "510921110212")])
def test_each_sees_their_own_villages(reading_as: Open, name: str, prefix: str) -> None:
    shown = told(text(reading_as(name).get("/questions/")))
    assert shown == {code: row for code, row in counted().items() if code.startswith(prefix)}


def test_it_is_for_those_who_ask(reading_as: Open) -> None:
    assert reading_as("auditor").get("/questions/").status_code == 403
    assert "各村还没定的事" not in text(reading_as("auditor").get("/"))


def test_who_may_answer_leads_to_those_households(county: Client) -> None:
    body = text(county.get("/questions/"))
    asked = re.findall(r'<a class="nowrap" href="([^"]+ask=(\w+))">(\S+) ([\d,]+)</a>', body)
    assert len(asked) > 5
    for url, who, word, number in asked[:8]:
        assert ASKED_OF[word] == who
        page = text(county.get(html.unescape(url)))
        assert f"<strong>{number}</strong> 户" in page


def test_whoever_is_named_can_state_a_fact_that_is_missing(county: Client) -> None:
    """A household's own questions name their answerers; each of those is counted for it."""
    from doudi.policy import household_rolls, questions

    run = Run.objects.in_force("pengxi_2020")
    with transaction.atomic(), as_engine():
        rows = household_rolls.present(run).rows
        some = rows[rows["unknown"] != 0][:25]
        for row in some:
            named = {who for question in questions.of_household(int(row["id"])) for who in question.asks}
            counts = {who for bit, who in enumerate(household_rolls.ASKS) if row["asks"] >> bit & 1}
            assert named <= counts, row["code"]


@pytest.mark.parametrize("name", ["county", "town", "village"])
def test_what_waits_is_counted_where_the_reader_answers(reading_as: Open, name: str) -> None:
    client = reading_as(name)
    body = text(client.get("/"))
    waits = re.findall(r'<li><a href="(/households/\?[^"]*)"><span class="figure-value">([\d,]+)<', body)
    assert len(waits) == 5
    for url, number in waits:
        assert f"<strong>{number}</strong> 户" in text(client.get(html.unescape(url)))
