"""What campaigns, channels and reaches are called on a page."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doudi.outreach import campaigns, counselling, dispatches, scripts
from doudi.outreach.channels import every
from doudi.policy.packs import Pack
from doudi.web import figures
from doudi.web.desk import standings

CHIPS = {"draft": "v-unknown", "running": "v-yes", "done": "v-no", "stopped": "v-error"}
STATE_CHIPS = {
    "waiting": "v-unknown", "sending": "v-unknown", "delivered": "v-yes", "failed": "v-error", "suppressed": "v-no"
}  # fmt: skip


def of_state(state: str) -> str:
    """The state of a campaign."""
    return {
        campaigns.DRAFT: _("待开始"),
        campaigns.RUNNING: _("进行中"),
        campaigns.DONE: _("已结束"),
        campaigns.STOPPED: _("已停止"),
    }.get(state, state)


def of_dispatch(state: str) -> str:
    """The state of one message."""
    return {
        dispatches.WAITING: _("等待"),
        dispatches.SENDING: _("发送中"),
        dispatches.DELIVERED: _("已送出"),
        dispatches.FAILED: _("未成"),
        dispatches.SUPPRESSED: _("不发"),
    }.get(state, state)


def of_channel(name: str) -> str:
    """A channel, or another way of telling."""
    return every.word(name, get_language() or "zh")


def why(name: str) -> str:
    """Why something was not sent."""
    return figures.in_words(*dispatches.WHY.get(name, (name, name)))


def of_sure(sure: str) -> str:
    """How sure a reach is."""
    return {
        "sent": _("已送出,不知是否听到"),
        "delivered": _("已交到手"),
        "heard": _("本人说听到了"),
        "read_back": _("能复述"),
    }.get(sure, sure)


def of_topic(name: str) -> str:
    """What somebody wants to talk about."""
    return figures.in_words(*counselling.TOPICS.get(name, (name, name)))


def of_outcome(name: str) -> str:
    """What came of a request."""
    return figures.in_words(*counselling.OUTCOMES.get(name, (name, name)))


def of_request(state: str) -> str:
    """How far a request is."""
    return {"open": _("待指定人"), "assigned": _("待联系"), "closed": _("已办结")}.get(state, state)


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
