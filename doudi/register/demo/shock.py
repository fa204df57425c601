"""Facts the policy pack of the epidemic adds, as the helpers and the patrol asked them."""

from __future__ import annotations

import numpy as np

from doudi.register.demo.hardship import Columns, County
from doudi.register.demo.truth import Column, Values

_KEPT = np.array(["no_transport", "no_order", "no_papers", "quarantine", "care", "other"], dtype=object)
_KEPT_ODDS = (30, 38, 9, 6, 12, 5)


def of_households(county: County, fields: Columns) -> Columns:
    """What is lacking for the spring, and two months' wages now and a year ago, told in hundreds of yuan."""
    n, dice = len(county.reached), county.dice
    before = county.incomes.wage_income / 6 * dice.curve("two months", (0.6, 0.9, 1.1, 1.4), n)
    left = np.where(
        fields["wage_income_hit"].values,
        dice.curve("wages left", (0, 0, 0.25, 0.5, 0.8), n),
        dice.curve("wages kept", (0.9, 1, 1.05, 1.1), n),
    )
    lacking = fields["spring_ploughing"].values & dice.chance("lacking", 0.17, n)
    told = {"lacks_farm_inputs": lacking, "wages_now": _hundreds(before * left), "wages_a_year_ago": _hundreds(before)}
    return {fact: Column(values, county.known("household", fact, county.reached)) for fact, values in told.items()}


def _hundreds(fen: Values) -> Values:
    return np.floor(fen / 10_000).astype(np.int64) * 10_000


def of_persons(county: County, fields: Columns) -> Columns:
    """What keeps those at home who would go."""
    willing, away = fields["willing_to_go_out"], fields["working_away"]
    waiting = willing.known & willing.values & away.known & ~away.values
    kept = _KEPT[county.dice.pick("kept home", _KEPT_ODDS, len(waiting))]
    return {"kept_home_by": Column(kept, county.known("person", "kept_home_by", waiting))}
