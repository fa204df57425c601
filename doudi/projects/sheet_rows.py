"""The two tables of projects, list and weekly progress, as kinds of `doudi.register.sheets`: what their rows mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from doudi.projects import projects, reports
from doudi.projects.projects import KINDS, WHOLE, Contract, Entry, Project
from doudi.projects.reports import BASES
from doudi.register import sheets
from doudi.register.sheets import CHANGED, NEW, SAME, Cells, Column, Hand, Kind, Row
from doudi.values import money
from doudi.values.refusals import Refusal

PROJECTS, PROGRESS = "projects", "progress"
# field: the headings it goes by, the first as our own tables write it; required ones first in each table
HEADINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    PROJECTS: {
        "code": ("项目编号", "编号", "code"),
        "name": ("项目名称", "名称", "name"),
        "kind": ("类别", "项目类别", "kind"),
        "owner": ("业主单位", "项目业主", "owner"),
        "bureau": ("主管部门", "行业部门", "bureau"),
        "place": ("村代码", "所在村代码", "place"),
        "planned": ("计划资金(元)", "计划资金", "planned sum (yuan)"),
        "works_due": ("完工期限", "works due"),
        "money_due": ("拨付期限", "money due"),
        "contractor": ("施工单位", "承建单位", "contractor"),
        "contract_fen": ("合同金额(元)", "合同金额", "contract sum (yuan)"),
        "contract_days": ("工期(天)", "工期", "days"),
    },
    PROGRESS: {
        "code": ("项目编号", "编号", "code"),
        "day": ("截至日期", "日期", "day"),
        "done": ("累计进度(%)", "累计进度", "进度", "done (%)"),
        "basis": ("口径", "basis"),
        "note": ("说明", "备注", "note"),
        "back_reason": ("倒退原因", "reason for going back"),
    },
}
REQUIRED = {
    PROJECTS: ("code", "name", "kind", "owner", "bureau", "place", "planned", "works_due", "money_due"),
    PROGRESS: ("code", "day", "done", "basis"),
}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,2})0*)?", re.ASCII)
Looked = tuple[str, str, str, Any]


def _judge(look: Callable[[Cells, Project | None], Looked]) -> Callable[[Sequence[Hand], str], list[Row]]:
    """Every row judged by the records as they are now; a code stands once in a table."""

    def judge(hands: Sequence[Hand], about: str) -> list[Row]:
        codes = [found.get("code", "").strip() for _, found in hands]
        known = {project.code: project for project in Project.objects.filter(code__in=codes)}
        return sheets.judged(hands, lambda read: look(read, known.get(read["code"])), key=["code"])

    return judge


def _write_projects(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    for row in rows:
        if row.action == NEW:
            projects.register(row.made, by=by, on=on, now=now)
        else:
            project, contract = row.made
            projects.sign(project, contract, by=by)


def _write_progress(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    for row in rows:
        project, done, day, basis, note, back = row.made
        reports.report(project, done, basis=basis, note=note, back_reason=back, by=by, on=day)


def _project(read: Cells, known: Project | None) -> Looked:
    kinds = {word: name for name, words in KINDS.items() for word in (name, *words)}
    contract = _contract(read)
    entry = Entry(
        code=read["code"],
        name=read["name"],
        kind=kinds.get(read["kind"], read["kind"]),
        owner=read["owner"],
        bureau=read["bureau"],
        place=read["place"],
        planned_fen=fen_of(read["planned"], "planned"),
        works_due=day_of(read["works_due"], "works_due"),
        money_due=day_of(read["money_due"], "money_due"),
        contract=contract,
    )
    for field, most in (("code", 64), ("name", 200), ("owner", 100), ("bureau", 100), ("contractor", 100)):
        if len(read.get(field, "")) > most:
            raise Refusal(f"这一格超过{most}个字。", f"This is longer than {most} characters.", field)
    projects.refuse_wrong(entry)
    if known is None:
        return (
            NEW,
            f"计划 {money.tell(entry.planned_fen)} 元",
            f"planned at {money.tell(entry.planned_fen)} yuan",
            entry,
        )
    signed = Contract(known.contractor, known.contract_fen or 0, known.contract_days or 0)
    if contract is None or contract == signed:
        return SAME, "已登记过", "on record already", None
    if known.out_fen:
        raise Refusal("这个项目已经拨过款,合同不能再改。", "Money has gone out; the contract stays.", "contract_fen")
    sum_ = money.tell(contract.fen)
    return CHANGED, f"合同 {sum_} 元", f"a contract of {sum_} yuan", (known, contract)


def _contract(read: Cells) -> Contract | None:
    if not any(read.get(field) for field in ("contractor", "contract_fen", "contract_days")):
        return None
    days = read.get("contract_days", "").removesuffix(".0")
    if not (days.isascii() and days.isdigit() and len(days) <= 5):
        raise Refusal("工期要写整天数。", "The days are a whole number.", "contract_days")
    return Contract(read.get("contractor", ""), fen_of(read.get("contract_fen", ""), "contract_fen"), int(days))


def _progress(read: Cells, project: Project | None) -> Looked:
    if project is None:
        raise Refusal("没有这个编号的项目。", "There is no project of this code.", "code")
    done, day = bp_of(read["done"]), day_of(read["day"], "day")
    basis = {word: name for name, words in BASES.items() for word in (name, *words)}.get(read["basis"], read["basis"])
    note, back = read.get("note", "")[:500], read.get("back_reason", "")[:500]
    same = project.reports.exclude(state=reports.RETURNED).filter(day=day, done_bp=done)
    if same.exists():
        return SAME, "已报过", "reported already", None
    reports.refuse_wrong(project, done, basis=basis, back_reason=back, on=day)
    share = f"{done / 100:g}%"
    return NEW, f"截至 {day} 累计 {share}", f"{share} done by {day}", (project, done, day, basis, note, back)


def _columns(kind: str) -> tuple[Column, ...]:
    return tuple(Column(field, words, required=field in REQUIRED[kind]) for field, words in HEADINGS[kind].items())


LISTS = Kind("works_projects", "项目清单", "List of projects", _columns(PROJECTS), _judge(_project), _write_projects,
             most_rows=5_000, most_bytes=10_000_000)  # fmt: skip
REPORTS = Kind("works_progress", "每周进度", "Weekly progress", _columns(PROGRESS), _judge(_progress), _write_progress,
               most_rows=5_000, most_bytes=10_000_000)  # fmt: skip
KINDS_OF_TABLE: Mapping[str, Kind] = {PROJECTS: LISTS, PROGRESS: REPORTS}


# -- cells, and the fields of the forms


def fen_of(text: str, where: str) -> int:
    """Fen of an amount in yuan. Raises Refusal."""
    try:
        return money.read(_plain(text))
    except ValueError as error:
        raise Refusal(
            "金额要写成 123456.78 这样(元,最多两位小数)。", "Write the sum in yuan like 123456.78.", where
        ) from error


def _plain(text: str) -> str:
    """Full-width digits as plain ones; raises ValueError for what is not written in those."""
    plain = unicodedata.normalize("NFKC", text)
    if not plain.isascii():
        raise ValueError(text)
    return plain


def day_of(text: str, where: str) -> date:
    """A day written like 2020-06-30. Raises Refusal."""
    found = _DATE.fullmatch(text.strip())
    try:
        if found:
            day = date(*(int(part) for part in found.groups()))
            if 2000 <= day.year <= 2100:
                return day
    except ValueError:
        pass
    raise Refusal("日期要写成 2020-06-30 这样。", "Write the day like 2020-06-30.", where)


def bp_of(text: str) -> int:
    """Basis points of a share in percent with up to two decimals. Raises Refusal."""
    found = _SHARE.fullmatch(unicodedata.normalize("NFKC", text).strip().removesuffix("%"))
    if found and (share := int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))) <= WHOLE:
        return share
    raise Refusal(
        "进度写0到100之间的数,最多两位小数。", "Write progress between 0 and 100, with two decimals at most.", "done"
    )
