"""The words of labour transfer: kinds, states, and why somebody may not board."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doudi.delivery import journeys, matches
from doudi.delivery.openings import CERTIFICATE, DECLARATION, TEMPERATURES
from doudi.web import states

KINDS = {journeys.BUS: gettext_lazy("包车"), journeys.TRAIN: gettext_lazy("列车(成建制)")}
JOURNEYS = {
    journeys.PLANNED: gettext_lazy("待发车"),
    journeys.DEPARTED: gettext_lazy("在路上"),
    journeys.CLOSED: gettext_lazy("已办结"),
    journeys.CANCELLED: gettext_lazy("已取消"),
}
PASSAGES = {
    journeys.LISTED: gettext_lazy("在名单上"),
    journeys.BOARDED: gettext_lazy("已上车"),
    journeys.ARRIVED: gettext_lazy("已到达"),
    journeys.MISSING: gettext_lazy("未到达"),
    journeys.OFF: gettext_lazy("已划去"),
}
MATCHES = {
    matches.ASKED: gettext_lazy("等本人答复"),
    matches.AGREED: gettext_lazy("本人愿意"),
    matches.DECLINED: gettext_lazy("本人不愿意"),
    matches.WITHDRAWN: gettext_lazy("已退出"),
}
HEALTH = {
    DECLARATION: gettext_lazy("健康申报"),
    TEMPERATURES: gettext_lazy("十四天体温记录"),
    CERTIFICATE: gettext_lazy("健康证明"),
}
HINDRANCES = {
    "": gettext_lazy("可以上车"),
    "undeclared": gettext_lazy("缺三天内的健康申报"),
    "unfit": gettext_lazy("暂不能上车"),
    "held": gettext_lazy("暂不能上车"),
    "unapproved": gettext_lazy("还没有批准"),
}


def kind(name: str) -> str:
    """What carries them."""
    return states.called(KINDS, name)


def journey(state: str) -> str:
    """How a journey stands."""
    return states.called(JOURNEYS, state)


def passage(state: str) -> str:
    """How a passenger stands."""
    return states.called(PASSAGES, state)


def match(state: str) -> str:
    """How a match stands."""
    return states.called(MATCHES, state)


def health_rule(name: str) -> str:
    """What the employer wants of a worker's health."""
    return states.called(HEALTH, name)


def hindrance(why: str) -> str:
    """Why somebody may not board; says no more of anybody's health than it must."""
    return states.called(HINDRANCES, why)


def offer_fields() -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """The fields of the form of an opening: name, label, type, choices."""
    return [
        ("employer", _("用工单位"), "text", []),
        ("work", _("工种"), "text", []),
        ("destination", _("目的地(省、市)"), "text", []),
        ("inside", _("省内还是省外"), "", [("outside", _("省外")), ("inside", _("省内"))]),
        ("wage", _("月工资(元)"), "text", []),
        ("seats", _("要多少人"), "text", []),
        ("health_rule", _("健康要求"), "", [(e, health_rule(e)) for e in (DECLARATION, TEMPERATURES, CERTIFICATE)]),
        ("report_on", _("报到日"), "date", []),
        ("until", _("报名截止日"), "date", []),
    ]
