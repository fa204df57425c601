"""The demo county told: two campaigns over, two under way, what helpers told on their calls, and who asked for advice.

Everything goes through the verbs; only what people would have said one by one is written in bulk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.access.users import User
from doudi.funds import plans
from doudi.outreach import (
    audiences,
    campaigns,
    consents,
    counselling,
    escalations,
    gateways,
    messages,
    numbers,
    reaches,
    receipts,
    starting,
    untold,
)
from doudi.outreach.campaigns import Campaign, Plan
from doudi.outreach.channels.gateway import SMS
from doudi.outreach.dispatches import Dispatch
from doudi.outreach.messages import Wording
from doudi.outreach.receipts import Line, Said
from doudi.policy.runs import Run
from doudi.register.demo import accounts
from doudi.register.demo.dice import Dice
from doudi.register.demo.places import COUNTY, FENGMING, QINGGANG
from doudi.register.households import Household
from doudi.register.pairings import households_of
from doudi.trail.commands import carry_out

OFFICER, SECOND = "county", "county2"
READS = ("open", "personal", "money", "health")
TOLD = 0.62  # of the households that may claim something, told of all of it by their helper
HEARD = 0.7  # of the calls made
CAME = 0.9  # of the text messages, to a telephone
NOWHERE = "json://127.0.0.1:9/send/{to}"  # a port of this machine at which nobody listens: nothing leaves
OPTED_OUT, ASKED = 30, 14


@dataclass(frozen=True, slots=True)
class Told:
    """One campaign to be made."""

    title: str
    text: str
    plain: str
    measures: Sequence[str]
    place: str
    rule: str
    channels: Sequence[str]
    begun: int  # days before the demo's day
    lasts: int


CAMPAIGNS = (
    Told(
        "少出门、勤洗手,村村防疫情",
        "疫情防控期间请少出门、不聚集,出门戴口罩,勤洗手、勤通风。发热、咳嗽先给村里打电话。"
        "外地回来的请主动向村里报告。县里出台十项措施帮大家渡难关,帮扶干部会逐户打电话告知。",
        "少出门,戴口罩,勤洗手。发烧咳嗽先给村里打电话。",
        (), COUNTY[0], "true", ("loudspeaker", "picture"), 23, 14,
    ),
    Told(
        "春耕备耕,农资到户",
        "对贫困户春耕备耕的种子、农药、化肥和农机给予支持。符合条件的由村里发放签收,不收一分钱。",
        "种子、化肥、农药由村里发到家,不要钱,签字领取。",
        ("07b_spring_ploughing",), FENGMING, "household.spring_ploughing", ("paper",), 18, 12,
    ),
    Told(
        "小额信贷可以延期",
        "【扶贫办】小额信贷因疫情还不上的,可以申请延期,最多半年,合同不变。请问帮扶干部或村里。回TD退订",
        "贷款还不上的可以缓半年,找村里。",
        ("08a_loan_extension",), COUNTY[0], "household.loans.exists(l, true)", ("sms",), 4, 20,
    ),
    Told(
        "产业就业扶持金每人100元",
        "贫困户自主发展短、平、快、特产业或者自主就业的,见到成效后每人发100元产业就业扶持金,打到一卡通。请找村里登记。",
        "自己搞点种养或者自己找到活干的,每人100元,找村里登记。",
        ("01_livelihood_award",), FENGMING, "household.registered_poor", ("loudspeaker", "picture"), 5, 25,
    ),
)  # fmt: skip


def load(run: Run, *, seed: int = 1) -> dict[str, int]:
    """Tell the demo county; answers how many campaigns and reaches there are."""
    dice = Dice(seed)
    with as_engine():
        now = _moment(run, 30)
        code = COUNTY[0].ljust(12, "0")
        gateways.open_way("演示短信通道", SMS.name, NOWHERE, place_code=code, by=OFFICER, now=now)
        made = [_tell(each, run) for each in CAMPAIGNS]
        masks, paper, texts, award = made
        for campaign, share in ((masks, 1.0), (paper, 0.93), (award, 0.85)):
            _carry(campaign, dice, share=share)
        _text(texts, dice)
        _end(masks, 9, run)
        _end(paper, 6, run)
        _call(award, run, dice)
        _helpers(run, dice)
        _say(run)
        return {"campaigns": len(made), "reaches": reaches.Reach.objects.count()}


def _moment(run: Run, days: int) -> datetime:
    """Ten in the morning, so many days before the demo's day."""
    at = datetime.combine(run.as_of - timedelta(days=days), datetime.min.time()).replace(hour=10)
    return timezone.make_aware(at)


