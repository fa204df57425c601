"""Check sheets as a workbook: given out, sent back filled in, recorded as the checks they are."""

from __future__ import annotations

import csv
import datetime
import io
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.monitoring.check_books import COLUMNS
from doudi.monitoring.checks import Check
from doudi.register.demo.places import QINGGANG
from tests.web.test_nasty import NASTY

Open = Callable[[str], Client]
DAY = datetime.date(2020, 2, 26)
FIELDS = [column.field for column in COLUMNS]
NUMBER, WHO, ASKS, RECORD, FILLED, KEY = (
    FIELDS.index(name) for name in ("number", "who", "asks", "record", "filled", "key")
)
WENT = {"on": "2020-02-26", "spoken_by": "=", "reached": "3", "reached_whom": "1", "agrees": "1"}


@pytest.fixture
def mine(decided: None, db: None) -> list[Any]:
    """The demo helper's households in one village, so that somebody may have gone."""
    from doudi.access.users import User
    from doudi.register.models import Household
    from doudi.register.pairings import households_of

    with transaction.atomic(), as_engine():
        numbers = households_of(User.objects.get(username="helper"), timezone.localdate())
        found = list(Household.objects.filter(pk__in=numbers, place_code=QINGGANG).order_by("code"))
    assert len(found) >= 2
    return found


