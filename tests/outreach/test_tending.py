"""A running campaign is tended by one job at a time, which sends, asks for calls and ends it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from doudi.outreach import reports
from doudi.outreach.campaigns import Campaign
from doudi.trail import jobs
from doudi.trail.progress import WAITING, Progress
from doudi.web import shell
from doudi.web.telling import days, sending
from tests.outreach.conftest import DAY, NOON

pytestmark = pytest.mark.django_db
ALWAYS = {"quiet_from": 0, "quiet_until": 0}


@pytest.fixture(autouse=True)
def shown() -> Iterator[None]:
    shell._begun.clear()
    yield
    shell._begun.clear()


def waiting(campaign: Campaign) -> int:
    return Progress.objects.filter(job=sending.TEND, key__startswith=f"campaign-{campaign.pk}-", state=WAITING).count()


def test_the_job_sends_and_asks_for_one_next(
    gateway: Any, heard: Any, begun: Any, with_numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "now", lambda: NOON + datetime.timedelta(hours=1))  # it began at noon
    given = with_numbers(3)
    campaign = begun("sms", **ALWAYS)
    sending.begin(campaign, by="county2")
    assert jobs.drain() == 1
    assert set(given.values()) <= set(heard.numbers)
    assert waiting(campaign) == 1, "the next round waits for its moment"
    assert jobs.drain() == 0, "and not before"
    before = len(heard.bodies)
    sending.begin(campaign, by="county", at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    assert jobs.drain() == 1
    assert (waiting(campaign), len(heard.bodies)) == (1, before), "a round asked for by hand starts no second chain"


def test_the_last_day_ends_it_and_what_waits_fails(gateway: Any, heard: Any, begun: Any, with_numbers: Any) -> None:
    campaign = begun("sms", "paper", **ALWAYS)
    from doudi.trail.commands import carry_out

    with carry_out("test", by="t"):
        early = DAY - datetime.timedelta(days=30)
        Campaign.objects.filter(pk=campaign.pk).update(from_day=early, until_day=DAY - datetime.timedelta(days=1))
    sending.begin(campaign, by="county2")
    jobs.drain()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.ended_by) == ("done", "system")
    report = reports.of(campaign)
    assert report.holds
    assert report.total.waiting == 0
    assert "over" in {why for _, _, why, _ in report.reasons}
    assert waiting(campaign) == 0


def test_a_stopped_one_is_left_alone(gateway: Any, heard: Any, begun: Any, with_numbers: Any) -> None:
    from doudi.outreach import starting
    from tests.outreach.conftest import NOON

    with_numbers(1)
    campaign = begun("sms", **ALWAYS)
    sending.begin(campaign, by="county2")
    starting.end(campaign, stopped=True, reason="有误", by="county", now=NOON)
    jobs.drain()
    assert heard.bodies == []
    assert waiting(campaign) == 0
