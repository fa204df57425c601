"""The auditor reads words: every table of the house and every act has its own on the trail's page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps

from doudi.web.desk.trail_tables import TABLES
from doudi.web.desk.trail_verbs import VERBS

HOUSE = Path(__file__).resolve().parents[2] / "doudi"
ACT = re.compile(r'carry_out\(\s*"([a-z_.]+)"')
OF_A_FAMILY = re.compile(r'carry_out\(\s*f"([a-z_.]+)\{')


def acts(pattern: re.Pattern[str]) -> set[str]:
    return {name for each in HOUSE.rglob("*.py") for name in pattern.findall(each.read_text(encoding="utf-8"))}


def test_there_are_acts() -> None:
    assert len(acts(ACT)) > 200
    assert acts(OF_A_FAMILY)


@pytest.mark.parametrize("name", sorted(acts(ACT)))
def test_an_act_has_words(name: str) -> None:
    assert name in VERBS, f"say what {name} is called in doudi/web/desk/trail_verbs.py"


@pytest.mark.parametrize("beginning", sorted(acts(OF_A_FAMILY)))
def test_a_family_of_acts_has_words(beginning: str) -> None:
    assert any(name.startswith(beginning) for name in VERBS), f"no act of {beginning} in doudi/web/desk/trail_verbs.py"


def test_a_table_has_words() -> None:
    tables = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("doudi.")}
    own_trail = {name for name in tables if name.startswith("trail_")}
    assert not tables - own_trail - set(TABLES), "say what these are called in doudi/web/desk/trail_tables.py"
    assert not {name for name in TABLES if name.startswith(("access_", "delivery_", "funds_"))} - tables
