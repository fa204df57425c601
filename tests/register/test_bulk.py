"""Bulk loads: all of it or nothing, every change in the log."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from doudi.facts.kinds import Vocabulary
from doudi.register import bulk
from doudi.register.bulk import HouseholdRow, ItemRow, PairingRow, PersonRow, StatementRow
from doudi.register.households import Household
from doudi.register.persons import Membership, Person
from doudi.register.statements import Statement
from doudi.trail.audit import Entry
from doudi.values.refusals import Refusal
from tests.conftest import VILLAGE
from tests.register.conftest import BEGUN, LIN, NOW, SAID


def test_every_row_loaded_stands_in_the_log_with_its_actor(village: Any, seeing: Any) -> None:
    with seeing("510921"):
        logged = Entry.objects.filter(operation="I", actor=village.by)
        for table, rows in (("household", 3), ("residence", 3), ("person", 4), ("membership", 4), ("pairing", 1)):
            assert logged.filter(table=f"register_{table}").count() == rows
        loan = Entry.objects.get(table="register_item", row="101")
        assert (loan.household_id, loan.place_code) == (LIN, VILLAGE)


def test_items_stand_where_what_they_belong_to_stands(village: Any, seeing: Any) -> None:
    from doudi.register.items import Item

    with seeing("510921"):
        places = dict(Item.objects.values_list("pk", "place_code"))
    assert places == {101: VILLAGE, 102: VILLAGE, 103: VILLAGE, 104: "510921000000"}


def test_the_next_id_comes_after_every_id_given(village: Any, seeing: Any) -> None:
    with transaction.atomic():
        assert min(bulk.reserve("household", 2)) > 3
        assert min(bulk.reserve("person", 1)) > 31
        assert min(bulk.reserve("item", 1)) > 104


LOST: dict[str, dict[str, list[Any]]] = {
    "a village nobody knows": {"households": [HouseholdRow(9, "H-9", "510921110999", BEGUN)]},
    "a household code taken": {"households": [HouseholdRow(9, "H-LIN", VILLAGE, BEGUN)]},
    "a person of no household": {"persons": [PersonRow(91, "P-9", 999, "何人", BEGUN)]},
    "a person twice": {"persons": [PersonRow(91, "P-9", LIN, "何人", BEGUN), PersonRow(91, "P-9", LIN, "何人", BEGUN)]},
    "an item of no kind": {"items": [ItemRow(999, "lottery", "X", "", BEGUN, household_id=LIN)]},
    "a village post nowhere": {"items": [ItemRow(999, "post", "X", "", BEGUN, village_code="510921110999")]},
    "a helper nobody knows": {"pairings": [PairingRow(LIN, 10**9, "", BEGUN)]},
    "a pairing with no household": {"pairings": [PairingRow(999, 1, "", BEGUN)]},
    "a statement of nobody": {"statements": [StatementRow("person", 999, "national", SAID, {"labour": "weak"})]},
    "a statement of the wrong kind": {"statements": [StatementRow("loan", 102, "bank", SAID, {"amount": 1})]},
    "a fact nobody knows": {"statements": [StatementRow("household", LIN, "bureau", SAID, {"lucky": True})]},
}


@pytest.mark.parametrize("case", LOST)
def test_one_bad_row_and_nothing_is_written(case: str, village: Any, words: Vocabulary, seeing: Any) -> None:
    good = {"households": [HouseholdRow(8, "H-8", VILLAGE, BEGUN)], "persons": [PersonRow(81, "P-8", 8, "好人", BEGUN)]}
    rows = {name: good.get(name, []) + LOST[case].get(name, []) for name in (*good, *LOST[case])}

    def load() -> None:
        with transaction.atomic():
            bulk.load(by="t", now=NOW, vocabulary=words, **rows)
            with transaction.atomic():
                from django.db import connection

                connection.check_constraints()

    with pytest.raises((Refusal, DatabaseError)):
        load()
    with seeing("510921"):
        assert Household.objects.count() == 3
        assert (Person.objects.count(), Membership.objects.count()) == (4, 4)
        assert not Statement.objects.exists()


def test_no_number_of_a_person_stands_in_the_log(village: Any, seeing: Any) -> None:
    """A certificate of disability begins with the number, so it is kept out too."""
    number, old = "510999196001010023", "510999600101002"
    from doudi.trail.commands import carry_out

    with seeing("510921"), carry_out("test.person", by=village.by):
        person = Person.objects.get(pk=11)
        assert person.id_number == number
        person.id_number_old, person.certificate, person.name = old, number + "44", "林秀瑛"
        person.save()
        Person.objects.filter(pk=11).update(id_number=None)
    with seeing("510921"):
        logged = list(Entry.objects.filter(table="register_person", row="11").order_by("id"))
        everything = "".join(f"{entry.before} {entry.after}" for entry in Entry.objects.all())
    assert [entry.operation for entry in logged] == ["I", "U", "U"]
    assert (logged[1].before["name"], logged[1].after["name"]) == ("林秀英", "林秀瑛")
    assert number not in everything
    assert old not in everything
