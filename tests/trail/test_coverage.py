"""Every change of every protected table is recorded, whichever way it is written; the tables come from the database.

A table somebody adds is tried too. It needs a row: the small demo county has one, or one is made up by the types of its
columns, or `SAMPLES` gives the columns that must make sense.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from psycopg.errors import FeatureNotSupported

from doudi.access.scope import as_engine
from doudi.trail.audit import Entry
from doudi.trail.commands import carry_out

SAMPLES: dict[str, dict[str, Any]] = {}
Write = Callable[[type[models.Model], Any], None]


def protected() -> list[str]:
    """The tables with a model whose migrations call `audit.protect`: read from the migrations, before a database is."""
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.operations import RunSQL

    known = {model._meta.db_table for model in apps.get_models()}
    found = set()
    for migration in MigrationLoader(None).disk_migrations.values():
        for operation in migration.operations:
            if isinstance(operation, RunSQL) and "CREATE TRIGGER trail_protect" in str(operation.sql):
                found.add(str(operation.sql).split(" ON ")[1].split(" ")[0])
    return sorted(found & known)


TABLES = protected()
MODELS = {model._meta.db_table: model for model in apps.get_models()}


def test_the_tables_are_those_the_database_protects(county: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'trail_protect' ORDER BY 1")
        assert [table for (table,) in cursor.fetchall() if table in MODELS] == TABLES
    assert len(TABLES) >= 12


@pytest.fixture(scope="module")
def county(module_database: str, cluster: Any, django_db_blocker: Any) -> Iterator[None]:
    """A demo county of few households, and a row in every table it leaves empty."""
    from doudi.facts.vocabulary import load
    from doudi.register.demo import loading

    with django_db_blocker.unblock():
        loading.load(load(), households=60)
        with cluster.connect("postgres", module_database) as administrator:
            administrator.execute("SET session_replication_role = replica")
            for table in TABLES:
                if not administrator.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone():
                    _make_up(administrator, table)
        yield


def _written(model: type[models.Model]) -> list[Any]:
    """The columns that are written, not worked out by the database."""
    return [field for field in model._meta.local_fields if not getattr(field, "generated", False)]


def _make_up(administrator: Any, table: str) -> None:
    checks = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass"
    for (check,) in administrator.execute(checks, [table]).fetchall():  # not what is tried here
        administrator.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{check}"')
    guards = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgname !~ '^trail_'"
    for (guard,) in administrator.execute(guards, [table]).fetchall():
        administrator.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER "{guard}"')
    fields = [field for field in _written(MODELS[table]) if not isinstance(field, models.AutoField)]
    values = {field.column: _value(field) for field in fields} | SAMPLES.get(table, {})
    columns, marks = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
    administrator.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', list(values.values()))


MADE: dict[Any, Any] = {
    models.JSONField: "{}",
    models.DateField: datetime.date(2020, 2, 27),  # of which a DateTimeField is one
    models.BooleanField: False,
    models.UUIDField: "00000000-0000-0000-0000-000000000001",
    models.BinaryField: b"x",
}


def _value(field: Any) -> Any:
    """Something of the field's type, as text that PostgreSQL reads."""
    if field.null:
        return None
    if field.is_relation and isinstance(field.target_field, models.UUIDField):
        return _value(field.target_field)
    if field.has_default() and not callable(field.default):
        return field.get_default()
    for kind, made in MADE.items():
        if isinstance(field, kind):
            return made
    if "Array" in type(field).__name__:
        return []
    if isinstance(field, models.CharField | models.TextField):
        return field.choices[0][0] if field.choices else "510921110212" if "place_code" in field.column else "x"
    return 1


def _raw(query: str) -> Write:
    """SQL with {table}, {key}, {columns} (quoted) and {same}: the key set to itself."""

    def write(model: type[models.Model], row: Any) -> None:
        key = model._meta.pk.column  # type: ignore[union-attr]
        columns = ", ".join(f'"{field.column}"' for field in _written(model))
        words = {"table": model._meta.db_table, "key": f'"{key}"', "columns": columns, "same": f'"{key}" = "{key}"'}
        with connection.cursor() as cursor:
            cursor.execute(query.format(**words).replace("%", "%%").replace("PK", "%s"), [row.pk] * query.count("PK"))

    return write


