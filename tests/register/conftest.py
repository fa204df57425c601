"""Two households of 青杠村 and one of 远山村, with members, a loan, a helper: named people for every register test."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from doudi.facts import vocabulary
from doudi.facts.kinds import Vocabulary
from tests.conftest import FAR_VILLAGE, NEIGHBOUR, VILLAGE

BEGUN = datetime.date(2014, 6, 1)
SAID = datetime.date(2020, 1, 15)
AS_OF = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 4, tzinfo=datetime.UTC)
LIN, CHEN, ZHOU = 1, 2, 3  # households: 林秀英, 陈大福, 周国良


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    return vocabulary.load()


@pytest.fixture
def village(places: dict[str, Any], acting: str, helper: Any, words: Vocabulary) -> SimpleNamespace:
    """The people above, loaded in bulk; nothing is said of anybody yet."""
    from doudi.register import bulk

    bulk.load(
        by=acting,
        now=NOW,
        vocabulary=words,
        households=[
            bulk.HouseholdRow(LIN, "H-LIN", VILLAGE, BEGUN, "林秀英", "5109210001", "三组"),
            bulk.HouseholdRow(CHEN, "H-CHEN", VILLAGE, BEGUN, "陈大福"),
            bulk.HouseholdRow(ZHOU, "H-ZHOU", FAR_VILLAGE, BEGUN, "周国良"),
        ],
        persons=[
            bulk.PersonRow(11, "P-LIN", LIN, "林秀英", BEGUN, "510999196001010023"),
            bulk.PersonRow(12, "P-LIN-2", LIN, "林小兰", BEGUN),
            bulk.PersonRow(21, "P-CHEN", CHEN, "陈大福", BEGUN),
            bulk.PersonRow(31, "P-ZHOU", ZHOU, "周国良", BEGUN),
        ],
        pairings=[bulk.PairingRow(LIN, helper.pk, "县农业农村局", BEGUN)],
        items=[
            bulk.ItemRow(101, "loan", "L-1", "小额信贷", BEGUN, household_id=LIN),
            bulk.ItemRow(102, "hire", "E-1", "某公司聘用", BEGUN, person_id=12),
            bulk.ItemRow(103, "post", "B-1", "防疫岗", BEGUN, village_code=VILLAGE),
            bulk.ItemRow(104, "platform", "Q-1", "平台", BEGUN, place_code="510921000000"),
        ],
    )
    return SimpleNamespace(helper=helper, by=acting, village=VILLAGE, neighbour=NEIGHBOUR, far=FAR_VILLAGE)


@pytest.fixture
def say(village: SimpleNamespace, words: Vocabulary, seeing: Any) -> Any:
    """`say("household", LIN, {"insured": True}, "bureau")` records one statement, seeing the whole county."""
    from doudi.register import statements

    def record(kind: str, subject: int, facts: dict[str, Any], source: str, **more: Any) -> Any:
        given = {"about": SAID, "by": village.by, "now": NOW, "vocabulary": words, **more}
        with seeing("510921"):
            return statements.record(kind, subject, facts, source=source, **given)

    return record
