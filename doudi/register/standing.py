"""How the database keeps statements as they were said: migration operations."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

FUNCTIONS = """
CREATE FUNCTION register_statement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'place_code' - 'household_id' IS DISTINCT FROM to_jsonb(NEW) - 'place_code' - 'household_id' THEN
        RAISE EXCEPTION 'UPDATE of % is refused: what was said is never changed', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege', HINT = 'Record another statement (doudi.register.statements).';
    END IF;
    RETURN NEW;
END $$;
"""
DROP_FUNCTIONS = "DROP FUNCTION register_statement_stays();"


def statements_stay() -> RunSQL:
    """Refuse DELETE, TRUNCATE and every UPDATE of a statement but the re-stamping of the wall's two columns."""
    table = "register_statement"
    return RunSQL(
        f"CREATE TRIGGER trail_append_only BEFORE DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();"
        f"CREATE TRIGGER register_stays BEFORE UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION register_statement_stays();",
        f"DROP TRIGGER register_stays ON {table}; DROP TRIGGER trail_append_only ON {table};",
    )
