"""Account numbers and sealed outboxes in another home: they open with the first home's secrets, or it is said."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from doudi.cli import keys
from doudi.values.refusals import Refusal
from tests.frame.terminal import Terminal

PASSPHRASE = "春耕不误农时的一句话"
OPEN = """
import click
from doudi.cli import frame
frame.open_home(click.Context(click.Command("x"), obj={}))
from django.db import transaction
from doudi.access.scope import as_engine
from doudi.funds.bank_accounts import BankAccount, number_of
with transaction.atomic(), as_engine():
    print(number_of(BankAccount.objects.order_by("id").first()))
"""
SEALED = """
import json, sys, click
from doudi.cli import frame
frame.open_home(click.Context(click.Command("x"), obj={}))
from doudi.monitoring import outbox_keys
told = json.loads(sys.argv[1])
print(json.dumps(outbox_keys.open_sealed(told) if "ct" in told else outbox_keys.seal(told, outbox_keys.public_key())))
"""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    home = tmp_path_factory.mktemp("first") / "home"
    one = Terminal(home)
    one.run("demo", "--households", "60")
    yield one
    shutil.rmtree(home)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Terminal]:
    yield Terminal(tmp_path / "other")
    shutil.rmtree(tmp_path / "other", ignore_errors=True)


def number(home: Terminal, code: int = 0) -> str:
    done = subprocess.run([sys.executable, "-c", OPEN], env=home.environment(), text=True, capture_output=True)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout.strip()


def sealed(home: Terminal, told: str, code: int = 0) -> str:
    """Seal a command to a home's key, or open it there."""
    command = [sys.executable, "-c", SEALED, told]
    done = subprocess.run(command, env=home.environment(), text=True, capture_output=True)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout.strip()


def test_a_backup_with_its_key_opens_in_another_home(first: Terminal, other: Terminal, tmp_path: Path) -> None:
    file, secret = tmp_path / "with.doudi", (first.home / "secret.key").read_text()
    first.run("backup", str(file), "--with-key", DOUDI_PASSPHRASE=PASSPHRASE)
    with tarfile.open(file) as tar:
        sealed = tar.extractfile(keys.NAME)
        assert sealed is not None
        assert secret.strip().encode() not in sealed.read()
    told = other.run("restore", str(file), code=2)
    assert "DOUDI_PASSPHRASE" in told.stderr
    assert "passphrase is wrong" in other.run("restore", str(file), code=2, DOUDI_PASSPHRASE="另一句话另一句话").stderr
    other.run("restore", str(file), DOUDI_PASSPHRASE=PASSPHRASE)
    assert number(other) == number(first)


def test_what_telephones_sealed_opens_in_another_home(first: Terminal, other: Terminal, tmp_path: Path) -> None:
    file, copy = tmp_path / "sealed.doudi", tmp_path / "secret.key"
    theirs, own = sealed(first, '{"verb": "check"}'), sealed(other, '{"verb": "choose"}')
    sealed(other, theirs, code=1)
    first.run("backup", str(file), "--with-key", DOUDI_PASSPHRASE=PASSPHRASE)
    with tarfile.open(file) as tar:
        closed = tar.extractfile(keys.OUTBOX)
        assert closed is not None
        assert b"PRIVATE KEY" not in closed.read()
    shutil.copy(first.home / "secret.key", copy)
    told = other.run("restore", str(file), "--key", str(copy))
    assert "outbox-before.pem" in told.stdout, "nobody was there to type the passphrase: it is said"
    sealed(other, theirs, code=1)
    other.run("restore", str(file), DOUDI_PASSPHRASE=PASSPHRASE)
    assert sealed(other, theirs) == '{"verb": "check"}'
    assert sealed(other, own) == '{"verb": "choose"}', "the key it had before stays"
    assert other.ask("outbox", "key")["key"] == first.ask("outbox", "key")["key"], "telephones seal to the same key"


def test_an_outbox_key_copied_by_hand_opens_too(first: Terminal, other: Terminal) -> None:
    theirs = sealed(first, '{"verb": "check"}')
    sealed(other, '{"verb": "choose"}')
    shutil.copy(first.home / "outbox.pem", other.home / "outbox-before.pem")
    assert sealed(other, theirs) == '{"verb": "check"}'


def test_without_its_key_it_says_so_and_changes_nothing(first: Terminal, other: Terminal, tmp_path: Path) -> None:
    file, wrong, right = tmp_path / "without.doudi", tmp_path / "wrong.key", tmp_path / "right.key"
    first.run("backup", str(file))
    wrong.write_text("nobody's\n")
    shutil.copy(first.home / "secret.key", right)
    assert "--key" in other.ask("restore", str(file), code=2)["error"]["en"]
    assert "not the key" in other.ask("restore", str(file), "--key", str(wrong), code=2)["error"]["en"]
    assert other.ask("account", "list")["accounts"] == [], "nothing was put there"
    mine = keys.mark((other.home / "secret.key").read_text().strip())
    other.ask("restore", str(file), "--key", str(right))
    assert number(other) == number(first)
    assert (other.home / f"secret-{mine}.key").exists(), "the key of what was there before is kept"


def test_a_lost_key_is_a_choice(first: Terminal, other: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "lost.doudi"
    first.run("backup", str(file))
    other.ask("restore", str(file), "--without-key")
    assert number(other, code=1) == ""


def test_a_passphrase_is_long_and_its_own() -> None:
    sealed = keys.seal("secret", PASSPHRASE)
    assert keys.unseal(sealed, PASSPHRASE) == "secret"
    for data, words in ((sealed, PASSPHRASE + "。"), (b"{}", PASSPHRASE), (b"", PASSPHRASE), (sealed[:-9], PASSPHRASE)):
        with pytest.raises(Refusal):
            keys.unseal(data, words)
    with pytest.raises(Refusal):
        keys.seal("secret", "short")
