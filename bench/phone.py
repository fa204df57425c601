"""The phone's bars: how long until a helper sees the first household, on a slow line and a slow processor.

    python -m bench.phone [--rounds 3] [--json]

A small demo county is served over HTTPS in a home of its own that is removed afterwards. Cold: nothing kept,
400 kbit/s, 400 ms, a processor four times slower; from opening the address to the pairing screen, then from the last
digit of the PIN, typed at five digits a second, to the first card (the two are added; what the person types between
them is not, and what the phone fetches meanwhile is the point). Warm: shell and cards kept and no server; from opening
to the PIN, then from its last digit to the first card.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bench.county import Bar, _bar, _say, table

COLD, WARM = 4.0, 1.0  # seconds
LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 4
A_DIGIT = 200  # milliseconds: five digits a second, as a quick hand chooses a PIN


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(rounds: int, as_json: bool) -> None:
    """Measure and print."""
    bars = measure(rounds=rounds)
    click.echo(json.dumps({"bars": [asdict(bar) for bar in bars]}) if as_json else table(bars))


def measure(*, rounds: int) -> list[Bar]:
    """The two bars, with what each is made of."""
    from playwright.sync_api import sync_playwright

    from tests.journeys.browser.offline.conftest import Served

    _say("making and serving a small demo county")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        served = Served(Path(place))
        try:
            served.start()
            found = [_round(served, playwright, Path(place) / f"phone{n}") for n in range(rounds)]
        finally:
            served.end()
    to_screen, from_pin, to_pin, again = (list(each) for each in zip(*found, strict=True))
    return [
        _bar("cold: to the pairing screen", to_screen, None),
        _bar("cold: from the PIN to the first card", from_pin, None),
        _bar("cold: both", [a + b for a, b in zip(to_screen, from_pin, strict=True)], COLD),
        _bar("warm, no signal: to the PIN", to_pin, None),
        _bar("warm, no signal: from the PIN to the first card", again, None),
        _bar("warm, no signal: both", [a + b for a, b in zip(to_pin, again, strict=True)], WARM),
    ]


def _round(served: Any, playwright: Any, folder: Path) -> tuple[float, float, float, float]:
    """One phone, from the shop to the second day."""
    from tests.journeys.browser.conftest import CHROMIUM, FLAGS
    from tests.journeys.browser.offline.conftest import NAME
    from tests.journeys.browser.offline.phone import PIN, Phone

    _say(f"a phone: {folder.name}")
    flags = [
        *(*FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1"),
        f"--ignore-certificate-errors-spki-list={served.key_sum}",
    ]
    phone = Phone(playwright, CHROMIUM, flags, folder, f"https://{NAME}:{served.port}", {})
    username = served.ask("helper", households=2)["username"]
    slow = _slow(phone)
    to_screen = _timed(lambda: phone.page.goto("/m/", wait_until="commit"), phone, "#code")
    phone.page.fill("#code", served.ask("code", username=username))
    phone.page.click("form button.button-main")
    for field in ("#pin", "#again"):
        phone.page.locator(field).press_sequentially(PIN, delay=A_DIGIT)
    from_pin = _timed(lambda: phone.page.keyboard.press("Enter"), phone, "[data-household]")
    slow.send("Network.emulateNetworkConditions", {**LINE, "latency": 0, "downloadThroughput": -1})
    phone.worker_ready()
    phone.restart()
    _slow(phone, offline=True)
    to_pin = _timed(lambda: phone.page.goto("/m/", wait_until="commit"), phone, "#pin")
    phone.page.fill("#pin", PIN)
    again = _timed(lambda: phone.page.keyboard.press("Enter"), phone, "[data-household]")
    phone.close()
    return to_screen, from_pin, to_pin, again


def _slow(phone: Any, *, offline: bool = False) -> Any:
    """A cheap phone on a slow line."""
    session = phone.context.new_cdp_session(phone.page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {**LINE, "offline": offline})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return session


def _timed(doing: Callable[[], Any], phone: Any, until: str) -> float:
    """Seconds from doing something until it is to be seen."""
    started = time.perf_counter()
    doing()
    phone.page.locator(until).first.wait_for()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
