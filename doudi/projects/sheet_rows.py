"""What the rows of the two tables mean: headings, cells, what each row would write, and what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doudi.projects import projects, reports
from doudi.projects.projects import KINDS, WHOLE, Contract, Entry, Project
from doudi.projects.reports import BASES
from doudi.register.importing.conversions import Unreadable, clean
from doudi.register.importing.tables import Table
from doudi.values import money
from doudi.values.refusals import Refusal

PROJECTS, PROGRESS = "projects", "progress"
NEW, CHANGED, SAME = "new", "changed", "same"
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
HEADER_WITHIN = 10
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,2})0*)?", re.ASCII)
Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands: what it would do (new, changed, same), or why it cannot."""

    number: int
    cells: Cells
    action: str = NEW
    problem: Refusal | None = None
    made: Any = None


def heading(text: str) -> str:
    """A heading without space, brackets of either width and capitals."""
    return re.sub(r"\s", "", text).replace("（", "(").replace("）", ")").replace("％", "%").casefold()


def cells(read: Sequence[Table], kind: str) -> list[tuple[int, Cells]]:
    """The rows of the first sheet with the headings, by field. Raises Refusal, naming the heading that lacks."""
    known = {heading(word): field for field, words in HEADINGS[kind].items() for word in words}
    lacking: list[str] = list(REQUIRED[kind])
    for table in read:
        for at, (_, row) in enumerate(table.rows[:HEADER_WITHIN]):
            columns = {known[word]: i for i, cell in reversed([*enumerate(row)]) if (word := heading(cell)) in known}
            missing = [field for field in REQUIRED[kind] if field not in columns]
            if not missing:
                return list(_rows(table.rows[at + 1 :], columns))
            lacking = min(lacking, missing, key=len)
    named = HEADINGS[kind][lacking[0]][0]
    raise Refusal(f"表里没有“{named}”这一列。请用本页的样表填写。", f"The table has no column “{named}”.", "file")


def _rows(rows: Iterable[tuple[int, list[str]]], columns: Mapping[str, int]) -> Iterable[tuple[int, Cells]]:
    for number, row in rows:
        yield number, {field: row[at][:1_000] if at < len(row) else "" for field, at in columns.items()}


def judge(kind: str, rows: Iterable[Sequence[Any]]) -> list[Line]:
    """Every row judged by the records as they are now."""
    kept = [(int(number), dict(found)) for number, found in rows]
    codes = [found.get("code", "").strip() for _, found in kept]
    known = {project.code: project for project in Project.objects.filter(code__in=codes)}
    seen: set[str] = set()
    lines = []
    for number, found in kept:
        lines.append(_judged(_JUDGES[kind], number, found, known, seen))
    return lines


def _judged(
    judge_row: Callable[..., tuple[str, Any]], number: int, found: Cells, known: Mapping[str, Project], seen: set[str]
) -> Line:
    try:
        read = {field: clean(text) for field, text in found.items()}
        if read["code"] in seen:
            raise Refusal("这个编号在表里出现了两次。", "This code stands twice in the table.", "code")
        seen.add(read["code"])
        action, made = judge_row(read, known.get(read["code"]))
        return Line(number, found, action, made=made)
    except Unreadable as error:
        return Line(number, found, problem=Refusal(error.zh, error.en))
    except Refusal as refusal:
        return Line(number, found, problem=refusal)


def write(kind: str, line: Line, *, by: str, on: date, now: datetime) -> int:
    """Write what a judged row says; answers 1 for a row written, 0 for one that changes nothing."""
    if line.action == SAME:
        return 0
    if kind == PROGRESS:
        project, done, day, basis, note, back = line.made
        reports.report(project, done, basis=basis, note=note, back_reason=back, by=by, on=day)
    elif line.action == NEW:
        projects.register(line.made, by=by, on=on, now=now)
    else:
        project, contract = line.made
        projects.sign(project, contract, by=by)
    return 1


def _project(read: Cells, known: Project | None) -> tuple[str, Any]:
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
        return NEW, entry
    signed = Contract(known.contractor, known.contract_fen or 0, known.contract_days or 0)
    if contract is None or contract == signed:
        return SAME, None
    if known.out_fen:
        raise Refusal("这个项目已经拨过款,合同不能再改。", "Money has gone out; the contract stays.", "contract_fen")
    return CHANGED, (known, contract)


def _contract(read: Cells) -> Contract | None:
    if not any(read.get(field) for field in ("contractor", "contract_fen", "contract_days")):
        return None
    days = read.get("contract_days", "").removesuffix(".0")
    if not (days.isascii() and days.isdigit() and len(days) <= 5):
        raise Refusal("工期要写整天数。", "The days are a whole number.", "contract_days")
    return Contract(read.get("contractor", ""), fen_of(read.get("contract_fen", ""), "contract_fen"), int(days))


def _progress(read: Cells, project: Project | None) -> tuple[str, Any]:
    if project is None:
        raise Refusal("没有这个编号的项目。", "There is no project of this code.", "code")
    done, day = bp_of(read["done"]), day_of(read["day"], "day")
    basis = {word: name for name, words in BASES.items() for word in (name, *words)}.get(read["basis"], read["basis"])
    note, back = read.get("note", "")[:500], read.get("back_reason", "")[:500]
    same = project.reports.exclude(state=reports.RETURNED).filter(day=day, done_bp=done)
    if same.exists():
        return SAME, None
    reports.refuse_wrong(project, done, basis=basis, back_reason=back, on=day)
    return NEW, (project, done, day, basis, note, back)


_JUDGES: Mapping[str, Callable[..., tuple[str, Any]]] = {PROJECTS: _project, PROGRESS: _progress}


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
