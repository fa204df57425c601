"""The nouns of the village's desk: what is suspected, what is needed, checks by telephone, their review, desks."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from django.utils import timezone

from tests.web.rows.base import ELSEWHERE, OTHER_COUNTY, SIBLING, TOWN, VILLAGE, Noun, Row, here, of_household
from tests.web.rows.deeds import NOW
from tests.web.rows.making import BEGUN, copied, homes, of, sighted


def suspicions() -> list[Row]:
    """A line on the ledger for a household of every corner."""
    from doudi.monitoring import suspicions as ledger

    with sighted():
        return of(
            ledger.raise_one(home, "登记的人口不对", step=ledger.VILLAGE, by="village", on=BEGUN)
            for home in homes().values()
        )


def needs() -> list[Row]:
    """What each of those needs."""
    from doudi.monitoring import needs as noted

    with sighted():
        return of(
            need
            for home in homes().values()
            for need in noted.note(home.pk, ["masks"], origin=noted.CHECK, by="helper", on=BEGUN)
        )


def _checks() -> list[Any]:
    """A check of each of those by telephone."""
    from doudi.monitoring import checks
    from doudi.monitoring.checks import Check

    with sighted():
        made = [
            Check.objects.get(pk=checks.record(home.pk, {"reached": "phone"}, by="helper", now=NOW).check_id)
            for corner, home in homes().items()
            if corner != ELSEWHERE
        ]
    return [*made, copied(made[0], OTHER_COUNTY, id=uuid.uuid4(), household_id=homes()[ELSEWHERE].pk)]


def checks_to_mark() -> list[Row]:
    """Checks nobody has marked."""
    return of(_checks())


def reviews() -> list[Row]:
    """The village's word on others."""
    from doudi.monitoring import reviews as marked

    with sighted():
        return of(marked.mark(check, marked.RIGHT, by="village", on=BEGUN) for check in _checks())


@cache
def desks() -> list[Row]:
    """A shared desk of three villages."""
    from doudi.access import pins
    from doudi.access.users import User

    with sighted():
        officer = User.objects.get(username="village")
        desk, _token = pins.open_desk(VILLAGE, "村部电脑", by=officer, on=timezone.localdate())
    others = [homes()[corner].place_code for corner in (TOWN, SIBLING)]
    return of(
        [desk, *(copied(desk, place, token_sha256=str(at) * 64) for at, place in enumerate([*others, OTHER_COUNTY]))]
    )


NOUNS: dict[str, Noun] = {
    "suspicion": Noun(suspicions, of_household),
    "need": Noun(needs, of_household),
    "check to mark": Noun(checks_to_mark, of_household),
    "review": Noun(reviews, of_household),
    "desk": Noun(desks, here),
}
