"""Who changed what: written by the database itself, so that no way of writing goes around it.

`protect` and `append_only` are migration operations; each names the table, which exists by then.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.migrations.operations import RunSQL

from doudi.trail.commands import Command


class Entry(models.Model):
    """One change of one row, as the trigger wrote it. The application can read it and never write it."""

    OPERATIONS = [("I", "insert"), ("U", "update"), ("D", "delete")]

    id = models.BigAutoField(primary_key=True)
    transaction = models.BigIntegerField()
    at = models.DateTimeField()
    command = models.ForeignKey(Command, on_delete=models.PROTECT, null=True, db_constraint=False, related_name="+")
    actor = models.CharField(max_length=150)
    table = models.CharField(max_length=63)
    operation = models.CharField(max_length=1, choices=OPERATIONS)
    row = models.CharField(max_length=100)
    place_code = models.CharField(max_length=12, blank=True, default="")
    household_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        db_table = "trail_entry"
        indexes = [
            models.Index(fields=["table", "row"], name="trail_entry_of_row"),
            models.Index(fields=["household_id", "id"], name="trail_entry_of_household"),
            BrinIndex(fields=["at"], name="trail_entry_of_day"),
        ]


def protect(table: str, *, key: str = "id", household: str = "household_id", omit: tuple[str, ...] = ()) -> RunSQL:
    """Record every change of `table`, which is refused unless an actor is set.

    What one statement puts in is recorded by one statement, once the migration that brings this is there; until then
    row by row, and that migration finds the table itself. `key` names the column that identifies a row, `household` the
    one that says whose it is (if the table has it), `omit` the columns kept out of the record.
    """
    arguments = ", ".join(f"'{word}'" for word in (key, household, *omit))
    return RunSQL(
        f"CREATE TRIGGER trail_protect AFTER INSERT OR UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION trail_record({arguments});"
        f"CREATE TRIGGER trail_no_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();"
        "DO $$ BEGIN IF to_regprocedure('trail_record_together(text)') IS NOT NULL THEN"
        f" PERFORM trail_record_together('{table}'); END IF; END $$;",
        f"DROP TRIGGER trail_no_truncate ON {table}; DROP TRIGGER trail_protect ON {table};"
        f"DROP TRIGGER IF EXISTS trail_protect_insert ON {table};",
    )


def append_only(table: str, *, sealed: bool = True) -> RunSQL:
    """Refuse every UPDATE, DELETE and TRUNCATE of `table`: what stands there stays, and is sealed."""
    return RunSQL(
        f"CREATE TRIGGER trail_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();" + (seal(table) if sealed else ""),
        f"DROP TRIGGER trail_append_only ON {table};" + (unseal(table) if sealed else ""),
    )


def seal(table: str, *, omit: tuple[str, ...] = ()) -> str:
    """The SQL that has the rows of `table` sealed, all columns but `omit`. Before there is a seal it does nothing.

    Then the migration that brings the seal finds the table itself.
    """
    omitted = "{" + ",".join(omit) + "}"
    return (
        "DO $$ BEGIN IF to_regprocedure('trail_seal(text, text[])') IS NOT NULL THEN"
        f" PERFORM trail_seal('{table}', '{omitted}'); END IF; END $$;"
    )


def unseal(table: str) -> str:
    """The SQL that undoes `seal`, for a table that is dropped."""
    return (
        "DO $$ BEGIN IF to_regclass('trail_sealed') IS NOT NULL THEN"
        f""" DELETE FROM trail_sealed WHERE "table" = '{table}'; END IF; END $$;"""
    )


FUNCTIONS = """
CREATE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: what was recorded is never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION trail_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text := nullif(current_setting('doudi.actor', true), '');
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    shown jsonb := coalesce(new_row, old_row);
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION '% of % is refused: no one is named as doing it', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Change it through a command (doudi.trail.commands.carry_out).';
    END IF;
    INSERT INTO trail_entry (transaction, at, command_id, actor, "table", operation, "row",
                             place_code, household_id, before, after)
    VALUES (pg_current_xact_id()::text::bigint, clock_timestamp(),
            nullif(current_setting('doudi.command', true), '')::uuid, who, TG_TABLE_NAME, left(TG_OP, 1),
            shown->>TG_ARGV[0], coalesce(shown->>'place_code', ''), (shown->>TG_ARGV[1])::bigint,
            old_row - TG_ARGV[2:], new_row - TG_ARGV[2:]);
    RETURN NULL;
