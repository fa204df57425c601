"""What village, town and county are told after each step, and that no step is taken which nobody chose."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

import doudi
from doudi.access.scope import as_engine
from tests.web.test_village import DAY, household, tap  # noqa: F401

Open = Callable[[str], Client]
TEMPLATES = Path(doudi.__file__).parent / "web" / "templates"
# Forms with a word for and a word against: without scripts Enter in a one-line field would press the first.
TWO_WAYS = ["village/unmarked", "village/reviews", "village/needs", "village/disputes", "phone/kept"]


@pytest.fixture
def checked(household: Any) -> Any:  # noqa: F811
    """A helper's check of a household of the village, which nobody marked yet."""
    from django.utils import timezone

    from doudi.monitoring import checks

    with transaction.atomic(), as_engine():
        body = {"reached": "phone", "reached_whom": "户主", "note": "电话里说的"}
        done = checks.record(household.pk, body, by="helper", on=DAY, now=timezone.now())
        return checks.Check.objects.get(pk=done.check_id)


def after(client: Client, address: str, **typed: str) -> str:
    """The page a form leads to."""
    answer = client.post(address, typed, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def test_each_step_of_a_check_says_what_was_done_and_who_is_next(checked: Any, reading_as: Open) -> None:
    from doudi.monitoring.models import Review

    village, town, county = (reading_as(name) for name in ("village", "town", "county"))
    assert "已标记属实,等乡镇审定" in after(village, reverse("check-mark", args=[checked.pk]), mark="right")
    with transaction.atomic(), as_engine():
        review = Review.objects.get(of=checked)
    decide = reverse("review-decide", args=[review.pk])
    assert "已安排入户:" in after(town, decide, verdict="visit", reason="请看一眼", state="marked")
    assert "已通过,等县级逻辑校验" in after(town, decide, verdict="accept", state="visit")
    page = after(county, reverse("reviews-look-through"), state="accepted")
    found = re.search(r"校验完:办结 (\d+) 次;有疑点 (\d+) 次", page)
    assert found
    assert int(found[1]) + int(found[2]) >= 1
    strange = county.get(reverse("reviews"), {"done": "looked", "closed": "<b>", "suspect": "9" * 40})
    assert strange.status_code == 200
    assert "校验完" not in strange.content.decode()


def test_the_town_sees_what_came_of_the_visit_it_asked_for(checked: Any, reading_as: Open) -> None:
    from django.utils import timezone

    from doudi.monitoring import checks, reviews

    with transaction.atomic(), as_engine():
        review = reviews.mark(checked, "right", by="village", on=DAY)
    town = reading_as("town")
    decide = reverse("review-decide", args=[review.pk])
    assert "此后又核实过" not in after(town, decide, verdict="visit", reason="请看一眼", state="marked")
    with transaction.atomic(), as_engine():
        body = {"reached": "door", "reached_whom": "户主", "note": "上门看过,属实"}
        checks.record(checked.household_id, body, by="helper", on=DAY, now=timezone.now())
    page = town.get(reverse("reviews"), {"state": "visit"}).content.decode()
    assert "此后又核实过" in page
    assert "上门看过,属实" in page


def test_a_line_on_the_ledger_shows_the_check_it_is_about(checked: Any, reading_as: Open) -> None:
    from doudi.monitoring.models import Suspicion

    done = after(reading_as("village"), reverse("check-mark", args=[checked.pk]), mark="wrong", why="人不在家")
    assert "并记入疑似问题台账" in done
    with transaction.atomic(), as_engine():
        line = Suspicion.objects.get(check_id=checked.pk)
    page = reading_as("town").get(reverse("suspicion", args=[line.pk])).content.decode()
    assert "起因:这次核实" in page
    assert "电话里说的" in page


@pytest.mark.parametrize("name", TWO_WAYS)
def test_enter_in_a_reason_presses_nothing(name: str) -> None:
    page = (TEMPLATES / f"{name}.html").read_text(encoding="utf-8")
    for form in re.findall(r"<form.*?</form>", page, re.S):
        ways = len(re.findall(r"<button(?![^>]*type=\"button\")", form))
        lines = re.findall(r"<input class=\"form-control\"(?![^>]*type=\"file\")[^>]*>", form)
        assert ways < 2 or lines == [], lines


def test_how_it_is_known_is_chosen_by_whoever_settles(reading_as: Open) -> None:
    """What stands first in a list is no answer: it would say that somebody went there who did not."""
    page = (TEMPLATES / "village" / "disputes.html").read_text(encoding="utf-8")
    for field in re.findall(r"<select.*?</select>", page, re.S):
        assert re.match(r"<select[^>]* required><option value=\"\">", field), field


@pytest.fixture
def need(household: Any, reading_as: Open) -> Any:  # noqa: F811
    from doudi.monitoring.models import Need

    reading_as("village").post(reverse("patrol-door", args=[household.code]), tap(unsold="yes"))
    with transaction.atomic(), as_engine():
        return Need.objects.get(household=household, code="sell")


def test_a_need_is_proposed_by_a_measure_somebody_chose(need: Any, reading_as: Open) -> None:
    village, address = reading_as("village"), reverse("need-propose", args=[need.pk])
    wrong = village.post(address, {"measure": ""})
    assert wrong.status_code == 422
    assert "请选用哪项措施" in wrong.content.decode()
    assert "已记下" in after(village, address, measure="none")
    with transaction.atomic(), as_engine():
        need.refresh_from_db()
    assert (need.state, need.measure) == ("proposed", "")
    town = reading_as("town")
    assert town.post(reverse("need-decide", args=[need.pk]), {"verdict": "help", "measure": ""}).status_code == 422


def test_a_need_says_who_found_it_and_how_the_household_stands_to_each_measure(need: Any, reading_as: Open) -> None:
    page = reading_as("village").get(reverse("needs")).content.decode()
    start = page.index(f'id="need-{need.pk}"')
    told = page[start : page.index("</form>", start)]
    assert "逐户摸排时" in told
    assert "村干部" in told
    words = dict(re.findall(r'<option value="(\w+)">([^<]+)</option>', told))
    assert re.search(r"· (符合|待核|不符合)$", words["02_farm_purchases"])
    assert "没有对应措施" in words["none"]
