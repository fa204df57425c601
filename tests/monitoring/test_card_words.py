"""The words of a card: facts by their names, values in words that mean one thing, each no with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from doudi.access.scope import as_engine
from doudi.monitoring import cards, decided, need_decisions
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.needs import Need
from doudi.policy.decisions import Decision, Standing
from tests.monitoring.conftest import Phone, check
from tests.policy.conftest import DAY

OTHERS = [["true", "没有了,已列全", "none: all are listed"], ["false", "还有,没列全", "some are not listed yet"]]


class ReadsAll:
    """Whoever may read every class of facts."""

    def reads(self, _sensitivity: str) -> bool:
        return True


def told(phone: Phone, **about: Any) -> dict[str, Any]:
    """A dispute about a fact, as a card tells it."""
    from django.utils import timezone

    card = next(iter(phone.cards.values()))
    with as_engine():
        held = Dispute(household_id=card["id"], mine_by="helper", theirs_by="town", subject_id=card["id"], **about)
        (found,) = cards.disputes_of([held], duties_on=timezone.localdate())
    return found


def test_any_other_is_asked_and_told_in_words_that_mean_one_thing(phone: Phone) -> None:
    found = [fact for card in phone.cards.values() for fact in card["facts"] if fact["fact"] == "members_complete"]
    assert found
    for fact in found:
        assert "还有别人吗" in fact["asks_zh"]
        assert fact["choices"] == OTHERS
        assert (fact["shown"], fact["shown_en"]) == ("没有了,已列全", "none: all are listed")


def test_a_dispute_names_a_fact_the_card_has_not(phone: Phone) -> None:
    """No measure reads whether inputs are lacking, so the card has it not; the words on it are told all the same."""
    of = told(phone, subject_kind="household", fact="lacks_farm_inputs", kind="conflict", mine=False, theirs=True)["of"]
    assert (of["zh"], of["type"]) == ("春耕农资没有备齐", "bool")
    assert of["en"]
    assert "lacks_farm_inputs" not in of["en"]
    yearly = told(phone, subject_kind="household", fact="wage_income@2019", kind="protected", mine=1, theirs=2)["of"]
    assert (yearly["zh"], yearly["en"], yearly["type"]) == ("2019年工资性收入", "wage income (2019)", "money")


def test_a_length_of_time_is_no_month_of_the_year(phone: Phone) -> None:
    of = told(phone, subject_kind="hire", fact="contract_months", kind="conflict", mine=6, theirs=12)["of"]
    assert (of["unit"], of["unit_en"]) == ("个月", "months")


def test_a_part_of_something_is_named_by_itself(phone: Phone) -> None:
    fact = {"subject_kind": "household", "fact": "allowance_income@2019", "kind": "protected"}
    of = told(phone, **fact, mine=1, theirs=2)["of"]
    assert (of["zh"], of["en"]) == ("2019年低保金", "the minimum allowance (2019)")


def test_a_dispute_about_a_fact_that_is_no_more_is_told_without(phone: Phone) -> None:
    assert told(phone, subject_kind="no_kind", fact="gone", kind="conflict", mine=1, theirs=2)["of"] == {}


def test_who_meets_every_condition_is_told_that_the_places_did_not_reach(
    phone: Phone, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all conditions hold and the answer is no, the reason is the line; where there is none, nothing is added."""
    decision = Decision(subject_kind="person", subject_id=7, verdicts=[], amounts=[], reasons=[], places=[])
    for _name in run.measures["person"]:
        decision.verdicts.append(0)
        decision.amounts.append(None)
        decision.reasons.append(int("01" * 20, 2))
        decision.places.append(9)
    standing = [Standing(household_id=1, subject_kind="person", decision=decision)]
    monkeypatch.setattr(decided, "_standing", lambda **_asked: standing)
    found = {each["measure"]: each["why"][-1] for each in decided.of([1], ReadsAll(), run)[1]}
    assert found["04_village_posts"] == {
        "zh": "名额有限,没有排上,排在第 9 位",
        "en": "places are few and did not reach this far (place 9 in the line)",
        "ok": False,
    }
    assert found["01_livelihood_award"]["ok"] is True


def test_a_card_says_what_became_of_a_need(phone: Phone) -> None:
    card = next(iter(phone.cards.values()))
    phone.sync(check(card, needs=["sell"], agrees="not_asked"))
    phone.pull()
    (need,) = phone.cards[card["id"]]["needs"]
    assert (need["zh"], need["state"], need["measure_zh"]) == ("农产品销售", "open", "")
    with as_engine():
        held = Need.objects.get(household_id=card["id"], code="sell")
        measures = ["02_farm_purchases"]
        need_decisions.propose(held, measures[0], measures=measures, by="village", on=DAY)
        need_decisions.decide(held, measures[0], reason="下周来收", measures=measures, by="town", on=DAY)
    phone.pull()
    (need,) = phone.cards[card["id"]]["needs"]
    assert (need["state"], need["reason"], need["on"]) == ("decided", "下周来收", DAY.isoformat())
    assert (need["measure_zh"], need["measure_en"]) == ("消费扶贫", "Farm purchases")
