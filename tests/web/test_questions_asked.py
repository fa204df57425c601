"""How often a page asks the database: the same however many rows it shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

MOST = {
    "/": 36,  # one of them: who has not been told
    "/places/510921110/": 37,
    "/places/510921110212/": 36,
    "/households/": 30,
    "/households/?town=510921110": 31,
    "/households/?measure=01_livelihood_award&state=unknown": 30,
    "/runs/": 18,
    "/runs/1/": 20,
    "/what-if/": 16,
}


def asked(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.parametrize("path", MOST)
def test_a_page_asks_no_more_than_it_needs(county: Client, path: str) -> None:
    assert asked(county, path) <= MOST[path]


def test_a_large_household_asks_no_more_than_a_small_one(county: Client) -> None:
    from django.db import transaction
    from django.db.models import Count

    from doudi.access.scope import as_engine
    from doudi.register.households import Household

    with transaction.atomic(), as_engine():
        by_size = Household.objects.annotate(size=Count("persons")).order_by("size", "code")
        small, large = by_size.first(), by_size.last()
    assert small is not None
    assert large is not None
    counts = [asked(county, f"/households/{household.code}/") for household in (small, large)]
    assert max(counts) <= 105
    assert counts[1] - counts[0] <= 7, "but for what deeds are asked about it: stock, the campaign, its sales"


def test_a_list_of_three_asks_as_often_as_a_list_of_fifty(reading_as: Callable[[str], Client]) -> None:
    few, many = (asked(reading_as(name), "/households/") for name in ("helper", "county"))
    assert abs(few - many) <= 4