class Book:
    """A workbook as it was given out, to be filled in."""

    def __init__(self, client: Client, **asked: str) -> None:
        self.client = client
        answer = client.get(reverse("check-book-form"), {"place": QINGGANG, "helper": "helper", "others": "1", **asked})
        assert answer.status_code == 200, answer.content.decode()
        read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
        self.heading, *rows = read.to_python()
        self.rows: list[list[Any]] = [[str(cell) for cell in row] for row in rows]

    def of(self, household: Any) -> list[list[Any]]:
        return [row for row in self.rows if row[NUMBER].startswith(f"{household.code}/")]

    def row(self, household: Any, key: str) -> list[Any]:
        return next(row for row in self.of(household) if row[KEY] == key or row[KEY].endswith(f":{key}"))

    def fill(self, household: Any, **said: str) -> Book:
        for key, text in said.items():
            self.row(household, key)[FILLED] = text
        return self

    def send(self, rows: Sequence[Sequence[Any]] | None = None) -> Sent:
        return self.bring(self.content(rows), "核实表.xlsx")

    def content(self, rows: Sequence[Sequence[Any]] | None = None) -> bytes:
        made = io.BytesIO()
        with xlsxwriter.Workbook(made, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            for at, row in enumerate([self.heading, *(self.rows if rows is None else rows)]):
                sheet.write_row(at, 0, row)
        return made.getvalue()

    def bring(self, content: bytes, name: str) -> Sent:
        file = io.BytesIO(content)
        file.name = name
        answer = self.client.post(reverse("check-book-bring") + f"?place={QINGGANG}", {"file": file})
        return Sent(self.client, answer)


class Sent:
    """A workbook that came back, and its preview."""

    def __init__(self, client: Client, answer: Any) -> None:
        self.client, self.answer = client, answer
        self.address = answer.headers.get("Location", "")

    def told(self, state: str) -> dict[int, str]:
        """What is told of each row of a state, by its number."""
        page = self.client.get(self.address, {"state": state})
        assert page.status_code == 200
        found = {}
        for number in range(1, page.context["page"].paginator.num_pages + 1):
            rows = self.client.get(self.address, {"state": state, "page": number}).context["rows"]
            found |= {row["number"]: row["words"] for row in rows}
        return found

    def accept(self) -> Any:
        return self.client.post(self.address + "accept/")


def checks(household: Any) -> list[Check]:
    """What was recorded by a workbook, the demonstration's own left out."""
    with transaction.atomic(), as_engine():
        return list(Check.objects.filter(household=household, about_day=DAY, by="helper").order_by("recorded_at"))


def changed_to(row: Sequence[str]) -> str:
    return "否" if row[RECORD] == "是" else "是"


def test_what_is_filled_in_is_recorded_as_the_check_it_is(reading_as: Open, mine: list[Any]) -> None:
    one, two, *_ = mine
    book = Book(reading_as("village"))
    now = changed_to(book.row(one, "unsold_produce"))
    book.fill(one, **WENT, unsold_produce=now, needs="2,口罩、消毒用品", wants_counselling="是", note="写在表上的")
    sent = book.send()
    new = sent.told("new") | sent.told("changed")
    assert any("记一次核对:2020-02-26" in words and "上门" in words for words in new.values())
    assert sent.told("refused") == {}
    assert not checks(one), "a preview writes nothing"
    assert sent.accept().status_code == 302
    (held,) = checks(one)
    assert (held.by, held.typed_by, held.reached, held.agrees, held.read_back) == (
        "helper", "village", "door", "yes", True,
    )  # fmt: skip
    assert held.reached_whom
    assert set(held.needs) == {"seed", "masks"}
    assert (held.wants_counselling, held.note) == (True, "写在表上的")
    assert [(each["fact"], each["said"], each["value"]) for each in held.facts] == [("unsold_produce", "changed", now)]
    assert held.base_version == int(book.row(one, "on")[NUMBER].partition("/")[2])
    assert not checks(two), "a sheet with nothing in it is no check"


def test_the_marks_are_those_of_the_typed_sheet(reading_as: Open, mine: list[Any]) -> None:
    one, *_ = mine
    book = Book(reading_as("town")).fill(one, **WENT)
    known = [row for row in book.of(one) if ":" in row[KEY] and row[RECORD] != "还没有记录"]
    same, cannot = known[0], known[1]
    same[FILLED], cannot[FILLED] = "＝", "？"
    assert book.send().accept().status_code == 302
    (held,) = checks(one)
    said = {f"{each['kind']}:{each['id']}:{each['fact']}": each["said"] for each in held.facts}
    assert said == {same[KEY]: "same", cannot[KEY]: "cannot_say"}


def test_one_wrong_row_keeps_its_own_sheet_out_and_no_other(reading_as: Open, mine: list[Any]) -> None:
    one, two, *_ = mine
    book = Book(reading_as("village"))
    book.fill(one, **WENT, unsold_produce="也许吧", note="不该有").fill(two, **WENT)
    sent = book.send()
    refused = sent.told("refused")
    row = book.rows.index(book.row(one, "unsold_produce")) + 2
    assert "请答“是”或“否”" in refused[row]
    assert "填写" in refused[row], "the column is named"
    others = {number: words for number, words in refused.items() if number != row}
    assert len(others) == len(WENT) + 1
    assert all(f"第 {row} 行有问题" in words for words in others.values())
    assert sent.accept().status_code == 302
    assert not checks(one)
    assert len(checks(two)) == 1


def test_what_stayed_out_comes_back_put_right(reading_as: Open, mine: list[Any]) -> None:
    one, *_ = mine
    village = reading_as("village")
    sent = Book(village).fill(one, **(WENT | {"reached": "信"})).send()
    answer = village.get(sent.address + "refused/")
    heading, *rows = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    )
    assert heading[:-1] == [column.headings[0] for column in COLUMNS]
    assert len(rows) == len(WENT)
    again = Book(village)
    again.heading = heading
    right = [[*row[:FILLED], "微信" if row[KEY] == "reached" else row[FILLED], *row[FILLED + 1 :]] for row in rows]
    assert again.send(right).accept().status_code == 302
    assert checks(one)[0].reached == "wechat"