def _tell(told: Told, run: Run) -> Campaign:
    """Prepare a campaign as one officer and start it as the other."""
    now, code = _moment(run, told.begun), told.place.ljust(12, "0")
    day = timezone.localdate(now)
    wordings = [Wording(told.text), Wording(told.plain, words=messages.PLAIN)]
    message = messages.write(told.title, wordings, measures=told.measures, place_code=code, by=OFFICER, on=day)
    plan = Plan(code, told.rule, told.channels, day, day + timedelta(days=told.lasts))
    campaign = campaigns.prepare(message, plan, by=OFFICER, on=day)
    audience = audiences.find(told.rule, run, places=[told.place], reads=READS)
    return starting.start(campaign, audience, run, by=SECOND, now=now)


def _carry(campaign: Campaign, dice: Dice, *, share: float) -> None:
    """What villages said they had played, posted and handed over; the demo village's own last one still waits."""
    waiting = Dispatch.objects.filter(campaign=campaign, state="waiting")
    if campaign.prefix == FENGMING:
        waiting = waiting.exclude(place_code=QINGGANG)
    found = list(waiting.order_by("place_code", "id").values_list("pk", flat=True))
    done = [
        key for key, lucky in zip(found, dice.chance(f"told {campaign.pk}", share, len(found)), strict=True) if lucky
    ]
    rest = set(found) - set(done)
    with carry_out("outreach.demo.carry", by=OFFICER, payload=[campaign.pk, len(done)]), connection.cursor() as cursor:
        cursor.execute(_DONE, [campaign.started_at, done])
        if campaign.channels == ["paper"]:
            Dispatch.objects.filter(pk__in=rest).update(state="failed", why="moved", done_at=campaign.started_at)
        _reach(cursor, campaign)


_DONE = """
UPDATE outreach_dispatch d SET state = 'delivered', attempts = 1, done_at = %s::timestamptz + interval '26 hours',
    done_by = CASE WHEN d.place_code = '510921110212' THEN 'village' ELSE 'village' || d.place_code END
WHERE d.id = ANY (%s::uuid[])
"""
# By household or by village, each an equality that can be hashed: joined by both at once, every message met every
# listener.
_REACHED = """
INSERT INTO outreach_reach (household_id, place_code, things, channel, "on", sure, confirmed_by, note, dispatch)
SELECT t.household_id, t.place_code, %(things)s::varchar[], d.channel, (d.done_at AT TIME ZONE 'Asia/Shanghai')::date,
    CASE d.channel WHEN 'paper' THEN 'delivered' ELSE 'sent' END, d.done_by, '', d.id
FROM (
    SELECT d.id, l.household_id, l.place_code FROM outreach_dispatch d JOIN outreach_listener l USING (household_id)
    WHERE d.campaign_id = %(campaign)s AND l.campaign_id = %(campaign)s AND d.state = 'delivered'
    UNION ALL
    SELECT d.id, l.household_id, l.place_code FROM outreach_dispatch d JOIN outreach_listener l USING (place_code)
    WHERE d.campaign_id = %(campaign)s AND l.campaign_id = %(campaign)s AND d.state = 'delivered'
        AND d.household_id IS NULL
) t JOIN outreach_dispatch d ON d.id = t.id
ORDER BY t.household_id, d.channel
"""


