"""Lists of towns, villages and communities of the county, sent in by its officer: a kind of table (`register.sheets`).

A known code keeps its name: a new name, a merger, a division is recorded at the place, with its day and its grounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from doudi.places import counties, divisions
from doudi.places.divisions import Division, Place
from doudi.register import sheets
from doudi.register.sheets import NEW, SAME, Cells, Column, Hand, Kind, Row
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

LONGEST = 80
KINDS = {"村": "village", "village": "village", "社区": "community", "community": "community"}
Known = dict[str, str]  # code: name
Looked = tuple[str, str, str, Any]


def judge(hands: Sequence[Hand], about: str) -> list[Row]:
    """What each row would do; a village may stand above its town in the list."""
    county = counties.present()
    known = dict(Place.objects.values_list("code", "name"))
    codes = {cells.get("code", "").strip() for _, cells in hands}
    towns = {code for code in codes if code.endswith("000")} | set(known)
    look = partial(_look, county=county.code if county else "", known=known, towns=towns)
    return sheets.judged(hands, look, key=("code",))


def _look(cells: Cells, *, county: str, known: Known, towns: set[str]) -> Looked:
    code, name = cells["code"], cells["name"]
    _refuse_code(code, county)
    if not 0 < len(name) <= LONGEST:
        raise Refusal(f"名称要写,不超过{LONGEST}字。", f"Write the name, of at most {LONGEST} characters.", "name")
    if code in known:
        return _known(code, name, known)
    if code.endswith("000"):
        return NEW, "新的乡镇", "a new town", [Division(code, name, "town", "town")]
    return _village(code, name, cells, towns)


def _refuse_code(code: str, county: str) -> None:
    if len(code) != 12 or not is_prefix(code):
        raise Refusal("不是12位区划代码。", "That is no 12-digit code.", "code")
    if code[:6] != county or code.endswith("000000"):
        raise Refusal("不是本县乡镇或村的代码。", "That is no town's or village's code of this county.", "code")


def _known(code: str, name: str, known: Known) -> Looked:
    if known[code] == name:
        return SAME, "已有", "known", []
    raise Refusal(
        f"该代码已登记为{known[code]}。更名、撤并请在该地的页面上办。",
        f"The code is known as {known[code]}. Record a new name or a merger on the place's page.",
        "name",
    )


def _village(code: str, name: str, cells: Cells, towns: set[str]) -> Looked:
    kind, town, town_name = KINDS.get(cells.get("kind", "").casefold()), code[:9] + "000", cells.get("town", "")
    if kind is None:
        raise Refusal("类别应为村或社区。", "The kind is village or community.", "kind")
    if town in towns:
        return NEW, "新的村(社区)", "a new village or community", [Division(code, name, "village", kind, town)]
    if not 0 < len(town_name) <= LONGEST:
        raise Refusal(
            f"没有代码为 {town} 的乡镇。请在表里加上它,或写上乡镇名称。",
            f"There is no town {town}. Add it to the list, or write the town's name.",
            "town",
        )
    made = [Division(town, town_name, "town", "town"), Division(code, name, "village", kind, town)]
    return NEW, f"新的村(社区)和乡镇{town_name}", f"a new village or community, and the town {town_name}", made


def write(rows: Iterable[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    """Take the new places in. Raises Refusal for a village whose town stays out."""
    divisions.load([division for row in rows for division in row.made or ()], by=by)


LIST = Kind(
    "places",
    "区划名单",
    "List of places",
    (
        Column("code", ("区划代码", "统计用区划代码", "code12", "code"), required=True, example="510921110212"),
        Column("name", ("名称", "name"), required=True, example="青杠村"),
        Column("kind", ("类别", "kind"), example="村"),
        Column("town", ("乡镇名称", "town_name"), example="任隆镇"),
    ),
    judge,
    write,
)
