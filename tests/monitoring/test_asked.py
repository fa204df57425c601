"""What a check asks for where sources differ: what a household can still settle, and nothing it has settled."""

from __future__ import annotations

from typing import Any

import pytest

from doudi.facts.kinds import Fact
from doudi.monitoring import asked
from doudi.rules.types import SCALARS
from tests.monitoring.conftest import Phone, check, says
from tests.policy.conftest import DAY

FACT = Fact("household", "f", SCALARS["bool"], "事实", "fact", sources=("field", "national", "household"))
WORDS = {  # what is believed, and what another source says otherwise: (source, day)
    ("field", "2020-02-20", "national", "2019-12-31"): False,  # seen since: the copy is to be changed
    ("field", "2020-02-20", "household", "2020-02-20"): False,
    ("field", "2020-02-20", "household", "2020-02-24"): True,  # they said otherwise since it was seen
    ("national", "2019-12-31", "household", "2020-02-20"): False,  # asked since, believed or not
    ("national", "2020-02-21", "household", "2020-02-20"): True,
    ("national", "2019-12-31", "village", "2020-02-20"): True,
}


@pytest.mark.parametrize(("words", "asks"), WORDS.items())
def test_a_difference_is_asked_until_somebody_asked(words: tuple[str, ...], asks: bool) -> None:
    first, on, other, then = words
    cell: Any = [True, 1, first, on, [[False, other, 2, then]]]
    assert asked._differs(cell, FACT, DAY) is asks


def test_what_was_asked_at_the_door_is_not_asked_again(phone: Phone) -> None:
    def differing() -> list[tuple[int, dict[str, Any]]]:
        return [
            (card["id"], card["facts"][n])
            for card in phone.cards.values()
            for n in card["ask"]
            if card["facts"][n]["why"] == asked.DIFFER
        ]

    found = differing()
    assert found
    home, fact = found[0]
    assert phone.sync(check(phone.cards[home], says(fact)))[0]["state"] in ("done", "conflict")
    phone.pull()
    left = phone.fact(home, kind=fact["kind"], id=fact["id"], fact=fact["fact"])
    assert left["why"] == ""
