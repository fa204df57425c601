"""Two runs side by side: counted as `doudi diff` counts, laid to what alone made it, each reader their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import Scope, as_engine, enter
from doudi.policy import answers, differences, movements, overlays, running, versions
from doudi.policy.decisions import Decision
from doudi.policy.listing.movements import CAUSE_WORDS
from doudi.policy.movements import Filter
from doudi.policy.runs import Run
from doudi.register.exporting import exports
from doudi.register.exporting.exports import Export
from doudi.register.persons import Person
from tests.web.conftest import NOW, PACK, RUN_DAY
from tests.web.test_exports import found, sheets

Open = Callable[[str], Client]
COUNTY, TOWN = Scope(frozenset(["510921"])), Scope(frozenset(["510921110"]))
AWARD = "01_livelihood_award"


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def two(reading_as: Open) -> Iterator[tuple[Run, Run]]:
    """The run in force and one after it: eight answers, another award for hiring, a lower age, a milder rule."""
    movements.forget()
    with transaction.atomic(), as_engine():
        a = Run.objects.standing()
        assert a is not None
        place = a.measures["person"].index(AWARD)
        rows = Decision.objects.filter(run=a, subject_kind="person").order_by("id")
        found = [row for row in rows if row.verdicts[place] == 2 and row.reasons[place] == 0b1001][:8]
    with transaction.atomic(), enter(COUNTY):
        for row in found:
            answers.record(
                row.household_id, "self_employed", "是", source="field", by="t", about=RUN_DAY, now=NOW,
                subject=("person", row.subject_id),
            )  # fmt: skip
    base = versions.in_force(PACK).pack
    files = dict(base.files)
    for name, value in (("hire_award", 25_000), ("post_age_limit", 50)):
        pack = versions.pack_of(files)
        files = overlays.add(pack, name, value, from_day=RUN_DAY, source="s", named_by="n", on=RUN_DAY)
    rule = "measures/06a_keep_allowance_poor.toml"
    files[rule] = files[rule].replace("< params.allowance_line_registered", "< yuan(100000)")
    versions.store(versions.pack_of(files), by="t", now=NOW)
    with transaction.atomic(), as_engine():
        kept = versions.bring_in
        try:
            versions.bring_in = lambda *_, **__: versions.in_force(PACK)  # type: ignore[assignment]
            b = running.run(PACK, as_of=RUN_DAY, by="t", now=NOW)
        finally:
            versions.bring_in = kept
    yield a, b
    movements.forget()


def test_it_counts_as_diff_counts_and_lays_each_to_what_made_it(two: tuple[Run, Run]) -> None:
    a, b = two
    with transaction.atomic(), as_engine():
        told = differences.diff(a, b, most=20_000)
        facet = movements.between(a, b, COUNTY, Filter())
        every = movements.listed(a, b, COUNTY, Filter(), number=1, size=20_000)
    counted = {row["measure"]: {k: v for k, v in row.items() if k != "measure" and v} for row in told.measures}
    assert {name: {way: n for way, n in ways.items() if way != "other"} for name, ways in facet.ways.items()} == counted
    assert facet.total == len(every) == len(told.changes)
    assert set(facet.counts["cause"]) >= {"fact", "parameter", "rule"}
    because = {(c.kind, c.subject_id, c.measure): {what for what, _ in c.because} for c in told.changes}
    other = [
        (m, because[m.kind, m.subject_id, m.measure])
        for m in every
        if m.cause not in {*because[m.kind, m.subject_id, m.measure], "line", "together"}
    ]
    assert other == []
    assert Counter(m.way for m in every) == Counter(facet.counts["way"])


def test_each_choice_narrows_to_what_it_counted(two: tuple[Run, Run], county: Client) -> None:
    a, b = two
    body = text(county.get(f"/runs/compare/?a={a.pk}&b={b.pk}"))
    with transaction.atomic(), as_engine():
        facet = movements.between(a, b, COUNTY, Filter())
    assert f"<strong>{facet.total:,}</strong>" in body
    for name, property_ in (("cause", "cause"), ("way", "way"), ("measure", "measure"), ("place", "town")):
        for value, number in facet.counts[property_].items():
            page = county.get(f"/runs/compare/?a={a.pk}&b={b.pk}&{name}={value}")
            assert f"<strong>{number:,}</strong>" in text(page), (name, value)


def test_a_town_is_told_of_its_own_alone(two: tuple[Run, Run], reading_as: Open) -> None:
    a, b = two
    with transaction.atomic(), as_engine():
        mine = movements.between(a, b, TOWN, Filter())
        whole = movements.between(a, b, COUNTY, Filter())
        far = next(m for m in movements.listed(a, b, COUNTY, Filter(), number=1, size=20_000)
                   if not m.place_code.startswith("510921110"))  # fmt: skip
    assert 0 < mine.total < whole.total
    assert set(mine.counts["town"]) == {"510921110"}
    town = reading_as("town")
    body = text(town.get(f"/runs/compare/?a={a.pk}&b={b.pk}"))
    assert f"<strong>{mine.total}</strong>" in body
    why = f"/runs/compare/why/?a={a.pk}&b={b.pk}&subject={far.subject_id}&measure={far.measure}"
    assert town.get(why).status_code == 404
    assert reading_as("county").get(why).status_code == 200
    assert reading_as("village").get(f"/runs/compare/?a={a.pk}&b={b.pk}").status_code == 403


def test_before_and_after_stand_side_by_side(two: tuple[Run, Run], county: Client) -> None:
    a, b = two
    with transaction.atomic(), as_engine():
        facts = movements.listed(a, b, COUNTY, Filter(measure=AWARD, cause="fact"), number=1, size=1)
        rules = movements.listed(a, b, COUNTY, Filter(cause="rule", way="gained"), number=1, size=1)
    for move, said in ((*facts, "自主就业"), (*rules, "规则变了")):
        body = text(
            county.get(f"/runs/compare/why/?a={a.pk}&b={b.pk}&subject={move.subject_id}&measure={move.measure}")
        )
        assert body.count('<section class="card-box" aria-labelledby="s-') == 2
        assert said in body
        one, other = body.split('id="s-2"')
        assert min(side.count('<div class="line">') for side in (one, other)) > 1


def test_the_same_run_twice_differs_in_nothing(county: Client) -> None:
    assert "没有差异" in text(county.get("/runs/compare/?a=1&b=1"))
    assert county.get("/runs/compare/?a=1&b=99999").status_code == 404
    assert county.get("/runs/compare/?a=x&b=1").status_code == 422
    assert county.get("/runs/compare/").status_code == 200


def test_a_replay_is_a_job_that_says_equal(reading_as: Open) -> None:
    from doudi.policy import replays
    from doudi.trail import jobs

    auditor = reading_as("auditor")
    answer = auditor.post("/runs/1/replay/")
    assert answer.status_code == 302
    job = answer.headers["Location"].rpartition("=")[2]
    assert "正在重放" in text(auditor.get(answer.headers["Location"]))
    with transaction.atomic(), as_engine():
        jobs.work(replays.REPLAY, f"replay 1 {job}", {"run": 1}, beside=False)
    assert "一致:" in text(auditor.get(answer.headers["Location"]))
    assert reading_as("town").post("/runs/1/replay/").status_code == 403
    assert reading_as("town").get("/runs/1/replay/").status_code == 403


def leaving(client: Client, query: str) -> tuple[Export, list[list[Any]], dict[str, str]]:
    """The comparison as a workbook: the export, its rows under their headings, and the sheet of filters."""
    answer = client.post(f"/exports/new/?list=movements&{query}", {"reason": "报县纪委", "form": "xlsx"})
    assert answer.status_code == 302, text(answer)[-2000:]
    export = found(re.findall(r"\d+", answer["Location"])[0])
    if export.state == exports.WAITING:
        return export, [], {}
    book = sheets(client, export)
    return export, book["两次运行的差异"], {row[0]: row[1] for row in book["筛选条件"]}


def test_the_comparison_leaves_as_a_table_exactly_as_filtered(two: tuple[Run, Run], reading_as: Open) -> None:
    a, b = two
    with transaction.atomic(), as_engine():
        facet = movements.between(a, b, COUNTY, Filter(way="gained"))
        measure = min(facet.counts["measure"], key=lambda name: facet.counts["measure"][name])
        every = movements.listed(a, b, COUNTY, Filter(measure, "gained"), number=1, size=20_000)
    county = reading_as("county")
    query = f"a={a.pk}&b={b.pk}&measure={measure}&way=gained"
    assert f"list=movements&amp;a={a.pk}&amp;b={b.pk}" in text(county.get(f"/runs/compare/?{query}"))
    export, rows, told = leaving(county, query)
    heads = rows[0]
    assert export.rows == len(rows) - 1 == len(every) > 0
    assert {row[heads.index("变化")] for row in rows[1:]} == {"新符合"}
    assert {row[heads.index("后一次")] for row in rows[1:]} == {"符合"}
    causes = Counter(row[heads.index("原因")] for row in rows[1:])
    assert causes == Counter(CAUSE_WORDS[move.cause][0] for move in every)
    assert all(row[heads.index("具体是哪项")] for row in rows[1:] if row[heads.index("原因")] == "事实变了")
    assert (told["从哪次运行"], told["变化"]) == (f"{a.pk} ({a.as_of})", "新符合")


def test_a_town_takes_out_its_own_movements_alone(two: tuple[Run, Run], reading_as: Open) -> None:
    a, b = two
    export, rows, _told = leaving(reading_as("town"), f"a={a.pk}&b={b.pk}")
    with transaction.atomic(), enter(TOWN):
        own = movements.listed(a, b, TOWN, Filter(), number=1, size=20_000)
        homes = {one.household_id for one in own}
        persons = Person.objects.filter(household_id__in=homes).count()
    assert export.rows == len(rows) - 1 == len(own) > 0
    assert export.persons == persons > 0  # what decides whether a second person is needed
    assert {row[rows[0].index("乡镇")] for row in rows[1:]} == {"鸣凤镇"}
    refused = reading_as("village").post(
        f"/exports/new/?list=movements&a={a.pk}&b={b.pk}", {"reason": "想看看", "form": "xlsx"}
    )
    assert refused.status_code == 422
    assert "不查看运行记录" in text(refused)


WRONG = ["", "a=1", "a=1&b=x", "a=999999&b=1", "a=1&b=1&way=worse", "a=1&b=1&place=5109x", "a=1&b=1&colour=red"]


@pytest.mark.parametrize("query", WRONG)
def test_a_comparison_that_is_none_is_told(reading_as: Open, query: str) -> None:
    county, address = reading_as("county"), f"/exports/new/?list=movements&{query}"
    assert county.get(address).status_code == 200
    assert county.post(address, {"reason": "报县纪委", "form": "xlsx"}).status_code == 422
