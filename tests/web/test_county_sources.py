"""A source of the county's own, adopted with its pack: its tables come in at the desk and must agree."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import as_engine
from doudi.monitoring import watching
from doudi.monitoring.disagreements import Disagreement
from doudi.policy import drafts, proposals, running, texts, versions
from doudi.policy.runs import Run
from doudi.register import statements, uploads, vocabularies
from doudi.register.beliefs import Belief
from doudi.register.households import Household
from doudi.register.importing import accepting
from doudi.register.importing.county_profiles import ImportProfile
from doudi.register.statements import Statement
from doudi.trail import jobs
from doudi.values.refusals import Refusal
from tests.web.conftest import PACK, RUN_DAY
from tests.web.test_imports import GOOD, HEADER, latest, preview, send

NOW = datetime.datetime(2020, 2, 27, 13, tzinfo=datetime.UTC)
SOURCE = """
[sources]
civil = { zh = "民政低收入平台", en = "civil affairs' platform of low incomes", beside = "provincial" }
"""
COPY = """
[civil]
zh = "民政平台"
en = "civil affairs' platform"
sources = ["civil"]
to = ["bureau"]
do.zh = "民政局在平台更正"
do.en = "the civil affairs bureau corrects it there"
"""
FACT = "wage_income@2019"
MEANS = {"title": "民政月报", "name": "minzheng", "source": "civil", "year": "last", "unit-1": "元"}
MEANS |= {"means-0": "户:户编号", "means-1": "户:工资性收入(元)"}


def adopt(change: Callable[[str, str], str]) -> None:
    """Let two persons change the text of the pack's sources and copies."""
    with transaction.atomic(), as_engine():
        base = versions.in_force(PACK)
        draft = drafts.begin(base, title="民政平台", by="county", now=NOW)
        for file in ("facts.toml", "copies.toml"):
            text = draft.files[file]
            draft = drafts.write(draft, file, change(file, text), seen=texts.mark(text), by="county", now=NOW)
        told = {"title": draft.title, "reason": "县长办公会", "from_day": RUN_DAY, "by": "county", "now": NOW}
        made = proposals.propose(dict(draft.files), base=draft.base, draft=draft, **told)
        proposals.adopt(made, answer="同意", by="county2", now=NOW)


def with_civil(file: str, text: str) -> str:
    return text + {"facts.toml": SOURCE, "copies.toml": COPY}[file]


def without_civil(file: str, text: str) -> str:
    return text.replace(SOURCE, "").replace(COPY, "")


@pytest.fixture
def said(decided: None, db: None) -> tuple[str, int, int]:
    """A household whose wages the national register alone states: its code, id, and the amount."""
    with transaction.atomic(), as_engine():
        for belief in Belief.objects.filter(subject_kind="household").order_by("subject_id"):
            cell = belief.document.get(FACT)
            if cell and cell[2] == "national" and len(cell) == 4 and cell[0] > 0:
                home = Household.objects.get(pk=belief.subject_id)
                return home.code, home.pk, cell[0]
    raise AssertionError("the demo has such a household")


def lines(code: str, yuan: int) -> list[str]:
    return ["民政户号,工资(元)", f"{code},{yuan}"]


def sent(county: Client, *table: str) -> str:
    """The table sent in and explained as civil affairs'; the address of its preview, made."""
    place, _ = preview(county, *table, name="民政月报.csv")
    form = county.get(place + "columns/").content.decode()
    assert '<option value="civil">民政低收入平台' in form
    answer = county.post(place + "columns/", MEANS)
    assert answer.status_code == 302, answer.content.decode()
    jobs.drain()
    return place


