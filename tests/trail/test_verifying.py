"""Verifying: whatever an administrator of the server changes is found, and the first bad entry is named."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from doudi.access.scope import as_engine
from doudi.places.divisions import Place
from doudi.trail import heads, proofs, sealing, signing, verifying
from doudi.trail.commands import carry_out
from doudi.trail.sealed import Sealed
from doudi.trail.sealing import Leaf
from doudi.trail.verifying import Report
from doudi.values.refusals import Refusal
from tests.trail.conftest import NOW

Seal = Callable[[], Any]
Tamper = Callable[..., Any]


def verify(since: int = 0) -> Report:
    with transaction.atomic():
        verifying.one_view()
        with as_engine():
            return verifying.verify(since=since)


def named(report: Report) -> tuple[int, str, str, str]:
    first = report.first
    assert first is not None, "nothing was found"
    return first.position, first.table, first.row, first.what


@pytest.fixture
def written(seal: Seal) -> int:
    """Five heads over sixty entries."""
    for batch in range(5):
        for number in range(4):
            with carry_out("places.note", by="li", payload=number) as act:
                code = f"{batch * 100 + number:012}"
                Place.objects.create(code=code, name="村", level="county", kind="county")
                act.result = {"名": number}
        seal()
    return Leaf.objects.count()


def of_table(table: str) -> list[Leaf]:
    return list(Leaf.objects.filter(source=Sealed.objects.get(table=table).pk).order_by("position"))


def test_a_log_nobody_touched_is_well(written: int) -> None:
    report = verify()
    assert (report.well, report.size, report.rows, report.heads, report.waiting) == (True, written, written, 5, 0)
    assert report.first is None
    with carry_out("places.note", by="li"):
        pass
    assert (verify().well, verify().waiting) == (True, 2)


def test_an_empty_log_is_well(seal: Seal) -> None:
    report = verify()
    assert (report.well, report.size, report.root) == (True, 0, "")


CHANGES = {
    "trail_entry": "UPDATE trail_entry SET actor = 'wang' WHERE id = %s::bigint",
    "trail_command": "UPDATE trail_command SET at = at + interval '1 microsecond' WHERE id = %s::uuid",
    "trail_outcome": """UPDATE trail_outcome SET result = '{"名": 9}' WHERE command_id = %s::uuid""",
}
KEYS = {"trail_entry": "id", "trail_command": "id", "trail_outcome": "command_id"}


@pytest.mark.parametrize("seed", range(6))
def test_random_rows_changed_or_deleted_are_found_and_the_first_named(written: int, tamper: Tamper, seed: int) -> None:
    dice = random.Random(seed)
    done: dict[int, tuple[int, str, str, str]] = {}
    for table in CHANGES:
        for leaf in dice.sample(of_table(table), 2):
            what = dice.choice(["changed", "deleted"])
            query = CHANGES[table] if what == "changed" else f"DELETE FROM {table} WHERE {KEYS[table]}::text = %s"
            assert tamper(query, leaf.row).rowcount == 1
            done[leaf.position] = (leaf.position, table, leaf.row, what)
    report = verify()
    assert {(b.position, b.table, b.row, b.what) for b in report.bad} == set(done.values())
    assert named(report) == done[min(done)]
    assert report.bad_count == len(done)


def test_every_single_changed_byte_of_an_entry_is_found(written: int, tamper: Tamper) -> None:
    leaf = of_table("trail_entry")[7]
    columns = ["transaction", "at", "command_id", "actor", "table", "operation", "row", "place_code", "after"]
    values = ["transaction + 1", "at - interval '1 second'", "gen_random_uuid()", "'李'", "'x'", "'D'", "'9'", "'51'"]
    values.append("""jsonb_set(after, '{name}', '"县"')""")
    for column, value in zip(columns, values, strict=True):
        (old,) = tamper(f'SELECT "{column}" FROM trail_entry WHERE id = %s', int(leaf.row)).fetchone()
        tamper(f'UPDATE trail_entry SET "{column}" = {value} WHERE id = %s', int(leaf.row))
        assert named(verify()) == (leaf.position, "trail_entry", leaf.row, "changed"), column
        if column == "after":
            break
        tamper(f'UPDATE trail_entry SET "{column}" = %s WHERE id = %s', old, int(leaf.row))
        assert verify().well, column


def test_a_row_put_in_past_the_sealer_is_found(written: int, tamper: Tamper, seal: Seal) -> None:
    tamper(
        "INSERT INTO trail_command (id, verb, actor, at, payload_sha256, transaction)"
        " VALUES ('00000000-0000-0000-0000-000000000001', 'x', 'x', now(), '', 5)"
    )
    row = "00000000-0000-0000-0000-000000000001"
    assert named(verify()) == (written, "trail_command", row, "inserted")
    tamper("UPDATE trail_command SET transaction = 9000000000 WHERE id = %s::uuid", row)
    assert named(verify()) == (written, "trail_command", row, "inserted")


def test_contents_swapped_are_found(written: int, tamper: Tamper) -> None:
    first, second = of_table("trail_entry")[3], of_table("trail_entry")[11]
    tamper(
        "UPDATE trail_entry e SET after = o.after FROM trail_entry o"
        " WHERE (e.id, o.id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))".replace("%(a)s", first.row).replace(
            "%(b)s", second.row
        )
    )
    report = verify()
    assert named(report) == (first.position, "trail_entry", first.row, "changed")
    assert report.bad_count == 2


def _recompute(leaf: Leaf, tamper: Tamper) -> None:
    """What an administrator can do without the home's key: change a row and make its leaf fit."""
    tamper("SET TimeZone = 'UTC'")
    columns = tamper("SELECT columns FROM trail_form WHERE id = %s", leaf.form).fetchone()[0]
    record = ", ".join(f't."{name}"' for name in columns)
    (text,) = tamper(f"SELECT ROW({record})::text FROM trail_entry t WHERE id = %s", int(leaf.row)).fetchone()
    from doudi.trail.sealed import entry
    from doudi.trail.tree import leaf as hashed

    tamper(
        "UPDATE trail_leaf SET hash = %s WHERE position = %s",
        hashed(entry(bytes(leaf.salt), "trail_entry", leaf.form, text)),
        leaf.position,
    )


