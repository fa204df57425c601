"""What tables, columns, operations and acts are called on the trail's page; one not known here keeps its own name."""

from __future__ import annotations

from django.utils.translation import gettext as _


def operation(letter: str) -> str:
    """Insert, update or delete."""
    return {"I": _("新增一条"), "U": _("修改"), "D": _("删除")}[letter]


def tables() -> dict[str, str]:
    """The tables whose changes are recorded, by their words."""
    return {
        "access_user": _("账号"),
        "access_duty": _("职责"),
        "places_place": _("区划"),
        "places_map": _("边界图"),
        "register_household": _("农户"),
        "register_person": _("人员"),
        "register_membership": _("户内成员"),
        "register_residence": _("居住地"),
        "register_pairing": _("结对帮扶"),
        "register_item": _("贷款、岗位等事项"),
        "register_intake": _("导入批次"),
        "register_export": _("导出"),
        "policy_run": _("运行"),
        "policy_pack_version": _("政策版本"),
        "policy_draft": _("政策草稿"),
        "policy_proposal": _("政策提议"),
        "policy_exemption": _("检查豁免"),
    }


def table(name: str) -> str:
    """A table in words."""
    return tables().get(name, name)


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


def verbs() -> dict[str, str]:
    """The acts, by their words."""
    return {
        "access.duties.give": _("给予职责"),
        "access.duties.give_many": _("批量给予职责"),
        "access.duties.end": _("结束职责"),
        "access.users.add": _("新增账号"),
        "access.users.close": _("停用账号"),
        "access.users.reopen": _("恢复账号"),
        "access.users.enrol": _("批量建账号"),
        "access.users.change_password": _("修改密码"),
        "places.load": _("载入区划"),
        "places.found": _("建县"),
        "places.succeed": _("区划承接"),
        "register.demo.load": _("载入演示数据"),
        "register.importing.accept": _("接受导入"),
        "register.households.move": _("农户迁移"),
        "register.households.dissolve": _("销户"),
        "register.persons.join": _("成员加入"),
        "register.persons.leave": _("成员离开"),
        "register.pairings.pair": _("结对"),
        "register.pairings.part": _("解除结对"),
        "register.pairings.transfer": _("移交结对"),
        "register.mergers.merge": _("撤并村镇"),
        "register.exports.ask": _("申请导出"),
        "register.exports.approve": _("同意导出"),
        "register.exports.fetch": _("下载导出"),
        "policy.run": _("运行"),
        "policy.answer": _("回答问题"),
        "policy.store_pack": _("存入政策版本"),
        "policy.adopt_pack": _("采用政策"),
        "policy.propose_pack": _("提议政策"),
        "policy.exempt": _("批准豁免"),
        "trail.forks.record": _("记录日志分叉"),
    }


def verb(name: str) -> str:
    """An act in words."""
    return verbs().get(name, name)
