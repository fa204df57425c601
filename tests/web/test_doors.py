"""Cases of the list of bad input that an address, a search or a header brings, and no other test meets."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import Scope, enter
from doudi.register.households import Household
from doudi.trail.commands import carry_out

Open = Callable[[str], Client]


def listed(client: Client, query: str) -> int:
    page = client.get(f"/households/?{query}").content.decode()
    found = re.search(r"<strong>([\d,]+)</strong> 户", page)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize("typed", ["王·买买提", "王・买买提", "王•买买提", "王.买买提"])
def test_a_name_is_found_whichever_dot_it_is_written_with(county: Client, codes: dict[str, str], typed: str) -> None:
    with transaction.atomic(), enter(Scope(frozenset({"510921"}))), carry_out("test", by="t"):
        Household.objects.filter(code=codes["near"]).update(head_name="王·买买提")
    assert listed(county, f"q={typed}") == 1


@pytest.mark.parametrize("query", ["ordering=user__password", "sort=user__password", "sort=-head_name", "o=password",
                                   "household__pairings__helper__password__startswith=a", "id__in=1,2"])  # fmt: skip
def test_no_order_and_no_filter_reaches_beyond_the_list(county: Client, query: str) -> None:
    answer = county.get(f"/households/?{query}")
    assert answer.status_code in (200, 400, 422)
    assert listed(county, query) in (0, listed(county, ""))
    assert county.post(f"/exports/new/?list=households&{query}", {"reason": "看看", "form": "xlsx"}).status_code == 422


def test_a_search_of_a_megabyte_is_answered(county: Client) -> None:
    for word in ("%" * 1_000_000, "_" * 1_000_000, "长" * 300_000):
        assert county.get("/households/", {"q": word}).status_code in (200, 400, 422)


def test_a_parameter_twice_is_one_question(county: Client) -> None:
    one, other = listed(county, "town=510921110"), listed(county, "town=510921102")
    assert one != other
    assert listed(county, "town=510921102&town=510921110") in (one, other, listed(county, ""))
    assert county.get("/runs/compare/?a=1&a=2&b=1&b=x").status_code in (200, 422)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a\nb", "[::1"])
def test_a_host_that_is_not_ours_is_refused(county: Client, host: str) -> None:
    assert county.get("/households/", HTTP_HOST=host).status_code == 400


HEADERS = [
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    {"HTTP_X_FORWARDED_HOST": "evil.example"},
    {"HTTP_X_FORWARDED_PROTO": "https"},
    {"HTTP_X_ORIGINAL_URL": "/accounts/"},
    {"HTTP_X_REWRITE_URL": "/accounts/"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda each: next(iter(each)))
def test_no_header_changes_the_method_or_the_door(reading_as: Open, headers: dict[str, str]) -> None:
    village = reading_as("village")
    plain, sent = village.get("/households/"), village.get("/households/", **headers)
    assert sent.status_code == plain.status_code == 200
    assert "evil.example" not in sent.content.decode()
    assert village.get("/accounts/new/", **headers).status_code == 403


@pytest.mark.parametrize("path", ["/households/%ff%fe/", "/households/..%2f..%2fetc/", "/places/%2e%2e/", "/%00/"])
def test_an_odd_path_leads_nowhere(county: Client, path: str) -> None:
    answer = county.get(path)
    assert answer.status_code in (301, 302, 400, 404)
    assert not answer.headers.get("Location", "").startswith(("//", "http://evil"))
