"""Proofs for others: that an entry is in the log, that the log only grew, whether a witness's head is of this log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from doudi.trail import heads, sealed, tree
from doudi.trail.erasures import Erasure
from doudi.trail.forks import Fork
from doudi.trail.heads import Head, Key, Said
from doudi.trail.sealed import Form, Sealed
from doudi.trail.sealing import Leaf
from doudi.values.refusals import Refusal

ANSWERS = {
    "agrees": ("本日志包含这条签名记录所封存的全部内容。", "This log holds all that the head sealed."),
    "forged": ("该签名无效:文字被改动过。", "The signature is not right: the text was changed."),
    "shorter": (
        "本日志比这条签名记录短:恢复过较早的备份,或被截短。",
        "This log is shorter than the head: an older backup was put back, or it was cut.",
    ),
    "forked": (
        "本日志曾恢复到较早的备份,已由两人记录;这条签名记录属于被放弃的部分。",
        "This log was put back to an older backup, recorded by two persons; the head is of the part given up.",
    ),
    "other": (
        "本日志不是签名时的那一份:内容被改写过。",
        "This log is not the one that was signed: it was rewritten.",
    ),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a witness's head stands to this log."""

    what: str

    @property
    def agrees(self) -> bool:
        """Whether this log is a continuation of the head."""
        return self.what == "agrees"

    @property
    def zh(self) -> str:
        """In words."""
        return ANSWERS[self.what][0]

    @property
    def en(self) -> str:
        """In words."""
        return ANSWERS[self.what][1]


def compare(said: Said) -> Comparison:
    """Compare a head that somebody kept with the log as it is."""
    if not said.holds():
        return Comparison("forged")
    last = heads.latest()
    leaves = _hashes(said.size)
    known = Key.objects.filter(pk=said.key).exists() and last is not None and last.said.log == said.log
    if known and len(leaves) == said.size and tree.root(leaves).hex() == said.root:
        return Comparison("agrees")
    if known and Fork.objects.filter(size__lt=said.size, lost_size__gte=said.size).exists():
        return Comparison("forked")
    return Comparison("shorter" if known and (last.size if last else 0) < said.size else "other")


def _hashes(size: int) -> list[bytes]:
    """The hashes of the first leaves."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hash FROM trail_leaf WHERE position < %s ORDER BY position", [size])
        return [bytes(hashed) for (hashed,) in cursor.fetchall()]


def prove(table: str, row: str) -> dict[str, Any]:
    """What proves that a row is in the log, as the engine, in a transaction; see `docs/reference/trail.md`.

    Raises Refusal for a row that is not sealed (yet).
    """
    source = Sealed.objects.filter(table=table).first()
    leaf = Leaf.objects.filter(source=source.pk, row=row).first() if source else None
    last = heads.latest()
    if source is None or leaf is None or last is None:
        tables = "、".join(Sealed.objects.order_by("table").values_list("table", flat=True))
        raise Refusal(
            f"{table} {row} 不在已封存的日志中。已封存的表:{tables}。",
            f"{table} {row} is not in the sealed log. Sealed tables: {tables.replace('、', ', ')}.",
        )
    _refuse_erased(table, row)
    form = Form.objects.get(pk=leaf.form)
    proof = tree.inclusion(_hashes(last.size), leaf.position)
    return {
        "table": table,
        "row": row,
        "position": leaf.position,
        "salt": bytes(leaf.salt).hex(),
        "text": f"{table}/{form.pk}\n{_text(form, source, row)}",
        "columns": form.columns,
        "leaf": bytes(leaf.hash).hex(),
        "proof": [each.hex() for each in proof],
        "head": last.said.block(),
    }


def prove_growth(first: int, second: int) -> dict[str, Any]:
    """What proves that the log of the second size goes on from that of the first: RFC 6962, section 2.1.2.

    Both are sizes of signed heads, which come with the proof. Raises Refusal for another size, or the wrong order.
    """
    older, newer = (_head_of(size, name) for size, name in ((first, "from"), (second, "to")))
    if first > second:
        raise Refusal("先给较小的规模,再给较大的。", "Give the smaller size first.", "from")
    proof = tree.consistency(_hashes(second), first)
    return {
        "from": {"size": first, "root": older.said.root, "head": older.said.block()},
        "to": {"size": second, "root": newer.said.root, "head": newer.said.block()},
        "proof": [each.hex() for each in proof],
    }


def _head_of(size: int, name: str) -> Head:
    found = Head.objects.select_related("key").filter(size=size).first()
    if found is None:
        raise Refusal(
            f"没有规模为 {size} 的签名记录。doudi audit head --all 列出全部。",
            f"No head has the size {size}; doudi audit head --all lists them.",
            name,
        )
    return found


def _refuse_erased(table: str, row: str) -> None:
    gone = Erasure.objects.filter(table=table, row=row).first()
    if gone is not None:
        day = f"{gone.at:%Y-%m-%d}"
        raise Refusal(
            f"{table} {row} 的内容已于 {day} 由 {gone.first}、{gone.second} 依法抹除,无法再证明:{gone.reason}",
            f"The body of {table} {row} was erased on {day} by {gone.first} and {gone.second}: {gone.reason}",
        )


def _text(form: Form, source: Sealed, row: str) -> str:
    sealed.settle()
    query = sql.SQL("SELECT {} FROM {} t WHERE t.{}::text = %s").format(
        sealed.text_of(tuple(form.columns)), sql.Identifier(form.table), sql.Identifier(source.key)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [row])
        found = cursor.fetchone()
    if found is None:
        raise Refusal(
            f"{form.table} {row} 已封存,但这一行不在了。请执行 doudi audit verify。",
            f"{form.table} {row} was sealed and is gone. Run doudi audit verify.",
        )
    return str(found[0])