def _reach(cursor: Any, campaign: Campaign) -> None:
    """That each household heard what came to it, or to its village."""
    with plans.set_based():
        cursor.execute(_REACHED, {"things": campaign.things, "campaign": campaign.pk})


def _text(campaign: Campaign, dice: Dice) -> None:
    """What the gateway took and what it said of it: most came to a telephone, two people answered, one of them TD."""
    waiting = Dispatch.objects.filter(campaign=campaign, channel=SMS.name, state="waiting")
    found = list(waiting.order_by("place_code", "id").values_list("pk", "household_id"))
    if not found:
        return
    with carry_out("outreach.demo.text", by=OFFICER, payload=[campaign.pk, len(found)]), connection.cursor() as cursor:
        cursor.execute(_TAKEN, [campaign.started_at, [key for key, _home in found]])
        cursor.execute(_ATTEMPTS, [[key for key, _home in found]])
        _reach(cursor, campaign)
    came, at = dice.chance("came", CAME, len(found)), campaign.started_at
    said = [
        Said(key=str(key), state="DELIVRD" if lucky else "UNDELIV", at=at)
        for (key, _home), lucky in zip(found, came, strict=True)
    ]
    phones = numbers.of([home for _key, home in found[:2]])
    said += [Said(number, text=text, at=at) for number, text in zip(phones.values(), ("TD", "知道了"), strict=False)]
    lines = [each for each in receipts.understand(said) if isinstance(each, Line)]
    assert at is not None
    receipts.write(lines, county=COUNTY[0].ljust(12, "0"), by="gateway:1", now=at)


_TAKEN = """
UPDATE outreach_dispatch SET state = 'delivered', attempts = 1, done_by = 'system',
    done_at = %s::timestamptz + interval '5 minutes' WHERE id = ANY (%s::uuid[])
"""
# The moment of an attempt is sealed: one of years ago, not sealed yet, would stop all money.
_ATTEMPTS = """
INSERT INTO outreach_attempt (dispatch_id, household_id, place_code, at, taken, said)
SELECT id, household_id, place_code, now(), true, '' FROM outreach_dispatch WHERE id = ANY (%s::uuid[]) ORDER BY id
"""


def _end(campaign: Campaign, days: int, run: Run) -> None:
    starting.end(campaign, stopped=False, by=OFFICER, now=_moment(run, days))


def _call(campaign: Campaign, run: Run, dice: Dice) -> None:
    """Calls asked for after three days, most of them made; those of the demo helper still wait."""
    escalations.escalate(campaign, by=OFFICER, now=_moment(run, 2))
    calls = Dispatch.objects.filter(campaign=campaign, step="call", state="waiting").exclude(to=accounts.HELPER)
    found = list(calls.exclude(to="").values_list("pk", "household_id", "to"))
    lucky = dice.chance("called", HEARD, len(found))
    heard = [row for row, made in zip(found, lucky, strict=True) if made]
    with carry_out("outreach.demo.call", by=OFFICER, payload=[len(heard)]), connection.cursor() as cursor:
        keys, homes, whom = zip(*heard, strict=True) if heard else ((), (), ())
        cursor.execute(_CALLED, [_moment(run, 1), list(keys)])
        day = timezone.localdate(_moment(run, 1))
        cursor.execute(_HEARD, [campaign.things, day, list(homes), list(whom), [str(key) for key in keys]])


