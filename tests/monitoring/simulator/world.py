"""Many telephones and the server, with a network that drops, doubles, reorders and delays; everything by one seed.

A telephone keeps its outbox whatever happens and lets a command go only when it was told what became of it. The server
is the real one, asked through its own door. Households change hands and a village joins another meanwhile.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from doudi.monitoring import backlog
from doudi.web.phone import syncing
from tests.monitoring.conftest import Phone

Command = dict[str, Any]
CROWDED = 0.3  # of the batches
FINAL = ("done", "repeated", "conflict", "refused", "not_yours")


class _Crowded:
    """Turns of which none is free at the moment."""

    def __init__(self, turns: Any) -> None:
        self.turns = turns

    def acquire(self, *, blocking: bool = True, timeout: float | None = None) -> bool:
        return blocking and bool(self.turns.acquire(timeout=timeout))

    def release(self) -> None:
        self.turns.release()


@dataclass
class Handset:
    """One telephone: what it holds, what it still has to hand in, and a clock that may be years off."""

    phone: Phone
    outbox: list[Command] = field(default_factory=list)
    clock: str = ""

    @property
    def name(self) -> str:
        return str(self.phone.user.username)


@dataclass(frozen=True)
class Message:
    """A request under way, or its answer coming back."""

    to: int
    commands: tuple[Command, ...] = ()
    answer: dict[str, Any] | None = None


class Simulation:
    """One run. `told` remembers every word of the server about every command, `disputes` every one it ever named."""

    def __init__(self, phones: Sequence[Phone], seed: int) -> None:
        self.dice = random.Random(seed)
        clocks = ("", "1970-01-01T00:00:00Z", "2036-11-26T00:00:00Z", "2026-11-26T07:00:00+08:00")
        self.handsets = [Handset(phone, clock=self.dice.choice(clocks)) for phone in phones]
        self.network: list[Message] = []
        self.made: dict[str, Command] = {}
        self.told: dict[str, set[str]] = {}
        self.disputes: set[int] = set()
        self.seen: Counter[str] = Counter()
        self.day = date.min
        # Most of the time nothing happens, and most of what is under way does not arrive at once.
        self.steps = {
            self.edit: 26, self.send: 36, self.deliver: 90, self.drop: 40, self.double: 20, self.shuffle: 60,
            self.crash: 40, self.choose: 12, self.pull: 4, self.reassign: 3, self.settle: 6, self.idle: 394,
        }  # fmt: skip

    def play(self, operations: int) -> None:
        """So many operations, drawn by their weights."""
        acts, weights = list(self.steps), list(self.steps.values())
        for act in self.dice.choices(acts, weights, k=operations):
            self.seen[act.__name__] += 1
            act(self.dice.choice(self.handsets))

    def drain(self) -> None:
        """The network heals: whatever waits is handed in until nothing waits, and whoever was put off is decided."""
        for _ in range(20):
            while self.network:
                self._arrive(self.network.pop(0))
            waiting = [handset for handset in self.handsets if handset.outbox]
            if not waiting:
                break
            for handset in waiting:
                self.send(handset)
        self.settle(self.handsets[0])
        for handset in self.handsets:
            handset.phone.pull()

    # -- what happens on a telephone

    def edit(self, handset: Handset) -> None:
        """A check of one household: a fact or two the same, or otherwise than what is shown."""
        if not handset.phone.cards or len(handset.outbox) > 20:
            return
        card = self.dice.choice(list(handset.phone.cards.values()))
        open_facts = [f for f in card["facts"] if f["can_say"] and f["type"] in ("bool", "money")]
        some = self.dice.sample(open_facts, min(len(open_facts), self.dice.randint(0, 2)))
        body = {"reached": "door", "facts": [self._said(fact) for fact in some], "note": f"{len(self.made)}"}
        self._put(handset, card, "check", body)

    def _said(self, fact: dict[str, Any]) -> dict[str, Any]:
        said = {key: fact[key] for key in ("kind", "id", "fact")} | {"base": fact["value"]}
        if fact["value"] is not None and self.dice.random() < 0.4:
            return said | {"said": "same"}
        value = self.dice.random() < 0.5 if fact["type"] == "bool" else self.dice.randint(0, 30) * 10_000
        return said | {"said": "changed", "value": value}

    def choose(self, handset: Handset) -> None:
        """One of the two words, or the village's."""
        waits = [
            (card, each) for card in handset.phone.cards.values() for each in card["disputes"] if not each["settled"]
        ]
        if waits:
            card, each = self.dice.choice(waits)
            choice = self.dice.choice(("mine", "theirs", "ask_village"))
            self._put(handset, card, "choose", {"dispute": each["id"], "choice": choice})

    def _put(self, handset: Handset, card: dict[str, Any], verb: str, body: dict[str, Any]) -> None:
        made = {
            "id": str(uuid.UUID(int=self.dice.getrandbits(128), version=4)),
            "verb": verb,
            "seq": len(self.made),
            "at": handset.clock,
            "household": card["id"],
            "base_version": card["version"],
            "body": body,
        }
        self.made[made["id"]] = made
        handset.outbox.append(made)

    def crash(self, handset: Handset) -> None:
        """The browser is killed: what was coming back to it is lost, what it has put away is not."""
        at = self.handsets.index(handset)
        self.network = [each for each in self.network if each.to != at or each.answer is None]

    def pull(self, handset: Handset) -> None:
        """It takes what changed, when it has signal."""
        handset.phone.pull()

    def idle(self, handset: Handset) -> None:
        """Nothing, for a while."""

    # -- what happens on the way

    def send(self, handset: Handset) -> None:
        """A batch leaves; the outbox keeps it until it is told."""
        if handset.outbox:
            batch = tuple(handset.outbox[: self.dice.randint(1, 6)])
            self.network.append(Message(self.handsets.index(handset), batch))

    def deliver(self, _handset: Handset) -> None:
        """The next message arrives."""
        if self.network:
            self._arrive(self.network.pop(0))

    def drop(self, _handset: Handset) -> None:
        """A message is lost: the request, or the answer after it was carried out."""
        if self.network:
            self.network.pop(self.dice.randrange(len(self.network)))

    def double(self, _handset: Handset) -> None:
        """A message arrives twice."""
        if self.network:
            self.network.append(self.dice.choice(self.network))

    def shuffle(self, _handset: Handset) -> None:
        """Messages overtake one another."""
        self.dice.shuffle(self.network)

    def _arrive(self, message: Message) -> None:
        handset = self.handsets[message.to]
        if message.answer is None:
            self.network.append(Message(message.to, answer=self._served(handset, message.commands)))
            return
        handset.phone.take(message.answer)
        done = {each["id"] for each in message.answer["results"] if each["state"] in FINAL}
        handset.outbox = [each for each in handset.outbox if each["id"] not in done]

    def _served(self, handset: Handset, commands: Sequence[Command]) -> dict[str, Any]:
        """The server's own answer, noted word for word."""
        body = {"device_at": handset.clock, "commands": list(commands)}
        with self._crowd():
            answer = handset.phone.post("/m/api/sync", body)
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        self.seen["put off"] += bool(told.get("later"))
        for result in told["results"]:
            self.told.setdefault(result["id"], set()).add(result["state"])
            self.disputes |= {each["id"] for each in result.get("disputes", [])}
        return told

    @contextmanager
    def _crowd(self) -> Iterator[None]:
        """Now and then so many send that this batch finds no turn free, and gets one all the same a moment later."""
        turns = syncing._turns
        if self.dice.random() < CROWDED:
            syncing._turns = _Crowded(turns)  # type: ignore[assignment]
        try:
            yield
        finally:
            syncing._turns = turns

    def settle(self, _handset: Handset) -> None:
        """Whoever was put off is decided, as the worker does every second."""
        worker = backlog.Backlog()
        while worker.settle(now=timezone.now()) is not None:
            self.seen["pieces"] += 1

    # -- what happens in the county

    def reassign(self, handset: Handset) -> None:
        """A household passes from one helper to another."""
        from doudi.access.scope import as_engine
        from doudi.register.pairings import Pairing

        other = self.dice.choice(self.handsets)
        now = timezone.now()
        with as_engine():
            held = Pairing.objects.filter(helper=handset.phone.user, until_day=None).order_by("household_id")
            mine = [each for each in held if each.from_day < timezone.localdate(now)]
            taken = set(
                Pairing.objects.filter(helper=other.phone.user, until_day=None).values_list("household_id", flat=True)
            )
            some = [each for each in mine if each.household_id not in taken]
            if other is handset or not some:
                return
            from doudi.register import pairings

            moved = self.dice.choice(some)
            pairings.transfer([moved], other.phone.user, on=timezone.localdate(now), by="county", now=now)
