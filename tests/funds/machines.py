"""Money as state machines: any verb in any order, beside an oracle of a few dictionaries.

After every step the verb has done what the oracle says, or refused and changed nothing, and every balance is the
oracle's to the fen.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from doudi.funds import batches, budgets, ledger, payments, reservations, settlements, sources
from doudi.funds.batches import Batch
from doudi.funds.settlements import Settled
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from tests.conftest import COUNTY, VILLAGE
from tests.funds.conftest import DAY, now

STEPS, GIVEN, PAYEES = 50, 300, 4  # steps of one game; fen at its start; the fourth payee has no account
GAMES = itertools.count(1)
ORIGIN, FEN = st.integers(1, PAYEES), st.integers(1, 120)
WHO = st.sampled_from(["li", "wang", "zhao"])


class Counted(RuleBasedStateMachine):
    """A budget of its own for every game, and how many steps were played in all."""

    played = 0

    def __init__(self) -> None:
        super().__init__()
        self.game = f"game{next(GAMES)}"
        source = sources.FundSource.objects.get(pk="S1")
        self.budget = budgets.establish(self.game, COUNTY, source, title=self.game, from_day=DAY, by="li")
        self.entries = [(budgets.appropriate(self.budget, GIVEN, document="2号", by="li", on=DAY), GIVEN)]
        self.given = GIVEN

    def tried(self, allowed: bool, verb: Callable[[], Any]) -> Any:
        """Do it: it succeeds where the oracle allows it and refuses in words where not. None where refused."""
        type(self).played += 1
        try:
            answer = verb()
        except Refusal as refusal:
            if allowed:
                raise AssertionError("refused what is allowed") from refusal
            return None
        assert allowed, "not refused"
        return answer

    def teardown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # every entry adds up
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert ledger.recount() == []


class Payments(Counted):
    """Payments, their reservations and batches."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[int, str] = {}  # of the current payment of each origin
        self.money: dict[int, tuple[str, int]] = {}  # what is reserved for it, and how far that is
        self.batch_of: dict[int, int] = {}
        self.batches: dict[int, str] = {}

    def number(self, origin: int) -> int:
        """The current payment of an origin; 0 where there is none."""
        found = payments.state_of(self.game, [origin]).get(origin)
        return found.payment if found else 0

    def available(self) -> int:
        return self.given - sum(fen for _, fen in self.money.values())

    def left(self, batch: int, *states: str) -> list[int]:
        return [each for each, at in self.batch_of.items() if at == batch and self.states[each] in states]

    @rule(origin=ORIGIN, fen=FEN)
    def make(self, origin: int, fen: int) -> None:
        held = self.money.get(origin)
        free = self.states.get(origin) in (None, "failed", "stopped")
        allowed = free and (held == ("reserved", fen) if held else fen <= self.available())
        row = payments.Payee(self.game, origin, origin, None, VILLAGE, fen)
        if self.tried(allowed, lambda: payments.make([row], by="li", on=DAY, budget=self.budget)):
            self.states[origin], self.money[origin] = "made", ("reserved", fen)
            self.batch_of.pop(origin, None)

    @rule(origin=ORIGIN, who=WHO)
    def check(self, origin: int, who: str) -> None:
        allowed = self.states.get(origin) == "made" and who != "li" and origin < PAYEES
        if self.tried(allowed, lambda: payments.check([self.number(origin)], by=who, now=now())):
            self.states[origin] = "checked"

    @rule(origin=ORIGIN)
    def retry(self, origin: int) -> None:
        allowed = self.states.get(origin) == "failed" and origin in self.money
        if self.number(origin) and self.tried(allowed, lambda: payments.retry([self.number(origin)], by="li", on=DAY)):
            self.states[origin] = "made"
            self.batch_of.pop(origin, None)

    @rule(origin=ORIGIN)
    def stop(self, origin: int) -> None:
        state = self.states.get(origin)
        allowed = state in (None, "made", "checked", "stopped")
        self.tried(allowed, lambda: payments.stop(self.game, [origin], reason="异议", by="li", on=DAY))
        if state in ("made", "checked"):
            self._leave(self.batch_of.get(origin))
            self.states[origin] = "stopped"

    @rule(origin=ORIGIN)
    def release(self, origin: int) -> None:
        if self.states.get(origin) in ("made", "checked"):
            return  # whoever releases stops first
        allowed = self.money.get(origin, ("", 0))[0] == "reserved"
        name = reservations.reference_of(self.game, origin)
        if self.tried(allowed, lambda: reservations.release([name], reason="撤回", by="li", on=DAY)):
            del self.money[origin]

    @rule()
    def batch(self) -> None:
        ready = [each for each, state in self.states.items() if state == "checked" and each not in self.batch_of]
        made = self.tried(bool(ready), lambda: batches.make(self.budget, by="li", on=DAY))
        if made:
            self.batches[made.pk] = "made"
            self.batch_of |= dict.fromkeys(ready, made.pk)

    @precondition(lambda self: self.batches)
    @rule(data=st.data(), who=WHO, step=st.sampled_from(["check", "check", "send", "send", "drop", "give_up"]))
    def carry_on(self, data: Any, who: str, step: str) -> None:
        batch = data.draw(st.sampled_from(sorted(self.batches)))
        getattr(self, f"_{step}")(Batch.objects.get(pk=batch), self.batches[batch], who)

    def _check(self, batch: Batch, state: str, who: str) -> None:
        if self.tried(state == "made" and who != "li", lambda: batches.check(batch, by=who, now=now())):
            self.batches[batch.pk] = "checked"

    def _send(self, batch: Batch, state: str, who: str) -> None:
        rows = payments.Payment.objects.filter(batch=batch)
        clean = who not in {batch.checked_by, *rows.values_list("checked_by", flat=True)}
        if self.tried(state == "checked" and who == "zhao" and clean, lambda: batches.send(batch, by=who, now=now())):
            for each in self.left(batch.pk, "checked"):
                self.states[each], self.money[each] = "sent", ("paying", self.money[each][1])
            self.batches[batch.pk] = "sent"

    def _drop(self, batch: Batch, state: str, who: str) -> None:
        allowed = state in ("made", "checked")
        self.tried(allowed, lambda: batches.drop(batch, reason="有误", by=who, on=DAY))
        if allowed:
            self._leave(batch.pk)

    def _give_up(self, batch: Batch, state: str, who: str) -> None:
        still = self.left(batch.pk, "sent", "held")
        if self.tried(bool(still), lambda: settlements.give_up(batch, document="银行函", by=who, on=DAY)):
            for each in still:
                self._become(each, "failed")

    @rule(origin=ORIGIN, state=st.sampled_from(["paid", "failed", "held"]))
    def answer(self, origin: int, state: str) -> None:
        def settle() -> bool:
            with carry_out("test.settle", by="zhao", payload=[]) as act:
                row = Settled(self.number(origin), state, "原因" if state != "paid" else "")
                settlements.settle([row], command=act.id, by="zhao", on=DAY, document="回单")
            return True

        if self.tried(self.states.get(origin) in ("sent", "held"), settle):
            self._become(origin, state)

    @rule(origin=ORIGIN)
    def take_back(self, origin: int) -> None:
        allowed = self.states.get(origin) == "paid"
        if self.tried(
            allowed, lambda: settlements.take_back([self.number(origin)], document="退汇单", by="li", on=DAY)
        ):
            self._become(origin, "failed")

    def _become(self, origin: int, state: str) -> None:
        went = {"paid": "spent", "failed": "reserved", "held": "paying"}[state]
        self.states[origin], self.money[origin] = state, (went, self.money[origin][1])
        batch = self.batch_of[origin]
        if not self.left(batch, "sent", "held"):
            self.batches[batch] = "closed"

    def _leave(self, batch: int | None) -> None:
        if batch is not None:
            self.batches[batch] = "dropped"
            self.batch_of = {each: at for each, at in self.batch_of.items() if at != batch}

    @invariant()
    def money_is_where_the_oracle_says(self) -> None:
        sums = dict.fromkeys(("reserved", "paying", "spent"), 0)
        for went, fen in self.money.values():
            sums[went] += fen
        told = {"appropriated": self.given, "available": self.available(), **sums}
        assert ledger.balances(self.budget) == told
        stand = payments.state_of(self.game, range(1, PAYEES + 1))
        assert {origin: each.state for origin, each in stand.items()} == self.states
        assert dict(Batch.objects.filter(budget=self.budget).values_list("pk", "state")) == self.batches