def _take_out(model: type[models.Model], row: Any) -> None:
    """Delete, so that the row can be put in again."""
    _raw("CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT {columns} FROM {table} WHERE {key} = PK")(model, row)
    _raw("DELETE FROM {table} WHERE {key} = PK")(model, row)


def _copy(model: type[models.Model], row: Any) -> None:
    columns = ", ".join(f'"{field.column}"' for field in _written(model))
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT {columns} FROM kept) TO STDOUT") as out:
            text = b"".join(bytes(part) for part in out)
        with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as into:
            into.write(text)


UPDATES: dict[str, Write] = {
    "save": lambda model, row: row.save(),
    "bulk_update": lambda model, row: model._base_manager.bulk_update([row], [_plain(model)]) and None,  # type: ignore[func-returns-value]
    "queryset.update": lambda model, row: (
        model._base_manager.filter(pk=row.pk).update(**{_plain(model): getattr(row, _plain(model))}) and None  # type: ignore[func-returns-value]
    ),
    "raw UPDATE": _raw("UPDATE {table} SET {same} WHERE {key} = PK"),
    "ON CONFLICT": _raw(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE {key} = PK"
        " ON CONFLICT ({key}) DO UPDATE SET {key} = excluded.{key}"
    ),
}
INSERTS: dict[str, Write] = {
    "save": lambda model, row: row.save(force_insert=True),
    "bulk_create": lambda model, row: model._base_manager.bulk_create([row]) and None,  # type: ignore[func-returns-value]
    "raw INSERT": _raw("INSERT INTO {table} ({columns}) SELECT {columns} FROM kept"),
    "COPY": _copy,
}


def _plain(model: type[models.Model]) -> str:
    """A field that is not the key."""
    return next(field.attname for field in model._meta.local_fields if not field.primary_key and not field.is_relation)


def row_of(table: str) -> Any:
    row = MODELS[table]._base_manager.order_by("-pk").first()
    assert row is not None, f"give SAMPLES a row of {table}"
    return row


def content(table: str, pk: Any) -> dict[str, Any]:
    """The row as the database sees it, without what its trail leaves out."""
    import orjson

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgargs FROM pg_trigger WHERE tgname = 'trail_protect' AND tgrelid = %s::regclass", [table]
        )
        arguments = bytes(cursor.fetchone()[0]).decode().split("\0")[:-1]
        key = MODELS[table]._meta.pk.column  # type: ignore[union-attr]
        cursor.execute(f'SELECT to_jsonb(t) - %s::text[] FROM "{table}" t WHERE "{key}" = %s', [arguments[2:], pk])
        return dict(orjson.loads(cursor.fetchone()[0]))


