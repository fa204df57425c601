"""What-if says what a run would say, stores nothing, and is adopted by a second person, with a source and a name."""

from __future__ import annotations

import datetime
import shlex
from typing import Any
from urllib.parse import parse_qsl

import pytest

from doudi.policy import differences, proposals, running, what_if
from doudi.policy.decisions import Decision
from doudi.policy.runs import Run
from doudi.policy.versions import PackVersion
from doudi.values.refusals import Refusal
from tests.policy.conftest import DAY, NOW, PACK


def adopt(name: str, value: str, *, now: datetime.datetime = NOW, **more: Any) -> PackVersion:
    """Propose a tried value as one person, adopt it as another."""
    made = what_if.propose(
        name, value, by="county", now=now, **{"from_day": DAY, "source": "s", "named_by": "n", **more}
    )
    return proposals.adopt(made, by="county2", now=now)


def effect(trial: what_if.Trial, measure: str) -> what_if.Effect:
    return next(each for each in trial.effects if each.measure == measure)


def test_trying_says_what_adopting_and_running_does(run: Run) -> None:
    (trial,) = what_if.try_out([{"posts_per_village": "3"}])
    tried = effect(trial, "04_village_posts")
    adopt("posts_per_village", "3", source="县长办公会", named_by="李干部")
    after = running.run(PACK, as_of=DAY, by="tester", now=NOW)
    (row,) = [row for row in after.counts["measures"] if row["name"] == "04_village_posts"]
    assert (tried.yes, tried.no, tried.unknown) == (row["yes"], row["no"], row["unknown"])
    found = differences.diff(run, after)
    assert found.gained == tried.gains
    assert found.lost == 0 == tried.loses
    assert set(found.causes) == {"parameter posts_per_village"}
    assert sum(town.gains for town in tried.towns) == tried.gains > 0


def test_nothing_is_stored_by_trying(run: Run) -> None:
    before = (Run.objects.count(), PackVersion.objects.count(), Decision.objects.count())
    what_if.try_out([{"livelihood_award_per_person": "200"}])
    assert (Run.objects.count(), PackVersion.objects.count(), Decision.objects.count()) == before


def test_a_dearer_award_costs_more_for_the_same_people(run: Run) -> None:
    (trial,) = what_if.try_out([{"livelihood_award_per_person": "200.50"}])
    award = effect(trial, "01_livelihood_award")
    assert (award.gains, award.loses) == (0, 0)
    assert award.amount_before_fen == award.yes * 10_000
    assert award.amount_fen == award.yes * 20_050
    assert award.budget_fen == 447_260_000
    assert sum(town.change_fen for town in award.towns) == award.amount_fen - award.amount_before_fen


def test_sixteen_at_once_are_as_each_alone(run: Run) -> None:
    overlays = [{"allowance_line_registered": str(4000 + 250 * n)} for n in range(16)]
    together = what_if.try_out(overlays)
    assert len(together) == 16
    for overlay, trial in list(zip(overlays, together, strict=True))[::5]:
        (alone,) = what_if.try_out([overlay])
        assert alone == trial
    yes = [effect(trial, "06a_keep_allowance_poor").yes for trial in together]
    assert yes == sorted(yes)
    assert yes[0] < yes[-1]


def test_an_edited_rule_is_tried_against_the_one_in_force(run: Run) -> None:
    rule = {"06a_keep_allowance_poor.below_line": "household.net_income_per_head(2019) < yuan(100000)"}
    (trial,) = what_if.try_out([{}], rules=rule)
    (found,) = trial.effects
    assert found.measure == "06a_keep_allowance_poor"
    assert found.gains > 0
    assert found.yes == found.yes_before + found.gains - found.loses
    in_force = "household.net_income_per_head(2019) < params.allowance_line_registered"
    (same,) = what_if.try_out([{}], rules={"06a_keep_allowance_poor.below_line": in_force})
    assert (same.effects[0].gains, same.effects[0].loses) == (0, 0)


def test_a_trial_repeats_by_command_and_by_address(run: Run) -> None:
    overlay = {"posts_per_village": "3", "post_age_limit": "60"}
    (trial,) = what_if.try_out([overlay])
    words = shlex.split(trial.command)
    assert words[:2] == ["doudi", "whatif"]
    assert [words[n + 1] for n, word in enumerate(words) if word == "--set"] == [
        "posts_per_village=3",
        "post_age_limit=60",
    ]
    assert [value for key, value in parse_qsl(trial.query) if key == "set"] == [
        "posts_per_village=3",
        "post_age_limit=60",
    ]


REFUSED = [
    ({"posts_per_vilage": "3"}, {}, "Did you mean “posts_per_village”"),
    ({"posts_per_village": "many"}, {}, "whole number"),
    ({"sales_window_from": "soon"}, {}, "write a day"),
    ({}, {"06a_keep_allowance_poor.below": "true"}, "Did you mean “06a_keep_allowance_poor.below_line”"),
    ({}, {"06a_keep_allowance_poor.below_line": "household.net_incme(2019) < yuan(1)"}, "net_income"),
    ({}, {"06a_keep_allowance_poor.below_line": "household.net_income(2019)"}, "06a_keep_allowance_poor.below_line"),
]


@pytest.mark.parametrize(("overlay", "rules", "said"), REFUSED)
def test_a_wrong_name_value_or_rule_is_refused(
    run: Run, overlay: dict[str, str], rules: dict[str, str], said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        what_if.try_out([overlay], rules=rules)


def test_adopting_needs_a_source_and_a_name(run: Run) -> None:
    with pytest.raises(Refusal, match="say its source"):
        adopt("posts_per_village", "3", source=" ")


def test_what_is_adopted_is_dated_cited_and_survives_an_edit_of_the_pack(run: Run, pack: object) -> None:
    version = adopt("livelihood_award_per_person", "120.5", source="县政府〔2020〕3号", named_by="县长")
    held = version.pack.parameters["livelihood_award_per_person"].on(DAY)
    assert held is not None
    assert (held.value, held.start, held.source, held.by.zh) == (12_050, DAY, "县政府〔2020〕3号", "县长")
    assert version.based_on == run.pack_id
    assert version.change["parameter"] == "livelihood_award_per_person"
    assert (version.change["proposed_by"], version.stored_by, version.own_text) == ("county", "county2", False)
    earlier = version.pack.parameters["livelihood_award_per_person"].on(DAY.replace(day=1))
    assert earlier is not None
    assert earlier.value == 10_000
    after = running.run(PACK, as_of=DAY, by="t", now=NOW)
    assert after.pack_id == version.hash


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sales_window_from", "2020-03-01"),
        ("platform_subsidy_rate", "0.075"),
        ("post_age_limit", "58"),
        ("hire_award", "1,250.05"),
    ],
)
def test_every_type_of_number_can_be_adopted(run: Run, name: str, text: str) -> None:
    version = adopt(name, text)
    held = version.pack.parameters[name].on(DAY)
    assert held is not None
    assert held.value == what_if.read_value(run.pack.pack, name, text)


def test_what_is_adopted_in_the_small_hours_is_dated_that_day(run: Run) -> None:
    """Two in the morning in the county is still the day before in Greenwich."""
    early = datetime.datetime(2020, 2, 27, 18, tzinfo=datetime.UTC)
    version = adopt("post_age_limit", "58", now=early)
    (file,) = [file for file in version.files if file.startswith("overlays/set_by_county_")]
    assert "dated = 2020-02-28" in version.files[file]