class Books(Counted):
    """The ledger alone: money given, taken back, reversed, set aside and released."""

    def __init__(self) -> None:
        super().__init__()
        self.reserved: dict[str, int] = {}
        self.reversed: set[int] = set()

    def available(self) -> int:
        return self.given - sum(self.reserved.values())

    @rule(fen=st.integers(-120, 120))
    def appropriate(self, fen: int) -> None:
        allowed = fen != 0 and -fen <= self.available()
        entry = self.tried(allowed, lambda: budgets.appropriate(self.budget, fen, document="3号", by="li", on=DAY))
        if entry:
            self.given += fen
            self.entries.append((entry, fen))

    @rule(name=st.sampled_from("abcdef"), fen=st.integers(0, 120))
    def reserve(self, name: str, fen: int) -> None:
        allowed = name not in self.reserved and 0 < fen <= self.available()
        reference = f"{self.game}:{name}"
        if self.tried(allowed, lambda: reservations.reserve(self.budget, {reference: fen}, by="li", on=DAY)):
            self.reserved[name] = fen

    @rule(name=st.sampled_from("abcdef"))
    def release(self, name: str) -> None:
        reference = f"{self.game}:{name}"
        if self.tried(name in self.reserved, lambda: reservations.release([reference], reason="撤回", by="li", on=DAY)):
            del self.reserved[name]

    @rule(data=st.data())
    def reverse(self, data: Any) -> None:
        number, fen = data.draw(st.sampled_from(self.entries))
        allowed = number not in self.reversed and fen <= self.available()
        entry = ledger.Entry.objects.get(pk=number)
        if self.tried(allowed, lambda: ledger.reverse(entry, reason="录错", by="li", on=DAY)):
            self.given -= fen
            self.reversed.add(number)

    @invariant()
    def balances_are_the_oracle(self) -> None:
        told = {"appropriated": self.given, "available": self.available(), "reserved": sum(self.reserved.values())}
        assert ledger.balances(self.budget) == {**told, "paying": 0, "spent": 0}


def play(machine: type[Counted], steps: int) -> int:
    """Play that many steps at least, in games of `STEPS`; answers how many were."""
    machine.played = 0
    while machine.played < steps:  # a game may end early
        _play(machine, steps // STEPS + 1)
    return machine.played


def _play(machine: type[Counted], games: int) -> None:
    wanted = settings(
        max_examples=games,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=wanted)
