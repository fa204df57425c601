"""Goods in and out of depots: never below nothing, whoever writes at once, however it is undone."""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from doudi.delivery import depots, goods
from doudi.delivery.depots import RECEIVED, Depot, Holding, Move, Movement
from doudi.delivery.goods import Good
from doudi.values.refusals import Refusal

DAY = datetime.date(2020, 2, 27)
COUNTY, TOWN = "510921000000", "510921110000"
SENDERS, SACKS = 16, 40


@pytest.fixture
def seed(places: Any, seeing_county: None) -> Good:
    return goods.register("水稻种子", kind="seed", unit="公斤", by="tester")


@pytest.fixture
def store(seed: Good) -> Depot:
    return depots.open_depot("县农资库", place_code=COUNTY, keeper="张保管", by="tester")


@pytest.fixture
def town_store(seed: Good) -> Depot:
    return depots.open_depot("鸣凤镇农资点", place_code=TOWN, keeper="李保管", by="tester")


def test_what_comes_in_can_go_on_and_no_more(store: Depot, town_store: Depot, seed: Good) -> None:
    depots.receive(store, seed, 100, note="省调拨单1号", by="tester", on=DAY)
    depots.send(store, town_store, seed, 60, note="", by="tester", on=DAY)
    assert (depots.held_of(store, seed), depots.held_of(town_store, seed)) == (40, 60)
    with pytest.raises(Refusal, match=r"holds 40 公斤"):
        depots.send(store, town_store, seed, 41, note="", by="tester", on=DAY)
    assert (depots.held_of(store, seed), depots.held_of(town_store, seed)) == (40, 60)


def test_a_movement_is_undone_once_and_a_transfer_on_both_sides(store: Depot, town_store: Depot, seed: Good) -> None:
    depots.receive(store, seed, 10, note="", by="tester", on=DAY)
    depots.send(store, town_store, seed, 10, note="", by="tester", on=DAY)
    sent = Movement.objects.get(kind="sent")
    depots.reverse(sent, note="发错了", by="tester", on=DAY)
    assert (depots.held_of(store, seed), depots.held_of(town_store, seed)) == (10, 0)
    with pytest.raises(Refusal, match="reversed already"):
        depots.reverse(sent, note="再来", by="tester", on=DAY)
    with pytest.raises(Refusal, match="not undone here"):
        depots.reverse(Movement.objects.filter(kind="reversed").first(), note="x", by="tester", on=DAY)  # type: ignore[arg-type]


def test_what_has_gone_on_is_not_undone(store: Depot, seed: Good) -> None:
    depots.receive(store, seed, 10, note="", by="tester", on=DAY)
    depots.spoil(store, seed, 3, note="受潮", by="tester", on=DAY)
    with pytest.raises(Refusal, match="holds 7"):
        depots.reverse(Movement.objects.get(kind=RECEIVED), note="记错", by="tester", on=DAY)
    with pytest.raises(Refusal, match="Say why"):
        depots.spoil(store, seed, 3, note=" ", by="tester", on=DAY)


@pytest.mark.parametrize("quantity", [0, -1, 10_000_001, 2**70])
def test_an_impossible_quantity_is_refused(store: Depot, seed: Good, quantity: int) -> None:
    with pytest.raises(Refusal, match="whole number"):
        depots.receive(store, seed, quantity, note="", by="tester", on=DAY)


def test_the_database_keeps_what_stands(store: Depot, seed: Good) -> None:
    depots.receive(store, seed, 10, note="", by="tester", on=DAY)
    for wrong in (
        "UPDATE delivery_depot_movement SET delta = 11",
        "DELETE FROM delivery_depot_movement",
        "UPDATE delivery_depot_holding SET quantity = 1000",
    ):
        with pytest.raises(Exception, match=r"refused|denied|never changed"), transaction.atomic():
            connection.cursor().execute(wrong)
    other = Move(store, seed, "reversed", -9, "x", None, Movement.objects.get().pk)
    with pytest.raises(IntegrityError, match="not undone"), transaction.atomic():
        depots.write([other], by="tester", on=DAY, command=uuid.uuid4())


def test_only_county_and_town_have_depots(seed: Good) -> None:
    for code in ("510921110212", "999999000000", ""):
        with pytest.raises(Refusal, match="county's or a town's"):
            depots.open_depot("x", place_code=code, keeper="y", by="tester")
    with pytest.raises(Refusal, match="there already"):
        goods.register(" 水稻种子 ", kind="seed", unit="公斤", by="tester")


