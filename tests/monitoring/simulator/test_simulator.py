"""After the queues drain everyone agrees, nothing acknowledged is lost, and no conflict has vanished."""

from __future__ import annotations

from typing import Any

import pytest

from doudi.access.scope import as_engine
from doudi.monitoring import changes, looking
from doudi.monitoring.checks import Check
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.kept_work import KeptWork
from doudi.policy import deferrals
from doudi.register.beliefs import Belief
from doudi.register.statements import Statement
from doudi.trail.commands import Command
from tests.monitoring.conftest import Phone, county_database, run, standing_county  # noqa: F401
from tests.monitoring.simulator.world import Simulation

PHONES = 6


@pytest.fixture
def phones(run: Any) -> list[Phone]:  # noqa: F811
    """The telephones of six helpers; two of them stand by the same households."""
    from django.utils import timezone

    from doudi.access import devices, duties
    from doudi.access.users import User
    from doudi.register import pairings
    from doudi.register.pairings import Pairing
    from doudi.trail.commands import carry_out

    now, day = timezone.now(), timezone.localdate()
    with carry_out("test", by="county"), as_engine():
        first = User.objects.get(username="helper")
        second = User(username="second_helper", name="李帮扶")
        second.set_unusable_password()
        second.save()
        duties.give(second, "helper", "", on=day, by="county")
        for each in Pairing.objects.filter(helper=first, until_day=None).select_related("household"):
            pairings.pair(each.household, second, unit="县医院", on=day, by="county", now=now)
        ids = Pairing.objects.filter(until_day=None).values("helper")
        others = list(
            User.objects.filter(pk__in=ids).exclude(pk__in=[first.pk, second.pk]).order_by("pk")[: PHONES - 2]
        )
        made = [(u, devices.register(u, "x", by=u.username, now=now)[1]) for u in (first, second, *others)]
    return [Phone(user, token) for user, token in made]


def merge_a_village() -> None:
    """The helper's village joins its neighbour, while commands about its households are under way."""
    from django.utils import timezone

    from doudi.places.divisions import Place
    from doudi.policy import merging

    now = timezone.now()
    with as_engine():
        old = "510921110212"
        to = Place.objects.filter(level=Place.VILLAGE, code__startswith="510921").exclude(code=old).order_by("-code")[0]
        merging.merge(old, to.code, on=timezone.localdate(now), by="county", now=now)


def look(world: Simulation) -> None:
    """Everything that must hold once all is quiet."""
    assert not any(handset.outbox for handset in world.handsets)
    every = set(world.made)
    assert set(world.told) == every
    with as_engine():
        there = {str(pk) for pk in Command.objects.filter(pk__in=every).values_list("pk", flat=True)}
        kept = {str(pk) for pk in KeptWork.objects.values_list("command_id", flat=True)}
        checks = {str(pk): facts for pk, facts in Check.objects.values_list("pk", "facts")}
        disputes = {each.pk: each for each in Dispute.objects.all()}
    acknowledged = {key for key, states in world.told.items() if states & {"done", "repeated", "conflict"}}
    assert acknowledged <= there, "nothing acknowledged is lost"
    assert {key for key, states in world.told.items() if "not_yours" in states} - there <= kept
    refused = {key for key, states in world.told.items() if states == {"refused"}}
    assert all(world.made[key]["verb"] == "choose" for key in refused), "only a second choice is refused"
    assert acknowledged | kept | refused == every
    _no_conflict_vanished(world, checks, disputes)
    _stated_once(acknowledged & {key for key in every if world.made[key]["verb"] == "check"}, checks)
    _everyone_agrees(world)
    assert deferrals.waiting().households == 0
    assert not any(card["deciding"] for handset in world.handsets for card in handset.phone.cards.values())


def _no_conflict_vanished(world: Simulation, checks: dict[str, Any], disputes: dict[int, Dispute]) -> None:
    assert world.disputes <= set(disputes), "a dispute once told is there for ever"
    clashed = {
        (each["kind"], each["id"], each["fact"])
        for facts in checks.values()
        for each in facts
        if each.get("outcome") in changes.HELD
    }
    assert clashed <= {(each.subject_kind, each.subject_id, each.fact) for each in disputes.values()}
    for each in disputes.values():
        assert (each.settled_at is not None) <= (each.choice in ("mine", "theirs"))


def _stated_once(ids: set[str], checks: dict[str, Any]) -> None:
    """Each check is there once, and what it states is there once."""
    assert ids <= set(checks)
    stated: dict[tuple[str, str, int, str], int] = {}
    with as_engine():
        for said in Statement.objects.filter(evidence__has_key="check"):
            for fact in said.facts:
                key = (said.evidence["check"], said.subject_kind, said.subject_id, fact)
                stated[key] = stated.get(key, 0) + 1
    wanted = {
        (number, each["kind"], each["id"], each["fact"])
        for number in checks
        for each in checks[number]
        if each.get("outcome") in (changes.APPLIED, changes.SAME, changes.PARALLEL)
    }
    assert set(stated) == wanted
    assert set(stated.values()) <= {1}


def _everyone_agrees(world: Simulation) -> None:
    from django.utils import timezone

    from doudi.register import beliefs
    from doudi.register.pairings import households_of

    cards: dict[int, dict[str, Any]] = {}
    for handset in world.handsets:
        held = handset.phone.cards
        assert set(held) == households_of(handset.phone.user, timezone.localdate())
        for number, card in held.items():
            assert cards.setdefault(number, card) == card, "two telephones hold the same card"
    with as_engine():
        before = dict(Belief.objects.values_list("pk", "document"))
    looked = looking.look(list(cards), on=world.day)
    beliefs.resolve_all(vocabulary=next(iter(looked.values())).decided.decider.pack.vocabulary)
    with as_engine():
        assert dict(Belief.objects.values_list("pk", "document")) == before
    _decided_as_believed(looked)


def _decided_as_believed(looked: dict[int, Any]) -> None:
    """What stands of each household is what its facts decide now, but for lines drawn over a village."""
    from doudi.policy import results
    from doudi.policy.decisions import Standing

    for number, one in looked.items():
        kinds = results.by_kind(one.decided.decider.pack)
        with as_engine():
            rows = Standing.objects.filter(household_id=number).select_related("decision")
            standing = {(row.subject_kind, row.subject_id): row.decision for row in rows}
        for subject, answers in one.decided.answers.items():
            for n, measure in enumerate(kinds[subject[0]]):
                if measure.limit is None:
                    assert standing[subject].verdicts[n] == answers[n].verdict, (subject, measure.name)


def simulate(phones: list[Phone], operations: int, seed: int) -> Simulation:
    from django.utils import timezone

    from doudi.monitoring import days

    world = Simulation(phones, seed)
    world.day = days.county_day(timezone.now())
    for handset in world.handsets:
        handset.phone.pull()
    world.play(operations // 2)
    merge_a_village()
    world.play(operations - operations // 2)
    world.drain()
    look(world)
    return world


def test_ten_thousand_operations(phones: list[Phone]) -> None:
    world = simulate(phones, 10_000, seed=20_200_227)
    states = {state for states in world.told.values() for state in states}
    assert {"done", "repeated", "conflict", "not_yours"} <= states, "the simulation reaches what it is about"
    assert min(world.seen[act.__name__] for act in world.steps) > 0
    assert world.seen["put off"] > 20


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(100))
def test_a_million_operations(phones: list[Phone], seed: int) -> None:
    simulate(phones, 10_000, seed=seed)
