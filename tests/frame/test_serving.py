"""`doudi serve`: one a home, a port that is free, stopped cleanly or killed without loss."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import homes
from tests.frame.terminal import Terminal

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    terminal = homes.put(tmp_path_factory, tmp_path_factory.mktemp("served") / "home", *homes.EMPTY)
    yield terminal
    assert terminal.server() is None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    for line in process.stdout:
        found = ADDRESS.search(line)
        if found:
            return found.group()
    raise AssertionError(f"it ended with {process.wait()}")


def answers(address: str) -> int:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address + "sign-in/", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


def stop(process: subprocess.Popen[str], how: signal.Signals) -> int:
    process.send_signal(how)
    return process.wait(30)


def gone(terminal: Terminal) -> bool:
    for _ in range(100):
        if terminal.server() is None:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(terminal: Terminal, how: signal.Signals) -> None:
    process = terminal.start("serve", "--port", str(free_port()))
    assert answers(address_of(process)) == 200
    assert stop(process, how) in (0, 128 + how)
    assert terminal.server() is None


def test_a_second_one_is_refused_and_commands_go_on(terminal: Terminal) -> None:
    process = terminal.start("serve", "--port", str(free_port()))
    address = address_of(process)
    refused = terminal.run("serve", code=2)
    assert address in refused.stderr
    assert str(process.pid) in refused.stderr
    terminal.run("account", "add", "during", "--role", "administrator")
    assert "served" in terminal.run("restore", str(terminal.home / "x"), code=2).stderr
    assert answers(address) == 200
    stop(process, signal.SIGINT)


def test_killed_it_loses_nothing_and_starts_again(terminal: Terminal) -> None:
    port = free_port()
    process = terminal.start("serve", "--port", str(port))
    answers(address_of(process))
    terminal.run("account", "add", "kept", "--role", "administrator")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert gone(terminal), "the database was left behind"
    begun = time.monotonic()
    process = terminal.start("serve", "--port", str(port))
    assert answers(address_of(process)) == 200
    assert time.monotonic() - begun < 15
    assert "kept" in terminal.run("account", "list").stdout
    stop(process, signal.SIGINT)


def test_a_port_in_use_is_told(terminal: Terminal) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} is in use" in terminal.run("serve", "--port", str(port), code=2).stderr


@pytest.mark.parametrize("words", [["--port", "0"], ["--port", "70000"], ["--port", "x"], ["--threads", "0"]])
def test_an_option_that_makes_no_sense_is_refused(terminal: Terminal, words: list[str]) -> None:
    assert "Error: Invalid value" in terminal.run("serve", *words, code=2).stderr


def test_more_threads_than_the_database_has_connections_are_refused(terminal: Terminal) -> None:
    said = terminal.run("serve", "--processes", "4", "--threads", "13", code=2).stderr
    assert "4 processes of 13 threads ask for 52 connections" in said
    assert "--threads 12 or fewer" in said
    assert terminal.server() is None, "refused before anything is started"


def test_an_address_that_is_not_ours_is_told(terminal: Terminal, tmp_path: Path) -> None:
    assert "cannot be listened on" in terminal.run("serve", "--host", "192.0.2.1", code=2).stderr
