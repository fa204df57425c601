"""The small decided county, with telephones of its helpers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.policy.conftest import county_database, pack, run, standing_county  # noqa: F401


class Phone:
    """A telephone as the server sees it: a token, and JSON both ways."""

    def __init__(self, user: Any, token: str) -> None:
        self.user, self.token, self.client = user, token, Client(raise_request_exception=True)
        self.cards: dict[int, dict[str, Any]] = {}
        self.cursor, self.held = "", dict[int, str]()

    def get(self, address: str, **data: Any) -> Any:
        return self.client.get(address, data, headers={"Authorization": f"Device {self.token}"})

    def post(self, address: str, content: Any, **headers: str) -> Any:
        body = content if isinstance(content, bytes) else None
        return self.client.post(
            address,
            body if body is not None else content,
            content_type="application/json",
            headers={"Authorization": f"Device {self.token}", **headers},
        )

    def pull(self) -> dict[str, Any]:
        held = ",".join(f"{number}:{digest}" for number, digest in self.held.items())
        answer = self.get("/m/api/pull", since=self.cursor, held=held)
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        self.cursor = told["cursor"]
        self.held = {}
        self._put(told["households"], told["gone"])
        return told

    def take(self, told: dict[str, Any]) -> None:
        """What the answer to a batch brings, as `m/sync.js` does."""
        self.held |= {int(number): digest for number, digest in told.get("digests", {}).items()}
        self.held |= {number: "" for number in told.get("later", ()) if number in self.cards}
        self._put(told["cards"], told["gone"])

    def _put(self, cards: list[dict[str, Any]], gone: list[int]) -> None:
        for card in cards:
            self.cards[card["id"]] = card
        for number in gone:
            self.cards.pop(number, None)

    def sync(self, *commands: dict[str, Any], device_at: str = "") -> list[dict[str, Any]]:
        answer = self.post("/m/api/sync", {"device_at": device_at, "commands": list(commands)})
        assert answer.status_code == 200, answer.content
        told = answer.json()
        self.take(told)
        results: list[dict[str, Any]] = told["results"]
        return results

    def fact(self, household: int, **wanted: Any) -> dict[str, Any]:
        """A fact of a card by what it is."""
        return next(f for f in self.cards[household]["facts"] if all(f[k] == v for k, v in wanted.items()))


def check(card: dict[str, Any], *facts: dict[str, Any], **body: Any) -> dict[str, Any]:
    """A check of a card as a telephone writes it."""
    return {
        "id": str(uuid.uuid4()),
        "verb": "check",
        "household": card["id"],
        "base_version": card["version"],
        "body": {"reached": "door", "reached_whom": "本人", "facts": list(facts), **body},
    }


def says(fact: dict[str, Any], value: Any = None) -> dict[str, Any]:
    """A fact of a card said to be the same, or another value."""
    said = {key: fact[key] for key in ("kind", "id", "fact")} | {"base": fact["value"]}
    return said | ({"said": "same"} if value is None else {"said": "changed", "value": value})


@pytest.fixture
def phone_of(run: Any) -> Callable[..., Phone]:  # noqa: F811
    """`phone_of("helper")` is a telephone paired with that demo account."""
    from django.utils import timezone

    from doudi.access import devices
    from doudi.access.users import User

    def pair(username: str = "helper", name: str = "旧手机") -> Phone:
        user = User.objects.get(username=username)
        _device, token = devices.register(user, name, by=username, now=timezone.now())
        return Phone(user, token)

    return pair


@pytest.fixture
def phone(phone_of: Callable[..., Phone]) -> Phone:
    made = phone_of()
    made.pull()
    return made
