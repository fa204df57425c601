"""Exports of the national system, edition by edition: found by looking, read by one profile, and written back alike."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from doudi.register.beliefs import Belief
from doudi.register.households import Household
from doudi.register.importing import accepting, conversions, profiles, writing
from doudi.register.persons import Person
from tests.conftest import VILLAGE
from tests.register.conftest import NOW

ABOUT = datetime.date(2020, 2, 20)
NATIONAL = profiles.load("national")


def said(text: str) -> dict[str, str]:
    """Headings and cells, written `heading=cell`, a low line for a space."""
    return {heading: cell.replace("_", " ") for heading, _, cell in (word.partition("=") for word in text.split())}


MEMBER = said("""
    省=四川省 市=遂宁市 县=蓬溪县 乡=鸣凤镇 村=青杠村 户编号=5109210099 人口编号=51092100991 姓名=王德顺
    性别=男 出生日期=19550303 证件类型=居民身份证 证件号码=510999195503030011 民族=汉族
    户联系电话=+86_138_0013_8000 成员联系电话=0825-5421234 年度=2019 与户主关系=户主 文化程度=小学
    劳动技能=弱劳动力或半劳动力 务工时间（月）=3 健康状况=长期慢性病,残疾 政治面貌=群众 是否享受低保=是
    是否参加大病保险=否 是否参加新型农村合作医疗（城乡居民基本医疗保险）=是 是否会讲普通话=是
    公益性岗位(月数)=6 残疾类别=肢体 务工所在地=省外务工 户主姓名=王德顺 户主证件号码=510999195503030011
    是否特困供养人员=否 残疾证办证年度=2015 识别标准=国家标准
""")
WIFE = MEMBER | said("""
    姓名=李桂香 证件号码=510999195804040029 出生日期=19580404 性别=女 与户主关系=配偶 健康状况=健康 人口编号=51092100992
""")


def book(path: Path, headings: list[str], *rows: dict[str, str], above: int = 0) -> Path:
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Sheet1")
        for at in range(above):
            sheet.merge_range(at, 0, at, len(headings) - 1, f"标题{at}")
        for number, row in enumerate([dict(zip(headings, headings, strict=True)), *rows]):
            for place, heading in enumerate(headings):
                sheet.write_string(above + number, place, row.get(heading, ""))
    return path


def opened(path: Path) -> Any:
    chosen = accepting.fitting_profile(path, about=ABOUT)
    assert chosen.name == "national"
    return accepting.open_table(path, chosen, about=ABOUT)


def headings_of(layout: str) -> list[str]:
    return [column.heading for column in NATIONAL.layouts[layout].columns]


def test_the_member_export_of_2021_is_read_whole(village: Any, tmp_path: Path, seeing: Any) -> None:
    table = opened(book(tmp_path / "成员.xlsx", headings_of("member_2021"), MEMBER, WIFE))
    assert (table.unused, table.twice) == ((), ())
    found = accepting.accept(table, by="tester", now=NOW)
    assert found.counts == {"rows": 2, "new": 2, "changed": 0, "same": 0, "held": 0, "refused": 0}
    with seeing("510921"):
        house = Household.objects.get(national_code="5109210099")
        assert (house.code, house.place_code, house.head_name) == ("5109210099", VILLAGE, "王德顺")
        facts = Belief.objects.get(subject_kind="household", subject_id=house.pk).facts
        assert facts == {"members_complete": True, "phone": "13800138000", "poverty_standard": "national"}
        head = Person.objects.get(id_number="510999195503030011")
        believed = Belief.objects.get(subject_kind="person", subject_id=head.pk).facts
    assert believed == {
        "birth_date": "1955-03-03",
        "sex": "male",
        "ethnic_group": "汉族",
        "phone": "0825-5421234",
        "relation_to_head": "head",
        "education": "primary",
        "labour": "weak",
        "work_months": 3,
        "health": "chronic",
        "health_also": "disabled",
        "politics": "masses",
        "receives_allowance": True,
        "serious_illness_insurance": False,
        "resident_medical": True,
        "speaks_mandarin": True,
        "welfare_post_months": 6,
        "disability_category": "body",
        "work_place": "country",
        "destitute_support": False,
        "certificate_year": 2015,
    }


EXITED = said("""
    序号=1 数据日期=2022-06-30 县(市、区、旗)=蓬溪县 乡(镇)=鸣凤镇 行政村=青杠村村委会 户编号=5109210099
    人编号=51092100991 姓名=王德顺 证件号码=510999195503030011 人数=2 与户主关系=户主 文化程度=小学
    健康状况=健康 务工时间（月）=0 致贫原因1=因病 危房户=否 是否解决安全饮用水=是 人均纯收入=8,765.43
    首次识别时间=201406 户类型=脱贫不稳定户 易返贫致贫户(监测对象)类型=边缘易致贫户 风险是否消除=否
    风险识别时间=202105
