"""The rows of a workbook as the sheets they are of: whose, of which version, and which box each row fills in."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone

from doudi.monitoring import cards, check_items, check_sheets, days
from doudi.monitoring.cards import Card
from doudi.monitoring.check_items import ITEMS
from doudi.monitoring.check_sheets import Clerk
from doudi.register import sheets
from doudi.register.households import Household
from doudi.register.importing import conversions
from doudi.register.importing.conversions import Unreadable
from doudi.register.sheets import Cells, Hand
from doudi.values.refusals import Refusal

MOST_SHEETS = 100  # of one file: they are recorded at once, with the households decided anew
NAMES = ("zh", "en", "asks_zh", "asks_en")  # of a fact: a question is known in either language
READ = ("number", "who", "asks", "filled", "key")  # what is not among them may hold anything


@dataclass(slots=True)
class Line:
    """One row: what is filled in, and which item or box of the sheet it is of."""

    number: int
    raw: Cells
    read: Mapping[str, str]
    problem: Refusal | None = None

    @property
    def filled(self) -> bool:
        """Whether anything is written in it, readable or not."""
        return bool(check_items.plain(self.read["filled"]))


@dataclass(slots=True)
class Paper:
    """The rows of one sheet's number; `parts` are those filled in, by their item or box."""

    code: str
    version: int
    lines: list[Line] = field(default_factory=list)
    problem: Refusal | None = None
    household: Household | None = None
    card: Card = field(default_factory=dict)
    boxes: Boxes | None = None  # none where it is nobody's sheet
    parts: dict[str, Line] = field(default_factory=dict)
    key: UUID = field(default_factory=lambda: UUID(int=0))

    @property
    def filled(self) -> list[Line]:
        """The rows in which something is written."""
        return [line for line in self.lines if line.filled]


def of(hands: Iterable[Hand], clerk: Clerk) -> list[Paper]:
    """The sheets in some rows; those in which something is filled in have their household, card and boxes."""
    found = _papers([_line(number, cells) for number, cells in hands])
    filled = [paper for paper in found if paper.filled]
    _find(filled, clerk)
    for paper in filled:
        _place(paper)
    return found


def _line(number: int, cells: Cells) -> Line:
    try:
        return Line(number, cells, sheets.cleaned({name: cells.get(name, "") for name in READ}))
    except Refusal as refusal:
        known = {name: unicodedata.normalize("NFKC", cells.get(name, "")).strip() for name in READ}
        return Line(number, cells, known, refusal)


def _papers(lines: Iterable[Line]) -> list[Paper]:
    found: dict[tuple[str, int], Paper] = {}
    for line in lines:
        number = check_sheets.read_number(line.read["number"])
        found.setdefault(number, Paper(*number)).lines.append(line)
    return list(found.values())


def _find(filled: Sequence[Paper], clerk: Clerk) -> None:
    """Give each sheet its household and card, as far as this reader knows them, or the reason why it has none."""
    known = {each.code: each for each in Household.objects.filter(code__in={paper.code for paper in filled})}
    first: dict[str, Paper] = {}
    for paper in filled:
        paper.household = known.get(paper.code)
        paper.problem = _no_sheet(paper, first)
        if paper.problem is None:
            first[paper.code] = paper
    ids = [paper.household.pk for paper in first.values() if paper.household]
    on, duties_on = days.county_day(clerk.now), timezone.localdate(clerk.now)
    told = cards.of(ids, reader=clerk.reader, on=on, duties_on=duties_on)
    for card in told:
        paper = first[card["code"]]
        paper.card, paper.boxes = card, Boxes(card)


def _no_sheet(paper: Paper, first: Mapping[str, Paper]) -> Refusal | None:
    if not paper.code:
        return Refusal("没有表号。请照表上的填上。", "There is no sheet number; copy it from the sheet.", "number")
    if paper.household is None:
        return Refusal(
            f"职责范围内没有表号 {paper.code} 这一户。请核对;别的村的表请由那个村或乡镇传。",
            f"There is no household {paper.code} within your duty. Compare the number; a sheet of another village"
            " is sent in by that village or its town.",
            "number",
        )
    if paper.code in first:
        other = first[paper.code].filled[0].number
        return Refusal(
            f"一份文件里同一户只收一张表:第 {other} 行的表号不同。请分两次传。",
            f"A file holds one sheet of a household: row {other} has another number. Send them in one after the other.",
            "number",
        )
    if len(first) >= MOST_SHEETS:
        return Refusal(
            f"一份文件最多收 {MOST_SHEETS} 户。这一户请另传一份。",
            f"A file holds {MOST_SHEETS} sheets at most. Send this one in another file.",
            "number",
        )
    return None


