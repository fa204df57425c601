"""A table that says again what its source said before: what keeps for a time holds on, and past days are known."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from doudi.facts.kinds import Vocabulary
from doudi.register.beliefs import Belief
from doudi.register.graphs import rows_of
from doudi.register.importing import accepting, profiles
from doudi.register.importing.accepting import Preview
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal
from tests.conftest import VILLAGE
from tests.register.conftest import LIN, NOW

PROFILE = """
title.zh = "走访表"
title.en = "Visits"
source = "village"

[place]
code = ["村代码"]

[household]
code = ["户编号"]

[household.facts.wage_income_hit]
column = ["工资受影响"]

[household.facts.has_land]
column = ["有地"]
"""
JANUARY, APRIL = datetime.date(2020, 1, 10), datetime.date(2020, 4, 1)


@pytest.fixture
def visit(village: Any, tmp_path: Path, words: Vocabulary) -> Any:
    """`visit(day, "是")` takes in a table of that day, of the Lin household: hit or not, and something that lasts."""
    profile = tmp_path / "visits.toml"
    lasting = next(
        name
        for name, fact in words.kinds["household"].facts.items()
        if fact.type.name == "bool" and fact.keeps is None and not fact.formula and "village" in fact.sources
    )
    profile.write_text(PROFILE.replace("has_land", lasting), "utf-8")

    def take(day: datetime.date, hit: str = "是", end: str = "\n") -> Preview:
        path = tmp_path / f"visits-{day}.csv"
        path.write_text(f"户编号,村代码,工资受影响,有地\nH-LIN,{VILLAGE},{hit},是{end}", "utf-8")
        table = accepting.open_table(path, profiles.load(str(profile)), about=day)
        return accepting.accept(table, by="tester", now=NOW)

    return take


def hit_on(day: datetime.date, words: Vocabulary) -> Any:
    return rows_of(LIN, as_of=day, vocabulary=words).facts.get("wage_income_hit")


def test_what_is_said_again_holds_on(visit: Any, words: Vocabulary, seeing: Any) -> None:
    """A word of January is over in May (it keeps 90 days); confirmed in April it still holds then."""
    may = datetime.date(2020, 5, 10)
    visit(JANUARY)
    assert hit_on(may, words) is None
    found = visit(APRIL)
    assert found.counts == {"rows": 1, "new": 0, "changed": 0, "same": 1, "held": 0, "refused": 0}
    assert hit_on(may, words) is True
    with seeing("510921"):
        latest = Statement.objects.filter(subject_kind="household", about_day=APRIL).get()
        assert latest.facts == {"wage_income_hit": True}  # what holds for ever needs no second word
        assert latest.evidence["row"] == 2
        assert not Belief.objects.get(subject_kind="household", subject_id=LIN).contested


def test_an_older_table_that_agrees_makes_the_past_known(visit: Any, words: Vocabulary, seeing: Any) -> None:
    visit(APRIL)
    february = datetime.date(2020, 2, 1)
    assert hit_on(february, words) is None
    assert visit(JANUARY).counts["same"] == 1
    assert hit_on(february, words) is True
    with seeing("510921"):
        assert len(Statement.objects.get(subject_kind="household", about_day=JANUARY).facts) == 2


def test_an_older_table_between_two_words_is_heard(visit: Any, words: Vocabulary) -> None:
    """Yes, no, yes: a table between the last two that says yes as well tells what held from its day on."""
    visit(JANUARY)
    visit(datetime.date(2020, 1, 20), "否")
    visit(APRIL)
    between = datetime.date(2020, 2, 10)
    assert hit_on(between, words) is False
    assert visit(datetime.date(2020, 2, 1)).counts["same"] == 1
    assert hit_on(between, words) is True


def test_the_same_day_said_again_writes_nothing(visit: Any, seeing: Any) -> None:
    visit(JANUARY)
    with seeing("510921"):
        said = Statement.objects.count()
    with pytest.raises(Refusal, match="taken in on"):
        visit(JANUARY)
    assert visit(JANUARY, end="\n\n").counts["same"] == 1  # another file that says the same of the same day
    with seeing("510921"):
        assert Statement.objects.count() == said