def test_a_row_changed_along_with_its_leaf_is_named(written: int, tamper: Tamper) -> None:
    leaf = of_table("trail_entry")[5]
    tamper(CHANGES["trail_entry"], leaf.row)
    _recompute(leaf, tamper)
    assert named(verify()) == (leaf.position, "trail_entry", leaf.row, "changed")


def test_without_the_key_the_stretch_is_told(written: int, tamper: Tamper) -> None:
    leaf = of_table("trail_entry")[5]
    tamper(CHANGES["trail_entry"], leaf.row)
    _recompute(leaf, tamper)
    (signing.folder() / signing.PRIVATE).unlink()
    report = verify()
    assert report.unmarked
    assert named(report) == (12, "trail_leaf", "12-23", "rewritten")


@pytest.mark.parametrize("distance", [1, 2, 30])
def test_places_swapped_are_told(written: int, tamper: Tamper, distance: int) -> None:
    a, b = 9, 9 + distance
    tamper("UPDATE trail_leaf SET position = -1 WHERE position = %s", a)
    tamper("UPDATE trail_leaf SET position = %s WHERE position = %s", a, b)
    tamper("UPDATE trail_leaf SET position = %s WHERE position = -1", b)
    report = verify()
    assert (report.first.position if report.first else -1, report.first.what if report.first else "") == (
        a,
        "reordered",
    )
    assert report.bad_count == 2


def test_a_leaf_removed_is_told(written: int, tamper: Tamper) -> None:
    leaf = of_table("trail_command")[6]
    tamper("DELETE FROM trail_leaf WHERE position = %s", leaf.position)
    assert named(verify()) == (leaf.position, "trail_command", leaf.row, "unsealed")
    tamper("DELETE FROM trail_command WHERE id::text = %s", leaf.row)
    assert named(verify())[0::3] == (leaf.position, "deleted")


def test_a_leaf_put_in_or_taken_out_with_all_others_moved_is_told(written: int, tamper: Tamper) -> None:
    tamper("DELETE FROM trail_leaf WHERE position = 20")
    tamper("UPDATE trail_leaf SET position = -position WHERE position > 20")
    tamper("UPDATE trail_leaf SET position = -position - 1 WHERE position < 0")
    assert named(verify())[0::3] == (20, "deleted")


def test_the_end_cut_off_is_told(written: int, tamper: Tamper) -> None:
    tamper("DELETE FROM trail_leaf WHERE position >= %s", written - 3)
    assert named(verify())[0::3] == (written - 3, "deleted")


def test_heads_changed_or_signed_anew_are_told(written: int, tamper: Tamper) -> None:
    second = list(heads.Head.objects.order_by("size"))[1]
    tamper("UPDATE trail_head SET at = at, text = replace(text, 'time 2020', 'time 2019') WHERE size = %s", second.size)
    assert named(verify()) == (second.size, "trail_head", str(second.size), "head")
    tamper("UPDATE trail_head SET text = %s WHERE size = %s", second.text, second.size)
    assert verify().well
    tamper("DELETE FROM trail_head WHERE size = %s", second.size)
    assert named(verify())[1::2] == ("trail_head", "chain")


