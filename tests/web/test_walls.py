"""The second wall and the first say the same: of every walled table, the rows a scope lets through."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from doudi.access.scope import NOTHING, Scope, as_engine, enter
from doudi.register.households import Household
from tests.web.relations import CODE

Open = Callable[[str], Client]
SCOPES = {
    "county": Scope(frozenset({"510921"})),
    "town": Scope(frozenset({"510921110"})),
    "village": Scope(frozenset({"510921110212"})),
    "two places": Scope(frozenset({"510921110212", "510921102"})),
    "households": Scope(households=frozenset({1, 2, 77})),
    "both": Scope(frozenset({"510921110212"}), frozenset({1, 250})),
    "other county": Scope(frozenset({"110101"})),
    "measures": Scope(frozenset({"510921"}), measures=frozenset({"02_farm_purchases"})),
    "nothing": NOTHING,
}


def walled() -> dict[str, tuple[type[Any], bool]]:
    """Every table with a wall: its model, and whether the wall limits it by measure."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, qual LIKE '%doudi_measures%' FROM pg_policies WHERE policyname = 'doudi_scope'"
        )
        found = dict(cursor.fetchall())
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    return {table: (models[table], limited) for table, limited in found.items()}


def within(row: dict[str, Any], table: str, scope: Scope, limited: bool) -> bool:
    """The oracle: by the place, by the household, and where the wall says so by the measure."""
    place, household = str(row.get("place_code") or ""), row.get("household_id")
    if table == "register_household":
        household = row["id"]
    inside = any(place.startswith(code) for code in scope.places) or household in scope.households
    return inside and (not limited or not scope.measures or row["measure"] in scope.measures)


@pytest.mark.parametrize("name", SCOPES)
def test_the_database_and_the_oracle_let_the_same_rows_through(county: Client, name: str) -> None:
    scope = SCOPES[name]
    for table, (model, limited) in walled().items():
        with transaction.atomic(), as_engine():
            fields = [f.attname for f in model._meta.concrete_fields if f.attname in COLUMNS]
            rows = [
                (row[0], dict(zip(fields, row[1:], strict=True))) for row in model.objects.values_list("pk", *fields)
            ]
        with transaction.atomic(), enter(scope):
            seen = set(model.objects.values_list("pk", flat=True))
        assert seen == {pk for pk, row in rows if within(row, table, scope, limited)}, table


COLUMNS = {"id", "place_code", "household_id", "measure"}


@pytest.mark.parametrize("text", ["", "5", "51", "%", "'", "''", "510921%", "510921'", '"', "{}", "NULL", "510921 "])
def test_a_scope_that_is_none_sees_no_row_of_any_table(county: Client, text: str) -> None:
    for table in walled():
        with transaction.atomic(), connection.cursor() as cursor:
            for setting in ("places", "households"):
                cursor.execute("SELECT set_config(%s, %s, true)", [f"doudi.{setting}", text if setting == "places" or
                                                                  not text.isdigit() else ""])  # fmt: skip
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            assert cursor.fetchone() == (0,), table


def test_a_fresh_connection_and_one_after_a_committed_scope_see_nothing(cluster: Any, decided_database: str) -> None:
    from django.db import connections

    settings = connections["default"].get_connection_params()
    import psycopg

    parts = {key: settings[key] for key in ("host", "port", "user", "password") if settings.get(key)}
    with psycopg.connect(dbname=decided_database, **parts) as fresh:
        assert fresh.execute("SELECT count(*) FROM register_household").fetchone() == (0,)
        fresh.commit()
        with fresh.transaction():
            fresh.execute("SELECT set_config('doudi.places', '510921', true)")
            assert fresh.execute("SELECT count(*) > 0 FROM register_household").fetchone() == (True,)
        assert fresh.execute("SELECT current_setting('doudi.places', true)").fetchone() == ("",)
        assert fresh.execute("SELECT count(*) FROM register_household").fetchone() == (0,)


@pytest.mark.parametrize("seed", range(6))
def test_lists_of_random_readers_hold_only_what_the_oracle_lets_through(
    reading_as: Open, county: Client, seed: int
) -> None:
    """Random duties over the county's tree: every list names only households inside, and counts exactly those."""
    from django.utils import timezone

    from doudi.access import duties
    from doudi.access.users import User
    from doudi.places.divisions import Place

    dice = random.Random(seed)
    user = User.objects.get(username="village")
    towns = list(Place.objects.filter(level=Place.TOWN).values_list("code", flat=True))
    villages = list(Place.objects.filter(level=Place.VILLAGE).values_list("code", flat=True))
    held = {"510921110212"}
    for _ in range(dice.randint(1, 3)):
        role, code = dice.choice([("town_clerk", dice.choice(towns)[:9]), ("village_officer", dice.choice(villages))])
        if code not in held:
            duties.give(user, role, code, on=timezone.localdate(), by="tester")
        held.add(code)
    with transaction.atomic(), as_engine():
        every = list(Household.objects.values_list("code", "place_code"))
    inside = {code for code, place in every if any(place.startswith(prefix) for prefix in held)}
    client = reading_as("village")
    named: set[str] = set()
    for page in range(1, 8):
        body = client.get("/households/", {"page": str(page)}).content.decode()
        named |= set(CODE.findall(body))
        assert f"<strong>{len(inside):,}</strong>" in body
    assert named == inside
    for path in ("/checks/", "/measures/", "/exports/new/?list=households", "/what-if/", "/pairings/"):
        assert set(CODE.findall(client.get(path).content.decode())) <= inside
