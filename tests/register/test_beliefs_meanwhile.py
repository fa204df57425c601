"""Two words about one household at once: neither is lost from what is believed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.places.divisions import Division, load
from doudi.register import bulk, statements
from doudi.register.beliefs import Belief
from doudi.trail.commands import carry_out
from tests.conftest import COUNTY, TOWN, VILLAGE
from tests.register.conftest import BEGUN, LIN, NOW, SAID

ZHAO = LIN + 1
HELD = 0.5  # seconds the first word is kept from being committed


def say(
    household: int,
    facts: dict[str, bool],
    words: Vocabulary,
    said: threading.Event | None = None,
    *,
    table: bool = False,
) -> None:
    """One connection's word, by itself or as a table that is taken in."""
    try:
        with transaction.atomic(), as_engine():
            if table:
                row = bulk.StatementRow("household", household, "village", SAID, facts)
                bulk.load(by="t", now=NOW, vocabulary=words, statements=[row])
            else:
                statements.record("household", household, facts, source="village", about=SAID, by="t", now=NOW)
            if said:
                said.set()
                time.sleep(HELD)
    finally:
        connection.close()


@pytest.fixture
def lin(fresh_database: str, words: Vocabulary) -> None:
    """Lin's household, of which something is believed, and Zhao's, of which nothing was said."""
    with carry_out("test", by="t"):
        county = Division(COUNTY + "000000", "蓬溪县", "county", "county")
        town = Division(TOWN + "000", "鸣凤镇", "town", "town")
        load([county, town, Division(VILLAGE, "青杠村", "village", "village", TOWN + "000")], by="t")
    homes = [
        bulk.HouseholdRow(LIN, "H-LIN", VILLAGE, BEGUN, "林秀英"),
        bulk.HouseholdRow(ZHAO, "H-ZHAO", VILLAGE, BEGUN, "赵大海"),
    ]
    first = bulk.StatementRow("household", LIN, "village", SAID, {"monitored": True})
    bulk.load(by="t", now=NOW, vocabulary=words, households=homes, statements=[first])


def both(slow: Callable[[threading.Event], None], quick: Callable[[], None]) -> None:
    """`quick` begins once `slow` has said its words, half a second before they are committed."""
    said = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow, said)
        assert said.wait(20)
        second = pool.submit(quick)
        first.result(timeout=30)
        second.result(timeout=30)


def believed(household: int) -> set[str]:
    with transaction.atomic(), as_engine():
        return set(Belief.objects.get(subject_kind="household", subject_id=household).facts)


@pytest.mark.parametrize("household", [LIN, ZHAO], ids=["believed before", "the first word"])
@pytest.mark.parametrize("quick_is_import", [False, True])
@pytest.mark.parametrize("slow_is_import", [False, True])
def test_two_words_at_once_are_both_believed(
    lin: None, words: Vocabulary, household: int, slow_is_import: bool, quick_is_import: bool
) -> None:
    def slow(said: threading.Event) -> None:
        say(household, {"unsold_produce": True}, words, said, table=slow_is_import)

    def quick() -> None:
        say(household, {"spring_ploughing": True}, words, table=quick_is_import)

    both(slow, quick)
    assert believed(household) >= {"unsold_produce", "spring_ploughing"}
