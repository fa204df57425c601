"""`doudi audit` from a terminal: sealed, proven, tampered with, put back to an older day, and vouched for by two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doudi.cli.cluster import Cluster
from doudi.cli.home import Home
from tests import homes
from tests.frame.terminal import Terminal
from tests.trail.test_tree import go_on

PASSWORD = "correct horse battery"
DEMO = "doudi-demo-2020"


def administrate(terminal: Terminal, statement: str) -> None:
    """What the server's administrator can do past every trigger."""
    with Cluster(Home(terminal.home)).running() as cluster, cluster.connect("postgres") as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


def test_an_older_backup_put_back_stops_the_seal_until_two_persons_vouch(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    terminal = homes.put(tmp_path_factory, tmp_path / "home", *homes.EMPTY)
    for name in ("li", "wang"):
        terminal.run("account", "add", name, "--role", "administrator", "--password-stdin", typed=PASSWORD + "\n")
    assert "Nothing is sealed" in terminal.run("audit", "head", code=2).stderr
    size = terminal.ask("audit", "seal")["head"]["size"]
    backup = tmp_path / "older.doudi"
    terminal.run("backup", str(backup))
    terminal.run("account", "add", "zhao", "--role", "administrator")
    terminal.run("audit", "seal")
    witness = tmp_path / "head.txt"
    witness.write_text(terminal.run("audit", "head").stdout, encoding="utf-8")
    assert terminal.ask("audit", "check-head", str(witness))["agrees"]

    terminal.run("restore", str(backup))
    assert "older backup" in terminal.run("audit", "seal", code=2).stderr
    assert terminal.ask("audit", "check-head", str(witness), code=1)["what"] == "shorter"
    told = terminal.ask("doctor", code=1)
    assert [each["name"] for each in told["findings"] if not each["well"]] == ["audit log"]
    words = ("audit", "fork", "disk lost", "--first", "li", "--second", "wang", "--passwords-stdin")
    assert "wrong" in terminal.run(*words, typed=f"{PASSWORD}\nnot it\n", code=2).stderr
    assert terminal.ask(*words, typed=f"{PASSWORD}\n{PASSWORD}\n")["size"] == size
    terminal.run("audit", "seal")
    assert terminal.ask("audit", "check-head", str(witness), code=1)["what"] == "forked"

    assert terminal.ask("audit", "verify")["well"]
    administrate(terminal, "UPDATE trail_command SET actor = 'nobody' WHERE verb = 'trail.forks.record'")
    found = terminal.ask("audit", "verify", code=1)
    assert (found["bad_count"], found["first"]["table"], found["first"]["what"]) == (1, "trail_command", "changed")


def test_the_log_is_proven_to_have_grown_and_a_body_is_erased_by_two(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    terminal = homes.put(tmp_path_factory, tmp_path / "home", *homes.DEMO)
    older = terminal.ask("audit", "seal")["head"]["size"]
    terminal.run("account", "add", "qian", "--role", "administrator")
    newer = terminal.ask("audit", "seal")["head"]["size"]
    told = json.loads(terminal.run("audit", "prove", "--from", str(older), "--to", str(newer)).stdout)
    roots = [bytes.fromhex(told[side]["root"]) for side in ("from", "to")]
    assert go_on(older, newer, *roots, [bytes.fromhex(each) for each in told["proof"]])
    assert told["from"]["head"].startswith("doudi trail head\n")
    assert "No head has the size 1" in terminal.run("audit", "prove", "--from", "1", "--to", str(newer), code=2).stderr

    said, typed = ("audit", "erase", "register_statement", "1", "court order 3", "--passwords-stdin"), f"{DEMO}\n" * 2
    for first, second in (("county", "admin"), ("auditor", "county")):  # each has the duty of their own
        assert "duty" in terminal.run(*said, "--first", first, "--second", second, typed=typed, code=2).stderr
    assert terminal.ask(*said, "--first", "county", "--second", "auditor", typed=typed)["erasure"] == 1
    found = terminal.ask("audit", "verify")
    assert (found["well"], found["erased"]) == (True, 1)
