"""How the database keeps statements as they were said and spans apart: migration operations."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

from doudi.trail import audit

FUNCTIONS = """
CREATE FUNCTION register_statement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'place_code' - 'household_id' IS DISTINCT FROM to_jsonb(NEW) - 'place_code' - 'household_id' THEN
        RAISE EXCEPTION 'UPDATE of % is refused: what was said is never changed', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege', HINT = 'Record another statement (doudi.register.statements).';
    END IF;
    RETURN NEW;
END $$;

-- Arguments: the table whose rows own the spans, then the columns that must be the same, the owner's first. The owners
-- are locked before the look, so that of two writers at once the second sees what the first has written.
CREATE FUNCTION register_spans_apart() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    same text := (SELECT string_agg(format('s.%1$I = w.%1$I', name), ' AND ') FROM unnest(TG_ARGV[1:]) AS name);
    clash record;
BEGIN
    EXECUTE format(
        'SELECT FROM %I WHERE id IN (SELECT %I FROM written) ORDER BY id FOR NO KEY UPDATE', TG_ARGV[0], TG_ARGV[1]);
    EXECUTE format(
        'SELECT w.%I AS owner, w.from_day FROM written w JOIN %I s ON %s AND s.id <> w.id'
        ' AND daterange(s.from_day, s.until_day) && daterange(w.from_day, w.until_day) LIMIT 1',
        TG_ARGV[1], TG_TABLE_NAME, same) INTO clash;
    IF clash.owner IS NOT NULL THEN
        RAISE EXCEPTION 'a span of % violates "one at a time": that of % % from % overlaps another',
            TG_TABLE_NAME, TG_ARGV[0], clash.owner, clash.from_day USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$;
"""
DROP_FUNCTIONS = "DROP FUNCTION register_spans_apart(); DROP FUNCTION register_statement_stays();"


def apart(table: str, owners: str, *same: str) -> list[RunSQL]:
    """Let no two spans of `table` with the same columns share a day; the first column names a row of `owners`.

    An exclusion constraint would say the same and cost a tenth of a millisecond a row: ten seconds of a large load.
    """
    given = ", ".join(f"'{word}'" for word in (owners, *same))
    return [
        RunSQL(
            f"CREATE TRIGGER register_apart_{event.lower()} AFTER {event} ON {table} REFERENCING NEW TABLE AS written"
            f" FOR EACH STATEMENT EXECUTE FUNCTION register_spans_apart({given});",
            f"DROP TRIGGER register_apart_{event.lower()} ON {table};",
        )
        for event in ("INSERT", "UPDATE")
    ]


def statements_stay() -> RunSQL:
    """Refuse DELETE, TRUNCATE and every UPDATE of a statement but the re-stamping of the wall's two columns."""
    return stays("register_statement")


def stays(table: str) -> RunSQL:
    """The same for another table that is only ever added to and whose rows follow moves and mergers."""
    return RunSQL(
        f"CREATE TRIGGER trail_append_only BEFORE DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();"
        f"CREATE TRIGGER register_stays BEFORE UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION register_statement_stays();"
        + audit.seal(table, omit=("place_code", "household_id")),
        f"DROP TRIGGER register_stays ON {table}; DROP TRIGGER trail_append_only ON {table};",
    )
