"""The shipped packs are proved whole, and the proof itself notices what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import doudi
from doudi.cli.packs import pack_group
from doudi.policy import packs
from doudi.policy.packs import Pack
from doudi.policy.packs_boundaries import boundaries, situation
from doudi.policy.packs_check import Report, check
from doudi.policy.packs_examples import Examples, Reader
from doudi.policy.packs_findings import sides_not_shown, wrong_examples
from doudi.policy.packs_mutants import Ground, mutants
from doudi.policy.packs_noticing import ground_of, trial, unnoticed
from doudi.rules.check import check as read_rule
from doudi.rules.nodes import Node
from doudi.rules.types import BOOL
from doudi.values.toml import place_of

SHIPPED = Path(doudi.__file__).parent / "packs"


@pytest.fixture(scope="module")
def pengxi() -> Pack:
    return packs.load(SHIPPED / "pengxi_2020")


@pytest.fixture(scope="module")
def examples(pengxi: Pack) -> Examples:
    reader = Reader(pengxi)
    found = reader.read()
    assert reader.context.errors == []
    return found


@pytest.fixture(scope="module", params=["pengxi_2020", "vlss_1998"])
def report(request: pytest.FixtureRequest) -> Report:
    return check(SHIPPED / request.param)


def test_the_shipped_packs_are_whole(report: Report) -> None:
    assert [str(finding.error) for finding in report.findings] == []
    assert report.whole


def test_no_broken_rule_goes_unnoticed(report: Report) -> None:
    assert report.unnoticed == []
    assert report.mutants > 0
    assert report.generated > 0


def test_the_proof_of_the_larger_pack_is_quick_enough(report: Report) -> None:
    assert report.seconds < 60, "20 s on a machine that does nothing else"


# -- the proof is no formality: take something away, and it is missed


def without(examples: Examples, drop: Callable[[str], bool]) -> Examples:
    return Examples(tuple(each for each in examples.single if not drop(each.words.en)), examples.lines)


def test_an_example_taken_away_is_missed(pengxi: Pack, examples: Examples) -> None:
    assert list(sides_not_shown(pengxi, examples)) == []
    fewer = without(examples, lambda said: said == "fails: is covered by the insurance")
    assert [finding.error.word for finding in sides_not_shown(pengxi, fewer)] == ["insured"]
    fewer = without(examples, lambda said: said == "not known yet: is covered by the insurance")
    assert [finding.error.word for finding in sides_not_shown(pengxi, fewer)] == ["insured"]


def test_lines_taken_away_are_missed(pengxi: Pack, examples: Examples) -> None:
    missed = list(sides_not_shown(pengxi, Examples(examples.single, ())))
    assert {finding.error.word for finding in missed} == {"04_village_posts"}
    assert len(missed) == 3


def test_a_rule_left_unproved_by_examples_is_listed(pengxi: Pack, examples: Examples) -> None:
    measure = pengxi.measures["07e_insurance_claim"]
    mine = [each for each in examples.single if each.measure == measure.name and "insurance" not in each.words.en]
    held = trial(measure, [situation(each) for each in mine], [])
    listed = {edit.rule for seen, edit in unnoticed(pengxi, held) if not seen}
    assert listed == {"07e_insurance_claim.insured"}


@pytest.mark.parametrize(
    "name", ["02_farm_purchases", "06a_keep_allowance_poor", "08a_loan_extension", "10c_chase_late_works"]
)
def test_generated_cases_notice_a_boundary_no_author_wrote_down(pengxi: Pack, examples: Examples, name: str) -> None:
    """With the one yes alone, every `<` for `<=` and every number one off is still noticed."""
    measure = pengxi.measures[name]
    base = next(each for each in examples.single if each.measure == name and each.expect == 1)
    generated = boundaries(measure, [base], pengxi.vocabulary)
    held = trial(measure, [situation(base), *generated], [])
    missed = [edit for seen, edit in unnoticed(pengxi, held) if not seen and edit.change.split(" ", 1)[1][:1] in "<>="]
    assert missed == [] or name == "10c_chase_late_works", missed


def test_an_edited_amount_is_noticed(pengxi: Pack, examples: Examples) -> None:
    measure = pengxi.measures["05_local_hire_award"]
    edited = replace(measure, amount=pengxi.measures["01_livelihood_award"].amount)
    changed = replace(pengxi, measures={**pengxi.measures, measure.name: edited})
    assert any(finding.error.word == measure.name for finding in wrong_examples(changed, examples))


# -- the edits


def edits_of(pengxi: Pack, text: str, subject: str) -> list[str]:
    types = {name: parameter.type for name, parameter in pengxi.parameters.items()}
    node = read_rule(text, vocabulary=pengxi.vocabulary, subject=subject, parameters=types, expect=BOOL)
    found = list(mutants(node, ground_of(pengxi)))
    assert all(isinstance(edit.node, Node) and edit.node != node for edit in found), "an edit changes something"
    assert len({edit.change for edit in found}) == len(found)
    return [edit.change for edit in found]


@pytest.mark.parametrize(
    ("text", "subject", "wanted"),
    [
        ("household.sold_in_window < yuan(300)", "household", {"< to <=", "30000 to 29999", "30000 to 30001"}),
        ("household.sold_in_window >= yuan(300)", "household", {">= to >"}),
        ("household.monitored && !household.insured", "household", {"&& to ||", "! dropped", "part 1 dropped"}),
        ("household.monitored || household.insured", "household", {"|| to &&", "insured to !insured"}),
        ("post.until >= date('2020-06-30')", "post", {"2020-06-30 to 2020-07-01"}),
        ("loan.extension_asked > months(0)", "loan", {"0 to 1", "> to >="}),
        ("project.works_end > params.works_deadline", "project", {"params.works_deadline to params.money_deadline"}),
        ("household.members.exists(m, m.patient)", "household", {"exists to all", "patient to !patient"}),
        ("person.labour in ['weak', 'lost']", "person", {"weak dropped", "lost dropped"}),
        ("household.wage_income(2019) > yuan(1)", "household", {"wage_income(2019) to (2018)"}),
        ("household.wages_now + yuan(1) > yuan(5)", "household", {"+ to -"}),
    ],
)
def test_each_kind_of_edit_is_made(pengxi: Pack, text: str, subject: str, wanted: set[str]) -> None:
    said = {change.split(" ", 1)[1] for change in edits_of(pengxi, text, subject)}
    assert wanted <= said, said


def test_a_derived_fact_of_the_shipped_vocabulary_is_not_edited_but_the_packs_own_is(pengxi: Pack) -> None:
    types = {name: parameter.type for name, parameter in pengxi.parameters.items()}
    text = "household.net_income_per_head(2019) < yuan(1)"
    node = read_rule(text, vocabulary=pengxi.vocabulary, subject="household", parameters=types)
    foreign = list(mutants(node, Ground(types, frozenset())))
    own = list(
        mutants(node, Ground(types, frozenset({("household", "net_income_per_head"), ("household", "net_income")})))
    )
    assert len(own) > len(foreign)


# -- the command


def test_the_command_says_whole_and_exits_0() -> None:
    result = CliRunner().invoke(pack_group, ["check", "vlss_1998", "--json"])
    assert result.exit_code == 0, result.output
    assert '"whole":true' in result.stdout


def test_the_command_points_at_the_error_and_exits_2(tmp_path: Path) -> None:
    for name, text in packs.read_files(SHIPPED / "vlss_1998").items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("params.poverty_line", "params.povertyline"), encoding="utf-8")
    result = CliRunner().invoke(pack_group, ["check", str(tmp_path)])
    assert result.exit_code == 2
    text = (tmp_path / "measures/01_below_poverty_line.toml").read_text(encoding="utf-8")
    line, column = place_of(text, text.index("povertyline"))
    assert f"measures/01_below_poverty_line.toml:{line}:{column}: " in result.stdout
    assert "poverty_line" in result.stdout


def test_cases_without_a_day_are_about_the_packs_day(pengxi: Pack, examples: Examples) -> None:
    assert pengxi.as_of == date(2020, 2, 27)
    assert {each.as_of for each in examples.single if each.measure == "01_livelihood_award"} == {pengxi.as_of}
