"""Snapshots and one household's rows: the same facts, on any day, as far as was known on any day."""

from __future__ import annotations

import datetime
import random
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from doudi.facts.kinds import Vocabulary
from doudi.places.divisions import Place
from doudi.register import beliefs, households, persons, snapshot
from doudi.register.graphs import graph_of, graph_of_item, rows_of
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.register.snapshot import Snapshot
from doudi.values.refusals import Refusal
from tests.register.conftest import AS_OF, CHEN, LIN, NOW, SAID, ZHOU

MARCH = datetime.date(2020, 3, 10)
LATER = datetime.datetime(2020, 3, 20, 4, tzinfo=datetime.UTC)
VILLAGE = 510921110212


def rows(taken: Snapshot, table: str) -> dict[Any, dict[str, Any]]:
    """The table's rows by key, nulls left out."""
    found = pq.read_table(taken.tables[table]).to_pylist()
    keys = snapshot.keys_of(table)
    key = (lambda row: row["id"]) if keys == ("id",) else (lambda row: tuple(row[k] for k in keys))
    return {
        key(row): {name: cell for name, cell in row.items() if cell is not None and name not in keys} for row in found
    }


@pytest.fixture
def take(tmp_path: Path, words: Vocabulary) -> Any:
    def write(as_of: datetime.date = AS_OF, **more: Any) -> Snapshot:
        return snapshot.write(tmp_path / str(random.random()), as_of=as_of, vocabulary=words, **more)

    return write


@pytest.fixture
def told(say: Any) -> None:
    """What several sources say by the day, and one thing after it."""
    say(
        "household",
        LIN,
        {"minimum_allowance": True, "wage_income@2019": 1_200_000, "members_complete": True},
        "national",
    )
    say("household", LIN, {"minimum_allowance": False}, "bureau", about=AS_OF)
    say("household", LIN, {"wage_income_hit": True}, "field", about=datetime.date(2019, 11, 1))
    say("household", CHEN, {"wage_income@2018": 5}, "paper")
    say("person", 11, {"birth_date": "1960-01-01", "labour": "weak"}, "national")
    say("loan", 101, {"due_date": "2020-06-30", "amount": 3_000_000}, "bank")
    say("post", 103, {"number": 1}, "village")
    say("household", LIN, {"minimum_allowance": True}, "bureau", about=MARCH, now=LATER)


def test_a_snapshot_has_every_subject_its_links_and_what_is_believed_that_day(told: None, take: Any) -> None:
    taken = take()
    assert rows(taken, "household") == {
        LIN: {"village_id": VILLAGE, "minimum_allowance": False, "members_complete": True},
        CHEN: {"village_id": VILLAGE},
        ZHOU: {"village_id": 510921102701},
    }
    assert rows(taken, "household_year") == {(LIN, 2019): {"wage_income": 1_200_000}, (CHEN, 2018): {"wage_income": 5}}
    assert rows(taken, "person")[11] == {"household_id": LIN, "birth_date": datetime.date(1960, 1, 1), "labour": "weak"}
    assert rows(taken, "loan") == {
        101: {"household_id": LIN, "due_date": datetime.date(2020, 6, 30), "amount": 3_000_000}
    }
    assert rows(taken, "hire") == {102: {"person_id": 12}}
    assert rows(taken, "post") == {103: {"village_id": VILLAGE, "number": 1}}
    assert rows(taken, "platform") == {104: {}}
    assert VILLAGE in rows(taken, "place")


def test_every_table_has_the_columns_the_engines_expect(told: None, take: Any, words: Vocabulary) -> None:
    taken = take()
    forms = {"bool": "BOOLEAN", "date": "DATE", "code": "VARCHAR", "text": "VARCHAR"}
    for kind in words.kinds.values():
        described = duckdb.sql(f"DESCRIBE SELECT * FROM '{taken.tables[kind.name]}'").fetchall()
        columns = {name: form for name, form, *_ in described}
        expected = {"id": "BIGINT"} | {f"{r.name}_id": "BIGINT" for r in kind.relations.values() if not r.many}
        facts = [fact for fact in kind.facts.values() if not fact.formula and not fact.yearly]
        assert columns == expected | {fact.name: forms.get(fact.type.name, "BIGINT") for fact in facts}


DAYS = {
    "the day before the bureau spoke": (AS_OF - datetime.timedelta(days=1), None, True),
    "the day it spoke": (AS_OF, None, False),
    "after it spoke again": (MARCH, None, True),
    "that day, by what was known before": (MARCH, NOW, False),
    "before anybody spoke": (SAID - datetime.timedelta(days=1), None, None),
}


@pytest.mark.parametrize("case", DAYS)
def test_the_past_is_what_was_said_of_it_and_known_then(case: str, told: None, take: Any, words: Vocabulary) -> None:
    day, known, value = DAYS[case]
    assert rows(take(day, known_at=known), "household")[LIN].get("minimum_allowance") is value
    row = rows_of(LIN, as_of=day, known_at=known, vocabulary=words)
    assert row.facts.get("minimum_allowance") is value


def test_what_no_longer_keeps_is_unknown_on_that_day_and_known_before(told: None, take: Any) -> None:
    assert "wage_income_hit" not in rows(take(), "household")[LIN]
    assert rows(take(datetime.date(2020, 1, 30)), "household")[LIN]["wage_income_hit"] is True