END $$;
"""

# A row that is put in has no earlier state to be paired with, so all of a statement's are recorded at once: a tenth of
# the time of a call a row. An update may change the very key its rows would be paired by, so it stays with each row.
TOGETHER = """
CREATE FUNCTION trail_record_inserted() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text := nullif(current_setting('doudi.actor', true), '');
BEGIN
    IF who IS NULL AND EXISTS (SELECT FROM written) THEN
        RAISE EXCEPTION '% of % is refused: no one is named as doing it', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Change it through a command (doudi.trail.commands.carry_out).';
    END IF;
    INSERT INTO trail_entry (transaction, at, command_id, actor, "table", operation, "row",
                             place_code, household_id, before, after)
    SELECT pg_current_xact_id()::text::bigint, clock_timestamp(),
        nullif(current_setting('doudi.command', true), '')::uuid, who, TG_TABLE_NAME, 'I',
        shown->>TG_ARGV[0], coalesce(shown->>'place_code', ''), (shown->>TG_ARGV[1])::bigint,
        NULL, shown - TG_ARGV[2:]
    FROM (SELECT to_jsonb(w) AS shown FROM written w OFFSET 0) AS each_row;
    RETURN NULL;
END $$;

CREATE FUNCTION trail_record_together(named text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    given text := (
        SELECT substring(pg_get_triggerdef(oid) FROM 'trail_record[(](.*)[)]$') FROM pg_trigger
        WHERE tgname = 'trail_protect' AND tgrelid = named::regclass);
BEGIN
    EXECUTE format('DROP TRIGGER trail_protect ON %1$s;'
        'CREATE TRIGGER trail_protect AFTER UPDATE OR DELETE ON %1$s'
        ' FOR EACH ROW EXECUTE FUNCTION trail_record(%2$s);'
        'CREATE TRIGGER trail_protect_insert AFTER INSERT ON %1$s REFERENCING NEW TABLE AS written'
        ' FOR EACH STATEMENT EXECUTE FUNCTION trail_record_inserted(%2$s);', named::regclass, given);
END $$;
"""
DROP_TOGETHER = "DROP FUNCTION trail_record_together(text); DROP FUNCTION trail_record_inserted();"
TOGETHER_ALL = """
SELECT trail_record_together(tgrelid::regclass::text) FROM pg_trigger WHERE tgname = 'trail_protect' ORDER BY tgrelid;
"""
APART_ALL = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT tgrelid::regclass AS named, substring(pg_get_triggerdef(oid) FROM '[(](.*)[)]$') AS given
        FROM pg_trigger WHERE tgname = 'trail_protect' LOOP
        EXECUTE format('DROP TRIGGER trail_protect_insert ON %1$s; DROP TRIGGER trail_protect ON %1$s;'
            'CREATE TRIGGER trail_protect AFTER INSERT OR UPDATE OR DELETE ON %1$s'
            ' FOR EACH ROW EXECUTE FUNCTION trail_record(%2$s);', found.named, found.given);
    END LOOP;
END $$;
"""

DROP_FUNCTIONS = "DROP FUNCTION trail_record(); DROP FUNCTION trail_refuse();"

CLOSE_ENTRIES = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON trail_entry FROM doudi_app, doudi_engine;
"""
OPEN_ENTRIES = "GRANT INSERT, UPDATE, DELETE ON trail_entry TO doudi_app, doudi_engine;"
