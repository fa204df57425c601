"""Erasures: what a law demands to be forgotten goes with its salt, and the log still holds.

The body of one row goes; who acted, when and on what stays. The leaf keeps its hash, so the tree is as it was signed;
without the salt nobody can find the body by trying. Two persons put their names to it, and the signed record is itself
in the log. The database erases only what such a record names, in the transaction that writes it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection, models

from doudi.trail import signing
from doudi.trail.commands import carry_out
from doudi.trail.heads import Key
from doudi.trail.sealed import Sealed
from doudi.trail.sealing import Leaf
from doudi.values.refusals import Refusal

LONGEST_REASON = 500
# The columns that hold what was said of a person, by table. Whatever else a sealed row holds stays.
BODIES = {"trail_entry": ("before", "after"), "register_statement": ("facts", "evidence")}


class Erasure(models.Model):
    """The body of `row` of `table`, at `position` of the log, was erased. `text` is what was signed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    table = models.CharField(max_length=63)
    row = models.CharField(max_length=100)
    position = models.BigIntegerField(unique=True)
    reason = models.CharField(max_length=LONGEST_REASON)
    first = models.CharField(max_length=150)
    second = models.CharField(max_length=150)
    text = models.TextField()
    signature = models.BinaryField()
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "trail_erasure"
        constraints = [
            models.CheckConstraint(condition=~models.Q(first=models.F("second")), name="trail_erasure_two_persons"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="trail_erasure_has_reason"),
            models.CheckConstraint(condition=models.Q(table__in=list(BODIES)), name="trail_erasure_of_a_body"),
        ]


def erase(table: str, row: str, reason: str, *, first: str, second: str, now: datetime) -> Erasure:
    """Erase the body of a sealed row, as the engine. `first` and `second` have both shown who they are.

    Raises Refusal where they are one, no reason is given, the row is of another table, not sealed, or erased already.
    """
    said = " ".join(reason.split())
    _check_given(said, first, second)
    leaf, signer = _leaf(table, row), signing.present()
    if signer is None or not Key.objects.filter(pk=signer.id).exists():
        raise Refusal("本机没有签署日志的私钥,不能抹除。", "This home has not the key that signs the log.", "key")
    lines = {"position": leaf.position, "table": table, "row": row, "first": first, "second": second, "reason": said}
    lines |= {"time": now.astimezone(UTC).isoformat(timespec="seconds"), "alg": signer.alg, "key": signer.id}
    text = "\n".join(["doudi trail erasure", *(f"{name} {value}" for name, value in lines.items()), ""])
    with carry_out("trail.erasures.erase", by=first, payload=lines) as act:
        made = Erasure.objects.create(
            at=now,
            table=table,
            row=row,
            position=leaf.position,
            reason=said,
            first=first,
            second=second,
            text=text,
            signature=signer.sign(text.encode()),
            key_id=signer.id,
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT trail_erase(%s)", [made.pk])
        act.result = {"erasure": made.pk, "position": leaf.position}
    return made


def _check_given(reason: str, first: str, second: str) -> None:
    if first == second:
        raise Refusal("须由两个不同的人共同确认。", "Two different persons must confirm it.", "second")
    if not 1 < len(reason) <= LONGEST_REASON:
        raise Refusal(
            f"请写明依据和原因(2–{LONGEST_REASON} 字)。",
            f"Give the ground and the reason (2 to {LONGEST_REASON} letters).",
            "reason",
        )


def _leaf(table: str, row: str) -> Leaf:
    """The leaf of a row whose body can go."""
    if table not in BODIES:
        listed = ", ".join(BODIES)
        raise Refusal(
            f"只能抹除这些表里的内容:{listed}。其他表里没有个人的陈述。",
            f"Only bodies of these tables can be erased: {listed}.",
            "table",
        )
    if Erasure.objects.filter(table=table, row=row).exists():
        raise Refusal(f"{table} {row} 的内容已经抹除。", f"The body of {table} {row} was erased already.", "row")
    source = Sealed.objects.filter(table=table).first()
    leaf = Leaf.objects.filter(source=source.pk, row=row).first() if source else None
    if leaf is None:
        raise Refusal(
            f"{table} {row} 不在已封存的日志中。刚写入的请先执行 doudi audit seal。",
            f"{table} {row} is not in the sealed log. If it was just written: doudi audit seal first.",
            "row",
        )
    return leaf


def holds(erasure: Erasure) -> bool:
    """Whether the record is as it was signed."""
    said = f"position {erasure.position}\ntable {erasure.table}\nrow {erasure.row}\nfirst {erasure.first}\n"
    key = erasure.key
    signed = signing.holds(key.alg, bytes(key.public), bytes(erasure.signature), erasure.text.encode())
    return signed and said in erasure.text and f"\nsecond {erasure.second}\n" in erasure.text


def is_done(erasure: Erasure) -> bool:
    """Whether the log holds the hash without the salt, and the row stands there without its body."""
    leaf = Leaf.objects.filter(position=erasure.position, row=erasure.row, salt=b"").first()
    source = Sealed.objects.get(table=erasure.table)
    if leaf is None or leaf.source != source.pk:
        return False
    empty = " AND ".join(f"coalesce({column}, '{{}}') = '{{}}'" for column in BODIES[erasure.table])
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {empty} FROM "{erasure.table}" WHERE "{source.key}"::text = %s', [erasure.row])
        return cursor.fetchone() == (True,)


# The one way around append-only, opened by its record alone: as the tables' owner, for this row, in this transaction.
FUNCTIONS = """
CREATE FUNCTION trail_erase(erasure bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    named trail_erasure;
    forced boolean;
BEGIN
    SELECT * INTO STRICT named FROM trail_erasure
    WHERE id = erasure AND transaction = pg_current_xact_id()::text::bigint;
    SELECT relforcerowsecurity INTO STRICT forced FROM pg_class WHERE oid = named."table"::regclass;
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY', named."table");
    ALTER TABLE trail_leaf DISABLE TRIGGER USER;
    IF named."table" = 'trail_entry' THEN
        UPDATE trail_entry SET before = NULL, after = NULL WHERE id = named."row"::bigint;
    ELSIF named."table" = 'register_statement' THEN
        EXECUTE 'UPDATE register_statement SET facts = ''{}'', evidence = ''{}'' WHERE id = $1'
            USING named."row"::bigint;
    END IF;
    UPDATE trail_leaf l SET salt = '' FROM trail_sealed s
    WHERE s."table" = named."table" AND l.source = s.id AND l."row" = named."row" AND l.position = named.position;
    ALTER TABLE trail_leaf ENABLE TRIGGER USER;
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', named."table");
    IF forced THEN
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', named."table");
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION trail_erase(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trail_erase(bigint) TO doudi_engine;
"""
DROP_FUNCTIONS = "DROP FUNCTION trail_erase(bigint);"