def test_its_table_is_taken_in_and_compared_under_its_name(county: Client, said: tuple[str, int, int]) -> None:
    code, home, believed = said
    adopt(with_civil)
    place = sent(county, *lines(code, believed // 100 + 777))
    page = county.get(place).content.decode()
    assert "民政月报 · 民政低收入平台" in page
    assert "有变化 1" in page
    assert county.post(place + "accept/").status_code == 302
    jobs.drain()
    with transaction.atomic(), as_engine():
        word = Statement.objects.get(source="civil")
        assert (word.household_id, word.facts) == (home, {FACT: believed // 100 * 100 + 77_700})
        cell = Belief.objects.get(subject_kind="household", subject_id=home).document[FACT]
        assert [cell[2], *(other[1] for other in cell[4])] == ["national", "provincial", "civil"]
        assert vocabularies.in_force().sources["civil"].zh == "民政低收入平台"
    assert county.get(f"/households/{code}/").status_code == 200, "the run in force has not heard of the source yet"
    one = compared(home)
    assert one.differs == ["civil"]
    told = county.get(f"/watch/disagreements/{one.pk}/").content.decode()
    assert "民政低收入平台" in told
    assert "民政局在平台更正" in told
    assert "民政平台" in county.get("/watch/copies/").content.decode()
    assert "民政低收入平台" in county.get(f"/households/{code}/").content.decode()
    adopt(without_civil)
    with transaction.atomic(), as_engine():
        running.run(PACK, as_of=RUN_DAY, by="county", now=NOW)
    for page in (f"/watch/disagreements/{one.pk}/", "/watch/disagreements/", f"/households/{code}/", place):
        assert county.get(page).status_code == 200, f"{page} shows what a source said that is no more"


def test_its_copy_is_compared_as_soon_as_its_table_came_in_without_a_run(
    county: Client, said: tuple[str, int, int]
) -> None:
    code, home, believed = said
    with transaction.atomic(), as_engine():
        watching.look(by="county", on=RUN_DAY)
        runs = Run.objects.count()
        assert watching.due(on=RUN_DAY) != watching.LOOK
    adopt(with_civil)
    with transaction.atomic(), as_engine():
        assert watching.due(on=RUN_DAY) == watching.LOOK, "the totals of places are to count the new copy too"
    assert "民政平台" in county.get("/watch/copies/").content.decode()
    place = sent(county, *lines(code, believed // 100 + 777))
    assert county.post(place + "accept/").status_code == 302
    jobs.drain()
    with transaction.atomic(), as_engine():
        assert Run.objects.count() == runs
        one = Disagreement.objects.open().get(household=home, fact=FACT)
    assert one.differs == ["civil"]
    assert "民政局在平台更正" in county.get(f"/watch/disagreements/{one.pk}/").content.decode()
    for page in ("/watch/", "/watch/disagreements/?copy=civil"):
        assert "民政平台" in county.get(page).content.decode(), page


def compared(home: int, fact: str = FACT) -> Disagreement:
    """The county decided by the pack in force and looked at; what its copies disagree about."""
    with transaction.atomic(), as_engine():
        run = running.run(PACK, as_of=RUN_DAY, by="county", now=NOW)
        watching.look(by="county", on=RUN_DAY, run=run)
        return Disagreement.objects.open().get(household=home, fact=fact)


def test_what_a_source_no_longer_there_said_for_a_copy_is_still_shown(
    county: Client, said: tuple[str, int, int]
) -> None:
    _code, home, _believed = said
    joined = 'sources = ["provincial", "civil"]'
    plain = 'sources = ["provincial"]'
    adopt(lambda file, text: text + SOURCE if file == "facts.toml" else text.replace(plain, joined))
    with transaction.atomic(), as_engine():
        for source, value in (("national", 100), ("civil", 200)):
            word: dict[str, Any] = {"source": source, "about": RUN_DAY, "by": "county", "now": NOW}
            statements.record("household", home, {"wage_income@2017": value}, **word)
    one = compared(home, "wage_income@2017")
    assert one.words["provincial"][1] == "civil"
    adopt(lambda _file, text: without_civil("", text).replace(joined, plain))
    with transaction.atomic(), as_engine():
        running.run(PACK, as_of=RUN_DAY, by="county", now=NOW)
    page = county.get(f"/watch/disagreements/{one.pk}/")
    assert page.status_code == 200
    assert "civil" in page.content.decode()


def test_a_source_nobody_adopted_is_refused_by_its_name(county: Client, said: tuple[str, int, int]) -> None:
    code, _home, believed = said
    table = lines(code, believed // 100)
    assert 'value="civil"' not in county.get("/imports/").content.decode()
    refused = send(county, *table, source="civil")
    assert refused.status_code == 422
    assert "没有“civil”这个来源" in refused.content.decode()
    assert "采用写有它的政策包" in refused.content.decode()
    place, _ = preview(county, *table)
    explained = county.post(place + "columns/", MEANS)
    assert explained.status_code == 422
    assert "没有“civil”这个来源" in explained.content.decode()
    assert 'value="民政月报"' in explained.content.decode()
    assert not ImportProfile.objects.exists()


def test_a_shipped_sort_of_table_may_come_from_it(county: Client, said: tuple[str, int, int], tmp_path: Path) -> None:
    adopt(with_civil)
    path = tmp_path / "名册.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n", "utf-8")
    assert "civil" in accepting.fitting_profile(path, about=RUN_DAY).vocabulary.sources
    place, page = preview(county, HEADER, GOOD, source="civil")
    assert "民政低收入平台" in page
    assert "新增 1" in page
    assert county.post(place + "accept/").status_code == 302
    with transaction.atomic(), as_engine():
        assert Statement.objects.filter(source="civil").count() == 2  # the household and its head


def test_what_was_previewed_before_the_source_was_withdrawn_is_not_taken_in(
    county: Client, said: tuple[str, int, int]
) -> None:
    code, _home, believed = said
    adopt(with_civil)
    place = sent(county, *lines(code, believed // 100 + 777))
    adopt(without_civil)
    assert "登记册在预览之后有过变动" in county.get(place).content.decode()
    assert county.post(place + "accept/")["Location"].endswith("?recomputed=1")
    jobs.drain()
    page = county.get(place)
    assert page.status_code == 200
    assert "没有来源“civil”" in page.content.decode()
    assert "采用后才有" in page.content.decode()
    with transaction.atomic(), as_engine():
        assert latest().state == uploads.READING
        assert not Statement.objects.filter(source="civil").exists()
    answer = county.post(place + "again/", {"profile": "minzheng", "about": "2020-02-20", "source": "provincial"})
    assert answer.status_code == 302
    jobs.drain()
    assert "省" in county.get(place).content.decode()
    assert latest().state == uploads.READY


def test_whoever_writes_a_word_down_does_so_in_the_vocabulary_in_force(said: tuple[str, int, int]) -> None:
    _code, home, believed = said
    word: dict[str, Any] = {"source": "civil", "about": RUN_DAY, "by": "county", "now": NOW}
    with transaction.atomic(), as_engine(), pytest.raises(Refusal, match="civil"):
        statements.record("household", home, {FACT: believed}, **word)
    adopt(with_civil)
    with transaction.atomic(), as_engine():
        statements.record("household", home, {FACT: believed + 1}, **word)
        cell = Belief.objects.get(subject_kind="household", subject_id=home).document[FACT]
    assert cell[4][-1][:2] == [believed + 1, "civil"]
