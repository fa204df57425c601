"""The words of labour transfer: kinds, states, and why somebody may not board."""

from __future__ import annotations

from django.utils.translation import gettext as _

from doudi.delivery import journeys, matches
from doudi.delivery.openings import CERTIFICATE, DECLARATION, TEMPERATURES


def kind(name: str) -> str:
    """What carries them."""
    return {journeys.BUS: _("包车"), journeys.TRAIN: _("列车(成建制)")}.get(name, name)


def journey(state: str) -> str:
    """How a journey stands."""
    return {
        journeys.PLANNED: _("待发车"),
        journeys.DEPARTED: _("在路上"),
        journeys.CLOSED: _("已办结"),
        journeys.CANCELLED: _("已取消"),
    }.get(state, state)


def passage(state: str) -> str:
    """How a passenger stands."""
    return {
        journeys.LISTED: _("在名单上"),
        journeys.BOARDED: _("已上车"),
        journeys.ARRIVED: _("已到达"),
        journeys.MISSING: _("未到达"),
        journeys.OFF: _("已划去"),
    }.get(state, state)


def match(state: str) -> str:
    """How a match stands."""
    return {
        matches.ASKED: _("等本人答复"),
        matches.AGREED: _("本人愿意"),
        matches.DECLINED: _("本人不愿意"),
        matches.WITHDRAWN: _("已退出"),
    }.get(state, state)


def health_rule(name: str) -> str:
    """What the employer wants of a worker's health."""
    return {
        DECLARATION: _("健康申报"),
        TEMPERATURES: _("十四天体温记录"),
        CERTIFICATE: _("健康证明"),
    }.get(name, name)


def hindrance(why: str) -> str:
    """Why somebody may not board; says no more of anybody's health than it must."""
    return {
        "": _("可以上车"),
        "undeclared": _("缺三天内的健康申报"),
        "unfit": _("暂不能上车"),
        "held": _("暂不能上车"),
        "unapproved": _("还没有批准"),
    }.get(why, why)


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