_CALLED = """
UPDATE outreach_dispatch SET state = 'delivered', attempts = 1, done_at = %s, done_by = "to"
WHERE id = ANY (%s::uuid[])
"""
_HEARD = """
INSERT INTO outreach_reach (household_id, place_code, things, channel, "on", sure, confirmed_by, note, dispatch)
SELECT h.id, h.place_code, %s::varchar[], 'call_list', %s, CASE WHEN h.id %% 4 = 0 THEN 'read_back' ELSE 'heard' END,
    w.helper, '', w.key
FROM unnest(%s::bigint[], %s::text[], %s::uuid[]) AS w (id, helper, key) JOIN register_household h ON h.id = w.id
ORDER BY h.id
"""


def _helpers(run: Run, dice: Dice) -> None:
    """What helpers told on their calls of the two weeks: most households heard of all they may claim."""
    found = untold.of(run)
    ids, bits = found.households()
    told = dice.chance("told by helper", TOLD, len(ids))
    mine = np.isin(ids, np.fromiter(_of_demo_helper(run), np.int64))
    days = run.as_of - timedelta(days=6)
    with carry_out("outreach.demo.told", by=OFFICER, payload=[int(told.sum())]), connection.cursor() as cursor:
        some = told & ~mine
        masks = np.unique(bits[some]).tolist()
        things = {mask: [reaches.thing(reaches.MEASURE, name) for name in found.names(mask)] for mask in masks}
        said = [",".join([*things[mask], "script:prevention"]) for mask in masks]
        cursor.execute(_BY_HELPER, [days, masks, said, ids[some].tolist(), bits[some].tolist()])


_BY_HELPER = """
INSERT INTO outreach_reach (household_id, place_code, things, channel, "on", sure, confirmed_by, note)
SELECT h.id, h.place_code, string_to_array(s.things, ','), 'phone', %s::date + (h.id %% 6)::int, 'heard', u.username, ''
FROM unnest(%s::bigint[], %s::text[]) AS s (mask, things)
JOIN unnest(%s::bigint[], %s::bigint[]) AS t (id, mask) USING (mask)
JOIN register_household h ON h.id = t.id
JOIN (SELECT DISTINCT ON (household_id) household_id, helper_id FROM register_pairing ORDER BY household_id, id) p
    ON p.household_id = h.id
JOIN access_user u ON u.id = p.helper_id
ORDER BY t.mask, h.id
"""


def _of_demo_helper(run: Run) -> frozenset[int]:
    return households_of(User.objects.get(username=accounts.HELPER), run.as_of)


def _say(run: Run) -> None:
    """Who wants no messages, and who wants to talk to somebody: open, given to a person, closed."""
    day, now = run.as_of - timedelta(days=4), _moment(run, 4)
    for home in Household.objects.filter(place_code__startswith=FENGMING).order_by("-code")[:OPTED_OUT]:
        consents.say(home, agrees=False, channel="sms", how="reply", by="town", on=day, now=now)
    helper = User.objects.get(username=accounts.HELPER)
    own = sorted(_of_demo_helper(run))[:1]
    others = Household.objects.filter(place_code=QINGGANG).exclude(pk__in=own).order_by("code")
    wanted = [*own, *others.values_list("pk", flat=True)[:ASKED]]
    notes = ("睡不好,担心儿子在外面", "想问怎么领扶持金", "降压药快吃完了,出不去", "孩子上网课没有手机", "")
    topics = ("worries", "policy", "health", "other", "prevention")
    for n, number in enumerate(wanted):
        asked_on = day if n % 3 == 1 else run.as_of - timedelta(days=n % 3)
        asked = counselling.ask(number, note=notes[n % 5], topic=topics[n % 5], by="village", on=asked_on)
        if n % 3 != 2:
            to = helper if n == 0 else User.objects.get(username=("town", "village")[n % 2])
            counselling.name(asked, to, by="town", on=asked_on)
            if n % 3 == 1:
                asked.refresh_from_db()
                outcome, answer = ("talked", "已电话联系,情况稳定") if n % 2 else ("passed_on", "已联系镇卫生院送药")
                counselling.close(asked, outcome=outcome, answer=answer, by=to.username, on=day + timedelta(days=1))
