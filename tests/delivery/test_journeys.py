"""From a granted seat to arrival: asked, agreed, listed, declared, boarded, arrived; what the database refuses."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from doudi.values.refusals import Refusal
from tests.delivery.conftest import DAY

pytestmark = pytest.mark.django_db
NEXT = DAY + datetime.timedelta(days=1)
MEASURE = "03_labour_transfer"


@pytest.fixture
def station(granted: Callable[..., list[int]], whole: Any) -> SimpleNamespace:
    """Everybody granted a seat, approved but the last one; an opening of five seats and a bus of three."""
    from doudi.access import duties
    from doudi.access.duties import Duty
    from doudi.access.users import User
    from doudi.delivery import grants, journeys, matches, openings
    from doudi.delivery.models import Entitlement
    from doudi.trail.commands import carry_out

    ids = granted(MEASURE)
    with whole():
        towns = Entitlement.objects.filter(pk__in=ids).order_by("place_code", "person__code")
        some = list(towns[:7])
        clerk = User.objects.get(username="town")
        held = set(Duty.objects.filter(user=clerk).values_list("place_code", flat=True))
        more = {each.place_code[:9] for each in some} - held
        duties.give_many([(clerk, "town_clerk", code) for code in sorted(more)], on=DAY, by="admin")
        for stage, who in (("town", "town"), ("labour_bureau", "bureau")):
            grants.advance([each.pk for each in some[:6]], stage, "accept", by=who, on=DAY)
        offer = openings.Offer("宁波某服装厂", "缝纫工", "浙江宁波", False, 450_000, 5, "declaration", NEXT, NEXT)
        opening = openings.enter(offer, on=DAY, by="county")
        bus = journeys.arrange(journeys.Trip("bus", "县人社局", "浙江宁波", NEXT, 3), on=DAY, by="county")
    persons = [each.person_id for each in some]

    def agreed(*which: int) -> list[int]:
        made = matches.ask(opening, [persons[at] for at in which], on=DAY, by="county")
        return [matches.answer(each, agrees=True, on=DAY, by="village").pk for each in made]

    def write(what: Callable[[], Any]) -> Any:
        with carry_out("test.write", by="county", payload=[]):
            return what()

    return SimpleNamespace(opening=opening, bus=bus, persons=persons, agreed=agreed, write=write)


def aboard(station: SimpleNamespace, *which: int, fit: bool = True, on: datetime.date = DAY) -> list[int]:
    from doudi.delivery import journeys
    from doudi.delivery.models import Passenger

    journeys.enlist(station.bus, station.agreed(*which), by="county")
    ids = list(Passenger.objects.filter(journey=station.bus).values_list("pk", flat=True))
    journeys.declare(ids, fit=fit, on=on, by="village")
    return ids


def test_only_arrival_makes_a_worker_count_as_out(station: SimpleNamespace, whole: Any) -> None:
    from doudi.delivery import journeys, travel_facts
    from doudi.delivery.models import Entitlement, Passenger, Step

    with whole():
        ids = aboard(station, 0, 1)
        assert travel_facts.facts(NEXT) == {}
        journeys.depart(station.bus, ids, on=NEXT, by="county")
        assert travel_facts.facts(NEXT) == {}
        there = NEXT + datetime.timedelta(days=1)
        assert journeys.arrive(station.bus, {ids[0]: True, ids[1]: False}, on=there, by="bureau") == 1
        first = Passenger.objects.get(pk=ids[0]).person_id
        assert travel_facts.facts(NEXT) == {}
        assert travel_facts.facts(there) == {("person", "working_away"): {first: True}}
        states = dict(Entitlement.objects.filter(person__in=station.persons[:2]).values_list("person", "state"))
        assert sorted(states.values()) == ["deliverable", "delivered"]
        assert states[first] == "delivered"
        step = Step.objects.filter(entitlement__person=first).order_by("-pk")[0]
        assert step.said == {"kind": "arrival_note", "journey": station.bus.pk}
        station.bus.refresh_from_db()
        assert station.bus.state == "closed"


def test_never_more_than_the_seats(station: SimpleNamespace, whole: Any) -> None:
    from doudi.delivery import journeys
    from doudi.delivery.models import Journey, Opening, Passenger

    with whole():
        made = station.agreed(0, 1, 2, 3)
        with pytest.raises(Refusal, match="3 seats are left"):
            journeys.enlist(station.bus, made, by="county")
        journeys.enlist(station.bus, made[:3], by="county")
        from doudi.delivery.models import Match

        extra = journeys.seat(Match.objects.get(pk=made[3]), station.bus.pk, 4)
        with pytest.raises(IntegrityError, match="seats_not_exceeded"), transaction.atomic():
            station.write(extra.save)
        with pytest.raises(Refusal, match="1 seats are left"):
            station.agreed(4, 5)
        assert (Journey.objects.get().taken, Opening.objects.get().taken) == (3, 4)
        journeys.strike(Passenger.objects.first(), reason="家里有事", by="county")  # type: ignore[arg-type]
        assert Journey.objects.get().taken == 2


@pytest.mark.parametrize(("fit", "days"), [(False, 0), (True, 4)], ids=["unfit", "declared too long ago"])
def test_without_a_good_declaration_nobody_boards(station: SimpleNamespace, whole: Any, fit: bool, days: int) -> None:
    from doudi.delivery import journeys
    from doudi.delivery.models import Journey, Passenger

    with whole():
        ids = aboard(station, 0, fit=fit)
        leaves = DAY + datetime.timedelta(days=days)
        assert set(journeys.hindered(station.bus, on=leaves).values()) == {"undeclared" if days else "unfit"}
        with pytest.raises(Refusal, match="1 of them may not board"):
            journeys.depart(station.bus, ids, on=leaves, by="county")

        def write() -> None:
            Passenger.objects.filter(pk__in=ids).update(state="boarded")
            Journey.objects.update(state="departed", departed_on=leaves)

        with pytest.raises(IntegrityError, match=r"board|declaration"), transaction.atomic():
            station.write(write)


def test_nobody_in_isolation_boards_whoever_writes(station: SimpleNamespace, whole: Any) -> None:
    from doudi.delivery import journeys
    from doudi.delivery.models import Passenger
    from doudi.facts import vocabulary
    from doudi.register import statements

    with whole():
        ids = aboard(station, 0, 1)
        held = Passenger.objects.get(pk=ids[0])
        now = datetime.datetime(2020, 2, 28, 4, tzinfo=datetime.UTC)
        statements.record(
            "person", held.person_id, {"isolated": True}, source="bureau", about=DAY, by="county", now=now,
            vocabulary=vocabulary.load(),
        )  # fmt: skip
        assert journeys.hindered(station.bus, on=NEXT) == {ids[0]: "held"}
        with pytest.raises(Refusal):
            journeys.depart(station.bus, ids, on=NEXT, by="county")
        with pytest.raises(IntegrityError, match="may not board"), transaction.atomic():
            station.write(lambda: Passenger.objects.filter(pk=ids[0]).update(state="boarded"))
        journeys.depart(station.bus, ids[1:], on=NEXT, by="county")
        assert sorted(Passenger.objects.values_list("state", flat=True)) == ["boarded", "off"]


def test_nobody_boards_before_town_and_labour_bureau_have_approved(station: SimpleNamespace, whole: Any) -> None:
    from doudi.delivery import journeys
    from doudi.delivery.models import Passenger

    with whole():
        ids = aboard(station, 6)
        assert journeys.hindered(station.bus, on=NEXT) == {ids[0]: "unapproved"}
        with pytest.raises(IntegrityError, match="may not board"), transaction.atomic():
            station.write(lambda: Passenger.objects.filter(pk=ids[0]).update(state="boarded"))


def test_one_destination_and_the_workers_own_yes(station: SimpleNamespace, whole: Any) -> None:
    from doudi.delivery import journeys, matches

    with whole():
        elsewhere = journeys.arrange(journeys.Trip("train", "县人社局", "广东东莞", NEXT, 9), on=DAY, by="county")
        made = station.agreed(0)
        with pytest.raises(Refusal):
            journeys.enlist(elsewhere, made, by="county")
        (asked,) = matches.ask(station.opening, [station.persons[1]], on=DAY, by="county")
        with pytest.raises(Refusal):
            journeys.enlist(station.bus, [asked.pk], by="county")
        with pytest.raises(IntegrityError, match="has not agreed"), transaction.atomic():
            station.write(journeys.seat(asked, station.bus.pk, 1).save)
        with pytest.raises(Refusal):
            matches.ask(station.opening, [station.persons[0]], on=DAY, by="county")


def test_a_plan_seats_all_who_agreed_and_leaves_out_who_changed_their_mind(
    station: SimpleNamespace, whole: Any
) -> None:
    from doudi.delivery import journey_plans, matches
    from doudi.delivery.models import Journey, Match, Passenger

    with whole():
        made = station.agreed(0, 1, 2)
        plan = journey_plans.make(seats=2, on=DAY, by="county")
        assert (plan.told["riders"], plan.told["vehicles"]) == (3, 2)
        assert plan.told["bound"] <= plan.told["effort"]
        matches.withdraw(Match.objects.get(pk=made[0]), reason="不去了", on=DAY, by="village")
        told = journey_plans.adopt(plan, organiser="县人社局", on=DAY, by="county")
        assert (told["passengers"], told["left_out"]) == (2, 1)
        assert set(Passenger.objects.values_list("match", flat=True)) == set(made[1:])
        assert Journey.objects.filter(plan=plan.pk).count() == told["journeys"]
        with pytest.raises(Refusal):
            journey_plans.adopt(plan, organiser="县人社局", on=DAY, by="county")


def test_a_town_sees_its_own_workers_only(station: SimpleNamespace, whole: Any) -> None:
    from doudi.delivery.models import Match

    with whole():
        station.agreed(0, 1)
        places = set(Match.objects.values_list("place_code", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE doudi_app; SELECT set_config('doudi.places', '510921999', true)")
        cursor.execute("SELECT count(*) FROM delivery_match")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT set_config('doudi.places', %s, true)", [min(places)[:9]])
        cursor.execute("SELECT count(*) FROM delivery_match")
        assert cursor.fetchone()[0] > 0
