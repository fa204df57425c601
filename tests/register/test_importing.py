"""Tables taken in: what each row becomes, all of it or nothing, and nothing a file can do breaks anything."""

from __future__ import annotations

import csv
import datetime
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from doudi.facts.kinds import Vocabulary
from doudi.register import beliefs
from doudi.register.beliefs import Belief
from doudi.register.households import Household
from doudi.register.importing import accepting, comparing, divisions, profiles, taking, telling
from doudi.register.intakes import Intake
from doudi.register.persons import Person
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal
from tests.conftest import FAR_VILLAGE, VILLAGE
from tests.register.conftest import LIN, NOW

ABOUT = datetime.date(2020, 2, 20)
HEADER = "户编号,村代码,户主姓名,姓名,证件号码,与户主关系,性别,出生日期,劳动能力,是否低保户,工资性收入"
CUT = "510999195503030000"
NUMBER = "510999195503030011"
WANG = f"W-1,{VILLAGE},王德顺,王德顺,510999195503030011,户主,男,1955-03-03,弱劳动力或半劳动力,是,1200.50"
WANG2 = f"W-1,{VILLAGE},王德顺,李桂香,510999195804040029,配偶,女,1958年4月4日,普通劳动力,是,1200.50"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(*lines: str, name: str = "roster.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("\r\n".join(lines).encode(encoding))
        return path

    return make


def look(path: Path, profile: str = "roster", **more: Any) -> accepting.Preview:
    return accepting.preview(accepting.open_table(path, profiles.load(profile), about=ABOUT), **more)


def take(path: Path, profile: str = "roster", **more: Any) -> accepting.Preview:
    table = accepting.open_table(path, profiles.load(profile), about=ABOUT)
    return accepting.accept(table, by="tester", now=NOW, **more)


def states(found: accepting.Preview) -> list[str]:
    return [line.state for line in found.comparison.lines]


def test_a_roster_becomes_households_persons_and_statements(village: Any, write: Write, seeing: Any) -> None:
    path = write(HEADER, WANG, WANG2)
    assert states(look(path)) == ["new", "new"]
    with seeing("510921"):
        assert not Household.objects.filter(code="W-1").exists()  # a preview writes nothing
    take(path)
    with seeing("510921"):
        wang = Household.objects.get(code="W-1")
        assert (wang.head_name, wang.place_code) == ("王德顺", VILLAGE)
        assert {p.name: p.id_number for p in wang.persons.all()} == {
            "王德顺": "510999195503030011",
            "李桂香": "510999195804040029",
        }
        facts = Belief.objects.get(subject_kind="household", subject_id=wang.pk).facts
        assert facts == {"members_complete": True, "minimum_allowance": True, "wage_income@2019": 120_050}
        li = Person.objects.get(name="李桂香")
        said = Statement.objects.get(subject_kind="person", subject_id=li.pk)
        assert said.facts["birth_date"] == "1958-04-04"
        assert (said.source, said.about_day, said.evidence["row"], said.evidence["file"]) == (
            "paper",
            ABOUT,
            3,
            "roster.csv",
        )
        intake = Intake.objects.get()
        assert intake.counts == {"rows": 2, "new": 2, "changed": 0, "same": 0, "held": 0, "refused": 0}


def test_the_next_table_shows_cell_by_cell_what_changed(village: Any, write: Write) -> None:
    take(write(HEADER, WANG, WANG2))
    found = look(
        write(HEADER, WANG.replace("1200.50", "1300"), WANG2.replace("1200.50", "1300").replace("普通", "技能"))
    )
    assert states(found) == ["changed", "changed"]
    changes = [(line.number, *change[:3]) for line in found.comparison.lines for change in line.changes]
    assert changes == [(2, "工资性收入", 120_050, 130_000), (3, "劳动能力", "ordinary", "skilled")]
    assert states(look(write(HEADER, WANG, WANG2))) == ["same", "same"]


def test_a_blank_cell_says_nothing_and_takes_nothing_back(village: Any, write: Write, seeing: Any) -> None:
    take(write(HEADER, WANG))
    take(write(HEADER, WANG.replace("1200.50", "—").replace("弱劳动力或半劳动力", "普通劳动力")))
    with seeing("510921"):
        belief = Belief.objects.get(subject_kind="household", facts__has_key="wage_income@2019")
        assert belief.facts["wage_income@2019"] == 120_050


def test_the_very_same_table_is_taken_once(village: Any, write: Write) -> None:
    path = write(HEADER, WANG)
    take(path)
    before = look(path).before
    assert before is not None
    assert before.accepted_by == "tester"
    with pytest.raises(Refusal, match="taken in on"):
        take(path)


ROWS: dict[str, tuple[list[str], str, str, str]] = {
    "no village of that code": ([WANG.replace(VILLAGE, "510921110999")], "refused", "村代码", "no village"),
    "no household code": (["," + WANG.partition(",")[2]], "refused", "户编号", "no household code"),
    "no name": ([WANG.replace(",王德顺,510999", ",,510999")], "refused", "姓名", "no name"),
    "a wrong check digit": ([WANG.replace(NUMBER, "510999195503030012")], "refused", "证件号码", "check digit"),
    "a number cut by a spreadsheet": ([WANG.replace(NUMBER, CUT)], "held", "证件号码", "000"),
    "a number with an exponent": ([WANG.replace(NUMBER, "5.10999E+17")], "held", "证件号码", "lost digits"),
    "no such choice": ([WANG.replace("弱劳动力或半劳动力", "超人")], "refused", "劳动能力", "not a choice"),
    "no such day": ([WANG.replace("1955-03-03", "1955-02-30")], "refused", "出生日期", "no date"),
    "an American day": ([WANG.replace("1955-03-03", "03/04/1955")], "refused", "出生日期", "no date"),
    "neither yes nor no": ([WANG.replace(",是,", ",也许,")], "refused", "是否低保户", "neither yes nor no"),
    "no amount": ([WANG.replace("1200.50", "一千二")], "refused", "工资性收入", "not an amount"),
    "half a fen": ([WANG.replace("1200.50", "1200.505")], "refused", "工资性收入", "minor unit"),
    "an amount below nothing": ([WANG.replace("1200.50", "-3")], "refused", "工资性收入", "between"),
    "text turned round": ([WANG.replace("王德顺,王德顺", "王德顺,王\u202e德顺")], "refused", "姓名", "control"),
    "a person twice": ([WANG, WANG], "refused", "姓名", "line 3"),
    "a household in two villages": ([WANG, WANG2.replace(VILLAGE, FAR_VILLAGE)], "held", "村代码", "lines 3 and 4"),
    "a household of two incomes": ([WANG, WANG2.replace("1200.50", "7")], "held", "工资性收入", "lines 3 and 4"),
    "somebody else's number": (
        [f"H-LIN,{VILLAGE},林秀英,赵六,510999196001010023,其他,,,,,"], "held", "姓名", "has 林秀英",
    ),
    "a sum below the table": ([WANG, "合计,,,,,,,,,,1200.50"], "refused", "户编号", "totals"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_stays_out_says_why_and_the_others_go_in(case: str, village: Any, write: Write, seeing: Any) -> None:
    rows, state, column, why = ROWS[case]
    other = f"OK-1,{VILLAGE},好人,好人,,户主,男,,,,"
    found = take(write(HEADER, other, *rows))
    line = found.comparison.lines[-1]
    assert (line.state, line.why[0].column) == (state, column)
    assert why in line.why[0].en
    assert line.why[0].zh
    counts = found.counts
    assert counts["rows"] == len(rows) + 1 == sum(counts[each] for each in comparing.STATES)
    with seeing("510921"):
        assert Household.objects.filter(code="OK-1").exists()
        told = sum(line.state != "held" for line in found.comparison.lines)
        assert Person.objects.filter(household__code="W-1").count() == (len(rows) - 1 if told > 1 else 0)


WRITTEN = {
    "GBK": ("gb18030", lambda text: text),
    "UTF-8 with a mark": ("utf-8-sig", lambda text: text),
    "UTF-16": ("utf-16", lambda text: text),
    "semicolons": ("utf-8", lambda text: text.replace(",", ";")),
    "tabs": ("utf-8", lambda text: text.replace(",", "\t")),
    "full-width commas": ("utf-8", lambda text: text.replace(",", "，")),
    "headings with spaces and breaks": ("utf-8", lambda text: text.replace("户主姓名", '" 户主\n姓名 "')),
    "a title above": ("utf-8", lambda text: "蓬溪县农户花名册\r\n填表日期 2020-02-20\r\n" + text),
    "blank rows": ("utf-8", lambda text: text.replace("\r\n", "\r\n,,,,,,,,,,\r\n")),
    "full-width numbers": ("utf-8", lambda text: text.replace("1200.50", "１２００．５０")),
    "rare characters": ("gb18030", lambda text: text.replace("李桂香", "李䶮𬱖")),
    "columns in another order": (
        "utf-8",
        lambda text: "\r\n".join(",".join(reversed(line.split(","))) for line in text.split("\r\n")),
    ),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_a_table_is_read_as_offices_save_it(case: str, village: Any, write: Write) -> None:
    encoding, change = WRITTEN[case]
    found = look(write(change("\r\n".join([HEADER, WANG, WANG2])), encoding=encoding))
    assert states(found) == ["new", "new"]
    assert found.comparison.households["W-1"].facts["wage_income@2019"] == 120_050


def test_villages_are_found_by_the_names_of_town_and_village(village: Any, write: Write) -> None:
    header = HEADER.replace("村代码", "乡镇,行政村")
    for town, name, state in (
        ("鸣凤镇", "青杠村", "new"),
        ("鸣凤镇", "青杠村民委员会", "new"),
        ("文井镇", "青杠村", "refused"),
    ):
        assert states(look(write(header, WANG.replace(VILLAGE, f"{town},{name}")))) == [state]


def workbook(path: Path, rows: list[list[Any]], **more: Any) -> Path:
    with xlsxwriter.Workbook(path, more) as book:
        book.add_worksheet("说明").write(0, 0, "填表说明")
        sheet = book.add_worksheet("花名册")
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
    return path


def test_a_workbook_is_read_like_a_table(village: Any, tmp_path: Path) -> None:
    rows: list[list[Any]] = [list(HEADER.split(",")), *[list(line.split(",")) for line in (WANG, WANG2)]]
    rows[1][-1], rows[2][-1] = 1200.5, 1200.5
    assert states(look(workbook(tmp_path / "r.xlsx", rows))) == ["new", "new"]
    rows[1][4] = 510999195503030011  # kept as a number, eighteen digits become fifteen
    assert states(look(workbook(tmp_path / "n.xlsx", rows))) == ["held", "new"]


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 700_000_000)


def sparse(path: Path) -> None:
    """One cell in the last row and column: a reader that lays out the rectangle needs 16 billion cells."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "户编号")
        sheet.write(1_048_575, 16_383, "x")


def broken(path: Path, good: bytes, cut: int) -> None:
    path.write_bytes(good[:cut])


GOOD = "\r\n".join([HEADER, WANG])
HOSTILE: dict[str, Callable[[Path], Any]] = {
    "empty.csv": lambda path: path.write_bytes(b""),
    "blank.csv": lambda path: path.write_bytes(b"\r\n \r\n"),
    "header-only.csv": lambda path: path.write_text(HEADER),
    "nul.csv": lambda path: path.write_text(GOOD.replace("王德顺", "王\0德顺")),
    "endless-row.csv": lambda path: path.write_text(GOOD + ",x" * 100_000),
    "bytes.csv": lambda path: path.write_bytes(os.urandom(50_000)),
    "latin.csv": lambda path: path.write_bytes(GOOD.encode() + b"\xff\xfe\xff"),
    "web-page.xlsx": lambda path: path.write_text("<html><table><tr><td>户编号</td></tr></table></html>"),
    "plain.xlsx": lambda path: path.write_text(GOOD),
    "not-a-workbook.xlsx": lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "x"),
    "cut.xlsx": lambda path: broken(path, workbook(path, [["户编号"]] * 500).read_bytes(), 3_000),
    "old-locked.xls": lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096),
    "bomb.xlsx": zip_bomb,
    "sparse.xlsx": sparse,
    "two-codes.csv": lambda path: path.write_text(GOOD.replace("户主姓名", "农户编号")),
    "other-columns.csv": lambda path: path.write_text("a,b,c\n1,2,3"),
    "folder.csv": lambda path: path.mkdir(),
    "missing.csv": lambda path: None,
    "=cmd|'/C calc'!A0.csv": lambda path: path.write_text("x"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_writes_nothing(
    name: str, village: Any, tmp_path: Path, seeing: Any
) -> None:
    path = tmp_path / name.replace("/", "_")
    HOSTILE[name](path)
    with pytest.raises(Refusal) as refused:
        take(path)
    assert refused.value.zh
    assert refused.value.en
    assert len(str(refused.value)) < 2_000
    with seeing("510921"):
        assert Household.objects.count() == 3
    assert not Intake.objects.exists()


def test_what_stays_out_is_a_file_that_no_spreadsheet_runs(village: Any, write: Write, tmp_path: Path) -> None:
    found = look(write(HEADER, WANG, WANG2.replace("李桂香", "=cmd|'/C calc'!A0").replace(",是,", ",+1,")))
    path = tmp_path / "out" / "problems.csv"
    assert telling.write_problems(found, path) == 1
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[1][:3] == ["3", "refused", "是否低保户"]
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]
    assert "'=cmd|'/C calc'!A0" in rows[1]


def test_a_killed_import_leaves_nothing(
    village: Any, write: Write, seeing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(HEADER, WANG, WANG2)

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(taking, "_note", fail)
    with pytest.raises(OSError, match="disk full"):
        take(path)
    with seeing("510921"):
        assert not Household.objects.filter(code="W-1").exists()
        assert Person.objects.count() == 4
    monkeypatch.undo()
    assert states(take(path)) == ["new", "new"]


MOVED_HOUSE = f"H-LIN,{FAR_VILLAGE},林秀英,林小兰,,之女,女,,,,"
MOVED_PERSON = f"H-CHEN,{VILLAGE},陈大福,林秀英,510999196001010023,配偶,,,,,"


def test_a_household_the_table_has_in_another_village_moves_there(village: Any, write: Write, seeing: Any) -> None:
    path = write(HEADER, MOVED_HOUSE)
    found = look(path)
    (line,) = found.comparison.lines
    assert [change[:3] for change in line.changes if not change.key] == [("村代码", VILLAGE, FAR_VILLAGE)]
    assert found.comparison.movements() == {"joins": 0, "moves": 0, "household_moves": 1, "missing": 1}
    take(path)
    with seeing("510921"):
        lin = Household.objects.get(code="H-LIN")
        assert lin.place_code == FAR_VILLAGE
        days = list(lin.residences.order_by("from_day").values_list("village_code", "from_day"))
        assert days == [(VILLAGE, datetime.date(2014, 6, 1)), (FAR_VILLAGE, ABOUT)]
        assert lin.persons.count() == 2  # 林秀英 is missing from the table and stays a member


def test_a_person_the_table_has_in_another_household_moves_there(village: Any, write: Write, seeing: Any) -> None:
    path = write(HEADER, MOVED_PERSON)
    assert ("户编号", "H-LIN", "H-CHEN") in [change[:3] for change in look(path).comparison.lines[0].changes]
    take(path)
    with seeing("510921"):
        lin = Person.objects.get(name="林秀英")
        assert lin.household.code == "H-CHEN"
        spans = list(lin.memberships.order_by("from_day").values_list("household__code", "ended"))
        assert spans == [("H-LIN", "moved_out"), ("H-CHEN", "")]
    again = look(write(HEADER, MOVED_PERSON.replace("H-CHEN", "H-LIN"), name="back.csv"))
    assert states(again) == ["held"]  # a table no later than the move takes nothing back


def test_who_is_missing_is_told_and_stays(village: Any, write: Write, seeing: Any) -> None:
    path = write(HEADER, f"H-LIN,{VILLAGE},林秀英,林秀英,510999196001010023,户主,女,,,,")
    found = take(path)
    assert [(m.household, m.name) for m in found.comparison.missing] == [("H-LIN", "林小兰")]
    with seeing("510921"):
        assert Household.objects.get(code="H-LIN").persons.count() == 2


def test_somebody_new_in_a_known_household_joins_it(village: Any, write: Write, seeing: Any) -> None:
    found = take(write(HEADER, f"H-LIN,{VILLAGE},林秀英,林宝,,之子,男,2020-01-05,,,"))
    assert (states(found), found.comparison.movements()["joins"]) == (["new"], 1)
    with seeing("510921"):
        joined = Person.objects.get(name="林宝").memberships.get()
        assert (joined.household.code, joined.reason, joined.from_day) == ("H-LIN", "joined", ABOUT)


def test_what_is_believed_of_whom_a_table_brings_is_what_the_statements_come_to(
    village: Any, write: Write, seeing: Any, words: Vocabulary
) -> None:
    take(write(HEADER, WANG))
    second = "W-2,{},赵四,赵四,510999196001010031,户主,男,1960-01-01,普通劳动力,否,900.25"
    take(write(HEADER, WANG, WANG2, second.format(VILLAGE)))  # one known, one new of a known home, one new altogether
    with seeing("510921"):
        before = {(b.subject_kind, b.subject_id): (b.document, b.facts, b.revision) for b in Belief.objects.all()}
        said = {number: (s.source, s.about_day.isoformat()) for number, s in Statement.objects.in_bulk().items()}
        cells = [cell for document, _, _ in before.values() for cell in document.values()]
        assert {cell[1]: (cell[2], cell[3]) for cell in cells}.items() <= said.items()
    assert beliefs.resolve_all(vocabulary=words) == 0
    with seeing("510921"):
        assert {
            (b.subject_kind, b.subject_id): (b.document, b.facts, b.revision) for b in Belief.objects.all()
        } == before
        assert {b.subject_kind for b in Belief.objects.all()} == {"household", "person"}
        assert len(before) == 5


def test_a_household_with_a_row_outside_is_not_said_to_be_complete(village: Any, write: Write, seeing: Any) -> None:
    take(write(HEADER, WANG, WANG2.replace("普通劳动力", "超人")))
    with seeing("510921"):
        wang = Household.objects.get(code="W-1")
        facts = Belief.objects.get(subject_kind="household", subject_id=wang.pk).facts
        assert "members_complete" not in facts
        assert facts["wage_income@2019"] == 120_050


def test_any_table_of_any_cells_adds_up(village: Any, write: Write) -> None:
    """Random rows out of good and bad cells: never an exception, rows in = new + changed + same + held + refused."""
    chance = random.Random(20200227)
    cells = [
        *WANG.split(","),
        *WANG2.split(","),
        "",
        "x",
        "-",
        "9" * 40,
        "\u3000",
        "H-LIN",
        "林秀英",
        "=1+1",
        "NaN",
        "1e999",
    ]
    lines = [HEADER, f"OK,{VILLAGE},好人,好人,,户主,男,,,,"]
    for _ in range(400):
        row = list(WANG.split(","))
        for _ in range(chance.randrange(6)):
            row[chance.randrange(len(row))] = chance.choice(cells)
        lines.append(",".join(row[: chance.randrange(1, 12)]))
    counts = take(write(*lines)).counts
    filled = [line for line in lines[1:] if line.replace(",", "").strip()]
    assert counts["rows"] == len(filled) == sum(counts[state] for state in comparing.STATES)


# -- profiles


WRONG_PROFILES = {
    "a word nobody knows": ("[person]\nnme = ['姓名']\n", "2:7", "nme"),
    "a fact nobody knows": ("[household]\ncode=['x']\n[household.facts.wage_incom]\n", "3", "wage_incom"),
    "a derived fact": ("[household]\ncode=['x']\n[household.facts.net_income]\nyear='last'\n", "3", "net_income"),
    "a yearly fact without its year": ("[household]\ncode=['x']\n[household.facts.wage_income]\n", "3", "year"),
    "no TOML": ("[household\n", "1", "TOML"),
    "a pack nobody has": ("pack = 'nowhere'\n", "1", "nowhere"),
    "a conversion nobody knows": (
        "[household]\ncode=['x']\n[household.facts.insured]\ncolumn=['x']\nconvert='sqrt'\n", "5", "exp",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_PROFILES)
def test_a_wrong_profile_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    text, line, word = WRONG_PROFILES[case]
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(Refusal) as refused:
        profiles.load(str(path))
    assert refused.value.where.startswith(f"{path}:{line}")
    assert word in refused.value.en


def test_an_unknown_profile_names_the_nearest(village: Any) -> None:
    with pytest.raises(Refusal, match="did you mean “roster”"):
        profiles.load("rooster")


def test_a_table_finds_its_profile(village: Any, write: Write) -> None:
    assert accepting.fitting_profile(write(HEADER, WANG), about=ABOUT).name == "roster"
    with pytest.raises(Refusal, match="--profile"):
        accepting.fitting_profile(write("a,b", "1,2"), about=ABOUT)


@pytest.mark.parametrize("source", ["rumour", "bank"])
def test_a_source_states_what_it_may(source: str, village: Any, write: Write) -> None:
    with pytest.raises(Refusal, match="source"):
        look(write(HEADER, WANG), source=source)


# -- real input


def test_the_survey_of_1998_becomes_a_register(reference_data: Path, db: None) -> None:
    path = reference_data / "households" / "VietNamH.csv"
    day = datetime.date(1998, 6, 30)
    table = accepting.open_table(path, profiles.load("vlss_1998"), about=day)
    found = accepting.accept(table, by="tester", now=NOW)
    assert found.counts == {"rows": 5999, "new": 5999, "changed": 0, "same": 0, "held": 0, "refused": 0}
    from doudi.access.scope import as_engine

    with as_engine():
        first = Household.objects.get(code="VLSS-1")
        facts = Belief.objects.get(subject_kind="household", subject_id=first.pk).facts
        assert Household.objects.values("place_code").distinct().count() == 194
    # e^10.13649 = 25,247.691 thousand dong; reckoned apart, with awk
    assert facts == {"expenditure": 25_247_691, "size_stated": 6}
    assert states(accepting.preview(table)) == ["same"] * 5999


@pytest.mark.parametrize(
    ("name", "rows"), [("towns_2019-10-31", 20), ("villages_2020-06-30", 321), ("villages_2021-10-31", 322)]
)
def test_editions_of_the_divisions_become_places(name: str, rows: int, reference_data: Path, db: None) -> None:
    path = reference_data / "divisions" / f"pengxi_510921_{name}.csv"
    table = accepting.open_table(path, profiles.load("divisions"), about=ABOUT)
    assert divisions.accept(table, by="tester", now=NOW).counts["new"] == rows
    assert divisions.accept(table, by="tester", now=NOW).counts["same"] == rows


def test_a_known_code_with_another_name_is_held(village: Any, write: Write) -> None:
    path = write(
        "code12,name,kind,town_code9,town_name", f"{VILLAGE},别名村,village,510921110,鸣凤镇", "51092111021,x,village,,"
    )
    found = divisions.preview(accepting.open_table(path, profiles.load("divisions"), about=ABOUT))
    assert [line.state for line in found.lines] == ["held", "refused"]


assert LIN  # the households of conftest are named in the rows above
