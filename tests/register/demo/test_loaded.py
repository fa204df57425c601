"""The demo county in the database: whole or not at all, marked, walled, and believed as it was made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
import pytest
from django.db import connection

from doudi.access.duties import Duty
from doudi.access.scope import as_engine
from doudi.access.users import Backend, User
from doudi.facts.kinds import Vocabulary
from doudi.places import counties
from doudi.register.beliefs import Belief
from doudi.register.demo import loading
from doudi.register.demo.accounts import PASSWORD
from doudi.register.demo.places import QINGGANG
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.pairings import Pairing, households_of
from doudi.register.persons import Person
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal
from tests.register.demo.believing import DIGESTS, SMALL, Believed


@pytest.fixture
def loaded(db: None, words: Vocabulary) -> dict[str, Any]:
    return loading.load(words, households=SMALL)


@pytest.fixture
def everything(loaded: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The loaded county, read as an evaluation reads it: whole."""
    with as_engine():
        yield loaded


def test_what_is_loaded_is_what_was_made(everything: dict[str, Any], small: Believed) -> None:
    assert everything["content_sha256"] == DIGESTS[SMALL]
    assert Statement.objects.count() == everything["statements"] == small.demo.statements.num_rows
    assert (Household.objects.count(), Person.objects.count()) == (300, 629)
    assert Pairing.objects.count() == 275
    assert Item.objects.count() == sum(everything["items"].values())


def test_the_database_has_counted_the_county_before_anybody_asks_about_it(everything: dict[str, Any]) -> None:
    """ANALYZE says no more than a warning to whoever does not own a table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'register_statement'::regclass")
        assert cursor.fetchone() == (everything["statements"],)


def test_the_register_believes_what_the_county_was_made_to_say(everything: dict[str, Any], small: Believed) -> None:
    stored = {(b.subject_kind, b.subject_id): b.document for b in Belief.objects.all()}
    for kind, documents in small.documents.items():
        for subject, document in documents.items():
            assert {f: cell[0] for f, cell in stored[kind, subject].items()} == {f: c[0] for f, c in document.items()}
    assert len(stored) == sum(len(documents) for documents in small.documents.values())


def test_statements_have_the_ids_the_digest_speaks_of(everything: dict[str, Any], small: Believed) -> None:
    table = small.demo.statements
    said = dict(zip(table["id"].to_pylist(), table["facts"].to_pylist(), strict=True))
    first = Statement.objects.order_by("id").first()
    assert first is not None
    for statement in Statement.objects.order_by("id")[:: len(said) // 50]:
        assert statement.facts == orjson.loads(said[statement.pk - first.pk + 1])


def test_the_county_is_marked_as_a_demonstration(everything: dict[str, Any]) -> None:
    present = counties.present()
    assert present is not None
    assert present.demo


def test_every_helper_has_a_duty_and_only_demo_accounts_can_sign_in(everything: dict[str, Any]) -> None:
    assert Duty.objects.filter(role="helper").count() == everything["helpers"]
    can = {user.username for user in User.objects.all() if user.has_usable_password()}
    assert can == {account["username"] for account in loading.shown_accounts()}
    assert Backend().authenticate(None, "town", PASSWORD)


def test_the_demo_helper_sees_the_households_paired_with_them(everything: dict[str, Any]) -> None:
    helper = User.objects.get(username="helper")
    homes = households_of(helper, date(2020, 2, 27))
    assert len(homes) in (2, 3)
    assert set(Household.objects.filter(pk__in=homes).values_list("place_code", flat=True)) == {QINGGANG}


def test_duties_hold_from_the_first_of_january(everything: dict[str, Any]) -> None:
    assert set(Duty.objects.values_list("from_day", flat=True)) == {date(2020, 1, 1)}


def test_the_engine_sees_all_and_the_application_without_scope_nothing(loaded: dict[str, Any]) -> None:
    assert Household.objects.count() == 0
    with as_engine():
        assert Household.objects.count() == SMALL


def test_a_second_demo_in_the_same_home_is_refused(loaded: dict[str, Any], words: Vocabulary) -> None:
    with pytest.raises(Refusal, match="DOUDI_HOME"):
        loading.load(words, households=SMALL)


def test_a_load_that_fails_leaves_nothing(db: None, words: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(loading, "_tell", fail)  # the last thing before the end
    with pytest.raises(RuntimeError, match="power"):
        loading.load(words, households=60)
    assert counties.present() is None
    assert User.objects.count() == 0
    with as_engine():
        assert Statement.objects.count() == Household.objects.count() == 0
