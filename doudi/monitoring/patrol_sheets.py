"""The patrol on paper, typed in or sent in as a table: a row a door, persons by their number on the list or by name.

An empty cell was not asked; 0 (or 无) is nobody or no. So an empty list never says that all is well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from doudi.monitoring import patrols
from doudi.monitoring.patrols import BACK_FROM, PAPER, Asked, PatrolLine
from doudi.register import sheets
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.register.sheets import NEW, SAME, Cells, Column, Hand, Kind, Row
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal

NOBODY = frozenset(("0", "无", "没有", "没", "none", "nobody"))
NO, YES = (
    frozenset(("0", "无", "没有", "否", "不", "n", "no")),
    frozenset(("1", "有", "是", "缺", "y", "yes", "√", "✓")),
)
PLACES = dict(zip("01234", BACK_FROM, strict=True))
PLACE_WORDS = {
    "无": "nobody",
    "没有": "nobody",
    "县内": "county",
    "省内": "province",
    "外省": "elsewhere",
    "湖北": "hubei",
}
_APART = re.compile(r"[,,、;;\s]+")
People = Sequence[tuple[str, int]]
COLUMNS = (
    Column("code", ("户编号", "户号", "household"), required=True, example="1656"),
    Column("name", ("户主(不必填)", "户主", "head")),
    Column("ill", ("1生病(写家庭成员序号,没有写0)", "生病", "ill"), example="0"),
    Column("isolated", ("2隔离(写序号,没有写0)", "隔离", "isolated"), example="0"),
    Column("back_from", ("3两周内从哪里回来(0没有1县内2省内3外省4湖北)", "从哪里回来", "back from"), example="0"),
    Column("willing", ("4愿外出务工(写序号,没有写0)", "愿外出务工", "willing to go out"), example="1,2"),
    Column("unsold", ("5农产品卖不出去(1有0没有)", "滞销", "unsold"), example="0"),
    Column("inputs", ("6缺种子化肥农药农机(1缺0不缺)", "缺农资", "inputs lacking"), example="1"),
    Column("wrong", ("登记不对的地方", "不对", "what is wrong")),
    Column("note", ("备注", "note")),
)
SHORT = (
    ("ill", "1 生病", "1 ill"), ("isolated", "2 隔离", "2 isolated"), ("back_from", "3 从哪回来", "3 back from"),
    ("willing", "4 愿外出", "4 would go out"), ("unsold", "5 滞销", "5 unsold"), ("inputs", "6 缺农资", "6 inputs"),
    ("wrong", "登记不对", "what is wrong"), ("note", "备注", "note"),
)  # fmt: skip


def asked_of(cells: Mapping[str, str], members: People) -> Asked:
    """What a row says was asked; `members` are (name, id) in the order of the list. Raises Refusal naming the cell."""
    wrong = cells.get("wrong", "").strip()
    return Asked(
        ill=_people(cells, "ill", members),
        isolated=_people(cells, "isolated", members),
        back_from=_place(cells.get("back_from", "")),
        willing=_people(cells, "willing", members),
        unsold=_yes_no(cells, "unsold"),
        inputs=_yes_no(cells, "inputs"),
        wrong=wrong[: patrols.LONGEST] or None,
        note=cells.get("note", "").strip()[: patrols.LONGEST],
        persons=frozenset(pk for _, pk in members),
    )


def _people(cells: Mapping[str, str], field: str, members: People) -> frozenset[int] | None:
    text = cells.get(field, "").strip()
    if not text:
        return None
    if text.lower() in NOBODY:
        return frozenset()
    return frozenset(_person(word, field, members) for word in _APART.split(text) if word)


def _person(word: str, field: str, members: People) -> int:
    if word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= len(members):
        return members[int(word) - 1][1]
    named = [pk for name, pk in members if name == word]
    if len(named) == 1:
        return named[0]
    raise Refusal(
        f"“{word[:20]}”不是这户的人:请写 1 到 {len(members)} 的序号,没有写 0。",
        f"“{word[:20]}” is nobody of this household: write numbers of 1 to {len(members)}, or 0 for nobody.",
        field,
    )


def _place(text: str) -> str | None:
    word = text.strip()
    if not word:
        return None
    found = PLACES.get(word) or PLACE_WORDS.get(word)
    if found is None:
        raise Refusal(
            f"“{word[:20]}”读不懂:0没有、1县内、2省内、3外省、4湖北。",
            f"“{word[:20]}” is not understood: 0 nobody, 1 county, 2 province, 3 elsewhere, 4 Hubei.",
            "back_from",
        )
    return found


def _yes_no(cells: Mapping[str, str], field: str) -> bool | None:
    word = cells.get(field, "").strip().lower()
    if not word:
        return None
    if word in YES or word in NO:
        return word in YES
    raise Refusal(
        f"“{word[:20]}”读不懂:有(缺)写 1,没有写 0,没问留空。",
        f"“{word[:20]}” is not understood: 1 for yes, 0 for no, empty where it was not asked.",
        field,
    )


def members_of(households: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """The members of households in the order of the printed list."""
    found: dict[int, list[tuple[str, int]]] = {number: [] for number in households}
    for pk, name, household in (
        Person.objects.filter(household__in=households).order_by("code").values_list("pk", "name", "household_id")
    ):
        found[household].append((name, pk))
    return found


def judge(hands: Sequence[Hand], about: str) -> list[Row]:
    """What each row would write. `about` is the day the list is of (ISO)."""
    codes = {cells.get("code", "").strip() for _, cells in hands}
    known = {each.code: each for each in Household.objects.filter(code__in=codes)}
    people = members_of([each.pk for each in known.values()])
    day = date.fromisoformat(about)
    done = set(PatrolLine.objects.on(day).filter(household__in=known.values()).values_list("household_id", flat=True))

    def look(cells: Cells) -> tuple[str, str, str, Any]:
        household = known.get(cells.get("code", "").strip())
        if household is None:
            raise Refusal("职责范围内没有这个户编号。", "There is no such household within your duty.", "code")
        asked = asked_of(cells, people[household.pk])
        if not asked.kept():
            raise Refusal("这一行六项都没填。", "Nothing of the six is filled in.", "ill")
        if household.pk in done:
            return SAME, "这一天已登记过", "written down already for that day", None
        number = len(asked.kept())
        return NEW, f"登记 {number} 项", f"write down {number} answers", (household, asked)

    return sheets.judged(hands, look, key=("code",))


def write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    """Write the doors, as filled in on paper on the day the list is of."""
    day = date.fromisoformat(about)
    for row in rows:
        household, asked = row.made
        key = uuid5(NAMESPACE_URL, f"doudi:patrol:{household.pk}:{about}")
        try:
            patrols.write(household, replace(asked), origin=PAPER, by=by, on=day, now=now, key=key)
        except AlreadyDone:
            continue


PATROL = Kind("patrol_list", "逐户摸排表", "Patrol list", COLUMNS, judge, write, most_rows=5_000)
