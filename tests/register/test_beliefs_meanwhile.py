"""Two words about one household at once: neither is lost from what is believed."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.places.divisions import Division, load
from doudi.register import bulk, statements
from doudi.register.beliefs import Belief
from doudi.trail.commands import carry_out
from tests.conftest import COUNTY, TOWN, VILLAGE
from tests.register.conftest import BEGUN, LIN, NOW, SAID

HELD = 0.5  # seconds the first word is kept from being committed


def say(facts: dict[str, bool], said: threading.Event | None = None) -> None:
    try:
        with transaction.atomic(), as_engine():
            statements.record("household", LIN, facts, source="village", about=SAID, by="t", now=NOW)
            if said:
                said.set()
                time.sleep(HELD)
    finally:
        connection.close()


def test_two_words_at_once_are_both_believed(fresh_database: str, words: Vocabulary) -> None:
    with carry_out("test", by="t"):
        county = Division(COUNTY + "000000", "蓬溪县", "county", "county")
        town = Division(TOWN + "000", "鸣凤镇", "town", "town")
        load([county, town, Division(VILLAGE, "青杠村", "village", "village", TOWN + "000")], by="t")
    home = bulk.HouseholdRow(LIN, "H-LIN", VILLAGE, BEGUN, "林秀英")
    first = bulk.StatementRow("household", LIN, "village", SAID, {"monitored": True})
    bulk.load(by="t", now=NOW, vocabulary=words, households=[home], statements=[first])
    said = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(say, {"unsold_produce": True}, said)
        assert said.wait(20)
        quick = pool.submit(say, {"spring_ploughing": True})
        slow.result(timeout=30)
        quick.result(timeout=30)
    with transaction.atomic(), as_engine():
        held = Belief.objects.get(subject_kind="household", subject_id=LIN).facts
    assert held.keys() >= {"monitored", "unsold_produce", "spring_ploughing"}
