"""kill -9 while a batch is made and while the bank's answer is taken in: nothing half, nothing twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from doudi.cli.cluster import Cluster
from doudi.cli.home import Home
from tests.frame.terminal import Terminal

EACH, SEED, SECRET = 200, 20200302, "doudi-demo-2020"
ROUNDS = [
    pytest.param(6, id="6", marks=pytest.mark.timeout(600)),
    pytest.param(30, id="30", marks=[pytest.mark.heavy, pytest.mark.timeout(3600)]),
]
ALL = """SELECT (SELECT count(*) FROM funds_batch), (SELECT count(*) FROM funds_payment WHERE batch_id IS NOT NULL),
    (SELECT count(*) FROM funds_payment WHERE state = 'paid'), (SELECT coalesce(sum(fen), 0) FROM funds_balance
    WHERE kind = 'spent'), (SELECT count(*) FROM funds_return WHERE state = 'accepted')"""
REFERENCES = "SELECT p.reference FROM funds_payment p JOIN funds_batch b ON b.id = p.batch_id WHERE b.number = %s"


def ask(terminal: Terminal, query: str, *given: Any) -> list[tuple[Any, ...]]:
    with Cluster(Home(terminal.home)).running() as cluster, cluster.connect("doudi_owner") as connection:
        return connection.execute(query, given).fetchall()


def act(terminal: Terminal, who: str, *words: str, code: int | None = 0) -> dict[str, Any]:
    done = terminal.run("batch", *words, "--as", who, "--password-stdin", "--json", typed=SECRET + "\n", code=code)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def kill(terminal: Terminal, who: str, *words: str, after: float, server: bool) -> None:
    """Start it as a person would, and kill it after some seconds, the database with it where asked."""
    process = subprocess.Popen(
        [sys.executable, "-m", "doudi", "batch", *words, "--as", who, "--password-stdin"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=terminal.environment(),
    )  # fmt: skip
    try:
        process.communicate(SECRET.encode() + b"\n", timeout=after)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        pid = terminal.server()
        if server and pid:
            os.kill(pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_money_killed_is_whole_or_not_at_all(tmp_path: Path, rounds: int) -> None:
    terminal = Terminal(tmp_path / "home")
    words = [sys.executable, "-m", "tests.funds.filling", str(rounds + 1), str(rounds), str(EACH), SECRET]
    subprocess.run(words, check=True, env=terminal.environment(), timeout=280)
    begun = time.monotonic()
    first = act(terminal, "li", "make", "--budget", "1")
    assert first["payments"] == EACH
    seconds = time.monotonic() - begun
    moments = random.Random(SEED)
    for turn in range(rounds):
        _make(terminal, turn, moments.uniform(seconds / 3, seconds), rounds)
    for turn, (number,) in enumerate(ask(terminal, "SELECT number FROM funds_batch WHERE state = 'sent' ORDER BY id")):
        _answer(terminal, turn, number, tmp_path, moments.uniform(seconds / 3, seconds * 1.5))
    told = json.loads(terminal.run("reconcile", "--json").stdout)
    assert told["off"] == 0


def _make(terminal: Terminal, turn: int, after: float, sent: int) -> None:
    kill(terminal, "li", "make", "--budget", str(turn + 2), after=after, server=turn % 2 == 1)
    ((count, taken, *_),) = ask(terminal, ALL)
    assert count - sent in (turn + 1, turn + 2)
    assert taken == count * EACH
    if count - sent == turn + 1:
        act(terminal, "li", "make", "--budget", str(turn + 2))
    else:
        act(terminal, "li", "make", "--budget", str(turn + 2), code=2)


def _answer(terminal: Terminal, turn: int, number: str, folder: Path, after: float) -> None:
    path = folder / f"{turn}.csv"
    lines = [f"{name},100.00,成功," for (name,) in ask(terminal, REFERENCES, number)]
    path.write_text("\n".join(["业务参考号,金额,处理结果,失败原因", *lines]) + "\n", encoding="utf-8")
    kill(terminal, "zhao", "import", number, str(path), after=after, server=turn % 2 == 1)
    (*_, paid, spent, files), = ask(terminal, ALL)  # fmt: skip
    assert files in (turn, turn + 1)
    assert (paid, spent) == (files * EACH, files * EACH * 10_000)
    told = act(terminal, "zhao", "import", number, str(path), code=2 if files == turn + 1 else 0)
    assert ("error" in told) == (files == turn + 1)
    assert ask(terminal, ALL)[0][2] == (turn + 1) * EACH
