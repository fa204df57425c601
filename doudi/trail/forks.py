"""Forks: a log put back to an older day goes on only when two persons have put their names to it.

A database restored from a backup has a shorter log than others have heard of. The home remembers the last head outside
the database; where the database does not hold it, nothing is sealed until the fork is recorded, signed, in the log
itself. What the abandoned part held stays provable by the heads its witnesses keep.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models, transaction

from doudi.trail import heads, signing
from doudi.trail.commands import carry_out
from doudi.trail.heads import Head, Key, Said
from doudi.values.refusals import Refusal

LONGEST_REASON = 500


class Fork(models.Model):
    """The log goes on from `size` although a head of `lost_size` was signed. `text` is what was signed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    size = models.BigIntegerField()
    lost_size = models.BigIntegerField()
    lost_root = models.CharField(max_length=64)
    reason = models.CharField(max_length=LONGEST_REASON)
    first = models.CharField(max_length=150)
    second = models.CharField(max_length=150)
    text = models.TextField()
    signature = models.BinaryField()
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "trail_fork"
        constraints = [
            models.CheckConstraint(condition=~models.Q(first=models.F("second")), name="trail_fork_two_persons"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="trail_fork_has_reason"),
        ]


def lost(last: Head | None) -> Said | None:
    """The head the home remembers and the database does not hold; None where all is well."""
    kept = heads.kept()
    if kept is None or Fork.objects.filter(lost_root=kept.root, lost_size=kept.size).exists():
        return None
    held = Head.objects.filter(size=kept.size).first()
    return None if held is not None and bytes(held.root).hex() == kept.root else kept


def check(last: Head | None) -> None:
    """Raise Refusal where the log must not go on as if nothing had happened."""
    missing = lost(last)
    if missing is not None:
        size = last.size if last else 0
        raise Refusal(
            f"审计日志现有 {size} 条,而本机记得曾封存 {missing.size} 条:数据库恢复到了较早的备份,或日志被截短。"
            "暂停封存;查明原因后由两人执行 doudi audit fork。",
            f"The log holds {size} entries and this home remembers {missing.size} sealed: the database was put back to"
            " an older backup, or the log was cut. Nothing is sealed until two persons record it: doudi audit fork.",
        )
    if last is not None and not last.said.holds():
        raise Refusal(
            f"第 {last.size} 条处的签名记录被改动,不再续写。请执行 doudi audit verify。",
            f"The signed head at {last.size} was changed; the log is not continued. Run doudi audit verify.",
        )
    own = signing.present()
    if last is not None and (own is None or own.id != last.key_id) and not _rekeyed(own.id if own else ""):
        raise Refusal(
            "本机没有签过这份日志的私钥。请从密钥备份恢复 seal/private.pem,或由两人执行 doudi audit fork。",
            "This home has not the private key that signed the log. Restore seal/private.pem from its copy, or let two"
            " persons record a new key: doudi audit fork.",
        )


def _rekeyed(key: str) -> bool:
    return Fork.objects.filter(key_id=key).exists()


def keys() -> list[str]:
    """The keys that two persons let follow the first."""
    return list(Fork.objects.values_list("key_id", flat=True))


def record(reason: str, *, first: str, second: str, now: datetime) -> Fork:
    """Let the log go on from where it is. `first` and `second` are two persons who have both shown who they are.

    Raises Refusal where they are one, no reason is given, or nothing was lost.
    """
    last, own = heads.latest(), signing.present()
    missing = lost(last)
    _check_given(reason, first, second)
    if missing is None and (last is None or (own is not None and own.id == last.key_id)):
        raise Refusal("日志完整,无需记录分叉。", "The log is whole: there is no fork to record.")
    signer = own or signing.make()
    size = last.size if last else 0
    gone = (missing.size, missing.root) if missing else (size, bytes(last.root).hex() if last else "")
    lines = {"size": size, "lost-size": gone[0], "lost-root": gone[1], "first": first, "second": second}
    lines |= {"reason": " ".join(reason.split()), "time": now.astimezone(UTC).isoformat(timespec="seconds")}
    lines |= {"alg": signer.alg, "key": signer.id}
    text = "\n".join(["doudi trail fork", *(f"{name} {value}" for name, value in lines.items()), ""])
    with carry_out("trail.forks.record", by=first, payload=lines) as act:
        key, _ = Key.objects.get_or_create(
            id=signer.id, defaults={"alg": signer.alg, "public": signer.public, "since": size}
        )
        made = Fork.objects.create(
            at=now,
            size=size,
            lost_size=gone[0],
            lost_root=gone[1],
            reason=lines["reason"],
            first=first,
            second=second,
            text=text,
            signature=signer.sign(text.encode()),
            key=key,
        )
        act.result = {"fork": made.pk, "size": size}
    if last is not None:
        transaction.on_commit(lambda: heads.keep(last))
    return made


def _check_given(reason: str, first: str, second: str) -> None:
    if first == second:
        raise Refusal("须由两个不同的人共同确认。", "Two different persons must confirm it.", "second")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Refusal(
            f"请写明原因(最多 {LONGEST_REASON} 字)。", f"Give the reason, at most {LONGEST_REASON} letters.", "reason"
        )


def holds(fork: Fork) -> bool:
    """Whether the record is as it was signed."""
    said = f"size {fork.size}\nlost-size {fork.lost_size}\nlost-root {fork.lost_root}\nfirst {fork.first}\n"
    key = fork.key
    signed = signing.holds(key.alg, bytes(key.public), bytes(fork.signature), fork.text.encode())
    return signed and said in fork.text and f"\nsecond {fork.second}\n" in fork.text
