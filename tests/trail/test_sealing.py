"""Sealing: every committed row, once, under a signed head, however transactions end and sealers die."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from doudi.access.scope import as_engine
from doudi.places.divisions import Place
from doudi.trail import forks, heads, sealing, signing
from doudi.trail.audit import Entry
from doudi.trail.commands import Command, Outcome, carry_out
from doudi.trail.sealed import Sealed
from doudi.trail.sealing import Leaf
from doudi.trail.tree import EMPTY, Growth, root
from doudi.values.refusals import Refusal
from tests.trail.conftest import NOW

Seal = Callable[[], Any]


def write(number: int, by: str = "li") -> None:
    with carry_out("places.note", by=by) as act:
        Place.objects.create(code=f"{number:012}", name="x", level="county", kind="county")
        act.result = number


def leaves_of(table: str) -> set[str]:
    return set(Leaf.objects.filter(source=Sealed.objects.get(table=table).pk).values_list("row", flat=True))


def test_what_was_written_is_sealed_under_a_signed_head(seal: Seal) -> None:
    assert seal() is None
    write(1)
    head = seal()
    assert head.size == Leaf.objects.count() == 3  # the command, its outcome, one entry
    held = [bytes(leaf.hash) for leaf in Leaf.objects.order_by("position")]
    assert bytes(head.root) == root(held)
    said = head.said
    assert (said.size, said.root, said.prev, said.alg) == (3, bytes(head.root).hex(), "0" * 64, "Ed25519")
    assert said.holds()
    write(2)
    again = seal()
    assert again.said.prev == heads.digest(head.text)
    assert again.said.log == said.log
    assert seal() is None


def test_a_head_can_be_carried_away_and_read_again(seal: Seal) -> None:
    write(1)
    said = seal().said
    assert heads.parse(said.block()) == said
    assert heads.kept() == said
    lines = said.block().replace("size 3", "size 4")
    assert not heads.parse(lines).holds()
    for rubbish in ("", "doudi trail head\n", "{}", said.block()[:-20], "signature x\npublic y"):
        with pytest.raises(Refusal, match="no signed head"):
            heads.parse(rubbish)


def test_the_private_key_is_closed_to_others(seal: Seal) -> None:
    write(1)
    seal()
    assert (signing.folder() / signing.PRIVATE).stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in (signing.folder() / signing.PUBLIC).read_text(encoding="ascii")


def test_every_append_only_table_is_sealed(seal: Seal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname::text FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid"
            " WHERE g.tgname IN ('trail_append_only', 'policy_decision_stays')"
        )
        append_only = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT tgname::text, tgrelid::regclass::text FROM pg_trigger")
        triggers = set(cursor.fetchall())
    # What is recorded as well is sealed with the record of it.
    append_only -= {table for name, table in triggers if name == "trail_protect"}
    assert append_only - {"trail_form", "trail_head", "trail_key", "trail_leaf"} == set(
        Sealed.objects.values_list("table", flat=True)
    )
    omitted = dict(Sealed.objects.values_list("table", "omitted"))
    assert {table for table, columns in omitted.items() if columns} == {
        *(table for name, table in triggers if name == "register_stays"),
        *("register_statement", "policy_decision"),
        *("register_left", "register_return", "register_export_download"),  # re-stamped with their household
    }


def test_a_row_of_a_transaction_that_ends_late_is_not_skipped(seal: Seal) -> None:
    opened, end = threading.Event(), threading.Event()

    def linger() -> None:
        with transaction.atomic():
            write(1)
            opened.set()
            end.wait(20)
        connections.close_all()

    late = threading.Thread(target=linger)
    late.start()
    opened.wait(20)
    write(2)  # later number, committed earlier
    seal()
    assert "000000000001" not in {e.row for e in _entries()}
    end.set()
    late.join()
    write(3)
    seal()
    assert leaves_of("trail_entry") == {str(entry.pk) for entry in _entries()}
    assert len(_entries()) == 3


def _entries() -> list[Entry]:
    with transaction.atomic(), as_engine():
        return list(Entry.objects.all())


def test_sixteen_writers_with_long_transactions_and_none_is_skipped(seal: Seal) -> None:
    stop, sealed_thrice = threading.Event(), threading.Event()

    def work(number: int) -> None:
        dice = random.Random(number)
        for turn in range(900):
            if turn >= 8 and sealed_thrice.is_set():  # on a busy machine the sealer needs longer to have its turns
                break
            with transaction.atomic():
                write(number * 1000 + turn)
                time.sleep(dice.uniform(0, 0.12))
                if dice.random() < 0.2:
                    transaction.set_rollback(True)
        connections.close_all()

    def seal_on() -> None:
        turns = 0
        while not stop.is_set():
            turns += seal() is not None
            if turns >= 3:
                sealed_thrice.set()
            time.sleep(0.02)
        connections.close_all()

    sealer = threading.Thread(target=seal_on)
    writers = [threading.Thread(target=work, args=(number,)) for number in range(1, 17)]
    sealer.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    sealer.join()
    seal()
    assert sealed_thrice.is_set(), "it was sealed meanwhile"
    assert heads.Head.objects.count() > 3
    assert leaves_of("trail_entry") == {str(entry.pk) for entry in _entries()}
    assert leaves_of("trail_command") == {str(pk) for pk in Command.objects.values_list("pk", flat=True)}
    assert leaves_of("trail_outcome") == {str(pk) for pk in Outcome.objects.values_list("pk", flat=True)}
    assert list(Leaf.objects.order_by("position").values_list("position", flat=True)) == list(
        range(Leaf.objects.count())
    )


def test_two_sealers_do_not_seal_at_once(seal: Seal) -> None:
    write(1)
    done: list[Any] = []
    with transaction.atomic(), as_engine():
        assert sealing.seal(now=NOW) is not None

        def other() -> None:
            done.append(seal())
            connections.close_all()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert done == [None]
    assert heads.Head.objects.count() == 1


def test_a_sealer_that_dies_between_tree_and_head_loses_nothing(seal: Seal, monkeypatch: Any) -> None:
    write(1)

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sealing, "_head", die)
        with pytest.raises(KeyboardInterrupt):
            seal()
    assert not Leaf.objects.exists()
    assert seal().size == 3


def seal_without_end() -> None:
    """The body of a sealer of its own, in a process of its own."""
    while True:
        with transaction.atomic(), as_engine():
            sealing.seal(now=NOW)


def test_ten_sealers_killed_seal_nothing_twice_and_leave_nothing_out(seal: Seal) -> None:
    dice, written = random.Random(10), 0
    for round_ in range(10):
        before = Leaf.objects.count()
        connections.close_all()  # the child opens its own
        sealer = multiprocessing.get_context("fork").Process(target=seal_without_end, daemon=True)
        sealer.start()
        for number in range(900):
            written += 1
            write(round_ * 1000 + number)
            time.sleep(dice.uniform(0, 0.03))
            if number >= 11 and Leaf.objects.count() > before:  # a busy machine may let it begin only after many
                break
        os.kill(sealer.pid or 0, signal.SIGKILL)
        sealer.join(20)
        assert sealer.exitcode == -signal.SIGKILL
        assert Leaf.objects.count() > before, "each had sealed something when it was killed"
    _seal_when_free(seal, written * 3)
    assert leaves_of("trail_entry") == {str(entry.pk) for entry in _entries()}
    assert leaves_of("trail_command") == {str(pk) for pk in Command.objects.values_list("pk", flat=True)}
    assert Leaf.objects.count() == written * 3 == heads.Head.objects.latest("size").size
    held = [bytes(leaf.hash) for leaf in Leaf.objects.order_by("position")]
    assert root(held) == bytes(heads.Head.objects.latest("size").root)
    assert forks.lost(heads.latest()) is None


def _seal_when_free(seal: Seal, size: int) -> None:
    """The server needs a moment to notice that a sealer is gone; until then it has the turn."""
    for _ in range(100):
        if seal() is not None or Leaf.objects.count() == size:
            return
        time.sleep(0.1)


def test_on_another_server_the_transactions_numbers_begin_anew(seal: Seal, tamper: Any) -> None:
    """As after a dump restored elsewhere: what was sealed stays sealed once, what was not is sealed."""
    write(1)
    first = seal()
    write(2)
    tamper("UPDATE trail_head SET cluster = 'another', horizon = 9000000000")
    tamper("UPDATE trail_entry SET transaction = transaction + 8000000000 WHERE id = (SELECT max(id) FROM trail_entry)")
    second = seal()
    assert (first.size, second.size) == (3, 6)
    assert seal() is None


def test_what_waits_is_told(seal: Seal) -> None:
    def waiting(*most: int) -> Any:
        with transaction.atomic(), as_engine():
            return sealing.waiting(*most)

    assert waiting() == (0, None, False)
    write(1)
    number, since, more = waiting()
    assert (number, more) == (3, False)
    assert since is not None
    write(2)
    assert waiting(3) == (3, since, True), "counted no further, and the oldest is among them"
    seal()
    assert waiting() == (0, None, False)


def test_since_when_it_waits_is_told_of_what_is_older_than_a_moment(seal: Seal) -> None:
    def since(before: datetime) -> Any:
        with transaction.atomic(), as_engine():
            return sealing.waits_since(before)

    later = datetime.now(UTC) + timedelta(hours=1)
    assert since(later) is None
    write(1)
    with transaction.atomic(), as_engine():
        oldest = sealing.waiting().since
    assert since(later) == oldest
    assert since(oldest) is None
    assert since(oldest + timedelta(microseconds=1)) == oldest
    seal()
    assert since(later) is None


def test_a_growing_tree_of_nothing() -> None:
    assert Growth().root() == EMPTY
