"""Indicators and data-quality checks, beside a count by hand."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from doudi.access.scope import as_engine
from doudi.policy import exemptions, indicators, quality
from doudi.policy.runs import Run
from doudi.register.beliefs import Belief
from doudi.values.refusals import Refusal
from tests.policy.conftest import DAY


def believed(kind: str, run: Run) -> dict[int, dict[str, Any]]:
    """What the snapshot holds of every subject of a kind."""
    held = run.snapshot.hold().execute(f'SELECT * FROM "{kind}"')
    names = [column[0] for column in held.description]
    return {row[names.index("id")]: dict(zip(names, row, strict=True)) for row in held.fetchall()}


def test_wages_hit_is_counted_as_by_hand(run: Run) -> None:
    figure = {each.name: each for each in indicators.of_run(run)}["wage_hit"]
    homes = believed("household", run).values()
    poor = [home for home in homes if home["registered_poor"]]
    assert figure.denominator == len(poor)
    assert figure.numerator == figure.value == sum(bool(home["wage_income_hit"]) for home in poor)
    not_ruled_out = [home for home in homes if home["registered_poor"] is not False]
    assert figure.asked_of == len(not_ruled_out)
    assert figure.asked == sum(home["wage_income_hit"] is not None for home in not_ruled_out)
    assert figure.share == (20_000 * figure.numerator + figure.denominator) // (2 * figure.denominator)
    assert figure.claim is not None
    assert (figure.claim.value, figure.unit_zh, figure.reproducible, figure.day) == (9100, "户", "partly", DAY)


def test_a_total_adds_money_up(run: Run) -> None:
    figure = {each.name: each for each in indicators.of_run(run)}["award_at_most"]
    persons, homes = believed("person", run), believed("household", run)
    poor = sum(bool(homes[person["household_id"]]["registered_poor"]) for person in persons.values())
    assert figure.money
    assert figure.value == poor * 10_000


def test_the_run_keeps_the_figures_it_computed(run: Run) -> None:
    told = [indicators.tell(figure) for figure in indicators.of_run(run)]
    assert told == run.counts["indicators"]


@pytest.mark.parametrize(("part", "whole", "share"), [(1291, 4204, "30.71"), (9100, 22180, "41.03"), (1, 8, "12.50")])
def test_shares_are_rounded_half_up(part: int, whole: int, share: str) -> None:
    assert indicators._per_cent(indicators._share(part, whole)) == share


def test_a_share_of_nothing_is_none() -> None:
    assert indicators._share(0, 0) is None


def findings(run: Run, name: str) -> quality.Checked:
    return {each.name: each for each in quality.check(run)}[name]


def test_every_check_of_the_pack_is_carried_out(run: Run) -> None:
    checked = quality.check(run)
    assert [each.name for each in checked] == list(run.pack.pack.checks)
    assert any(each.findings for each in checked)


def test_a_finding_is_what_the_rule_says(run: Run) -> None:
    """The labels of a person's number: each form is found by its own check, and by no other."""
    forms = {number: person["id_number_form"] for number, person in believed("person", run).items()}
    for name, form in [("number_missing", "empty"), ("number_check_digit", "check_digit")]:
        found = {each.subject_id for each in findings(run, name).findings}
        assert found == {number for number, held in forms.items() if held == form}


def test_an_exemption_silences_one_subject_until_its_day(run: Run) -> None:
    checked = next(each for each in quality.check(run) if each.findings)
    first = checked.findings[0]
    asked = exemptions.Wanted(
        checked.name, first.subject_id, first.household_id, first.place_code, "入户核实无误", DAY, DAY
    )
    with as_engine():
        past = DAY - datetime.timedelta(days=1)
        exemptions.grant(replace(asked, from_day=past, until=past), by="clerk", pack=run.pack.pack)
        assert findings(run, checked.name).exempt == 0
        exemptions.grant(asked, by="clerk", pack=run.pack.pack)
    after = findings(run, checked.name)
    assert after.exempt == 1
    assert first not in after.findings
    assert len(after.findings) == len(checked.findings) - 1


def test_an_exemption_without_reason_or_end_or_check_is_refused(run: Run) -> None:
    for name, reason, until, said in [
        ("number_missing", " ", DAY, "needs a reason"),
        ("number_missing", "x", DAY - datetime.timedelta(days=1), "ends before it begins"),
        ("number_mising", "x", DAY, "Did you mean “number_missing”"),
    ]:
        with pytest.raises(Refusal, match=said):
            exemptions.grant(exemptions.Wanted(name, 1, None, "", reason, DAY, until), by="c", pack=run.pack.pack)


def test_beliefs_are_there_to_count(run: Run) -> None:
    with as_engine():
        assert Belief.objects.filter(subject_kind="person").exists()
