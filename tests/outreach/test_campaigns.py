"""A campaign's list is frozen, a second person starts it for many, what people carry they say, nobody is forgotten."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from doudi.outreach import (
    audiences,
    campaigns,
    dispatches,
    escalations,
    messages,
    planning,
    reaches,
    reports,
    starting,
    untold,
)
from doudi.outreach.campaigns import Campaign
from doudi.outreach.channels import every
from doudi.outreach.dispatches import Dispatch
from doudi.outreach.listeners import Listener
from doudi.outreach.messages import Wording
from doudi.register.households import Household
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from tests.outreach.conftest import AWARD, COUNTY, DAY, NOON

pytestmark = pytest.mark.django_db
READS = ["open", "personal", "money", "health"]


def find(rule: str, run: Any, *, reads: list[str] = READS) -> audiences.Audience:
    return audiences.find(rule, run, places=["510921"], reads=reads)


def test_an_audience_is_in_out_or_not_known_and_adds_up(whole: Any) -> None:
    poor = find("household.registered_poor", whole)
    other = find("!household.registered_poor", whole)
    assert poor.ids
    assert len(poor.ids) + len(other.ids) + len(poor.unknown) == poor.whole == Household.objects.count()
    assert poor.unknown == other.unknown
    known = find("has(household.registered_poor)", whole)
    assert len(known.ids) == poor.whole - len(poor.unknown)
    assert known.unknown == ()


def test_an_audience_is_what_the_definition_says_household_by_household(whole: Any) -> None:
    from doudi.policy import graphs, needs
    from doudi.rules.engines import memory
    from doudi.rules.results import YES

    rule = "household.registered_poor && household.members.exists(m, m.willing_to_go_out)"
    pack = whole.pack.pack
    node = audiences.understand(rule, pack, reads=READS)
    homes = list(Household.objects.values_list("pk", flat=True))
    graph = graphs.build(
        whole.snapshot.hold(), {"household": homes}, vocabulary=pack.vocabulary, folds=needs.folds_of([node])
    )
    params = pack.values_on(whole.as_of)
    meant = {
        number
        for number in homes
        if memory.evaluate(node, row=graph.rows["household", number], params=params, as_of=whole.as_of).verdict == YES
    }
    assert set(find(rule, whole).ids) == meant
    assert meant


@pytest.mark.parametrize(
    "rule",
    ["household.registred_poor", "household.", "1", "household.members", "person.age > 3", "true" * 800, "a\0b",
     "household.net_income_per_head(2019) < 5000"],
)  # fmt: skip
def test_a_rule_that_means_nothing_is_refused_at_its_place(whole: Any, rule: str) -> None:
    with pytest.raises(Refusal) as refused:
        find(rule, whole)
    assert refused.value.where == "rule"


def test_nobody_chooses_by_what_they_may_not_read(whole: Any) -> None:
    ill = "household.members.exists(m, m.patient)"
    assert find(ill, whole).whole
    with pytest.raises(Refusal):
        find(ill, whole, reads=["open", "personal", "money"])
    assert find("has(household.phone)", whole).whole
    for peeping in ('household.phone == "13900000000"', 'has(household.phone) && household.phone == "13900000000"'):
        with pytest.raises(Refusal):
            find(peeping, whole)


def test_the_list_is_frozen_when_it_starts(begun: Any, whole: Any) -> None:
    campaign = begun("paper", rule="household.registered_poor")
    before = set(Listener.objects.filter(campaign=campaign).values_list("household_id", flat=True))
    assert before == set(find("household.registered_poor", whole).ids)
    with pytest.raises(DatabaseError), transaction.atomic(), carry_out("test", by="x"):
        Listener.objects.filter(campaign=campaign).update(household_id=min(before))
    with pytest.raises(Refusal):
        starting.start(campaign, find("true", whole), whole, by="county2", now=NOON)
    assert planning.lay_out_step(campaign, every.CHANNELS["call_list"], [], now=NOON) == []


def test_for_many_another_person_starts_it_and_the_database_says_so_too(begun: Any, whole: Any) -> None:
    campaign = begun("paper", start=False)
    many = audiences.Audience(tuple(range(1, 600)), (), 600, DAY)
    with pytest.raises(Refusal):
        starting.start(campaign, many, whole, by="county", now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic(), carry_out("test", by="county"):
        Campaign.objects.filter(pk=campaign.pk).update(
            state="running", started_by="county", started_at=NOON, households=501
        )


@pytest.mark.parametrize(
    ("more", "where"),
    [({"channels": ()}, "channels"), ({"channels": ("pigeon",)}, "channels"), ({"quiet_from": 24}, "quiet_from"),
     ({"until_day": DAY - datetime.timedelta(days=1)}, "until_day"), ({"wait_days": 61}, "wait_days"),
     ({"until_day": DAY + datetime.timedelta(days=200)}, "until_day")],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused_at_its_field(more: dict[str, Any], where: str) -> None:
    given = {"channels": ("sms",), "until_day": DAY, **more}
    with pytest.raises(Refusal) as refused:
        campaigns.refuse_wrong(campaigns.Plan(COUNTY, "true", from_day=DAY, **given))
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("quiet", "hour", "opens"),
    [((21, 8), 12, 12), ((21, 8), 22, 8), ((21, 8), 3, 8), ((12, 14), 13, 14), ((0, 0), 3, 3), ((21, 8), 8, 8)],
)
def test_quiet_hours_over_midnight_and_within_a_day(quiet: tuple[int, int], hour: int, opens: int) -> None:
    from django.utils import timezone

    campaign = Campaign(from_day=DAY, until_day=DAY, quiet_from=quiet[0], quiet_until=quiet[1])
    at = datetime.datetime(2020, 2, 28, hour, tzinfo=timezone.get_default_timezone())
    found = timezone.localtime(campaign.next_open(at))
    assert found.hour == opens
    assert at <= found < at + datetime.timedelta(days=1)


def test_what_the_loudspeaker_said_is_sent_not_heard(begun: Any) -> None:
    campaign = begun("loudspeaker")
    mine = Dispatch.objects.by_hand().filter(campaign=campaign)
    assert mine.count() == Household.objects.values("place_code").distinct().count()
    one = mine[0]
    dispatches.confirm(one, by="village", on=DAY, now=NOON)
    here = Household.objects.filter(place_code=one.place_code).count()
    report = reports.of(campaign)
    assert (report.reached, report.only_sent) == (0, here)
    with pytest.raises(Refusal):
        dispatches.confirm(one, by="village", on=DAY, now=NOON)
    with pytest.raises(Refusal):
        dispatches.confirm(mine.exclude(pk=one.pk)[0], by="v", on=DAY + datetime.timedelta(days=1), now=NOON)


def test_whoever_is_not_reached_is_called_and_then_visited(begun: Any) -> None:
    campaign = begun("loudspeaker", wait_days=2)
    days = [NOON + datetime.timedelta(days=n) for n in range(8)]
    assert escalations.escalate(campaign, by="county", now=days[1]) == {"call": 0, "door": 0}
    everybody = Listener.objects.filter(campaign=campaign).count()
    assert escalations.escalate(campaign, by="county", now=days[2]) == {"call": everybody, "door": 0}
    assert escalations.escalate(campaign, by="county", now=days[2]) == {"call": 0, "door": 0}
    calls = Dispatch.objects.filter(campaign=campaign, step="call")
    assert set(calls.exclude(to="").values_list("to", flat=True)), "they go to the helpers"
    heard, refused = calls[0], calls[1]
    dispatches.confirm(heard, sure="read_back", by="helper", on=DAY, now=days[2])
    dispatches.confirm(refused, why="no_answer", by="helper", on=DAY, now=days[2])
    assert escalations.escalate(campaign, by="county", now=days[4]) == {"call": 0, "door": everybody - 1}
    assert reports.of(campaign).reached == 1
    assert reports.of(campaign).holds
    shown = escalations.open_of([refused.household_id])
    assert {each.step for each in shown} == {"door"}


def test_a_campaign_that_waits_no_days_asks_for_no_calls(begun: Any) -> None:
    campaign = begun("loudspeaker", wait_days=0)
    later = NOON + datetime.timedelta(days=15)
    assert escalations.escalate(campaign, by="county", now=later) == {"call": 0, "door": 0}


def test_the_days_of_waiting_begin_when_it_begins_to_tell(begun: Any, whole: Any) -> None:
    draft = begun("loudspeaker", wait_days=2, start=False)
    with carry_out("test", by="t"):
        Campaign.objects.filter(pk=draft.pk).update(from_day=DAY + datetime.timedelta(days=5))
    campaign = starting.start(Campaign.objects.get(pk=draft.pk), find("true", whole), whole, by="county2", now=NOON)
    for day, asked in ((4, False), (6, False), (7, True)):
        later = NOON + datetime.timedelta(days=day)
        assert bool(escalations.escalate(campaign, by="county", now=later)["call"]) is asked, day


def test_whoever_was_told_before_is_neither_written_to_nor_called(begun: Any) -> None:
    one = Household.objects.order_by("code")[0]
    reaches.told(one.pk, [f"measure:{AWARD}"], channel="phone", on=DAY, by="helper", sure="heard")
    campaign = begun("paper", heard_days=30, wait_days=2)
    assert Dispatch.objects.get(campaign=campaign, household=one).why == "told_before"
    for day in (2, 4):
        escalations.escalate(campaign, by="county", now=NOON + datetime.timedelta(days=day))
    asked = Dispatch.objects.filter(campaign=campaign, step__in=["call", "door"])
    assert asked.exists()
    assert not asked.filter(household=one).exists()


def test_a_message_holds_nobodys_number_and_no_unseen_signs(whole: Any) -> None:
    with pytest.raises(Refusal):
        messages.write("题", [Wording("找 990101199001011234 领取")], place_code=COUNTY, by="county", on=DAY)
    for empty in ("", "  ", "\u200b\u202e"):
        with pytest.raises(Refusal):
            messages.write("题", [Wording(empty)], place_code=COUNTY, by="county", on=DAY)
    made = messages.write("题\u202e", [Wording("甲\u200b乙")], place_code=COUNTY, by="county", on=DAY)
    assert (made.title, made.versions.get().text) == ("题", "甲乙")
    with pytest.raises(DatabaseError), transaction.atomic(), carry_out("test", by="x"):
        made.versions.update(text="改了")


def test_each_channel_tells_its_own_wording_else_the_nearest() -> None:
    texts = {"zh/full/": "全", "zh/plain/": "白话", "zh/full/sms": "短", "en/full/": "whole"}
    assert messages.text_for(texts, "sms", words="full") == "短"
    assert messages.text_for(texts, "loudspeaker", words="plain") == "白话"
    assert messages.text_for(texts, "paper", words="full", language="en") == "whole"
    assert messages.text_for({"zh/full/": "全"}, "paper", words="plain", language="en") == "全"


def test_the_untold_of_a_measure_lose_whoever_was_told(whole: Any) -> None:
    found = untold.of(whole)
    share = next(each for each in found.shares() if each.untold > 2)
    ids, bits = found.households(share.measure)
    assert len(ids) == share.untold == share.may - share.told
    assert share.measure in found.names(bits[0])
    one, two = (int(number) for number in ids[:2])
    reaches.told(one, [f"measure:{share.measure}"], channel="phone", on=DAY, by="helper")
    reaches.told(two, [f"measure:{share.measure}"], channel="sms", on=DAY, by="helper", sure="sent")
    after = untold.of(whole)
    assert one not in set(after.households(share.measure)[0].tolist())
    assert two in set(after.households(share.measure)[0].tolist()), "what is only sent has reached nobody"
    assert next(each for each in after.shares() if each.measure == share.measure).untold == share.untold - 1


def test_the_untold_are_the_yeses_of_the_decisions(whole: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT household_id) FROM policy_verdict WHERE measure = %s AND verdict = 1", [AWARD]
        )
        yes = cursor.fetchone()[0]
    share = next((each for each in untold.of(whole).shares() if each.measure == AWARD), None)
    assert (share.may if share else 0) == yes


def test_a_telling_is_refused_for_nothing_nobody_and_what_is_no_thing(whole: Any) -> None:
    home = Household.objects.order_by("code")[0]
    for things in (
        [],
        [" "],
        ["virus:1"],
        ["measure:" + "x" * 90],
        ["script:a\0"],
        [f"script:s{n}" for n in range(61)],
    ):
        with pytest.raises(Refusal):
            reaches.told(home.pk, things, channel="phone", on=DAY, by="helper")
    with pytest.raises(Refusal):
        reaches.told(0, ["prevention"], channel="phone", on=DAY, by="helper")
    with pytest.raises(Refusal):
        reaches.told(home.pk, ["prevention"], channel="phone", on=DAY, by="helper", sure="surely")
    made = reaches.told(home.pk, ["prevention", "script:prevention"], channel="phone", on=DAY, by="helper")
    assert made.things == ["script:prevention"]
    with pytest.raises(DatabaseError), transaction.atomic(), carry_out("test", by="x"):
        reaches.Reach.objects.filter(pk=made.pk).update(sure="read_back")
