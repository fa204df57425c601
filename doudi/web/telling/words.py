"""What campaigns, channels and reaches are called on a page."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language, gettext_lazy

from doudi.outreach import campaigns, counselling, dispatches, scripts
from doudi.outreach.channels import every
from doudi.policy.packs import Pack
from doudi.web import figures, states
from doudi.web.desk import standings

CHIPS = {"draft": "v-unknown", "running": "v-yes", "done": "v-no", "stopped": "v-error"}
STATE_CHIPS = {
    "waiting": "v-unknown", "sending": "v-unknown", "delivered": "v-yes", "failed": "v-error", "suppressed": "v-no"
}  # fmt: skip
STATES = {
    campaigns.DRAFT: gettext_lazy("待开始"),
    campaigns.RUNNING: gettext_lazy("进行中"),
    campaigns.DONE: gettext_lazy("已结束"),
    campaigns.STOPPED: gettext_lazy("已停止"),
}
MESSAGES = {
    dispatches.WAITING: gettext_lazy("等待"),
    dispatches.SENDING: gettext_lazy("发送中"),
    dispatches.DELIVERED: gettext_lazy("已送出"),
    dispatches.FAILED: gettext_lazy("未成"),
    dispatches.SUPPRESSED: gettext_lazy("不发"),
}
SURE = {
    "sent": gettext_lazy("已送出,不知是否听到"),
    "delivered": gettext_lazy("已交到手"),
    "heard": gettext_lazy("本人说听到了"),
    "read_back": gettext_lazy("能复述"),
}
REQUESTS = {
    "open": gettext_lazy("待指定人"),
    "assigned": gettext_lazy("待联系"),
    "closed": gettext_lazy("已办结"),
}


def of_state(state: str) -> str:
    """The state of a campaign."""
    return states.called(STATES, state)


def of_dispatch(state: str) -> str:
    """The state of one message."""
    return states.called(MESSAGES, state)


def of_channel(name: str) -> str:
    """A channel, or another way of telling."""
    return every.word(name, get_language() or "zh")


def why(name: str) -> str:
    """Why something was not sent."""
    return figures.in_words(*dispatches.WHY.get(name, (name, name)))


def of_sure(sure: str) -> str:
    """How sure a reach is."""
    return states.called(SURE, sure)


def of_topic(name: str) -> str:
    """What somebody wants to talk about."""
    return figures.in_words(*counselling.TOPICS.get(name, (name, name)))


def of_outcome(name: str) -> str:
    """What came of a request."""
    return figures.in_words(*counselling.OUTCOMES.get(name, (name, name)))


def of_request(state: str) -> str:
    """How far a request is."""
    return states.called(REQUESTS, state)


def of_things(things: Iterable[str], pack: Pack | None, named: dict[str, str]) -> str:
    """What was told, in words. `named` are the titles of campaigns by number."""
    told = {each.name: figures.in_words(each.title_zh, each.title_en) for each in scripts.present()}
    found = []
    for each in things:
        kind, _colon, name = each.partition(":")
        if kind == "measure":
            found.append(standings.title_of(pack, name) if pack and name in pack.terms else name)
        else:
            found.append(named.get(name, name) if kind == "campaign" else told.get(name, name))
    return figures.listed(dict.fromkeys(found))
