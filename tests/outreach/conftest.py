"""A small decided county to tell things to, and a gateway that is a real server of this machine."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.policy.conftest import county_database, run, standing_county

__all__ = ["county_database", "run", "standing_county"]
DAY = datetime.date(2020, 2, 27)
NOON = datetime.datetime(2020, 2, 27, 4, tzinfo=datetime.UTC)  # twelve o'clock in the county
COUNTY = "510921000000"
AWARD = "01_livelihood_award"


@pytest.fixture
def whole(run: Any) -> Iterator[Any]:
    """The whole county is seen; answers the run in force."""
    from doudi.access.scope import as_engine

    with as_engine():
        yield run


class Heard:
    """What the gateway was sent, and how it answers."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        self.refuse: set[str] = set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def way(self) -> str:
        return f"json://user:geheim123@127.0.0.1:{self.server.server_port}/send/{{to}}"

    @property
    def numbers(self) -> list[str]:
        return [body["to"] for body in self.bodies]


def _handler(heard: Heard) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.bodies.append({**body, "path": self.path})
            self.send_response(500 if body.get("to") in heard.refuse else heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture
def heard() -> Iterator[Heard]:
    """A gateway on 127.0.0.1 that keeps what it is sent."""
    made = Heard()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def gateway(whole: Any, heard: Heard) -> Any:
    """The county's text messages go to that server."""
    from doudi.outreach import gateways

    return gateways.open_way("测试通道", "sms", heard.way, place_code=COUNTY, by="county", now=NOON)


@pytest.fixture
def begun(whole: Any) -> Callable[..., Any]:
    """`begun("sms", rule=...)` prepares a campaign about the award as county and starts it as county2."""
    from doudi.outreach import audiences, campaigns, messages, starting
    from doudi.outreach.messages import Wording

    def make(*channels: str, rule: str = "true", start: bool = True, **more: Any) -> Any:
        wordings = [Wording("产业就业扶持金每人100元,见到成效后发。"), Wording("自己做事有100元。", words="plain")]
        message = messages.write("扶持金", wordings, measures=[AWARD], place_code=COUNTY, by="county", on=DAY)
        plan = campaigns.Plan(COUNTY, rule, channels, DAY, DAY + datetime.timedelta(days=20), **more)
        made = campaigns.prepare(message, plan, by="county", on=DAY)
        if not start:
            return made
        audience = audiences.find(made.rule, whole, places=["510921"], reads=["open", "personal", "money", "health"])
        return starting.start(made, audience, whole, by="county2", now=NOON)

    return make


@pytest.fixture
def with_numbers(whole: Any) -> Callable[..., dict[int, str]]:
    """`with_numbers(5)` gives some households a telephone number of their own; answers them."""
    from doudi.register import statements
    from doudi.register.households import Household

    def give(many: int = 5, *, same: bool = False) -> dict[int, str]:
        found = {}
        for n, home in enumerate(Household.objects.order_by("code")[:many]):
            number = "13900000000" if same else f"139000000{n:02d}"
            statements.record("household", home.pk, {"phone": number}, source="national", about=DAY, by="t", now=NOON)
            found[home.pk] = number
        return found

    return give