@pytest.fixture
def common_store(fresh_database: str, django_db_blocker: Any) -> Iterator[tuple[Depot, Good]]:
    """A depot of forty sacks, committed, for several connections."""
    from doudi.access.scope import as_engine
    from doudi.places.divisions import Division, load
    from doudi.trail.commands import carry_out

    with django_db_blocker.unblock():
        with transaction.atomic(), as_engine(), carry_out("test", by="tester"):
            load([Division(COUNTY, "蓬溪县", "county", "county")], by="tester")
            good = goods.register("复合肥", kind="fertiliser", unit="袋", by="tester")
            depot = depots.open_depot("县库", place_code=COUNTY, keeper="王", by="tester")
            depots.receive(depot, good, SACKS, note="", by="tester", on=DAY)
        yield depot, good


def test_sixteen_at_once_take_no_more_than_there_is(common_store: tuple[Depot, Good]) -> None:
    from doudi.access.scope import as_engine

    depot, good = common_store
    taken, refused = [], []

    def take() -> None:
        try:
            for _ in range(5):
                try:
                    with transaction.atomic(), as_engine():
                        depots.spoil(depot, good, 1, note="试", by="tester", on=DAY)
                    taken.append(1)
                except Refusal:
                    refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction.atomic(), as_engine():
        assert (len(taken), len(refused)) == (SACKS, SENDERS * 5 - SACKS)
        assert depots.held_of(depot, good) == 0
        assert depots.recount() == []


class Stores(RuleBasedStateMachine):
    """Any order of movements over two depots; a plain dictionary says what should be there."""

    @initialize()
    def begin(self) -> None:
        self.good = Good.objects.get()
        self.two = list(Depot.objects.order_by("pk"))
        self.there = {depot.pk: 0 for depot in self.two}
        for depot in self.two:
            self.there[depot.pk] = depots.held_of(depot, self.good)

    def _try(self, act: Any, fits: bool) -> bool:
        try:
            with transaction.atomic():
                act()
        except Refusal:
            assert not fits
            return False
        assert fits
        return True

    @rule(which=st.integers(0, 1), many=st.integers(-1, 30))
    def receive(self, which: int, many: int) -> None:
        depot = self.two[which]
        if self._try(lambda: depots.receive(depot, self.good, many, note="", by="tester", on=DAY), many > 0):
            self.there[depot.pk] += many

    @rule(which=st.integers(0, 1), many=st.integers(1, 30))
    def send(self, which: int, many: int) -> None:
        one, other = self.two[which], self.two[1 - which]
        act = lambda: depots.send(one, other, self.good, many, note="", by="tester", on=DAY)  # noqa: E731
        if self._try(act, many <= self.there[one.pk]):
            self.there[one.pk] -= many
            self.there[other.pk] += many

    @rule(which=st.integers(0, 1), many=st.integers(1, 30))
    def spoil(self, which: int, many: int) -> None:
        depot = self.two[which]
        act = lambda: depots.spoil(depot, self.good, many, note="坏", by="tester", on=DAY)  # noqa: E731
        if self._try(act, many <= self.there[depot.pk]):
            self.there[depot.pk] -= many

    @rule(pick=st.integers(0, 50))
    def undo(self, pick: int) -> None:
        some = list(Movement.objects.order_by("-pk")[: pick + 1])
        if not some:
            return
        movement = some[-1]
        halves = [movement]
        if movement.transfer:
            halves = list(Movement.objects.filter(transfer=movement.transfer, reverses=None))
        free = movement.kind != "reversed" and not Movement.objects.filter(reverses__in=halves).exists()
        fits = free and all(self.there[each.depot_id] - each.delta >= 0 for each in halves)
        if self._try(lambda: depots.reverse(movement, note="错", by="tester", on=DAY), fits):
            for each in halves:
                self.there[each.depot_id] -= each.delta

    @invariant()
    def agrees(self) -> None:
        for depot in self.two:
            assert depots.held_of(depot, self.good) == self.there[depot.pk] >= 0

    def teardown(self) -> None:
        assert depots.recount() == []


def test_any_order_of_movements_agrees(store: Depot, town_store: Depot, seed: Good) -> None:
    assert Holding.objects.count() == 0
    run_state_machine_as_test(
        Stores,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
