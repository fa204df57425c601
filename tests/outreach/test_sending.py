"""Messages leave once each, by machine, within hours, and every one is accounted for."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from doudi.outreach import consents, dispatches, gateways, reaches, reports, sending, starting
from doudi.outreach.dispatches import Attempt, Dispatch
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from tests.outreach.conftest import AWARD, COUNTY, DAY, NOON

pytestmark = pytest.mark.django_db
NIGHT = datetime.datetime(2020, 2, 27, 15, tzinfo=datetime.UTC)  # eleven at night


def send(campaign: Any, at: datetime.datetime = NOON) -> Any:
    return sending.send_due(campaign, now=lambda: at)


def test_each_household_gets_its_text_once_with_the_key_and_is_counted(
    gateway: Any, heard: Any, begun: Any, with_numbers: Any
) -> None:
    given = with_numbers(5)
    campaign = begun("sms")
    sent = send(campaign)
    assert set(given.values()) <= set(heard.numbers)
    assert sent.delivered == len(heard.bodies) == len(set(heard.numbers))
    assert {body["message"] for body in heard.bodies} == {"产业就业扶持金每人100元,见到成效后发。"}
    keys = set(Dispatch.objects.filter(state="delivered").values_list("pk", flat=True))
    assert {body["key"] for body in heard.bodies} == {str(key) for key in keys}
    assert send(campaign).delivered == 0
    assert len(heard.bodies) == sent.delivered
    mine = reaches.Reach.objects.of(f"measure:{AWARD}").filter(sure="sent")
    assert set(given) <= set(mine.values_list("household_id", flat=True))


def test_the_report_adds_up_and_says_why(gateway: Any, heard: Any, begun: Any, with_numbers: Any) -> None:
    given = with_numbers(6)
    first, second = list(given)[:2]
    home = Household.objects.get(pk=first)
    consents.say(home, agrees=False, how="reply", by="helper", on=DAY, now=NOON)
    heard.refuse = {given[second]}
    campaign = begun("sms", "paper")
    send(campaign)
    report = reports.of(campaign)
    assert report.holds
    sms, paper = report.lines
    assert sms.asked == campaign.households == Household.objects.count()
    assert sms.waiting == 1, "the one refused waits for its next try"
    assert paper.asked == sms.suppressed, "whoever no text goes to is handed a paper"
    reasons = {(channel, why) for channel, _, why, _ in report.reasons}
    assert ("sms", "opted_out") in reasons
    assert ("paper", "opted_out") in reasons, "a word on all channels holds for paper too"
    assert report.households == report.reached + report.only_sent + report.not_told
    assert report.only_sent == sms.delivered


def test_nothing_goes_in_quiet_hours_nor_before_the_first_day(
    gateway: Any, heard: Any, begun: Any, with_numbers: Any
) -> None:
    with_numbers(3)
    campaign = begun("sms")
    sent = send(campaign, NIGHT)
    assert (sent.delivered, heard.bodies) == (0, [])
    assert sent.next_at == datetime.datetime(2020, 2, 28, 0, tzinfo=datetime.UTC), "eight o'clock of the next day"
    assert send(campaign, sent.next_at).delivered > 0


def test_a_refusal_is_tried_again_later_and_given_up_in_the_end(
    gateway: Any, heard: Any, begun: Any, with_numbers: Any
) -> None:
    given = with_numbers(1)
    home, number = next(iter(given.items()))
    heard.refuse = {number}
    campaign, at, pauses = begun("sms"), NOON, []
    for _ in range(sending.TRIES):
        before = at
        send(campaign, at)
        at = sending.next_due(campaign) or at
        pauses.append(at - before)
    held = Dispatch.objects.get(campaign=campaign, household_id=home)
    assert (held.state, held.why, held.attempts) == ("failed", "gateway", sending.TRIES)
    assert pauses[:3] == sorted(pauses[:3])
    assert pauses[0] >= sending.PAUSES[0]
    assert Attempt.objects.filter(dispatch=held).count() == heard.numbers.count(number) == sending.TRIES
    assert "geheim123" not in "".join(Attempt.objects.values_list("said", flat=True))
    heard.refuse = set()
    dispatches.again(held, by="county")
    assert send(campaign, at).delivered == 1
    held.refresh_from_db()
    assert held.state == "delivered"


def test_what_broke_off_is_not_sent_again_by_itself(gateway: Any, heard: Any, begun: Any, with_numbers: Any) -> None:
    given = with_numbers(2)
    campaign = begun("sms", rule="has(household.phone)")
    claimed = sending._claim(campaign, NOON, 1)
    assert len(claimed) == 1
    later = NOON + sending.LOST_AFTER + datetime.timedelta(minutes=1)
    send(campaign, later)
    held = Dispatch.objects.get(pk=claimed[0].pk)
    assert (held.state, held.why) == ("failed", "interrupted")
    assert str(held.pk) not in {body["key"] for body in heard.bodies}
    assert given
    assert reports.of(campaign).holds


def test_one_number_of_two_households_is_written_to_once(
    gateway: Any, heard: Any, begun: Any, with_numbers: Any
) -> None:
    given = with_numbers(4, same=True)
    campaign = begun("sms")
    send(campaign)
    assert heard.numbers.count("13900000000") == 1
    assert Dispatch.objects.filter(campaign=campaign, why="same_number", household_id__in=given).count() == 3


def test_who_has_not_agreed_gets_nothing_by_a_channel_that_asks(
    whole: Any, heard: Any, begun: Any, with_numbers: Any
) -> None:
    gateways.open_way("企业微信", "private", heard.way, place_code=COUNTY, by="county", now=NOON)
    given = with_numbers(3)
    willing = next(iter(given))
    consents.say(
        Household.objects.get(pk=willing), agrees=True, channel="private", how="door", by="helper", on=DAY, now=NOON
    )
    campaign = begun("private")
    send(campaign)
    assert heard.numbers == [given[willing]]
    assert set(Dispatch.objects.exclude(state="delivered").values_list("why", flat=True)) == {"no_consent"}


def test_who_wants_none_after_it_began_gets_none(gateway: Any, heard: Any, begun: Any, with_numbers: Any) -> None:
    given = with_numbers(3)
    campaign, (one, other, third) = begun("sms", "paper"), sorted(given)

    def wants_none(number: int, channel: str) -> None:
        home = Household.objects.get(pk=number)
        consents.say(home, agrees=False, channel=channel, how="phone", by="helper", on=DAY, now=NOON)

    wants_none(one, "")
    wants_none(other, "paper")
    left = Dispatch.objects.filter(campaign=campaign, household__in=[one, other], state="suppressed")
    assert set(left.values_list("household", "channel", "why")) == {(one, "sms", "opted_out")}
    claimed = sending._claim(campaign, NOON, 50)  # under way already when the third says so
    wants_none(third, "sms")
    for each in claimed:
        sending._send(each, lambda: NOON, sending.Sent())
    assert set(given.values()) & set(heard.numbers) == {given[other]}
    assert Dispatch.objects.get(campaign=campaign, household=third, channel="sms").why == "opted_out"
    assert reports.of(campaign).holds


def test_a_call_that_waits_is_left_out_when_the_household_wants_none(begun: Any) -> None:
    campaign = begun("call_list")
    waiting = Dispatch.objects.by_hand().filter(campaign=campaign)
    before, home = waiting.count(), waiting[0].household
    consents.say(home, agrees=False, channel="call_list", how="phone", by="helper", on=DAY, now=NOON)
    assert waiting.count() == before - 1
    assert not waiting.filter(household=home).exists()


def test_a_stopped_campaign_sends_nothing_more(gateway: Any, heard: Any, begun: Any, with_numbers: Any) -> None:
    with_numbers(2)
    campaign = begun("sms")
    with pytest.raises(Refusal):
        starting.end(campaign, stopped=True, by="county", now=NOON)
    ended = starting.end(campaign, stopped=True, reason="内容有误", by="county", now=NOON)
    assert send(ended).delivered == 0
    assert heard.bodies == []
    report = reports.of(ended)
    assert report.holds
    assert report.total.waiting == 0


def test_an_address_is_locked_never_told_and_only_of_a_kind_that_carries_messages(whole: Any, heard: Any) -> None:
    made = gateways.open_way("短信", "sms", heard.way, place_code=COUNTY, by="county", now=NOON)
    assert b"geheim123" not in bytes(made.way)
    assert gateways.way_of(made) == heard.way
    for wrong in ("file:///etc/passwd", "syslog://", "dbus://", "http://x", "twilio://", "json://127.0.0.1\0/{to}"):
        with pytest.raises(Refusal):
            gateways.open_way("坏的", "sms", wrong, place_code=COUNTY, by="county", now=NOON)
    with pytest.raises(Refusal):
        gateways.open_way("广播", "loudspeaker", heard.way, place_code=COUNTY, by="county", now=NOON)
    newer = gateways.open_way("短信二", "sms", heard.way, place_code=COUNTY, by="county", now=NOON)
    assert gateways.of("sms", "510921110212") == newer


def test_another_homes_key_opens_no_address(gateway: Any, settings: Any) -> None:
    settings.SECRET_KEY = "another home's secret"
    with pytest.raises(Refusal):
        gateways.way_of(gateway)


def test_many_campaigns_are_counted_in_one_query_each_with_its_own_households(
    begun: Any, django_assert_num_queries: Any
) -> None:
    """A household told of both, of one, only sent to, of neither; the other campaign's tellings count for none."""
    first, second, none = begun("paper"), begun("paper"), begun("paper", start=False)
    homes = [each.pk for each in Household.objects.order_by("code")[:4]]

    def tell(home: int, *campaigns: Any, sure: str = "heard") -> None:
        reaches.told(home, [each.thing for each in campaigns], channel="paper", on=DAY, by="t", sure=sure)

    tell(homes[0], first, second)
    tell(homes[1], first, sure="sent")
    tell(homes[1], first, sure="delivered")
    tell(homes[2], first, sure="sent")
    tell(homes[3], second, sure="sent")
    with django_assert_num_queries(1):
        told = reports.households_of([first, second, none])
    every = Household.objects.count()
    assert told == {
        first.pk: reports.Told(every, 2, 1), second.pk: reports.Told(every, 1, 1), none.pk: reports.Told(0, 0, 0)
    }  # fmt: skip
    assert reports.of(second).reached == 1
