"""Money of the demo county: where it comes from, a budget for each measure that pays, an account for most households.

The sum of the first measure is the county's own (field notes on the county system, section 4); the other sums are
assumptions of the demo, and say so in their titles.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from doudi.access.scope import as_engine
from doudi.funds import bank_accounts, budgets, sources
from doudi.funds.bank_accounts import Holding
from doudi.register.demo.places import COUNTY
from doudi.register.households import Household
from doudi.values.account_numbers import with_check_digit

BANK = "农村信用社(演示)"
FROM = date(2020, 2, 10)
CENTRAL, OWN = "YS-2020-ZX", "YS-2020-XJ"
WITHOUT = 60  # one household in so many has told no account: its payment waits at the check


class Purse(NamedTuple):
    """A budget of the demo: for which measure, from which source, under which title, how many yuan."""

    measure: str
    source: str
    title: str
    yuan: int


PURSES = (
    Purse("01_livelihood_award", CENTRAL, "产业就业扶持金", 4_472_600),
    Purse("03_labour_transfer", OWN, "组织外出务工包车(演示金额)", 600_000),
    Purse("04_village_posts", CENTRAL, "临时性公益岗位补贴(演示金额)", 1_500_000),
    Purse("05_local_hire_award", OWN, "本地就业奖补(演示金额)", 300_000),
    Purse("06_monitored_grant", CENTRAL, "动态监测户产业资助(演示金额)", 800_000),
    Purse("06_monitored_relief", OWN, "动态监测户民政救助(演示金额)", 500_000),
    Purse("07a_farm_inputs", CENTRAL, "农资扶持(演示金额)", 700_000),
    Purse("07d_non_registered_hit", OWN, "非贫困户监测救助(演示金额)", 300_000),
    Purse("09_platform_subsidy", OWN, "电商平台补贴(演示金额)", 200_000),
    Purse("10a_start_works", CENTRAL, "扶贫项目建设(演示金额)", 0),  # what the demo's projects cost in all
)


def load(*, by: str) -> dict[str, int]:
    """Set the money up in a demo county; answers how many budgets, how many fen, and how many accounts."""
    with as_engine():
        return {**_budgets(by), "accounts": _accounts(by)}


def _budgets(by: str) -> dict[str, int]:
    named = {
        CENTRAL: sources.register(
            CENTRAL,
            "财政专项扶贫资金",
            en="special funds against poverty",
            level="central",
            document="演示文件〔2020〕1号",
            on=FROM,
            by=by,
        ),
        OWN: sources.register(
            OWN, "县级财政资金", en="county funds", level="county", document="演示文件〔2020〕2号", on=FROM, by=by
        ),
    }
    for purse in PURSES:
        made = budgets.establish(purse.measure, COUNTY[0], named[purse.source], title=purse.title, from_day=FROM, by=by)
        if purse.yuan:
            budgets.appropriate(made, purse.yuan * 100, document=named[purse.source].document, by=by, on=FROM)
    return {"budgets": len(PURSES), "fen": sum(purse.yuan for purse in PURSES) * 100}


def _accounts(by: str) -> int:
    rows = Household.objects.filter(place_code__startswith=COUNTY[0]).order_by("id")
    holdings = [
        Holding("household", number, number, place, head, BANK, card(number))
        for turn, (number, place, head) in enumerate(rows.values_list("id", "place_code", "head_name"))
        if turn % WITHOUT != WITHOUT - 1
    ]
    return len(bank_accounts.record(holdings, by=by, on=FROM)) if holdings else 0


def card(number: int) -> str:
    """A card number nobody has, with its right check digit (ISO/IEC 7812): 19 digits, most of them nought."""
    return with_check_digit(f"6228480{number:011d}")
