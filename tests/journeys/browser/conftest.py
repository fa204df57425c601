"""A real Chromium before the real server: `doudi serve` over a demo county of 300 households in a home of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import homes

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PASSWORD = "doudi-demo-2020"
WAIT = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server listens."""
    with served(tmp_path_factory) as told:
        yield told


@contextmanager
def served(folders: pytest.TempPathFactory, *, households: int = 300) -> Iterator[str]:
    """A server over a demo county in a home of its own, while it lasts."""
    if not CHROMIUM:
        pytest.skip("needs Chromium (make browser)")
    place = folders.mktemp("served") / "home"
    homes.put(folders, place, "demo", "--households", str(households))
    surroundings = {**os.environ, "DOUDI_HOME": str(place)}
    doudi = [sys.executable, "-m", "doudi"]
    port = _free_port()
    log = folders.mktemp("log") / "serve.txt"
    with log.open("w") as out:
        words = ["serve", "--port", str(port), "--processes", "1"]  # others begin two: each takes seconds to begin
        server = subprocess.Popen([*doudi, *words], env=surroundings, stdout=out, stderr=out)
    try:
        _await(f"http://127.0.0.1:{port}/health/", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(address: str, log: Path) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not come up: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")  # its event loop must end with the file: jobs refuse to be asked for inside one
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: errors, refusals of the page's policy, requests to other hosts."""
    return []


@pytest.fixture
def open_as(address: str, chromium: Any, complaints: list[str]) -> Iterator[Callable[..., Any]]:
    """`open_as("town", width=360, language="en")` is a page signed in with that demo account ("" for nobody)."""
    contexts = []

    def visit(username: str, width: int = 1366, language: str = "zh-hans", scripts: bool = True) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=scripts, base_url=address
        )
        contexts.append(context)
        context.add_cookies([{"name": "doudi_language", "value": language, "url": address}])
        page = context.new_page()
        _listen(page, complaints, urlsplit(address).netloc)
        if username:
            page.goto("/sign-in/")
            page.fill("#username", username)
            page.fill("#password", PASSWORD)
            page.click("main form button")
            page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page

    yield visit
    for context in contexts:
        context.close()


def _listen(page: Any, complaints: list[str], host: str) -> None:
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}") if _is_bad(said) else None)
    page.on("request", lambda asked: complaints.append(asked.url) if urlsplit(asked.url).netloc != host else None)


def _is_bad(said: Any) -> bool:
    """Errors, except the browser's own line for an answer that is meant to be a 4xx."""
    return said.type == "error" and "status of 4" not in said.text
