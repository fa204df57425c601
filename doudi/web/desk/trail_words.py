"""What tables, columns, operations and acts are called on the trail's page; one not known here keeps its own name."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from doudi.web.desk.trail_tables import TABLES
from doudi.web.desk.trail_verbs import VERBS


def operation(letter: str) -> str:
    """Insert, update or delete."""
    return {"I": _("新增一条"), "U": _("修改"), "D": _("删除")}[letter]


def grouped(names: Mapping[str, Promise]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Tables or acts with their words, by the area they belong to, in the order of the areas."""
    areas = _areas()
    found: dict[str, list[tuple[str, str]]] = {words: [] for words in areas.values()}
    for name, words in names.items():
        found[areas[name.replace("_", ".").partition(".")[0]]].append((name, str(words)))
    return [(area, held) for area, held in found.items() if held]


def _areas() -> dict[str, str]:
    accounts = _("账号与职责")
    return {
        **dict.fromkeys(("access", "account", "otp", "phone"), accounts),
        "places": _("区划"),
        "register": _("农户"),
        "policy": _("政策"),
        "funds": _("资金"),
        "delivery": _("落实"),
        "projects": _("扶贫项目"),
        "monitoring": _("监测"),
        "outreach": _("宣传告知"),
        "trail": _("日志"),
    }


def table(name: str) -> str:
    """A table in words."""
    return str(TABLES.get(name, name))


def column(name: str) -> str:
    """A column in words."""
    return {
        "id": _("序号"),
        "code": _("编号"),
        "name": _("名称"),
        "head_name": _("户主"),
        "place_code": _("区划代码"),
        "village_code": _("村代码"),
        "household_id": _("农户序号"),
        "person_id": _("人员序号"),
        "helper_id": _("帮扶责任人序号"),
        "user_id": _("账号序号"),
        "from_day": _("从哪天"),
        "until_day": _("到哪天(不含)"),
        "recorded_at": _("录入时间"),
        "reason": _("原因"),
        "role": _("角色"),
        "unit": _("单位"),
        "username": _("账号名"),
        "is_active": _("是否启用"),
        "group_name": _("社、组"),
        "kind": _("类别"),
        "label": _("标题"),
        "national_code": _("国扶户编号"),
        "state": _("状态"),
        "as_of": _("截至哪天"),
        "seconds": _("用时(秒)"),
        "engine": _("引擎"),
        "started_by": _("由谁开始"),
        "started_at": _("开始于"),
        "pack_name": _("政策包"),
    }.get(name, name)


def verb(name: str) -> str:
    """An act in words."""
    return str(VERBS.get(name, name))