def test_one_household_read_alone_is_what_the_snapshot_says(told: None, take: Any, words: Vocabulary) -> None:
    for day in (AS_OF, MARCH):
        taken = take(day)
        tables = {kind: rows(taken, kind) for kind in words.kinds}
        years = rows(taken, "household_year")
        for household in (LIN, CHEN, ZHOU):
            for (kind, number), row in graph_of(household, as_of=day, vocabulary=words).rows.items():
                yearly = {
                    f"{name}@{year}": v for (i, year), row_ in years.items() if i == number for name, v in row_.items()
                }
                flat = {k: v for k, v in tables[kind][number].items() if not k.endswith("_id")}
                assert row.facts == flat | (yearly if kind == "household" else {})
                links = {f"{name}_id": one.id for name, one in row.ones.items() if one is not None}
                assert links == {k: v for k, v in tables[kind][number].items() if k.endswith("_id")}


def test_a_row_leads_to_its_members_loans_and_village_and_back(told: None, words: Vocabulary) -> None:
    graph = graph_of(LIN, as_of=AS_OF, vocabulary=words)
    row = graph.rows["household", LIN]
    assert [member.id for member in row.manys["members"]] == [11, 12]
    assert [loan.id for loan in row.manys["loans"]] == [101]
    assert row.ones["village"] is not None
    assert row.ones["village"].id == VILLAGE
    assert row.manys["members"][0].ones["household"] is row
    assert "households_complete" not in row.ones["village"].facts  # the village's other households are not here
    assert graph.rows["hire", 102].ones["person"] is row.manys["members"][1]
    assert graph_of_item(103, as_of=AS_OF, vocabulary=words).rows["post", 103].ones["village"] is not None
    assert ("household", LIN) in graph_of_item(102, as_of=AS_OF, vocabulary=words).rows


def test_the_dead_and_the_gone_are_in_no_later_snapshot(told: None, take: Any, seeing: Any, words: Vocabulary) -> None:
    with seeing("510921"):
        persons.leave(Person.objects.get(pk=11), on=MARCH, ended="died", by="t", now=LATER)
        households.dissolve(Household.objects.get(pk=CHEN), on=MARCH, by="t", now=LATER)
    assert set(rows(take(), "person")) == {11, 12, 21, 31}
    assert set(rows(take(MARCH), "person")) == {12, 31}
    assert set(rows(take(MARCH), "household")) == {LIN, ZHOU}
    assert set(rows(take(MARCH, known_at=NOW), "household")) == {LIN, CHEN, ZHOU}
    assert 11 not in {row.id for row in rows_of(LIN, as_of=MARCH, vocabulary=words).manys["members"]}
    with pytest.raises(Refusal, match="no household"):
        rows_of(CHEN, as_of=MARCH, vocabulary=words)


def test_a_place_is_there_between_its_days(told: None, take: Any) -> None:
    Place.objects.filter(code="510921110700").update(until_day=AS_OF)
    assert 510921110700 not in rows(take(), "place")
    assert 510921110700 in rows(take(AS_OF - datetime.timedelta(days=1)), "place")


def test_the_next_snapshot_reads_only_what_changed_and_comes_to_the_same(
    told: None, take: Any, say: Any, seeing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from doudi.register import gathering

    first = take()
    # What this very transaction wrote counts as changed: pretend that all of it was committed long ago.
    first = snapshot.Snapshot(**{**{f: getattr(first, f) for f in first.__slots__}, "horizon": 2**62})
    say("household", CHEN, {"insured": True}, "bureau")
    with seeing("510921"):
        persons.leave(Person.objects.get(pk=11), on=AS_OF, ended="died", by="t", now=NOW)
        beliefs.Belief.objects.filter(subject_kind="household", subject_id=CHEN).update(revision=2**62)
    read: list[int] = []
    extend = gathering.columns.Cells.extend

    def counting(self: Any, ids: Any, documents: Any) -> None:
        read.extend(ids)
        extend(self, ids, documents)

    monkeypatch.setattr(gathering.columns.Cells, "extend", counting)
    second = take(since=first)
    assert read == [CHEN]
    assert second.hash == take().hash != first.hash
    assert rows(second, "household")[CHEN]["insured"] is True
    assert 11 not in rows(second, "person")


def test_an_earlier_snapshot_of_another_day_or_cluster_is_not_reused(told: None, take: Any) -> None:
    first = take()
    stale = snapshot.Snapshot(**{**{f: getattr(first, f) for f in first.__slots__}, "horizon": 2**62, "hash": "x"})
    other = snapshot.Snapshot(**{**{f: getattr(stale, f) for f in stale.__slots__}, "cluster": "another"})
    assert take(MARCH, since=stale).hash == take(MARCH).hash
    assert take(since=other).hash == first.hash


def test_a_folder_tells_its_snapshot_and_whether_it_was_changed(told: None, take: Any) -> None:
    taken = take()
    assert snapshot.read(taken.folder) == taken
    assert snapshot.rehash(taken) == taken.hash
    table = pq.read_table(taken.tables["household"])
    pq.write_table(table.take([2, 1, 0]), taken.tables["household"], compression="gzip")
    assert snapshot.rehash(taken) == taken.hash  # other bytes, the same content
    pq.write_table(table.slice(1), taken.tables["household"])
    assert snapshot.rehash(taken) != taken.hash
    (Path(taken.folder) / snapshot.MANIFEST).unlink()
    with pytest.raises(FileNotFoundError):
        snapshot.read(taken.folder)


def test_resolving_everything_anew_changes_nothing(told: None, words: Vocabulary) -> None:
    assert beliefs.resolve_all(vocabulary=words) == 0