def walled(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
        return bool(cursor.fetchone()[0])


def stays(table: str, bit: int) -> bool:
    """Whether the table refuses every UPDATE (16) or DELETE (8): then there is no such change to record."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'trail_append_only' AND tgrelid = %s::regclass"
            " AND tgtype & %s <> 0)",
            [table, bit],
        )
        return bool(cursor.fetchone()[0])


def entries(table: str) -> list[Entry]:
    return list(Entry.objects.filter(table=table).order_by("id"))


class Undone(Exception):
    """The end of a trial."""


@pytest.mark.parametrize("way", UPDATES)
@pytest.mark.parametrize("table", TABLES)
def test_an_update_is_recorded(county: None, table: str, way: str) -> None:
    with pytest.raises(Undone), transaction.atomic(), as_engine(), carry_out("tried", by="li") as act:
        row, known = row_of(table), len(entries(table))
        before = content(table, row.pk)
        if stays(table, 16):
            with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                UPDATES[way](MODELS[table], row)
            assert len(entries(table)) == known
            raise Undone
        UPDATES[way](MODELS[table], row)
        made = entries(table)[known:]
        assert [(e.operation, e.row, e.actor, e.command_id) for e in made] == [("U", str(row.pk), "li", act.id)]
        assert (made[0].before, made[0].after) == (before, content(table, row.pk))
        raise Undone


@pytest.mark.parametrize("way", INSERTS)
@pytest.mark.parametrize("table", TABLES)
def test_an_insert_and_a_delete_are_recorded(county: None, table: str, way: str) -> None:
    with pytest.raises(Undone), transaction.atomic(), as_engine(), carry_out("tried", by="li"):
        row, known = row_of(table), len(entries(table))
        before = content(table, row.pk)
        if stays(table, 8):
            with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                _take_out(MODELS[table], row)
            assert len(entries(table)) == known
            raise Undone
        _take_out(MODELS[table], row)
        if way == "COPY" and walled(table):  # past a wall nothing is copied at all
            with pytest.raises(FeatureNotSupported, match="row-level security"), transaction.atomic():
                INSERTS[way](MODELS[table], row)
            raise Undone
        INSERTS[way](MODELS[table], row)
        made = entries(table)[known:]
        assert [(e.operation, e.row, e.actor) for e in made] == [(o, str(row.pk), "li") for o in "DI"]
        assert (made[0].before, made[0].after) == (before, None)
        assert (made[1].before, made[1].after) == (None, content(table, row.pk))
        raise Undone


@pytest.mark.parametrize("engine", [False, True])
@pytest.mark.parametrize("table", TABLES)
def test_nobody_changes_it_unnamed_or_past_the_triggers(county: None, table: str, engine: bool) -> None:
    key = MODELS[table]._meta.pk.column  # type: ignore[union-attr]
    statements = [
        f'TRUNCATE "{table}" CASCADE',
        f'ALTER TABLE "{table}" DISABLE TRIGGER trail_protect',
        f'ALTER TABLE "{table}" DISABLE TRIGGER ALL',
        f'DROP TRIGGER trail_protect ON "{table}"',
        f'ALTER TABLE "{table}" ADD COLUMN other int',
        f'CREATE RULE past AS ON UPDATE TO "{table}" DO INSTEAD NOTHING',
    ]
    unnamed = [f'UPDATE "{table}" SET "{key}" = "{key}"', f'DELETE FROM "{table}"']
    for statement in statements + (unnamed if engine else []):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            if engine:
                cursor.execute("SET LOCAL ROLE doudi_engine")
            cursor.execute(statement)


@pytest.mark.parametrize("role", ["doudi_app", "doudi_engine", "doudi_owner"])
def test_what_is_append_only_stays_for_every_role(county: None, cluster: Any, module_database: str, role: str) -> None:
    """Whatever role the application can take, and the owner: only who switches triggers off gets past."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'trail_append_only'")
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'register_stays'")
        follows = {table for (table,) in cursor.fetchall()}  # re-stamped by a merger; the next test says how little
    assert len(tables) >= 10
    login = "doudi_app" if role == "doudi_engine" else role
    with cluster.connect(login, module_database) as other:
        if role == "doudi_engine":
            other.execute("SET ROLE doudi_engine")
        for table in tables:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", [table]
                )
                (column,) = cursor.fetchone()
            updates = [f'UPDATE "{table}" SET "{column}" = "{column}"'] if table not in follows else []
            for statement in [*updates, f'DELETE FROM "{table}"', f'TRUNCATE "{table}" CASCADE']:
                with pytest.raises(Exception, match=r"refused|denied"):
                    other.execute(statement)


def test_a_statement_and_a_decision_keep_all_but_where_they_belong(county: None) -> None:
    statement = "UPDATE register_statement SET {} WHERE id = (SELECT min(id) FROM register_statement)"
    for change in ("source = 'household'", "facts = '{}'", "recorded_at = now()", "transaction = 1"):
        with (
            pytest.raises(DatabaseError, match="refused"),
            transaction.atomic(),
            as_engine(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(change))
    with transaction.atomic(), as_engine(), connection.cursor() as cursor:
        cursor.execute(statement.format("place_code = place_code, household_id = household_id"))
        assert cursor.rowcount == 1