def _place(paper: Paper) -> None:
    """Say of each row which box it fills in; what fills none bears the reason."""
    if paper.problem is None:
        try:
            check_sheets.refuse_later(paper.version, paper.card)
        except Refusal as refusal:
            paper.problem = refusal
    for line in paper.filled:
        if paper.problem is not None or line.problem is not None:
            line.problem = line.problem or paper.problem
            continue
        try:
            _put(paper, line)
        except Refusal as refusal:
            line.problem = refusal
    paper.key = _key(paper)


def _put(paper: Paper, line: Line) -> None:
    assert paper.boxes is not None
    box = paper.boxes.of(line)
    if box in paper.parts:
        other = paper.parts[box].number
        raise Refusal(f"和第 {other} 行重复,请删去一行。", f"This is row {other} again; take one out.", "asks")
    paper.parts[box] = line


def _key(paper: Paper) -> UUID:
    """The same for the same sheet filled in alike, whatever the file: so it is recorded once."""
    told = [(box, _settled(box, line.read["filled"])) for box, line in sorted(paper.parts.items())]
    digest = hashlib.sha256(repr(told).encode()).hexdigest()
    return uuid5(NAMESPACE_URL, f"doudi:check_sheet:{paper.code}/{paper.version}:{digest}")


def _settled(box: str, text: str) -> str:
    """What is written without the ways a spreadsheet has of writing it."""
    if box == "on":
        try:
            return conversions.day(text).isoformat()
        except Unreadable:
            pass
    return check_items.plain(text)


class Boxes:
    """The boxes of a household's sheet with what each is called, and whose it is where it is a member's."""

    def __init__(self, card: Card) -> None:
        self.card = card
        names = {each["id"]: each["name"] for each in card["members"]}
        self.called = {item.key: set(map(check_items.plain, item.words)) for item in ITEMS.values()}
        self.whose: dict[str, str] = {}
        for fact in card["facts"]:
            if fact["can_say"]:
                box = check_sheets.box_of(fact)
                self.called[box] = {check_items.plain(fact[name]) for name in NAMES if fact[name]}
                self.whose[box] = names.get(fact["id"], "") if fact["kind"] == "person" else ""

    def of(self, line: Line) -> str:
        """Which item or box a row is of: by its key, or where it has none by its words.

        Raises Refusal for none, or where the key and the words are of different ones.
        """
        key, words, who = line.read["key"], check_items.plain(line.read["asks"]), line.read["who"]
        if key:
            return self._of_key(key, words)
        found = [box for box, names in self.called.items() if words and words in names]
        if who and len(found) > 1:
            found = [box for box in found if self.whose.get(box) == who]
        if len(found) != 1:
            raise _several(line) if found else _not_of_it(self.card)
        return found[0]

    def _of_key(self, key: str, words: str) -> str:
        if key not in self.called:
            raise _not_of_it(self.card)
        if words and words not in self.called[key]:
            raise _mixed_up()
        return key


def _mixed_up() -> Refusal:
    return Refusal(
        "问题和项目编号对不上:是不是只给一部分列排了序?请照下载的表重填这一行。",
        "The question is not that of its item: was a part of the columns sorted? Fill in the row as it was given out.",
        "asks",
    )


def _not_of_it(card: Card) -> Refusal:
    return Refusal(
        f"{card['code']} 的表上没有这一项。请重新下载,或清空这一格。",
        f"The sheet of {card['code']} has no such item. Get it anew, or empty this cell.",
        "asks",
    )


def _several(line: Line) -> Refusal:
    asks = line.raw.get("asks", "")[:40]
    return Refusal(
        f"“{asks}”不止一项,请在“谁”里写明是谁,或用下载的表。",
        f"There is more than one “{asks}”: write whose under Who, or use the sheet as it was given out.",
        "who",
    )
