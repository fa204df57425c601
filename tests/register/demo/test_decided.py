"""The demo county decided under its pack: the report's figures come out, each measure has yes, no and unknown."""

from __future__ import annotations

from typing import Any

import pytest

from doudi.cli import demo
from doudi.register.demo import county, size
from tests.register.demo.believing import SMALL

REPORT = {
    "out_for_work": 1_291,
    "seats_needed": 2_913,
    "wage_hit": 9_100,
    "business_hit": 2_983,
    "unsold": 289,
    "monitored": 445,
    "registered_persons": 44_726,
}
LATER = "08c_later_extension"
RARE = {"06c_enter_allowance", "09_platform_subsidy"}  # perhaps nobody in a small county


@pytest.fixture(scope="module")
def households(request: pytest.FixtureRequest) -> int:
    return size.HOUSEHOLDS if request.config.getoption("--run-heavy") else SMALL


@pytest.fixture
def counts(fresh_database: str, households: int) -> dict[str, Any]:
    """What the first run counted, in a county made and decided by the command's own steps."""
    from doudi.policy.runs import Run

    told = demo._make(households, county.SEED, lambda _: None)
    return Run.objects.get(pk=told["run"]).counts


def test_the_demo_county_shows_the_report_s_figures(counts: dict[str, Any], households: int) -> None:
    """In full to the unit; scaled, each count rounded on its own, so that their difference may be off by one."""
    share = households / size.HOUSEHOLDS
    found = {row["name"]: row["numerator"] for row in counts["indicators"] if row["name"] in REPORT}
    slack = 0 if households == size.HOUSEHOLDS else 1
    wrong = {name for name, figure in REPORT.items() if abs(found[name] - round(figure * share)) > slack}
    assert not wrong, found


def test_every_measure_has_its_yes_its_no_and_its_unknown(counts: dict[str, Any], households: int) -> None:
    empty = {
        (row["name"], answer)
        for row in counts["measures"]
        for answer in ("yes", "no", "unknown")
        if not row[answer] and (row["name"] not in RARE or households == size.HOUSEHOLDS)
    }
    assert empty == {(LATER, "yes"), (LATER, "unknown")}, "in February the rule of July says no to everybody"
    assert counts["contested"] > 0
