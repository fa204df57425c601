"""The words of special care: measures, kinds, states, the next step and who takes it, the lines of an income sheet."""

from __future__ import annotations

from django.utils.translation import gettext as _

from doudi.delivery import leavings
from doudi.web import figures


def of_measure(name: str) -> str:
    """A measure of special care, in short."""
    return {
        "06_monitored_grant": _("监测户产业资助"),
        "06_monitored_relief": _("监测户民政救助"),
        "06a_keep_allowance_poor": _("6a 继续低保(2019年收入低)"),
        "06b_keep_allowance_without": _("6b 继续低保(取消后收入低)"),
        "06c_enter_allowance": _("6c 纳入低保"),
        "07c_prepare_to_leave": _("外出务工准备"),
        "07d_non_registered_hit": _("非贫困户监测救助"),
    }.get(name, name)


def kinds() -> list[tuple[str, str]]:
    """The kinds of cases, for a choice."""
    return [
        ("allowance", _("低保")),
        ("relief", _("救助")),
        ("grant", _("产业资助")),
        ("leaving", _("外出准备")),
    ]


def of_state(name: str) -> str:
    """Where a case stands."""
    return {
        "open": _("办理中"),
        "handed": _("已移交民政"),
        "granted": _("已同意"),
        "refused": _("不同意"),
        "review": _("复核中,照发"),
        "ended": _("已停发"),
    }.get(name, name)


CHIPS = {"open": "v-unknown", "handed": "v-unknown", "granted": "v-yes", "refused": "v-no", "review": "v-error",
         "ended": "v-no"}  # fmt: skip


def of_step(name: str) -> str:
    """The next step, and who takes it."""
    return {
        "sheet": _("写收入表(村、乡镇)"),
        "review": _("评议、公示、审核(村、乡镇、县)"),
        "hand_over": _("移交民政(乡镇、县)"),
        "result": _("等民政审批结果"),
        "decide": _("定金额(县)"),
        "checklist": _("办完外出清单(村、乡镇)"),
        "pay": _("付款到账(县)"),
        "confirm": _("农户确认收到(村)"),
        "look": _("复核:继续还是停发(民政)"),
    }.get(name, _("已办结"))


def lines() -> list[tuple[str, str]]:
    """The lines of an income sheet in their order; the allowance has its own."""
    return [
        ("wage", _("工资性收入")),
        ("business", _("生产经营性收入")),
        ("expense", _("生产经营性支出(减)")),
        ("assets", _("财产性收入")),
        ("transfer", _("转移性收入(不含低保金)")),
        ("allowance", _("低保金(单列)")),
    ]


def items() -> list[tuple[str, str]]:
    """The lines of the checklist of somebody about to leave."""
    return [(name, figures.in_words(*words)) for name, words in leavings.ITEMS.items()]
