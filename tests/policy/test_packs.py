"""The shipped packs: read, dated, cited, overlaid; and what the ten measures are."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

import doudi
from doudi.facts.vocabulary import load as load_vocabulary
from doudi.policy import packs, reasons
from doudi.policy.packs import Pack
from doudi.rules.nodes import Parameter

SHIPPED = Path(doudi.__file__).parent / "packs"
DAY = date(2020, 2, 27)


@pytest.fixture(scope="module")
def pengxi() -> Pack:
    return packs.load(SHIPPED / "pengxi_2020")


@pytest.fixture(scope="module")
def demo(pengxi: Pack) -> Pack:
    return packs.overlay(pengxi, "demo_choices.toml")


def test_all_ten_measures_are_there(pengxi: Pack) -> None:
    numbers = [terms.number for terms in pengxi.terms.values()]
    assert {number.rstrip("abcde") for number in numbers} == {str(number) for number in range(1, 11)}
    assert {"6a", "6b", "6c", "7a", "7b", "7c", "7d", "7e", "8a", "8b", "10a", "10b"} <= set(numbers)
    subjects = {measure.subject for measure in pengxi.measures.values()}
    assert subjects == {"household", "person", "loan", "hire", "post", "platform", "project"}


def test_every_measure_cites_its_own_sentence_of_the_report(pengxi: Pack) -> None:
    for terms in pengxi.terms.values():
        assert terms.clause == f"report:measure-{terms.number.rstrip('abcde')}"
        assert pengxi.clause(terms.clause) is not None


def test_the_hash_is_of_the_text(pengxi: Pack) -> None:
    assert packs.from_files(pengxi.files).hash == pengxi.hash
    reordered = dict(reversed(list(pengxi.files.items())))
    assert packs.hash_of(reordered) == pengxi.hash
    changed = {**pengxi.files, "parameters.toml": pengxi.files["parameters.toml"] + "\n# a remark\n"}
    assert packs.from_files(changed).hash != pengxi.hash


def test_moving_text_between_files_changes_the_hash() -> None:
    assert packs.hash_of({"a": "xy", "b": "z"}) != packs.hash_of({"a": "x", "b": "yz"})


def test_what_the_report_leaves_open_is_undecided(pengxi: Pack) -> None:
    undecided = {name for name, parameter in pengxi.parameters.items() if parameter.undecided}
    assert {"platform_threshold", "platform_subsidy_rate", "post_age_limit", "least_contract_months"} <= undecided
    assert not undecided & set(pengxi.values_on(DAY))


def test_the_demo_county_decides_everything_and_says_whose_assumption_it_is(pengxi: Pack, demo: Pack) -> None:
    assert demo.hash != pengxi.hash
    assert set(demo.parameters) - set(demo.values_on(DAY)) == {"put_off_latest"}, "named by a notice of July"
    for name, parameter in pengxi.parameters.items():
        if parameter.undecided:
            chosen = demo.parameters[name].on(DAY)
            assert chosen is not None
            assert chosen.source == "demo_choices.toml"
            assert "假定" in chosen.by.zh
            assert "assumed" in chosen.by.en


def test_an_overlay_is_only_on_offer_until_it_is_applied(pengxi: Pack) -> None:
    assert pengxi.overlays == ("demo_choices.toml",)
    assert "demo_choices.toml" in pengxi.files
    assert pengxi.values_on(DAY).get("line_2020") is None


def test_an_overlaid_pack_is_the_same_when_read_again_from_its_text(demo: Pack, tmp_path: Path) -> None:
    for name, text in demo.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    again = packs.load(tmp_path)
    assert again.hash == demo.hash
    assert again.values_on(DAY) == demo.values_on(DAY)


def test_a_parameter_holds_from_its_day_on(pengxi: Pack) -> None:
    assert pengxi.values_on(date(2020, 2, 11)).get("loans_due_from") is None
    assert pengxi.values_on(date(2020, 2, 12))["loans_due_from"] == date(2020, 1, 1)


def test_a_parameter_dated_in_the_future_is_unknown_until_then(pengxi: Pack) -> None:
    old = 'value = 2\nfrom = 2020-02-01\nsource = "report:measure-4"'
    later = old + '\nlater = [{ value = 3, from = 2020-03-01, source = "report:measure-4" }]'
    text = pengxi.files["parameters.toml"]
    assert text.count(old) == 1
    pack = packs.from_files({**pengxi.files, "parameters.toml": text.replace(old, later)})
    days = (date(2020, 1, 31), date(2020, 2, 29), date(2020, 3, 1))
    assert [pack.values_on(day).get("posts_per_village") for day in days] == [None, 2, 3]


def test_budgets(pengxi: Pack) -> None:
    assert pengxi.budget_of("01_livelihood_award", DAY) == 447_260_000
    assert pengxi.budget_of("05_local_hire_award", DAY) is None
    assert pengxi.budget_of("01_livelihood_award", date(2020, 1, 31)) is None


def test_titles_that_would_tell_of_health_or_status_are_not_published(pengxi: Pack) -> None:
    kept = {terms.number for terms in pengxi.terms.values() if not terms.publish}
    assert {"6", "6a", "6b", "6c", "7a"} <= kept


def test_a_value_only_remembered_is_marked_and_decides_no_measure(pengxi: Pack) -> None:
    remembered = {
        name
        for name, parameter in pengxi.parameters.items()
        if any(value.source == "unverified" for value in parameter.values)
    }
    assert remembered == {"line_2019"}
    used = {
        node.name
        for measure in pengxi.measures.values()
        for rule in measure.nodes()
        for node in rule.walk()
        if isinstance(node, Parameter)
    }
    assert not remembered & used


def test_the_claims_are_the_reports(pengxi: Pack) -> None:
    claims = {name: each.claim.value for name, each in pengxi.indicators.items() if each.claim}
    assert claims == {
        "out_for_work": 1291,
        "seats_needed": 2913,
        "wage_hit": 9100,
        "business_hit": 2983,
        "unsold": 289,
        "monitored": 445,
        "registered_persons": 44726,
        "award_at_most": 447_260_000,
        "posts": 642,
    }
    ratios = {
        name: str(each.claim.ratio) for name, each in pengxi.indicators.items() if each.claim and each.claim.ratio
    }
    assert ratios == {"out_for_work": "0.3071", "wage_hit": "0.4103"}


def test_at_least_thirty_checks_from_the_catalogue(pengxi: Pack) -> None:
    assert len({each.catalogue for each in pengxi.checks.values()}) >= 30


def test_facts_of_the_pack_are_added_and_none_moved(pengxi: Pack) -> None:
    shipped = load_vocabulary()
    assert ("household", "lacks_farm_inputs") in pengxi.added
    for kind in shipped.kinds.values():
        for name, fact in kind.facts.items():
            assert pengxi.vocabulary.fact(kind.name, name) == fact
    assert shipped.fact("household", "lacks_farm_inputs") is None, "the shipped vocabulary is nobody's to change"


def test_another_country_has_its_own_money() -> None:
    pack = packs.load(SHIPPED / "vlss_1998")
    assert (pack.currency.code, pack.currency.minor) == ("VND", 1)
    assert reasons.teller_of(pack).money(1_790_000, "en") == "1,790,000 dong"
    assert pack.values_on(date(1998, 6, 30)) == {"poverty_line": 1_790_000}


def test_every_fact_a_measure_asks_for_has_a_question(pengxi: Pack) -> None:
    from doudi.policy.packs_boundaries import reads

    asked = {fact for measure in pengxi.measures.values() for node in measure.nodes() for fact in reads(node)}
    without = []
    for kind, name in asked:
        fact = pengxi.vocabulary.fact(kind, name)
        if fact and not fact.formula and not (fact.question_zh and fact.question_en):
            without.append(f"{kind}.{name}")
    assert without == []


@pytest.mark.bench
def test_a_pack_loads_in_a_third_of_a_second() -> None:
    packs.load(SHIPPED / "pengxi_2020")
    seconds = []
    for _ in range(5):
        started = time.process_time()
        packs.load(SHIPPED / "pengxi_2020")
        seconds.append(time.process_time() - started)
    assert sorted(seconds)[2] <= 0.3
