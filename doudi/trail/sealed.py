"""Which tables are sealed, and the exact text of a row that is hashed.

The text is `table/form` and a line feed, then PostgreSQL's own text of the record of the form's columns (UTC, ISO days,
bytea in hexadecimal). A form is a list of columns, written down when a table first has it: a column added later makes a
new form, and rows sealed before keep theirs. Columns that a merger may re-stamp are in no form.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from psycopg import sql

SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}


class Sealed(models.Model):
    """A table whose rows are sealed: written by migrations (`audit.append_only`, `audit.sealed`) alone."""

    id = models.SmallAutoField(primary_key=True)
    table = models.CharField(max_length=63, unique=True)
    key = models.CharField(max_length=63)
    omitted = ArrayField(models.CharField(max_length=63), default=list)

    class Meta:
        db_table = "trail_sealed"


class Form(models.Model):
    """The columns of a table's rows that are hashed, in order."""

    id = models.SmallAutoField(primary_key=True)
    table = models.CharField(max_length=63)
    columns = ArrayField(models.CharField(max_length=63))

    class Meta:
        db_table = "trail_form"


@dataclass(frozen=True, slots=True)
class Source:
    """A sealed table as the sealer reads it, in the form its rows have today."""

    number: int
    table: str
    key: str
    form: int
    columns: tuple[str, ...]

    def text(self) -> sql.Composable:
        """The SQL for the text of a row of alias `t`."""
        return text_of(self.columns)


def text_of(columns: tuple[str, ...]) -> sql.Composable:
    """The SQL for the record of some columns of alias `t`, as text."""
    named = sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(name)) for name in columns)
    return sql.SQL("ROW({})::text").format(named)


def entry(salt: bytes, table: str, form: int, text: str) -> bytes:
    """What the hash of a leaf is over: without the salt a short text could be found by trying."""
    return salt + f"{table}/{form}\n{text}".encode()


def settle() -> None:
    """Let the database write rows in the one way that is hashed, until the transaction ends."""
    with connection.cursor() as cursor:
        for name, value in SETTINGS.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def sources() -> list[Source]:
    """Every sealed table, in the order of its number; a table in a new shape gets a new form."""
    return [_source(each) for each in Sealed.objects.order_by("id") if columns_of(each)]


def _source(each: Sealed) -> Source:
    columns = columns_of(each)
    form = Form.objects.filter(table=each.table).order_by("-id").first()
    if form is None or tuple(form.columns) != columns:
        form = Form.objects.create(table=each.table, columns=list(columns))
    return Source(each.pk, each.table, each.key, form.pk, columns)


def columns_of(each: Sealed) -> tuple[str, ...]:
    """The columns that would be hashed today; none where the table is not there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
            " AND NOT attisdropped AND attname <> ALL (%s) ORDER BY attnum",
            [each.table, each.omitted],
        )
        return tuple(name for (name,) in cursor.fetchall())


# `trail_seal` gives a table the number of the transaction that wrote each row, which tells when a row can be sealed.
FUNCTIONS = """
CREATE FUNCTION trail_seal(named text, omitting text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    identity text := (
        SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = named::regclass AND i.indisprimary AND i.indnkeyatts = 1);
BEGIN
    IF EXISTS (SELECT FROM trail_sealed WHERE "table" = named) THEN
        RETURN;
    END IF;
    IF identity IS NULL THEN
        RAISE EXCEPTION '% has no primary key of one column: its rows cannot be named in the log', named;
    END IF;
    EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS transaction bigint NOT NULL'
                   ' DEFAULT pg_current_xact_id()::text::bigint', named);
    EXECUTE format('CREATE INDEX %I ON %I (transaction)', named || '_transaction', named);
    INSERT INTO trail_sealed ("table", key, omitted) VALUES (named, identity, omitting);
END $$;
"""
DROP_FUNCTIONS = "DROP FUNCTION trail_seal(text, text[]);"

# What was append-only before there was a seal. A table whose UPDATE is not refused outright has re-stamped columns.
SEAL_ALL = """
SELECT trail_seal(found.named, CASE WHEN found.whole THEN '{}'::text[] ELSE '{place_code,household_id}'::text[] END)
FROM (
    SELECT c.relname::text AS named, bool_or(g.tgname = 'trail_append_only' AND g.tgtype & 16 <> 0) AS whole
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace
        AND (g.tgname = 'trail_append_only' OR g.tgname = 'policy_decision_stays')
    GROUP BY c.relname
) AS found
ORDER BY found.named;
"""
CLOSE = "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON trail_sealed FROM doudi_app, doudi_engine;"
OPEN = "GRANT INSERT, UPDATE, DELETE ON trail_sealed TO doudi_app, doudi_engine;"
