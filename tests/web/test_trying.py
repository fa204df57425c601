"""What-if in the browser's terms: the address is the scenario, each wrong word has its place, each sees their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import as_engine
from doudi.policy import results, stores, what_if
from doudi.policy.decisions import Standing
from doudi.policy.runs import Run
from doudi.web.desk import scenarios

Open = Callable[[str], Client]
LIVE = {"HX-Request": "true", "HX-Target": "result"}
LINE = "rule.06a_keep_allowance_poor.below_line"
HIGHER = "household.net_income_per_head(2019) < yuan(6000)"
CHOSEN = {"posts_per_village": "3"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def standing_run() -> Run:
    with transaction.atomic(), as_engine():
        run = Run.objects.standing()
    assert run is not None
    return run


def test_the_address_says_only_what_differs(county: Client) -> None:
    everything = {**scenarios.numbers_in_force(standing_run().pack.pack, standing_run().as_of), **CHOSEN, "x": "1"}
    answer = county.get("/what-if/", everything)
    assert answer.headers["Location"] == "?posts_per_village=3"
    assert county.get("/what-if/?posts_per_village=3").status_code == 200
    live = county.get("/what-if/", everything, headers=LIVE)
    assert live.headers["HX-Replace-Url"] == "/what-if/?posts_per_village=3"
    assert "<html" not in text(live)


def test_the_town_is_told_of_its_town_alone(reading_as: Open) -> None:
    (trial,) = what_if.try_out([CHOSEN])
    effect = next(each for each in trial.effects if each.measure == "04_village_posts")
    mine = next(each for each in effect.towns if each.code == "510921110000")
    assert 0 < mine.gains < effect.gains
    told = {}
    for name in ("county", "town"):
        body = text(reading_as(name).get("/what-if/", CHOSEN))
        told[name] = [int(n) for n in re.findall(r"新增 (\d+)", body)]
        assert body.count("way=gains&amp;town=510921110") == 1
    assert told["county"][0] == effect.gains
    assert told["town"][0] == mine.gains
    body = text(reading_as("town").get("/what-if/", {"livelihood_award_per_person": "150"}))
    assert "预算 " not in body.split('id="result"')[1]


def test_who_gains_is_named_within_the_scope_and_counted(reading_as: Open) -> None:
    (trial,) = what_if.try_out([CHOSEN])
    effect = next(each for each in trial.effects if each.measure == "04_village_posts")
    address = "/what-if/who/?" + urlencode({**CHOSEN, "measure": "04_village_posts", "way": "gains"})
    county, town = (text(reading_as(name).get(address)) for name in ("county", "town"))
    assert f"<strong>{effect.gains}</strong>" in county
    mine = next(each for each in effect.towns if each.code == "510921110000")
    assert f"<strong>{mine.gains}</strong>" in town
    listed = [int(n) for n in re.findall(r"/why/(\d+)/", town)]
    with transaction.atomic(), as_engine():
        places = set(
            Standing.objects.filter(subject_kind="person", subject_id__in=listed).values_list("place_code", flat=True)
        )
    assert len(listed) == mine.gains
    assert {place[:9] for place in places} == {"510921110"}
    elsewhere = text(reading_as("town").get(address + "&town=510921102"))
    assert "没有这样的对象" in elsewhere


def test_who_is_left_out_counts_as_the_run_would(county: Client) -> None:
    run = standing_run()
    (trial,) = what_if.try_out([{}], rules={LINE.removeprefix("rule."): "household.expected_income_per_head < yuan(1)"})
    (effect,) = trial.effects
    table = results.read(stores.folder_of(stores.ANSWERS, run.answers_hash))["household"]
    before = table["06a_keep_allowance_poor_verdict"].to_pylist()
    assert (effect.yes_before, effect.unknown_before) == (before.count(1), before.count(2))
    assert effect.yes + effect.no + effect.unknown == len(before)
    assert effect.opens > 0
    assert sum(town.unknown for town in effect.towns) == effect.unknown
    assert f"变为待核 {effect.opens}" in text(
        county.get("/what-if/", {LINE: "household.expected_income_per_head < yuan(1)"})
    )


def test_a_rule_is_tried_from_the_address_and_kept_in_its_text(county: Client) -> None:
    page = county.get("/what-if/", {LINE: HIGHER})
    assert page.status_code == 200
    assert "household.net_income_per_head(2019) &lt; yuan(6000)</textarea>" in text(page)
    assert re.search(r"新增 [1-9]", text(page))
    assert "--rule" in text(page)


WRONG = [
    ("household.net_incme_per_head(2019) < yuan(6000)", (1, 11), "net_incme_per_head", "net_income_per_head"),
    ("household.registered_poor &&\n household.minimum_alowance", (2, 12), "minimum_alowance", "minimum_allowance"),
    ("household.registered_poor &&", (1, 29), "", ""),
    ("household.net_income_per_head(2019) < 5000", None, "", ""),
    ("yuan(1)", (1, 1), "", ""),
    ("'贫困' + household.registered_por", None, "registered_por", "registered_poor"),
]


@pytest.mark.parametrize(("rule", "place", "word", "nearest"), WRONG)
@pytest.mark.parametrize("live", [True, False])
def test_a_wrong_rule_is_told_with_line_column_and_nearest_word_and_stays_typed(
    county: Client, rule: str, place: tuple[int, int] | None, word: str, nearest: str, live: bool
) -> None:
    answer = county.get("/what-if/", {LINE: rule, "edit": LINE.removeprefix("rule.")}, headers=LIVE if live else {})
    assert answer.status_code == 422
    body = text(answer)
    told = re.search(r"第 (\d+) 行第 (\d+) 列:", body)
    assert told is not None
    if place:
        assert (int(told[1]), int(told[2])) == place
    if word:
        assert f"<mark>{word}</mark>" in body
        assert f"“{nearest}”" in body
    if not live:
        assert re.search(r"<textarea[^>]*aria-invalid=\"true\"", body)
        assert rule.replace("<", "&lt;").replace("&&", "&amp;&amp;").replace("'", "&#x27;") in body


def test_the_caret_stands_below_the_word_even_after_chinese() -> None:
    wrong = scenarios.problems(
        scenarios.Scenario(rules={LINE.removeprefix("rule."): "'贫困户' == household.hous"}), standing_pack()
    )
    problem = wrong[LINE]
    assert problem.word == "hous"
    assert problem.caret.index("^") == scenarios.wide("'贫困户' == household.")
    assert problem.caret.count("^") == 4


def standing_pack() -> Any:
    from doudi.policy import packs, versions

    return packs.load(versions.folder_of("pengxi_2020"))


def test_a_wrong_number_has_its_message_at_its_field(county: Client) -> None:
    answer = county.get("/what-if/?posts_per_village=many")
    assert answer.status_code == 422
    body = text(answer)
    assert re.search(r'value="many"[^>]*aria-invalid="true"', body)
    assert re.search(r'id="e-posts_per_village">[^<]+</span>', body)
    live = text(county.get("/what-if/?posts_per_village=many", headers=LIVE))
    assert re.search(r'id="e-posts_per_village" hx-swap-oob="true">[^<]+</span>', live)
    assert re.search(r'id="e-post_age_limit" hx-swap-oob="true"></span>', live)


def test_several_changes_and_four_scenarios_side_by_side(county: Client) -> None:
    queries = [urlencode({"posts_per_village": str(n)}) for n in (1, 3, 4)] + [urlencode({LINE: HIGHER})]
    address = "/what-if/compare/?" + urlencode([("with", query) for query in queries])
    body = text(county.get(address))
    assert body.count('<h2 id="c-') == 4
    for number in ("1", "3", "4"):
        (trial,) = what_if.try_out([{"posts_per_village": number}])
        effect = next(each for each in trial.effects if each.measure == "04_village_posts")
        assert f"(+{effect.gains} −{effect.loses})" in body
    five = "/what-if/compare/?" + urlencode([("with", q) for q in [*queries, "posts_per_village=5"]])
    assert text(county.get(five)).count('<h2 id="c-') == 4


def test_a_scenario_is_kept_in_the_address_and_offered_to_compare(county: Client) -> None:
    body = text(county.get("/what-if/?posts_per_village=3"))
    keep = re.search(r'href="(/what-if/\?[^"]+)">留下来对比', body)
    assert keep is not None
    kept = county.get(keep[1].replace("&amp;", "&"))
    assert kept.status_code == 200
    assert 'type="hidden" name="with" value="posts_per_village=3"' in text(kept)
    assert "并排对比" in text(kept)


def test_a_slider_spans_what_the_number_can_be(county: Client) -> None:
    body = text(county.get("/what-if/"))
    found = {
        name: (float(low), float(high), float(step), float(at))
        for name, low, high, step, at in re.findall(
            r'data-twin="p-(\w+)" min="([\d.]+)" max="([\d.]+)" step="([\d.]+)" value="([\d.]+)"', body
        )
    }
    assert found["livelihood_award_per_person"][:2] == (0, 200)
    assert found["platform_subsidy_rate"][2] < 0.01
    assert all(low <= at <= high and step > 0 for low, high, step, at in found.values())
    assert found["posts_per_village"][2] == 1
    assert "sales_window_from" not in found
    assert all(f'id="p-{name}"' in body for name in found)


@pytest.mark.parametrize("path", ["/what-if/who/", "/what-if/compare/"])
def test_only_who_may_try_may_list_and_compare(reading_as: Open, path: str) -> None:
    query = "?posts_per_village=3&measure=04_village_posts&way=gains"
    expected = {"county": 200, "auditor": 200, "village": 403, "bureau": 403}
    assert {name: reading_as(name).get(path + query).status_code for name in expected} == expected
    assert reading_as("county").get("/what-if/who/?measure=x&way=gains").status_code == 404
    assert reading_as("county").get("/what-if/who/?measure=04_village_posts&way=" + quote("' OR 1")).status_code == 404