def test_the_same_sheet_is_recorded_once_whatever_the_file(reading_as: Open, mine: list[Any]) -> None:
    one, two, *_ = mine
    village = reading_as("village")
    book = Book(village).fill(one, **WENT, unsold_produce="?")
    content = book.content()
    assert book.bring(content, "核实表.xlsx").accept().status_code == 302
    again = book.bring(content, "核实表.xlsx").accept()
    assert again.status_code == 422
    assert "以前已经收下过" in again.content.decode()
    saved_anew = book.fill(one, on="2020/2/26").fill(two, **WENT).send(list(reversed(book.rows)))
    assert [words for words in saved_anew.told("same").values() if "录过" in words]
    assert saved_anew.accept().status_code == 302
    town = Book(reading_as("town"))
    town.rows = book.rows
    assert "这张表已经录过,不再记" in town.send(book.rows[:-1]).told("same").values()
    assert len(checks(one)) == 1
    assert len(checks(two)) == 1


def test_what_was_said_after_the_sheet_was_given_out_is_not_confirmed(reading_as: Open, mine: list[Any]) -> None:
    one, *_ = mine
    village = reading_as("village")
    book = Book(village).fill(one, **WENT, unsold_produce="=")
    said = {"subject": f"household:{one.pk}", "fact": "unsold_produce", "source": "field", "about": "2020-02-27",
            "value": changed_to(book.row(one, "unsold_produce")), "key": str(uuid.uuid4())}  # fmt: skip
    assert reading_as("county").post(reverse("answer", args=[one.code]), said).status_code in (200, 302)
    sent = book.send()
    assert any("打印之后又有了新记录" in words for words in sent.told("refused").values())
    sent.accept()
    assert not checks(one)
    shown = book.row(one, "unsold_produce")[RECORD]
    sent = book.fill(one, unsold_produce=shown).send()
    assert any("等人看清再定" in words for words in sent.told("changed").values())
    assert sent.accept().status_code == 302
    assert checks(one)[0].facts[0]["outcome"] in ("conflict", "protected")


def test_a_table_saved_as_gbk_text_with_its_columns_moved_is_read(reading_as: Open, mine: list[Any]) -> None:
    one, *_ = mine
    book = Book(reading_as("village")).fill(one, **(WENT | {"on": "２０２０年２月２６日", "reached": "上门"}))
    order = [FILLED, KEY, NUMBER, ASKS]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["我的列", *(book.heading[at] for at in order)])
    writer.writerows([["x", *(row[at] for at in order)] for row in book.of(one)])
    assert book.bring(text.getvalue().encode("gb18030"), "核实表.csv").accept().status_code == 302
    assert checks(one)[0].reached == "door"


def test_numbers_and_days_of_a_spreadsheet_are_read_as_they_are_meant(reading_as: Open, mine: list[Any]) -> None:
    one, *_ = mine
    book = Book(reading_as("village")).fill(one, **WENT)
    book.row(one, "reached")[FILLED], book.row(one, "agrees")[FILLED] = 3, 1.0
    book.row(one, "on")[FILLED] = 43887
    told = book.send().told("refused")
    assert any("2020-02-26" in words and "日期序号" in words for words in told.values())
    book.row(one, "on")[FILLED] = "2020-02-26"
    assert book.send().accept().status_code == 302
    assert (checks(one)[0].reached, checks(one)[0].agrees) == ("door", "yes")


def test_a_row_added_by_hand_is_found_by_its_words(reading_as: Open, mine: list[Any]) -> None:
    one, *_ = mine
    book = Book(reading_as("village")).fill(one, **WENT)
    question = book.row(one, "unsold_produce")
    added = ["", "", "", question[ASKS], "", "", "", changed_to(question), ""]
    added[NUMBER] = question[NUMBER]
    kept = [row for row in book.of(one) if row is not question]
    assert book.send([*kept, added]).accept().status_code == 302
    assert [each["fact"] for each in checks(one)[0].facts] == ["unsold_produce"]


