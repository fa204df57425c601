"""The database's own statistics of the register, renewed by whoever has just filled it."""

from __future__ import annotations

from django.db import connection

# Only a table's owner may have it analysed, and neither the application nor the engine owns one: to them ANALYZE says
# no more than a warning. The server's own turn comes only after what was written is committed.
FUNCTION = """
CREATE FUNCTION register_analyze() RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE register_household, register_residence, register_person, register_membership, register_pairing,
        register_item, register_statement, register_belief, places_place;
END $$;
"""
DROP_FUNCTION = "DROP FUNCTION register_analyze();"


def analyze() -> None:
    """Let the database count the register as it is in this transaction, so that what follows in it is planned well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT register_analyze()")


__all__ = ["DROP_FUNCTION", "FUNCTION", "analyze"]
