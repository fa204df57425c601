"""Telephones before the real server, over HTTPS and a name that is not localhost, with a line that can be cut."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests import homes
from tests.journeys.browser.conftest import CHROMIUM, FLAGS, PASSWORD, _free_port
from tests.journeys.browser.offline.line import Line
from tests.journeys.browser.offline.phone import Phone

NAME = "doudi.county.test"
HERE = Path(__file__).parent
PROCESSES = 2  # as on two cores, wherever the tests run


class Served:
    """A home that is served: `stop` kills the server as a power cut does, `start` brings it back.

    The tests' homes are copied from one made before (`folders`); without them a small one is made.
    """

    def __init__(self, folder: Path, folders: pytest.TempPathFactory | None = None) -> None:
        self.folder, self.port = folder, _free_port()
        self.surroundings = {**os.environ, "DOUDI_HOME": str(folder / "home")}
        self.server: subprocess.Popen[bytes] | None = None
        if folders is None:
            self._run("demo", "--households", "60")
        else:
            homes.put(folders, folder / "home", "demo", "--households", "300")  # as the other tests in a browser do
        self._run("certificate", NAME, "127.0.0.1")
        self.tls = folder / "home" / "tls"
        self._hand = subprocess.Popen(
            [sys.executable, str(HERE / "hand.py")],
            env={**self.surroundings, "PYTHONPATH": str(HERE.parents[3])},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._hand.stdout
        assert self._hand.stdout.readline() == "ready\n"

    def _run(self, *words: str) -> None:
        done = subprocess.run([sys.executable, "-m", "doudi", *words], env=self.surroundings, capture_output=True)
        assert done.returncode == 0, done.stderr[-2000:]

    def start(self) -> None:
        """Serve, and wait until it answers."""
        log = (self.folder / "serve.txt").open("ab")
        words = [sys.executable, "-m", "doudi", "serve", "--tls", "--port", str(self.port)]
        words += ["--processes", str(PROCESSES)]
        self.server = subprocess.Popen(words, env=self.surroundings, stdout=log, stderr=log)
        subprocess.run(
            ["curl", "-sk", "--retry", "240", "--retry-delay", "0", "--retry-all-errors", "--retry-max-time", "120",
             "-o", os.devnull, f"https://127.0.0.1:{self.port}/health/"],
            check=True,
        )  # fmt: skip

    def stop(self) -> None:
        """Kill it and what it started, at once."""
        assert self.server
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        self.server.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), 9)
        self.server.wait(30)

    def ask(self, do: str, **given: Any) -> Any:
        """What somebody else does, or what the server has (hand.py)."""
        assert self._hand.stdin
        assert self._hand.stdout
        self._hand.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self._hand.stdin.flush()
        answer = json.loads(self._hand.stdout.readline())
        assert "failed" not in answer, answer
        return answer["done"]

    def open_outbox(self, file: Path) -> None:
        """What a county officer does with an exported file, at the keyboard."""
        words = [sys.executable, "-m", "doudi", "outbox", "open", str(file), "--as", "county", "--password-stdin"]
        done = subprocess.run(
            words, env=self.surroundings, input=PASSWORD + "\n", capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def end(self) -> None:
        """Everything stops."""
        assert self._hand.stdin
        if self.server and self.server.poll() is None:
            self.server.terminate()
            self.server.wait(30)
        self._hand.stdin.close()
        self._hand.wait(30)

    @property
    def key_sum(self) -> str:
        """How Chromium is told to trust this one key, and no other."""
        shown = x509.load_pem_x509_certificate((self.tls / "server.pem").read_bytes())
        public = shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(public).digest()).decode()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if not CHROMIUM:
        pytest.skip("needs Chromium (make browser)")
    folder = tmp_path_factory.mktemp("phones")
    found = Served(folder, tmp_path_factory)
    try:
        found.start()
        yield found
    finally:
        found.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def line(served: Served) -> Iterator[Line]:
    made = Line(served.port, served.tls / "server.pem", served.tls / "server.key")
    yield made
    made.close()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture
def phone_of(served: Served, line: Line, playwright: Any, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """`phone_of(username)` is a telephone of its own, paired and open; at the end none complained of anything."""
    flags = [
        *FLAGS,
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={served.key_sum}",
    ]
    made: list[Phone] = []

    def begin(username: str = "", address: str = "", **options: Any) -> Phone:
        phone = Phone(
            playwright,
            CHROMIUM,
            flags,
            tmp_path / f"phone{len(made)}",
            address or f"https://{NAME}:{line.port}",
            options,
        )
        made.append(phone)
        if username:
            phone.pair(served.ask("code", username=username))
        return phone

    yield begin
    complaints = [said for phone in made for said in phone.complaints]
    for phone in made:
        phone.close()
    assert complaints == []


@pytest.fixture
def helper(served: Served) -> dict[str, Any]:
    """A helper of this test's own, with two households."""
    found: dict[str, Any] = served.ask("helper", households=2)
    return found
