"""Statements: said once, believed at once, by those who may say it, of those in their scope."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from doudi.facts.kinds import Vocabulary
from doudi.register import statements
from doudi.register.beliefs import Belief
from doudi.register.statements import Statement
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from tests.register.conftest import CHEN, LIN, NOW, SAID, ZHOU


def believed(kind: str, subject: int, seeing: Any) -> dict[str, Any]:
    with seeing("510921"):
        belief = Belief.objects.filter(subject_kind=kind, subject_id=subject).first()
        return {key: cell[0] for key, cell in belief.document.items()} if belief else {}


def test_what_is_said_is_believed_at_once(say: Any, seeing: Any) -> None:
    say("household", LIN, {"minimum_allowance": True, "wage_income@2019": 1_200_000}, "national")
    say("household", LIN, {"minimum_allowance": False}, "bureau")
    assert believed("household", LIN, seeing) == {"minimum_allowance": False, "wage_income@2019": 1_200_000}
    with seeing("510921"):
        belief = Belief.objects.get(subject_kind="household", subject_id=LIN)
        assert belief.contested == ["minimum_allowance"]
        assert belief.facts["wage_income@2019"] == 1_200_000
        first, second = Statement.objects.order_by("id")
        assert (first.household_id, first.place_code, second.recorded_by) == (LIN, "510921110212", "tester")
        assert belief.document["minimum_allowance"][:4] == [False, second.pk, "bureau", SAID.isoformat()]


@pytest.mark.parametrize(
    ("kind", "subject", "facts"),
    [
        ("person", 12, {"labour": "ordinary"}),
        ("loan", 101, {"due_date": "2020-06-30"}),
        ("place", 510921110212, {"households_complete": True}),
    ],
)
def test_every_kind_of_subject_can_be_spoken_of(
    kind: str, subject: int, facts: dict[str, Any], say: Any, seeing: Any
) -> None:
    source = {"loan": "bank", "place": "village"}.get(kind, "national")
    say(kind, subject, facts, source)
    assert believed(kind, subject, seeing) == facts


REFUSED = {
    "no such fact": ({"minimum_alowance": True}, "national", "minimum_allowance"),
    "a derived fact": ({"net_income@2019": 1}, "national", "worked out"),
    "a source that may not": ({"minimum_allowance": True}, "bank", "may not state"),
    "a source nobody knows": ({"minimum_allowance": True}, "rumour", "may not state"),
    "a number for a yes": ({"minimum_allowance": 1}, "national", "yes or no"),
    "text for a number": ({"wage_income@2019": "12"}, "national", "whole number"),
    "a fraction of a fen": ({"wage_income@2019": 1.5}, "national", "whole number"),
    "below the bound": ({"wage_income@2019": -1}, "national", "between"),
    "above 64 bits": ({"wage_income@2019": 2**63}, "national", "between"),
    "a year where none belongs": ({"minimum_allowance@2019": True}, "national", "not of a year"),
    "no year where one belongs": ({"wage_income": 1}, "national", "write wage_income@2019"),
    "a year nobody lives in": ({"wage_income@0019": 1}, "national", "write wage_income@2019"),
    "no such choice": ({"main_cause": "ilness"}, "national", "illness"),
    "nothing": ({}, "national", "No fact"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_may_not_be_said_is_refused_in_both_languages(case: str, say: Any, seeing: Any) -> None:
    facts, source, hint = REFUSED[case]
    with pytest.raises(Refusal) as refused:
        say("household", LIN, facts, source)
    assert hint in refused.value.en
    assert refused.value.zh != refused.value.en
    with seeing("510921"):
        assert not Statement.objects.exists()


NASTY_DATES = ["2020-02-30", "2020-2-3", "20200203", "0000-01-01", "2020-02-03T00:00", "", 20200203, None]


@pytest.mark.parametrize("text", NASTY_DATES[:-1])
def test_a_date_is_a_day_that_exists(text: Any, say: Any) -> None:
    with pytest.raises(Refusal, match="date"):
        say("person", 12, {"birth_date": text}, "national")


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "\u202eabc", "a\u200bb", "x" * 1001])
def test_text_holds_nothing_invisible_and_nothing_endless(text: str, say: Any) -> None:
    with pytest.raises(Refusal):
        say("hire", 102, {"employer": text}, "bureau")


def test_a_day_to_come_is_refused(say: Any) -> None:
    with pytest.raises(Refusal, match="still to come"):
        say("household", LIN, {"insured": True}, "bureau", about=datetime.date(2020, 2, 28))


def test_out_of_scope_there_is_nobody_to_speak_of(village: Any, seeing: Any, words: Vocabulary) -> None:
    with seeing("510921110212"), pytest.raises(Refusal, match="There is no household"):
        statements.record(
            *("household", ZHOU, {"insured": True}), source="bureau", about=SAID, by="tester", now=NOW, vocabulary=words
        )
    with seeing(households=(LIN,)):
        for number, there in ((LIN, True), (CHEN, False)):
            if there:
                statements.record(
                    *("household", number, {"insured": True}),
                    source="bureau",
                    about=SAID,
                    by="t",
                    now=NOW,
                    vocabulary=words,
                )
                continue
            with pytest.raises(Refusal):
                statements.record(
                    *("household", number, {"insured": True}),
                    source="bureau",
                    about=SAID,
                    by="t",
                    now=NOW,
                    vocabulary=words,
                )


def test_the_same_command_twice_is_one_statement(say: Any, seeing: Any) -> None:
    key = uuid.uuid4()
    first = say("household", LIN, {"insured": True}, "bureau", key=key)
    with pytest.raises(AlreadyDone) as again:
        say("household", LIN, {"insured": True}, "bureau", key=key)
    assert again.value.result == {"statement": first.pk}
    with pytest.raises(Refusal, match="something else"):
        say("household", LIN, {"insured": False}, "bureau", key=key)
    with seeing("510921"):
        assert Statement.objects.count() == 1


CHANGES = {
    "the facts": "UPDATE register_statement SET facts = '{}'",
    "the source": "UPDATE register_statement SET source = 'bank'",
    "the day": "UPDATE register_statement SET about_day = '2019-01-01'",
    "the whole row": "DELETE FROM register_statement",
    "every row": "TRUNCATE register_statement",
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_said_is_never_changed(what: str, say: Any, seeing: Any) -> None:
    say("household", LIN, {"insured": True}, "bureau")
    with (
        seeing("510921"),
        pytest.raises(DatabaseError, match=r"refused|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(CHANGES[what])
    with seeing("510921"):
        assert Statement.objects.get().facts == {"insured": True}


def test_only_where_a_statement_stands_may_follow_a_merger(say: Any, seeing: Any) -> None:
    say("household", LIN, {"insured": True}, "bureau")
    with seeing("510921"):
        assert Statement.objects.update(place_code="510921110700") == 1