def _rewrite(tamper: Tamper, seal: Seal) -> None:
    """A new log over changed rows by who has the server and makes a key of their own."""
    tamper("UPDATE trail_entry SET actor = 'wang'")
    for table in ("leaf", "head", "key", "form"):
        tamper(f"DELETE FROM trail_{table}")
    shutil.rmtree(signing.folder())
    seal()


def test_a_whole_log_rewritten_is_caught_by_one_witness(written: int, tamper: Tamper, seal: Seal) -> None:
    witness = [head.said for head in heads.Head.objects.order_by("size")][2]
    assert proofs.compare(witness).agrees
    _rewrite(tamper, seal)
    assert verify().well, "from inside it cannot be seen"
    told = proofs.compare(witness)
    assert (told.agrees, told.what) == (False, "other")


def test_a_head_of_another_day_agrees_and_a_forged_one_does_not(written: int, seal: Seal) -> None:
    said = heads.latest().said  # type: ignore[union-attr]
    with carry_out("places.note", by="li"):
        pass
    seal()
    assert proofs.compare(said).agrees
    forged = heads.read(said.text.replace("size 60", "size 12"), said.signature, said.public)
    assert proofs.compare(forged).what == "forged"


def test_an_older_backup_put_back_is_a_shorter_log_until_two_persons_record_it(
    written: int, tamper: Tamper, seal: Seal
) -> None:
    from doudi.trail import forks

    witness = heads.latest().said  # type: ignore[union-attr]
    for query in (
        "head WHERE size > 24",
        "leaf WHERE position >= 24",
        "entry WHERE id IN (SELECT id FROM trail_entry ORDER BY id DESC LIMIT 12)",
    ):
        tamper(f"DELETE FROM trail_{query}")
    for table, key in (("outcome", "command_id"), ("command", "id")):
        tamper(f'DELETE FROM trail_{table} t WHERE NOT EXISTS (SELECT FROM trail_leaf l WHERE l."row" = t.{key}::text)')
    assert named(verify())[1::2] == ("trail_head", "shorter")
    assert proofs.compare(witness).what == "shorter"
    with pytest.raises(Refusal, match="older backup"):
        seal()
    with pytest.raises(Refusal, match="Two different persons"):
        forks.record("x", first="li", second="li", now=NOW)
    with transaction.atomic():
        fork = forks.record("磁盘损坏,恢复到昨日备份", first="li", second="wang", now=NOW)
    assert forks.holds(fork)
    assert verify().well
    assert seal().size > 24
    assert verify().well
    assert proofs.compare(witness).what == "forked"
    with pytest.raises(Refusal, match="whole"):
        forks.record("again", first="li", second="wang", now=NOW)


def test_verification_goes_on_from_a_verified_head(written: int, tamper: Tamper) -> None:
    tamper(CHANGES["trail_entry"], of_table("trail_entry")[0].row)
    assert not verify().well
    later = verify(since=24)
    assert (later.well, later.rows) == (True, written - 24)
    with pytest.raises(Refusal, match="No sound head"):
        verify(since=25)
    tamper("UPDATE trail_head SET peaks = set_byte(peaks, 3, 7) WHERE size = 24")
    with pytest.raises(Refusal, match="No sound head"):
        verify(since=24)


def test_an_entry_is_proven_to_whoever_has_a_head(written: int) -> None:
    from doudi.trail import tree

    leaf = of_table("trail_entry")[9]
    with transaction.atomic(), as_engine():
        proof = proofs.prove("trail_entry", leaf.row)
    said = heads.parse(proof["head"])
    hashed = tree.leaf(bytes.fromhex(proof["salt"]) + proof["text"].encode())
    path = [bytes.fromhex(each) for each in proof["proof"]]
    assert tree.includes(hashed, proof["position"], said.size, path, bytes.fromhex(said.root))
    assert "村" in proof["text"]
    for table, row in (("trail_entry", "0"), ("nowhere", "1")):
        with pytest.raises(Refusal), transaction.atomic(), as_engine():
            proofs.prove(table, row)


def test_a_column_added_later_leaves_what_was_sealed(written: int, tamper: Tamper, seal: Seal) -> None:
    tamper("ALTER TABLE trail_outcome ADD COLUMN note text NOT NULL DEFAULT 'x'")
    assert verify().well
    with carry_out("places.note", by="li"):
        pass
    seal()
    assert verify().well
    tamper("UPDATE trail_outcome SET note = 'y'")
    report = verify()
    assert (report.bad_count, named(report)[1]) == (1, "trail_outcome")


def test_marks_cannot_be_made_without_the_key() -> None:
    import hashlib

    assert sealing.signing.mark(hashlib.blake2b(key=b"1" * 32, digest_size=8), 1, b"x") != sealing.signing.mark(
        hashlib.blake2b(key=b"2" * 32, digest_size=8), 1, b"x"
    )