def test_every_answer_that_is_offered_is_understood(reading_as: Open, mine: list[Any]) -> None:
    one, *_ = mine
    book = Book(reading_as("village")).fill(one, **WENT)
    offered = {row[KEY]: row[FIELDS.index("may")].split("; ")[1].split(" / ") for row in book.of(one) if ":" in row[KEY]
               and " / " in row[FIELDS.index("may")]}  # fmt: skip
    assert any("没有了,已列全" in words for words in offered.values())
    for at in range(max(map(len, offered.values()))):
        for row in book.of(one):
            if row[KEY] in offered:
                row[FILLED] = offered[row[KEY]][min(at, len(offered[row[KEY]]) - 1)]
        assert book.send().told("refused") == {}


def _another_village(book: Book, one: Any, two: Any) -> None:
    for row in book.of(one):
        row[NUMBER] = "510921100201-0001/5"


def _an_other_households(book: Book, one: Any, two: Any) -> None:
    book.row(one, "unsold_produce")[KEY] = book.row(two, "unsold_produce")[KEY]
    book.fill(one, unsold_produce="是")


def _sorted_in_part(book: Book, one: Any, two: Any) -> None:
    book.fill(one, unsold_produce="是")
    book.row(one, "unsold_produce")[ASKS] = "备注"


def _twice(book: Book, one: Any, two: Any) -> None:
    book.rows.append(list(book.row(one, "reached")))


def _a_later_version(book: Book, one: Any, two: Any) -> None:
    for row in book.of(one):
        row[NUMBER] = f"{one.code}/{10**15}"


def _two_versions(book: Book, one: Any, two: Any) -> None:
    book.rows += [[f"{one.code}/1", *row[1:]] for row in book.of(one) if row[FILLED]]


