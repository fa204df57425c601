"""Questions: one for whatever is open, none for what is decided, the best first."""

from __future__ import annotations

import datetime

import pytest

from doudi.access.scope import as_engine
from doudi.policy import households, questions, results
from doudi.policy.questions import Question
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.rules.measures import unpack_reasons
from doudi.rules.results import FAILED


def households_of(run: Run, most: int = 40) -> list[int]:
    with as_engine():
        return list(Household.objects.order_by("id").values_list("id", flat=True)[:most])


def test_everything_open_is_asked_about_and_nothing_else(run: Run) -> None:
    pack = run.pack.pack
    kinds = results.by_kind(pack)
    asked_about, open_count = 0, 0
    for household in households_of(run):
        decided = households.decide(household, pack, as_of=run.as_of)
        open_measures = set()
        for (kind, _), answers in decided.answers.items():
            for measure, answer in zip(kinds[kind], answers, strict=True):
                verdicts = unpack_reasons(answer.reasons, len(measure.conditions))
                if answer.verdict == 2 and FAILED not in verdicts:
                    open_measures.add(measure.name)
        asked = {name for question in questions.of_decided(decided) for name in question.decides}
        assert asked == open_measures, household
        asked_about += len(asked)
        open_count += bool(open_measures)
    assert asked_about > 10
    assert open_count > 5


def test_a_question_has_words_choices_and_somebody_to_ask(run: Run) -> None:
    seen = set()
    for household in households_of(run):
        for each in questions.of_household(household):
            assert each.text_zh
            assert each.text_en
            assert "{year}" not in each.text_zh + each.text_en
            assert each.asks
            assert each.type != "code" or each.choices
            assert each.kind == "params" or each.label, each
            seen.add(each.fact)
    assert len(seen) > 5


def test_a_word_grown_too_old_is_shown_with_its_question(run: Run) -> None:
    """`keeps`: what one source alone said too long ago is asked again, beside what it said."""
    pack, alone = run.pack.pack, 0
    for household in households_of(run):
        decided = households.decide(household, pack, as_of=run.as_of + datetime.timedelta(days=400))
        for each in questions.of_decided(decided):
            said = decided.graph.beliefs.get((each.kind, each.subject_id), {}).get(each.fact)
            if isinstance(said, list) and len(said) == 2:
                assert each.last_word == (said[0], said[1]), each
                alone += 1
    assert alone > 5


def test_answering_by_the_first_question_ends(run: Run) -> None:
    """Whatever is answered, each answer leaves less to ask; at the end nothing decides anything any more."""
    pack = run.pack.pack
    for household in households_of(run, 15):
        decided = households.decide(household, pack, as_of=run.as_of)
        left = questions.of_decided(decided)
        rounds = 0
        while left and rounds < 60:
            first = next((each for each in left if each.type in VALUES and each.kind != "params"), None)
            if first is None:
                break
            decided.graph.rows[first.kind, first.subject_id].facts[first.fact] = VALUES[first.type](first)
            decided = households.of_graph(household, decided.graph, decided.decider)
            left, rounds = questions.of_decided(decided), rounds + 1
            assert (first.kind, first.subject_id, first.fact) not in {(q.kind, q.subject_id, q.fact) for q in left}
        assert all(each.kind == "params" or each.type not in VALUES for each in left), household


VALUES = {
    "bool": lambda question: True,
    "int": lambda question: question.low or 1,
    "money": lambda question: question.low or 0,
    "code": lambda question: question.choices[0][0],
    "months": lambda question: 1,
}


def test_the_best_comes_first() -> None:
    def question(**more: object) -> Question:
        common = {"kind": "household", "subject_id": 1, "label": "", "fact": "f", "type": "bool"}
        return Question(**{**common, "text_zh": "", "text_en": "", "asks": ("household",), "decides": ("m",), **more})

    two = question(verdicts=2, asks=("county",))
    dear = question(verdicts=1, stake_fen=10_000, asks=("bureau",))
    cheap = question(verdicts=1, stake_fen=0)
    village = question(verdicts=1, stake_fen=0, asks=("village",))
    money = question(verdicts=1, stake_fen=0, type="money")
    assert sorted([village, money, cheap, dear, two], key=Question.order) == [two, dear, cheap, money, village]


def test_a_village_counts_the_households_in_which_a_fact_is_open(run: Run) -> None:
    with as_engine():
        codes = list(Household.objects.values_list("place_code", flat=True).distinct().order_by("place_code"))
    found = {code: questions.of_village(code) for code in codes}
    asked = [(code, each) for code, some in found.items() for each in some if each.kind == "household"]
    assert asked
    for code, each in asked[:5]:
        for household in each.where:
            mine = [q for q in questions.of_household(household) if (q.kind, q.fact) == (each.kind, each.fact)]
            assert mine, (code, each.fact)
        assert each.households == len(each.where)


def test_an_undecided_number_is_asked_of_the_county(run: Run) -> None:
    pack = run.pack.pack
    name = "post_age_limit"
    for household in households_of(run):
        decided = households.decide(household, pack, as_of=run.as_of)
        decided.decider.params = {key: value for key, value in decided.decider.params.items() if key != name}
        again = households.of_graph(household, decided.graph, decided.decider)
        asked = [each for each in questions.of_decided(again) if each.kind == "params"]
        if asked:
            assert asked[0].fact == name
            assert asked[0].asks == ("county",)
            assert "04_village_posts" in asked[0].decides
            return
    pytest.fail("nobody in the small county waits for the age limit")
