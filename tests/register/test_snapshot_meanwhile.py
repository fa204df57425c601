"""A snapshot beside an import that commits while it is being taken: all of the import, or none of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection

from doudi.facts.kinds import Vocabulary
from doudi.places.divisions import Division, load
from doudi.register import bulk, gathering, snapshot
from doudi.trail.commands import carry_out
from tests.conftest import COUNTY, TOWN, VILLAGE
from tests.register.conftest import AS_OF, BEGUN, CHEN, LIN, NOW, SAID


def bring(household: int, person: int, words: Vocabulary) -> None:
    """Commit a household, its member, and what is said of both."""
    bulk.load(
        by="t",
        now=NOW,
        vocabulary=words,
        households=[bulk.HouseholdRow(household, f"H-{household}", VILLAGE, BEGUN, "王")],
        persons=[bulk.PersonRow(person, f"P-{person}", household, "王", BEGUN)],
        statements=[
            bulk.StatementRow("household", household, "bureau", SAID, {"insured": True}),
            bulk.StatementRow("person", person, "national", SAID, {"labour": "weak"}),
        ],
    )


def in_another_connection(work: Any, *given: Any) -> None:
    def run() -> None:
        try:
            work(*given)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(timeout=30)


def test_an_import_that_commits_midway_is_not_in_it_by_half(
    fresh_database: str, words: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with carry_out("test", by="t"):
        county = Division(COUNTY + "000000", "蓬溪县", "county", "county")
        town = Division(TOWN + "000", "鸣凤镇", "town", "town")
        load([county, town, Division(VILLAGE, "青杠村", "village", "village", TOWN + "000")], by="t")
    bring(LIN, 11, words)
    present, begun = gathering._present, []

    def midway(kind: Any, *rest: Any) -> Any:
        found = present(kind, *rest)
        if kind.name == "household" and not begun:
            begun.append(kind)
            in_another_connection(bring, CHEN, 21, words)
        return found

    monkeypatch.setattr(gathering, "_present", midway)
    first = snapshot.write(tmp_path / "first", as_of=AS_OF, vocabulary=words)
    assert begun
    assert {name: ids(first, name) for name in ("household", "person")} == {"household": [LIN], "person": [11]}
    next_one = snapshot.write(tmp_path / "next", as_of=AS_OF, vocabulary=words, since=first)
    assert {name: ids(next_one, name) for name in ("household", "person")} == {
        "household": [LIN, CHEN],
        "person": [11, 21],
    }
    assert pq.read_table(next_one.tables["household"])["insured"].to_pylist() == [True, True]
    assert next_one.hash == snapshot.write(tmp_path / "anew", as_of=AS_OF, vocabulary=words).hash


def ids(taken: snapshot.Snapshot, table: str) -> list[int]:
    found: list[int] = pq.read_table(taken.tables[table])["id"].to_pylist()
    return found
