"""Every table is recorded and walled by the database, or says here why not; keys point downward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

LAYERS = [
    "trail",
    "access",
    "places",
    "register",
    "policy",
    "funds",
    "delivery",
    "projects",
    "monitoring",
    "outreach",
    "web",
]

_FRAMEWORK = "the framework's own; holds nothing of any household"
_FOUNDING = {
    "auth_group": _FRAMEWORK,
    "auth_group_permissions": _FRAMEWORK,
    "auth_permission": _FRAMEWORK,
    "django_content_type": _FRAMEWORK,
    "django_session": "a browser's session: signed, short-lived, no fact in it",
}
_ATTEMPTS = "failed attempts of the last minutes, counted before anybody is known"
_PAIRING = "of officials and their telephones; a telephone is known before there is a scope"
_UNUSED = "the lockout library's; switched off, always empty"
# table: why no trigger records its changes
UNRECORDED = {
    **_FOUNDING,
    "axes_accessattempt": _ATTEMPTS,
    "axes_accessattemptexpiration": _UNUSED,
    "axes_accessfailurelog": _UNUSED,
    "axes_accesslog": _UNUSED,
    "access_wrong_pairing_code": _ATTEMPTS,
    "register_belief": "worked out anew from the statements, which are never changed",
    "trail_progress": "how far a job has come: its effect is a command, which is recorded",
    "trail_sealed": "which tables are sealed; written by migrations alone",
    "delivery_depot_holding": "kept by the database from the movements, which are never changed",
    "policy_decision": "worked out anew from snapshot and pack; only ever added to",
    "policy_standing": "points at the latest decision; worked out anew",
    "policy_tally": "counts of the decisions; worked out anew",
    "policy_deferral": "who waits a second to be decided; what was said is recorded, and the deciding",
    "monitoring_village_agreement": "counts of the statements; worked out anew",
    "funds_balance": "sums of the postings, kept by a trigger alone and recounted",
}
# table: why every reader may see every row
UNWALLED = {
    **_FOUNDING,
    "axes_accessattempt": _ATTEMPTS,
    "axes_accessattemptexpiration": _UNUSED,
    "axes_accessfailurelog": _UNUSED,
    "axes_accesslog": _UNUSED,
    "access_recovery_code": "hashes; signing in happens before there is a scope",
    "otp_totp_totpdevice": "of officials; signing in happens before there is a scope",
    "delivery_opening": "work an employer offers; names no household and no village",
    "delivery_journey": "a vehicle, its destination and day; who sits in it is walled with the passengers",
    "trail_command": "a verb, an actor and a hash; the payload is not kept",
    "trail_outcome": "a command's answer: numbers and ids of its own actor's act",
    "trail_progress": "how far a job has come: numbers and ids of its own actor's act",
    "trail_sealed": "the names of tables",
    "trail_form": "the names of columns",
    "trail_leaf": "hashes with a salt, and the numbers of rows",
    "trail_head": "hashes and signatures, made to be published",
    "trail_key": "public keys",
    "trail_fork": "that the log was put back, and who vouches for it: for everybody to know",
    "trail_erasure": "that a body was erased, why, and who vouches for it; nothing of the body",
    "access_device": _PAIRING,
    "access_pairing_code": _PAIRING,
    "access_wrong_pairing_code": _ATTEMPTS,
    "access_desk": "which browsers a village shares; read before anybody is signed in there",
    "access_pin": "hashes of officials' PINs; read before anybody is signed in",
    "access_user": "names of officials; signing in happens before there is a scope",
    "access_reset": "of officials; told to them before they have a scope",
    "access_duty": "who answers for a place is public, and is what scopes are made of",
    "monitoring_photo": "hashes and a size; whose household it is of stands in the check, behind the wall",
    "places_boundary": "public",
    "places_contact": "numbers of offices and officials, named to be called by whoever stands at a door",
    "places_county": "public",
    "places_former_name": "public",
    "places_map": "public",
    "places_phone_rule": "public",
    "places_place": "public",
    "places_second_factor_rule": "public",
    "places_succession": "public",
    "delivery_good": "names of goods and their units, nothing of any household",
    "monitoring_look": "that the county was looked at, and how much was found",
    "register_intake": "which file was taken in and how many rows, nothing of any household",
    "register_import_profile": "which heading means which fact, nothing of any household",
    "policy_run": "what was run and the county's totals",
    "policy_pack_version": "the policy itself is public",
    "policy_draft": "policy being written; nothing of any household",
    "policy_proposal": "policy put forward; nothing of any household",
    "delivery_price_band": "what produce goes for at the market; nothing of any household",
    "outreach_message": "what is told to the public; names nobody",
    "outreach_version": "what is told to the public; names nobody",
    "outreach_script": "what is told to the public; names nobody",
    "outreach_campaign": "what is told when and by which rule; names no household",
    "outreach_gateway": "addresses of services, locked; nothing of any household",
    "funds_source": "where public money comes from",
    "funds_budget": "budgets are published; nothing of any household",
    "funds_account": "the accounts of budgets; nothing of any household",
    "funds_entry": "sums moved within budgets; nothing of any household",
    "funds_posting": "sums moved within budgets; nothing of any household",
    "funds_balance": "sums of budgets; nothing of any household",
    "funds_reservation": "a number of what it is for and a sum; whose it is stands behind the wall",
}


def tables() -> Iterator[tuple[str, type[Any]]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model._meta.db_table, model


def in_database(query: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_every_change_is_recorded() -> None:
    recorded = in_database(
        "SELECT tgrelid::regclass::text FROM pg_trigger"
        " WHERE tgname IN ('trail_protect', 'trail_append_only') AND tgenabled <> 'D'"
    )
    every = {table for table, _ in tables()}
    assert every - recorded - set(UNRECORDED) == set(), "protect it or append_only it in its migration"
    assert (set(UNRECORDED) & recorded) | (set(UNRECORDED) - every) == set(), "no longer an exception"


@pytest.mark.django_db
def test_every_table_is_walled() -> None:
    walled = in_database(
        "SELECT c.oid::regclass::text FROM pg_class c"
        " JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'doudi_scope'"
        " WHERE c.relrowsecurity AND c.relforcerowsecurity"
    )
    every = {table for table, _ in tables()}
    assert every - walled - set(UNWALLED) == set(), "wall it in its migration"
    assert (set(UNWALLED) & walled) | (set(UNWALLED) - every) == set(), "no longer an exception"


@pytest.mark.django_db
def test_nothing_walled_is_seen_without_a_scope() -> None:
    for table in in_database("SELECT tablename::text FROM pg_policies WHERE schemaname = 'public'"):
        assert in_database(f'SELECT 1 FROM "{table}" LIMIT 1') == set(), table


@pytest.mark.django_db
def test_every_row_written_names_its_columns_alike() -> None:
    """The wall reads `place_code` and `household_id`: a walled table has at least the first."""
    walled = in_database("SELECT tablename::text FROM pg_policies WHERE schemaname = 'public'")
    placed = in_database("SELECT table_name::text FROM information_schema.columns WHERE column_name = 'place_code'")
    assert walled - placed == set()


@pytest.mark.parametrize(("table", "model"), list(tables()), ids=[table for table, _ in tables()])
def test_keys_point_downward(table: str, model: type[Any]) -> None:
    label = model._meta.app_label
    if label not in LAYERS:
        return
    for field in model._meta.get_fields():
        if field.is_relation and field.concrete:
            to = field.related_model._meta.app_label
            assert to in LAYERS, field
            assert LAYERS.index(to) <= LAYERS.index(label), field


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=1, skip_checks=True)


@pytest.mark.django_db
def test_money_is_whole_fen() -> None:
    floats = in_database(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND (column_name LIKE '%amount%' OR column_name LIKE '%fen%' OR column_name LIKE '%budget%')"
        " AND data_type NOT IN ('bigint', 'ARRAY')"
    )
    assert floats == set()
