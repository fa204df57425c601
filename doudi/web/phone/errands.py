"""The cards of a telephone with the calls and visits campaigns ask for, and what the household was not told of yet.

Monitoring and outreach know nothing of each other, so what waits at one's households is joined here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from doudi.access.masking import Reads
from doudi.monitoring import cards
from doudi.monitoring.cards import Card
from doudi.outreach import answers, escalations, messages, reaches
from doudi.outreach.channels import every
from doudi.outreach.channels.shape import CALL, DOOR
from doudi.outreach.dispatches import Dispatch
from doudi.policy.households import Decided
from doudi.policy.runs import Run
from doudi.web.telling import days

NEVER = "9999"  # sorts what has no day after what has one
WHY = {
    "asked": ("县里请帮扶干部逐户告知", "helpers were asked to tell every household"),
    CALL: ("消息发出了,没有人说收到", "a message went out and nobody said it came"),
    DOOR: ("电话没有联系上", "no call reached them"),
}


def cards_of(
    household_ids: Iterable[int],
    *,
    reader: Reads,
    on: date,
    duties_on: date,
    known: Mapping[int, Decided] | None = None,
    run: Run | None = None,
) -> list[Card]:
    """The cards of households in scope (`monitoring.cards`), each with the calls, visits and news that wait there."""
    found = cards.of(household_ids, reader=reader, on=on, duties_on=duties_on, known=known, run=run)
    asked: dict[int, list[Dispatch]] = {card["id"]: [] for card in found}
    for each in escalations.open_of(asked):
        asked[each.household_id or 0].append(each)
    told = reaches.measures_told(asked) if found else {}
    for card in found:
        mine = asked[card["id"]]
        card["untold"] = _untold(card, told.get(card["id"], set()))
        card["to_tell"] = [_to_tell(each) for each in mine]
        card["tasks"] = sorted([*card["tasks"], *map(_task, mine)], key=lambda task: task["due"] or NEVER)
    return found


def answer(*given: Any, now: Any = None, **more: Any) -> dict[str, Any]:
    """What came of one (`outreach.answers`), at the county's moment: in a demonstration its day stands still."""
    return answers.answer(*given, now=days.now(), **more)


def _untold(card: Card, told: Collection[str]) -> list[dict[str, str]]:
    """The measures the household may claim and nobody has told it of, as a check says what was told."""
    titles = {
        one["measure"]: {"zh": one["title_zh"], "en": one["title_en"]}
        for one in card["decisions"]
        if one["verdict"] == "yes" and one["measure"] not in told
    }
    return [{"name": reaches.thing(reaches.MEASURE, name), **words} for name, words in titles.items()]


def _to_tell(each: Dispatch) -> dict[str, str]:
    """What is to be said, in the plain words."""
    words = every.named(each.channel).words
    return {
        "dispatch": str(each.pk),
        "step": each.step,
        "title": each.campaign.message.title,
        "text": messages.text_for(each.campaign.texts, each.channel, words=words),
    }


def _task(each: Dispatch) -> dict[str, Any]:
    title, door = each.campaign.message.title, each.step == DOOR
    asked = each.channel in each.campaign.channels
    zh, en = WHY["asked" if asked else each.step]
    return {
        "kind": each.step,
        "zh": f"{'上门' if door else '打电话'}告诉这户:{title}",
        "en": f"{'Go to the door and tell them' if door else 'Call and tell them'}: {title}",
        "reason_zh": zh,
        "reason_en": en,
        "due": _due(each).isoformat(),
        "fact": "",
        "where": f"dispatch:{each.pk}",
    }


def _due(each: Dispatch) -> date:
    """Before the next step is asked for; where none follows, before the campaign ends."""
    campaign = each.campaign
    waits = timedelta(days=campaign.wait_days)
    return min(each.laid_on + waits, campaign.until_day) if waits else campaign.until_day
