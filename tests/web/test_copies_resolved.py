"""The national system's copy is changed by an export in its own form, and its next export, imported, proves it."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from python_calamine import CalamineWorkbook

from doudi.access.scope import as_engine
from doudi.monitoring import agreement_rates, corrections, disagreements, watching
from doudi.monitoring.disagreements import PROVED, Disagreement
from doudi.policy.listing import corrections as form
from doudi.register.exporting.corrections import Difference
from doudi.register.importing import accepting, profiles, writing
from tests.web.conftest import RUN_DAY
from tests.web.test_corrections import LAYOUT, accepting_problems, applied, their_copy

SEEN = 12
NEXT = RUN_DAY + datetime.timedelta(days=1)
NOW = datetime.datetime(2020, 2, 28, 12, tzinfo=datetime.UTC)
Cell = tuple[str, int, str]


@pytest.fixture
def looked(decided: None, db: None) -> Iterator[None]:
    """The county looked at once; of a dozen facts somebody went to see, and reality was right."""
    with transaction.atomic(), as_engine():
        watching.look(by="county", on=RUN_DAY)
        found = Disagreement.objects.open().filter(
            words__has_keys=["national", "reality"], differs__contains=["reality"]
        )
        for one in found.order_by("id")[:SEEN]:
            disagreements.decide(one, "reality", reason="入户看过", by="town", on=RUN_DAY)
        watching.look(by="county", on=RUN_DAY)
        yield


def cell(one: Difference) -> Cell:
    return one.kind, one.subject_id, one.key


def wanted() -> dict[Cell, Difference]:
    """What the national copy must change, as far as its form has a column for it and says it without being asked to."""
    found = corrections.of_copy("national")
    return {cell(one): one for one in found if one.key != "phone" and form.column_for(LAYOUT, one) is not None}


def the_file(county: Client) -> list[list[Any]]:
    """The export in the national system's own form, as an officer takes it from the page."""
    answer = county.get("/watch/disagreements/corrections/?copy=national")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return book.get_sheet_by_name(book.sheet_names[0]).to_python()


def test_only_the_facts_that_differ_are_in_the_file(looked: None, reading_as: Callable[[str], Client]) -> None:
    table, open_ones = the_file(reading_as("county")), wanted()
    assert table[0] == writing.header(LAYOUT)
    filled = sum(row[at] != "" for row in table[1:] for at, column in enumerate(LAYOUT.columns) if column.facts)
    assert filled == len(open_ones)
    assert filled > 2


def test_the_next_import_proves_the_copy_changed(
    looked: None, reading_as: Callable[[str], Client], tmp_path: Path
) -> None:
    before = wanted()
    others = set(Disagreement.objects.open().values_list("id", flat=True)) - _ids(before)
    rate = agreement_rates.by_copy(agreement_rates.counts_of("510921"))["national"]
    rows = applied(their_copy({one.household_id for one in before.values()}), the_file(reading_as("county")))
    path = tmp_path / "国扶系统下一次导出.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([writing.header(LAYOUT), *rows])
    done = accepting.accept(
        accepting.open_table(path, profiles.load("national"), about=NEXT), by="county", now=NOW, source="national"
    )
    assert done.counts["held"] + done.counts["refused"] == 0, accepting_problems(done)
    mine = Disagreement.objects.filter(pk__in=_ids(before))
    assert mine.filter(closed_on=None).count() == len(before), "saying so ends nothing: it is looked at"
    watching.look(by="county", on=NEXT)
    closed = [one for one in mine if one.closed_on is not None]
    still = [one for one in mine if one.closed_on is None]
    assert closed
    assert all((one.how, one.closed_on, "national" in one.proof) == (PROVED, NEXT, True) for one in closed)
    assert still, "another copy may differ on the same fact"
    assert all("national" not in one.differs and one.words["national"][4] == "agree" for one in still)
    assert wanted() == {}
    assert Disagreement.objects.filter(pk__in=others, closed_on=None).exists(), "the other copies still differ"
    after = agreement_rates.by_copy(agreement_rates.counts_of("510921"))["national"]
    assert after.agree - rate.agree >= len(before)
    assert f"{after.agree:,} / {after.held:,}" in reading_as("county").get("/watch/").content.decode()


def test_a_copy_that_was_not_changed_goes_on_differing(looked: None, tmp_path: Path) -> None:
    before = wanted()
    rows = their_copy({one.household_id for one in before.values()})
    path = tmp_path / "没有改的导出.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([writing.header(LAYOUT), *rows])
    accepting.accept(
        accepting.open_table(path, profiles.load("national"), about=NEXT), by="county", now=NOW, source="national"
    )
    watching.look(by="county", on=NEXT)
    assert set(wanted()) == set(before), "an import alone proves nothing"


def _ids(cells: dict[Cell, Difference]) -> set[int]:
    """The open disagreements of some cells."""
    found = Disagreement.objects.open().of_copy("national")
    return {one.pk for one in found if (one.subject_kind, one.subject_id, one.fact) in cells}