""")
EXPECTED_EXITED = {
    "stated_size": 2,
    "main_cause": "illness",
    "dangerous_house": False,
    "safe_water": True,
    "identified_on": "2014-06-01",
    "stated_net_income_per_head@2019": 876_543,
    "household_type": "unstable",
    "monitoring_type": "edge",
    "risk_cleared": False,
    "risk_found_on": "2021-05-01",
    "members_complete": True,
}


@pytest.mark.parametrize("above", [0, 2, 5])
def test_the_list_of_2022_is_read_wherever_its_header_stands(above: int, village: Any, tmp_path: Path) -> None:
    table = opened(book(tmp_path / "名单.xlsx", headings_of("exited_2022"), EXITED, above=above))
    assert table.rows[0].number == above + 2  # the row as the sheet numbers it
    found = accepting.preview(table)
    (house,) = found.comparison.households.values()
    assert found.counts["new"] == 1
    assert {**house.facts, "members_complete": True} == EXPECTED_EXITED


def test_a_monitoring_export_of_177_columns_names_what_it_does_not_use(village: Any, tmp_path: Path) -> None:
    named = [
        "县",
        "乡",
        "行政村",
        "户编号",
        "户主姓名",
        "姓名",
        "证件号码",
        "监测对象类别",
        "致贫/返贫风险1",
        "致贫/返贫风险2",
        "风险是否已消除",
    ]
    more = [f"自定义列{n}" for n in range(len(named), 177)]
    row = {**EXITED, "县": "蓬溪县", "乡": "鸣凤镇", "监测对象类别": "突发严重困难户", "致贫/返贫风险1": "因残",
           "致贫/返贫风险2": "因务工就业不稳", "风险是否已消除": "否", "户主姓名": "王德顺"}  # fmt: skip
    table = opened(book(tmp_path / "（自定义）监测对象信息 (1).xlsx", [*named, *more], row, above=2))
    found = accepting.preview(table)
    assert found.comparison.households["5109210099"].facts == {
        "monitoring_type": "sudden", "main_risk": "disability", "second_risk": "unsteady_work", "risk_cleared": False,
    }  # fmt: skip
    assert list(table.unused) == more


def test_the_codes_of_2018_are_headings_too_and_a_household_has_a_row_a_year(village: Any, tmp_path: Path) -> None:
    headings = ["AAC001", "AAR040", "AAD001", "AAC029", "AAC017", "AAC073", "AAC301"]
    names = dict(
        zip(
            headings,
            ["贫困户编号", "年度", "行政村编号", "户主姓名", "成员人数", "工资性收入", "耕地面积"],
            strict=True,
        )
    )
    older = dict(zip(headings, ["5109210099", "2018", VILLAGE, "王德顺", "3", "9000", "1.5"], strict=True))
    newer = {**older, "AAR040": "2019", "AAC017": "2", "AAC073": "9500.5"}
    table = opened(book(tmp_path / "户.xlsx", headings, names, newer, older))  # codes and names: two header rows
    found = accepting.accept(table, by="tester", now=NOW)
    assert (table.subject, found.counts["new"]) == ("household", 2)
    assert found.comparison.households["5109210099"].facts == {
        "wage_income@2018": 900_000, "wage_income@2019": 950_050, "stated_size": 2, "arable_land": 15_000,
    }  # fmt: skip


HEADINGS = {
    "a unit in brackets": ("务工时间（月）", "务工时间(月)", ""),
    "no unit": ("务工时间（月）", "务工时间", ""),
    "spaces and a line break": ("务工时间（月）", " 务工\n时间（ 月 ）", ""),
    "a mark of what must be filled": ("姓名", "*姓名(必填)", ""),
    "a zero-width mark": ("户编号", "\ufeff户\u200b编号", ""),
    "a heading twice, the same said": ("政治面貌", "姓名", "王德顺"),
}


@pytest.mark.parametrize("case", HEADINGS)
def test_a_heading_is_known_however_it_is_written(case: str, village: Any, tmp_path: Path) -> None:
    old, new, said = HEADINGS[case]
    headings = headings_of("member_2021")
    row = dict(MEMBER)
    path = tmp_path / "成员.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        for place, heading in enumerate(reversed(headings)):
            sheet.write_string(0, place, new if heading == old else heading)
            sheet.write_string(1, place, said if said and heading == old else row.get(heading, ""))
    found = accepting.preview(opened(path))
    assert found.counts["new"] == 1, found.comparison.lines
    person = found.comparison.persons[0].row
    assert (person.parts["person_name"], person.facts["person"]["work_months"]) == ("王德顺", 3)


def test_columns_of_one_name_that_disagree_hold_the_row(village: Any, tmp_path: Path) -> None:
    path = tmp_path / "成员.csv"
    path.write_text("户编号,年度,村,姓名,姓名\n1,2019,青杠村,王德顺,王德旺\n2,2019,青杠村,李四,李四\n", "utf-8")
    found = accepting.preview(opened(path))
    assert [(line.state, [why.column for why in line.why]) for line in found.comparison.lines] == [
        ("held", ["姓名"]),
        ("new", []),
    ]
    assert found.reading.twice == ("姓名",)


@pytest.mark.parametrize("layout", list(NATIONAL.layouts))
def test_every_form_is_read_back_as_it_was_written(layout: str, village: Any, tmp_path: Path) -> None:
    form = NATIONAL.layouts[layout]
    facts = {
        "household": dict(EXPECTED_EXITED),
        "person": {"sex": "male", "health": "chronic", "health_also": "disabled"},
    }
    facts["household"] |= {"wage_income@2019": 123_456, "housing_area": 905_000, "other_causes": "因学"}
    del facts["household"]["members_complete"]
    parts = {"county": "蓬溪县", "town": "鸣凤镇", "village": "青杠村", "place_code": VILLAGE, "household_code": "77",
             "person_code": "771", "person_name": "王德顺", "id_number": "510999195503030011", "head": "王德顺",
             "year": "2019"}  # fmt: skip
    written = writing.row_of(form, parts, facts, year=2019)
    row = dict(zip(writing.header(form), written, strict=True))
    found = accepting.open_table(book(tmp_path / "x.xlsx", headings_of(layout), row), NATIONAL, about=ABOUT).rows[0]
    shown = {(c.kind, c.fact.name) for column in form.columns for c in column.facts}
    for kind in ("household", "person"):
        wanted = {key: value for key, value in facts[kind].items() if (kind, key.partition("@")[0]) in shown}
        assert found.facts.get(kind, {}) == wanted
    assert not found.complaints + found.doubts


def test_every_value_of_every_column_survives_being_written_and_read() -> None:
    for column in NATIONAL.facts:
        values: list[Any] = {
            "bool": [True, False], "code": [c.value for c in column.fact.choices], "money": [0, 5, 123_456, 300_000_00],
            "decimal": [0, 15_000, 1, 905_000], "int": [column.fact.low or 0], "date": ["2019-06-01"],
            "text": ["13800138000" if column.convert == "phone" else "汉族"],
        }[column.fact.type.name]  # fmt: skip
        if column.part == 2:
            continue
        for value in values:
            text = conversions.text_of(column, value)
            assert conversions.value_of(column, text, minor=100) == value, (column.fact.name, value, text)


def notes(path: Path) -> list[list[str]]:
    return [[note.zh for note in line.notes] for line in accepting.preview(opened(path)).comparison.lines]


INCOMES = {"工资性收入": "5000", "生产经营性收入": "2000.50", "财产性收入": "100", "转移性收入": "900"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"年收入": "8000.50"}, False),
        ({"年收入": "8001"}, False),  # filled in whole yuan
        ({"年收入": "9000.50"}, True),
        ({"年收入": "9000.50", "工资性收入": ""}, False),  # not all parts are stated: nothing to compare
        ({"年收入": "7998"}, True),
    ],
)
def test_a_total_unlike_the_sum_of_its_parts_is_told(
    changed: dict[str, str], told: bool, village: Any, tmp_path: Path
) -> None:
    row = MEMBER | INCOMES | {"年收入": "8000.50"} | changed
    (found,) = notes(book(tmp_path / "m.xlsx", list(row), row))
    assert any("各项之和" in each for each in found) == told


GOOD_CARD, WRONG_CARD = "6228480000000000018", "6228480000000000019"


def test_account_numbers_are_looked_at_and_never_kept(village: Any, tmp_path: Path) -> None:
    cards = [GOOD_CARD] * 4 + [WRONG_CARD, "6.22848E+18", "一卡通", ""]
    people = [
        MEMBER | {"户编号": f"5109210{at:03}", "人口编号": f"51092100{at:03}", "证件号码": "", "银行账号": card}
        for at, card in enumerate(cards)
    ]
    path = book(tmp_path / "a.xlsx", list(people[0]), *people)
    found = notes(path)
    assert ["4 户在用" in " ".join(each) for each in found] == [True] * 4 + [False] * 4
    assert ["校验位" in " ".join(each) for each in found] == [False] * 4 + [True] + [False] * 3
    assert ["改成了数值" in " ".join(each) for each in found] == [False] * 5 + [True] + [False] * 2
    assert found[7] == []
    kept = str(accepting.preview(opened(path)).plan)
    assert GOOD_CARD not in kept


@pytest.mark.parametrize("count", [1, 3])
def test_an_account_of_three_households_is_told_of_nobody(count: int, village: Any, tmp_path: Path) -> None:
    people = [
        MEMBER | {"户编号": f"5109210{at:03}", "人口编号": f"51092100{at:03}", "证件号码": "", "银行账号": GOOD_CARD}
        for at in range(count)
    ]
    assert not any(notes(book(tmp_path / "a.xlsx", list(people[0]), *people)))


SCHOOL = """
    学龄前儿童=preschool 学前教育=preschool 小学=primary 七年级=junior 八年级=junior 九年级=junior 高中一年级=senior
    普通高中三年级=senior 中职一年级=senior 中职三年级=senior 高职一年级=college 高职高专三年级=college
    技师学院四年级=college 大专及以上=college 本科五年级=college 硕士研究生及以上=college 非在校生=no
"""


@pytest.mark.parametrize(("written", "value"), said(SCHOOL).items())
@pytest.mark.parametrize("profile", ["national", "roster"])
def test_every_grade_of_every_edition_is_one_of_the_list(written: str, value: str, profile: str) -> None:
    (column,) = [each for each in profiles.load(profile).facts if each.fact.name == "in_school"]
    assert conversions.value_of(column, written, minor=100) == value
