"""The words of this part: classes, items of the checklist, states, and what a forecast says."""

from __future__ import annotations

from django.utils.translation import gettext as _

from doudi.projects import forecasts, outlooks
from doudi.projects.forecasts import Forecast
from doudi.projects.projects import KINDS
from doudi.projects.reports import BASES
from doudi.web import figures

# class: the chip's colour, which the word repeats
CHIPS = {
    outlooks.PREPARING: "v-unknown",
    outlooks.READY: "v-yes",
    outlooks.UNKNOWN: "v-unknown",
    outlooks.UNDER_WAY: "v-no",
    outlooks.BUILT: "v-yes",
    outlooks.CLOSED: "v-yes",
}


def of_class(name: str) -> str:
    """A class of projects."""
    return {
        outlooks.PREPARING: _("备工备料"),
        outlooks.READY: _("可以开工"),
        outlooks.UNKNOWN: _("条件待核"),
        outlooks.UNDER_WAY: _("在建"),
        outlooks.BUILT: _("完工、待拨完"),
        outlooks.CLOSED: _("完工、拨付完"),
    }.get(name, name)


def of_item(name: str) -> str:
    """An item of the checklist."""
    return {
        "workers_healthy": _("人员健康排查合格"),
        "disinfected": _("防疫消杀到位"),
        "permits_ready": _("手续齐全"),
        "materials_ready": _("备工备料到位"),
    }.get(name, name)


def of_state(name: str) -> str:
    """The state of a start, report, sum or slip."""
    return {
        "waiting": _("等审核"),
        "agreed": _("同意"),
        "refused": _("不同意"),
        "accepted": _("已验收"),
        "returned": _("已退回"),
        "asked": _("等复核"),
        "checked": _("等拨付"),
        "paid": _("已拨付"),
    }.get(name, name)


def of_source(name: str) -> str:
    """Who said it."""
    return {"bureau": _("行业部门"), "village": _("村里")}.get(name, name)


def of_kind(name: str) -> str:
    """A kind of projects."""
    return figures.in_words(*KINDS[name]) if name in KINDS else name


def of_basis(name: str) -> str:
    """How progress was measured."""
    return figures.in_words(*BASES[name]) if name in BASES else name


def kinds() -> list[tuple[str, str]]:
    """Every kind with its word, for a choice."""
    return [(name, of_kind(name)) for name in KINDS]


def classes() -> list[tuple[str, str]]:
    """Every class with its word, for a choice."""
    return [(name, of_class(name)) for name in outlooks.CLASSES]


def percent(bp: int) -> str:
    """Basis points as percent: 4250 -> 42.50%."""
    return figures.share(bp, forecasts.WHOLE)


def expected(forecast: Forecast) -> str:
    """What a forecast says, in a few words."""
    if forecast.standing == forecasts.UNKNOWN or forecast.end is None:
        return _("还不知道")
    if forecast.standing == forecasts.STALLED:
        return _("照现在的进度完不成")
    return forecast.end.isoformat()


def band(forecast: Forecast) -> str:
    """The band of a forecast under way; empty otherwise."""
    if forecast.standing != forecasts.MOVING:
        return ""
    early = forecast.early.isoformat() if forecast.early else "--"
    late = forecast.late.isoformat() if forecast.late else _("十年以后")
    return _("%(early)s 至 %(late)s") % {"early": early, "late": late}


def rests_on(forecast: Forecast) -> str:
    """What a forecast was made from."""
    if forecast.standing == forecasts.UNKNOWN:
        return _("不足两次记录,不作预测")
    values = {"points": forecast.points, "pace": percent(forecast.pace_bp)}
    if forecast.standing == forecasts.DONE:
        return _("%(points)s 次记录") % values
    return _("%(points)s 次记录,近几周每周 %(pace)s") % values


def late_by(days: int) -> str:
    """How many days too late; far beyond, no number is pretended."""
    return _("会超期") if days > 3_000 else _("超期 %(days)s 天") % {"days": figures.count(days)}