def _no_row(book: Book, one: Any, two: Any) -> None:
    book.rows.remove(book.row(one, "reached"))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ({"on": ""}, "请填表上的日期"),
        ({"on": "2020-02-30"}, "请填表上的日期"),
        ({"on": "2031-01-01"}, "应在"),
        ({"on": "2019-01-01"}, "应在"),
        ({"spoken_by": ""}, "请填谁去核实的"),
        ({"spoken_by": "county"}, "请填谁去核实的"),
        ({"reached": ""}, "请选怎么联系的"),
        ({"reached": "5"}, "就没有可核对的内容"),
        ({"reached_whom": ""}, "请写明和谁说的"),
        ({"reached_whom": "很" * 41}, "超过 40 字"),
        ({"agrees": ""}, "请选农户同意不同意"),
        ({"agrees": "2"}, "请写明不同意什么"),
        ({"agrees": "maybe"}, "读不懂"),
        ({"needs": "15"}, "读不懂"),
        ({"needs": "种子、房子"}, "“房子”读不懂"),
        ({"wants_counselling": "也许"}, "请填“是”或“否”"),
        ({"note": "很" * 1001}, "超过 1000 字"),
        ({"note": "\u202e反"}, "控制字符"),
        ({"unsold_produce": "#REF!"}, "错误值"),
        ({"unsold_produce": "=1+1"}, "请答“是”或“否”"),
        (_another_village, "职责范围内没有表号 510921100201-0001"),
        (_an_other_households, "没有这一项"),
        (_sorted_in_part, "对不上"),
        (_twice, "重复"),
        (_a_later_version, "记录还没有到"),
        (_two_versions, "同一户只收一张表"),
        (_no_row, "缺“怎么联系的”这一行"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_nothing_of_the_sheet_is_written(
    reading_as: Open, mine: list[Any], spoil: Any, told: str
) -> None:
    one, two, *_ = mine
    book = Book(reading_as("village")).fill(one, **WENT, unsold_produce="?")
    if callable(spoil):
        spoil(book, one, two)
    else:
        book.fill(one, **({"unsold_produce": "="} if spoil.get("reached") == "5" else {}) | spoil)
    sent = book.send()
    refused = sent.told("refused")
    assert any(told in words for words in refused.values()), refused
    sent.accept()
    assert len(checks(one)) == (1 if spoil is _two_versions else 0)


def test_what_a_reader_does_not_read_is_neither_given_out_nor_taken(
    reading_as: Open, mine: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from doudi.web.reader import Reader

    one, *_ = mine
    village = reading_as("village")
    whole = Book(village)
    income = whole.row(one, "transfer_income@2019")
    monkeypatch.setattr(Reader, "reads", lambda _reader, sensitivity: sensitivity not in ("money", "name"))
    partly = Book(village)
    assert income[KEY] not in {row[KEY] for row in partly.rows}
    assert one.head_name not in {cell for row in partly.rows for cell in row}
    income[FILLED] = "12"
    refused = whole.fill(one, **WENT).send().told("refused")
    assert any("没有这一项" in words for words in refused.values())


def test_a_workbook_is_given_out_of_a_group_and_of_a_helpers_households(reading_as: Open, mine: list[Any]) -> None:
    village = reading_as("village")
    assert {row[NUMBER].partition("/")[0] for row in Book(village).rows} == {each.code for each in mine}
    group = mine[0].group_name
    of_group = Book(village, helper="", group=group)
    assert {each.code for each in mine if each.group_name == group} <= {
        row[NUMBER].partition("/")[0] for row in of_group.rows
    }
    none = village.get(reverse("check-book-form"), {"place": QINGGANG, "helper": "nobody"})
    assert none.status_code == 422
    assert "没有这样的农户" in none.content.decode()
    english = Client()
    english.cookies = village.cookies
    english.cookies["doudi_language"] = "en"
    assert Book(english).heading == [column.en for column in COLUMNS]


def test_too_many_sheets_are_given_out_in_parts(
    reading_as: Open, mine: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doudi.web.village.sheet_books.MOST_SHEETS", 1)
    answer = reading_as("village").get(reverse("check-book-form"), {"place": QINGGANG, "helper": "helper"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "最多 1 户" in page
    assert '<option value="helper" selected>' in page, "what was chosen stays"


def test_a_file_of_more_sheets_than_are_recorded_at_once_leaves_the_rest(
    reading_as: Open, mine: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, *_ = mine
    monkeypatch.setattr("doudi.monitoring.check_papers.MOST_SHEETS", 1)
    sent = Book(reading_as("village")).fill(one, **WENT).fill(two, **WENT).send()
    assert any("最多收 1 户" in words for words in sent.told("refused").values())
    assert sent.accept().status_code == 302
    assert (len(checks(one)), len(checks(two))) == (1, 0)


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "x.xlsx"), (b"PK\x03\x04nothing", "x.xlsx"), ("甲,乙\n1,2\n".encode(), "x.csv"), (b"\0" * 50, "x.csv")],
)
def test_a_file_that_is_no_table_leads_back_to_the_page(
    reading_as: Open, mine: list[Any], content: bytes, name: str
) -> None:
    sent = Book(reading_as("village")).bring(content, name)
    assert sent.answer.status_code == 422
    assert 'role="alert"' in sent.answer.content.decode()


def test_who_does_not_type_in_neither_gets_nor_brings_one(reading_as: Open, mine: list[Any]) -> None:
    for who in ("helper", "county", "bureau"):
        assert reading_as(who).get(reverse("check-book-form"), {"place": QINGGANG}).status_code == 403
        assert reading_as(who).post(reverse("check-book-bring"), {}).status_code == 403


def test_no_query_breaks_the_way_out(reading_as: Open, mine: list[Any]) -> None:
    village = reading_as("village")
    for text in (each for kind, each in NASTY.items() if kind != "lone surrogate"):
        for name in ("group", "helper", "place"):
            answer = village.get(reverse("check-book-form"), {"place": QINGGANG, "helper": "helper", name: text})
            assert answer.status_code in (200, 404, 422), (name, text)
    for number in ("0", "x", "9" * 40, "٣"):
        assert village.get(reverse("check-book", args=[number])).status_code == 404
