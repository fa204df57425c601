"""What one reader may see, as the database understands it: row-level security, the second wall.

A scope is three sets, and empty means nothing; a bank narrows it. It holds until the transaction ends. `wall` is a
migration operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.migrations.operations import RunSQL
from psycopg.pq import TransactionStatus

from doudi.trail import prepared
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

ENGINE = "doudi_engine"
_DEPTH = "doudi_engine"  # on the connection of this thread: whether it is the engine now
SETTINGS = ("doudi.places", "doudi.households", "doudi.measures", "doudi.bank")


@dataclass(frozen=True, slots=True)
class Scope:
    """Place prefixes (6, 9 or 12 digits), household ids, measures; `bank` limits who is of one bank alone to its loans.

    Tables say for themselves what is another bank's; an empty `bank` is limited by none.
    """

    places: frozenset[str] = frozenset()
    households: frozenset[int] = frozenset()
    measures: frozenset[str] = frozenset()
    bank: str = ""

    def __post_init__(self) -> None:
        for code in self.places:
            if not is_prefix(code):
                raise Refusal(f"“{code}”不是区划代码。", f"“{code}” is no division code.")

    def covers(self, place_code: str, household_id: int | None = None) -> bool:
        """Whether a row of that place and household is seen; the same rule as the wall's."""
        prefixes = {place_code[:6], place_code[:9], place_code[:12]}
        return household_id in self.households or any(is_prefix(p) and p in self.places for p in prefixes)

    def settings(self) -> tuple[str, ...]:
        """The three sets and the bank as the database reads them."""
        return (
            ",".join(sorted(self.places)),
            ",".join(str(number) for number in sorted(self.households)),
            ",".join(sorted(self.measures)),
            self.bank,
        )


NOTHING = Scope()


@contextmanager
def enter(scope: Scope) -> Iterator[None]:
    """See what `scope` covers, inside a transaction; afterwards what was seen before."""
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS))
        before = cursor.fetchone()
    _set(scope.settings())
    try:
        yield
    finally:
        if not _broken():
            _set(before)


def _set(values: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS), values)


@contextmanager
def as_engine() -> Iterator[None]:
    """See the whole county, as an evaluation must: inside a transaction, for its own statements alone.

    Who is the engine already stays it, without asking the database: a batch of a telephone is it some dozen times.
    """
    _require_transaction()
    if getattr(connection, _DEPTH, 0):
        yield
        return
    before = prepared.ask(_BECOME, [ENGINE]).rows[0][0]
    setattr(connection, _DEPTH, 1)
    try:
        yield
    finally:
        setattr(connection, _DEPTH, 0)
        if not _broken():
            prepared.ask(_BE, [ENGINE if before == ENGINE else "none"])


@contextmanager
def past_wall() -> Iterator[None]:
    """The same for what only reads: in the transaction there is, without a savepoint, or in one of its own."""
    with nullcontext() if connection.in_atomic_block else transaction.atomic(), as_engine():
        yield


def own_bank() -> str:
    """The bank what is read now is limited to; empty for who is of none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('doudi.bank', true), '')")
        return str(cursor.fetchone()[0])


# SET LOCAL ROLE, and who one was before, in one statement: it is asked some dozen times for one batch of a telephone.
_BECOME = """
WITH before AS MATERIALIZED (SELECT current_user::text AS name)
SELECT before.name, set_config('role', %s::text, true) FROM before
"""
_BE = "SELECT set_config('role', %s::text, true)"


def may_be_engine() -> bool:
    """Whether the role we are connected with may take the engine's part; the owner of the tables may not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [ENGINE])
        return bool(cursor.fetchone()[0])


def _broken() -> bool:
    """Whether the transaction has failed: it takes no more statements, and its rollback undoes what was set."""
    return connection.needs_rollback or connection.connection.info.transaction_status == TransactionStatus.INERROR


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("a scope lives in a transaction: open one first (django.db.transaction.atomic)")


def wall(
    table: str, *, place: str | None = "place_code", household: str | None = "household_id", measure: str | None = None
) -> RunSQL:
    """Let the application see and write only rows of `table` within the scope. Name the columns the table has.

    A row is within it by its place or by its household; where `measure` is named, by its measure as well (a scope
    without measures is not limited by them).
    """
    ways = [f"left({place}, {n}) = ANY ((SELECT doudi_places())::text[])" for n in (12, 9, 6) if place]
    if household:
        ways.append(f"{household} = ANY ((SELECT doudi_households())::bigint[])")
    rule = "(" + " OR ".join(ways) + ")"
    if measure:
        rule += f" AND ((SELECT doudi_measures()) = '{{}}' OR {measure} = ANY ((SELECT doudi_measures())::text[]))"
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY doudi_scope ON {table} TO doudi_app USING ({rule}) WITH CHECK ({rule});"
        f"CREATE POLICY doudi_engine ON {table} TO doudi_engine USING (true) WITH CHECK (true);"
        f"CREATE POLICY doudi_owner ON {table} TO doudi_owner USING (true) WITH CHECK (true);",
        f"DROP POLICY doudi_scope ON {table}; DROP POLICY doudi_engine ON {table}; DROP POLICY doudi_owner ON {table};"
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


FUNCTIONS = """
CREATE FUNCTION doudi_places() RETURNS text[] LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
    SELECT coalesce(array_agg(code), '{}') FROM unnest(string_to_array(current_setting('doudi.places', true), ',')) code
    WHERE code ~ '^[0-9]{6}([0-9]{3}){0,2}$'
$$;
CREATE FUNCTION doudi_households() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
    SELECT coalesce(array_agg(id::bigint), '{}')
    FROM unnest(string_to_array(current_setting('doudi.households', true), ',')) id WHERE id ~ '^[0-9]{1,18}$'
$$;
CREATE FUNCTION doudi_measures() RETURNS text[] LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
    SELECT coalesce(array_agg(name), '{}')
    FROM unnest(string_to_array(current_setting('doudi.measures', true), ',')) name WHERE name <> ''
$$;
"""
DROP_FUNCTIONS = "DROP FUNCTION doudi_measures(); DROP FUNCTION doudi_households(); DROP FUNCTION doudi_places();"
