"""Alerts: raised by the pack's rules in bulk and one household at a time alike, closed by a person or by the facts."""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from doudi.access.scope import as_engine
from doudi.monitoring import alert_rules, alerts, follow_ups, grounds, snapshot, tasks, touched, watching
from doudi.monitoring.alerts import CLOSED, FOLLOWED, HANDLED, OPEN, OVER, Alert
from doudi.monitoring.checks import Check
from doudi.policy import stores, turns
from doudi.register import statements
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.trail import jobs
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

DAY, LATER = datetime.date(2020, 2, 27), datetime.date(2020, 2, 28)
NOW = datetime.datetime(2020, 2, 28, 9, tzinfo=datetime.UTC)
UNSOLD = "produce_unsold"


@pytest.fixture
def county(run: Any) -> Iterator[None]:
    with transaction.atomic(), as_engine():
        watching.look(by="county", on=DAY, run=run)
        yield


@pytest.fixture
def home(county: None) -> Household:
    """A household whose produce is sold."""
    with_it = Alert.objects.filter(name=UNSOLD).values("household_id")
    return Household.objects.exclude(pk__in=with_it).order_by("pk")[0]


def say(home: Household, value: bool, about: datetime.date = DAY) -> None:
    facts = {"unsold_produce": value}
    statements.record("household", home.pk, facts, source="field", about=about, by="helper", now=NOW)


def look(home: Household, on: datetime.date = DAY) -> None:
    watching.look_at([home.pk], by="town", on=on)


def of(home: Household) -> list[Alert]:
    return list(Alert.objects.filter(name=UNSOLD, household=home).order_by("id"))


def test_in_bulk_and_household_by_household_the_same_alerts_hold(county: None, run: Any, pack: Any) -> None:
    places = dict(Household.objects.values_list("pk", "place_code"))
    one_by_one = {each[:4] for each in alert_rules.of_households(pack, places, on=run.as_of)}
    found = alert_rules.over(run.snapshot, pack, on=run.as_of)
    at_once = {each[:4] for each in found if each.kind in alert_rules.OF_HOUSEHOLDS}
    assert at_once == one_by_one
    assert len({name for name, *_ in at_once}) > 5


def test_an_answer_raises_it_at_once_and_the_next_ends_it(home: Household) -> None:
    assert of(home) == []
    say(home, True)
    look(home)
    (raised,) = of(home)
    assert (raised.state, raised.holds, raised.raised_on) == (OPEN, True, DAY)
    look(home)
    assert len(of(home)) == 1
    say(home, False, LATER)
    look(home, LATER)
    (over,) = of(home)
    assert (over.state, over.holds, over.closed_by, over.closed_on) == (OVER, False, "town", LATER)
    assert over.reason


def test_a_closed_one_is_not_raised_while_it_holds_but_when_it_comes_back(home: Household) -> None:
    say(home, True)
    look(home)
    alerts.close(of(home)[0], HANDLED, reason="找到买家", by="town", on=DAY)
    look(home)
    (closed,) = of(home)
    assert (closed.state, closed.holds, closed.reason) == (CLOSED, True, "找到买家")
    say(home, False, LATER)
    look(home, LATER)
    say(home, True, LATER)
    look(home, LATER)
    first, second = of(home)
    assert (first.state, first.holds, second.state, second.holds) == (CLOSED, False, OPEN, True)


@pytest.mark.parametrize(("how", "reason"), [("handled", " "), ("", "做了"), ("nonsense", "做了")])
def test_closing_wants_a_way_and_a_reason(home: Household, how: str, reason: str) -> None:
    say(home, True)
    look(home)
    with pytest.raises(Refusal), transaction.atomic():
        alerts.close(of(home)[0], how, reason=reason, by="town", on=DAY)
    assert of(home)[0].state == OPEN


def test_it_is_closed_once(home: Household) -> None:
    say(home, True)
    look(home)
    alerts.close(of(home)[0], HANDLED, reason="找到买家", by="town", on=DAY)
    with pytest.raises(Refusal), transaction.atomic():
        alerts.close(of(home)[0], HANDLED, reason="又关一次", by="county", on=DAY)
    assert of(home)[0].closed_by == "town"


def test_the_database_keeps_that_closing_has_a_person_and_a_reason(home: Household) -> None:
    say(home, True)
    look(home)
    with pytest.raises(DatabaseError), transaction.atomic():
        Alert.objects.filter(pk=of(home)[0].pk).update(state=CLOSED, closed_on=DAY, closed_by="town")


def test_a_follow_up_keeps_it_waiting_and_is_the_helpers_task(home: Household) -> None:
    say(home, True)
    look(home)
    made = alerts.follow(of(home)[0], "下周再问", due=LATER, by="helper", on=DAY)
    assert (of(home)[0].state, made.about) == (FOLLOWED, f"alert:{of(home)[0].pk}")
    told = tasks.of_household(home.pk, on=LATER)
    assert [each.where for each in told if each.kind == tasks.ALERT and "滞销" in each.zh] == [
        f"alert:{of(home)[0].pk}"
    ]
    assert any(each.kind == tasks.FOLLOW_UP for each in told)
    follow_ups.finish(made.pk, result="已卖出", by="helper", on=LATER)
    assert of(home)[0].state == FOLLOWED  # the follow-up is done; the alert waits for the facts or for a person


def test_the_grounds_tell_the_rule_and_the_source(home: Household, pack: Any) -> None:
    say(home, True)
    look(home)
    told = grounds.of([pack.alerts[UNSOLD]], "household", home.pk, home.pk, pack, on=DAY, reader=None)
    assert told is not None
    assert told.verdict == 1
    assert [each.source.name for each in told.parts if each.source] == ["field"]


def test_of_a_comparison_the_grounds_tell_what_was_compared(home: Household, pack: Any) -> None:
    facts = {"wages_now": 100_000, "wages_a_year_ago": 300_000}
    statements.record("household", home.pk, facts, source="field", about=DAY, by="helper", now=NOW)
    told = grounds.of([pack.alerts["wages_fell_by_half"]], "household", home.pk, home.pk, pack, on=DAY, reader=None)
    assert told is not None
    compared, *facts_told = told.parts
    assert (told.verdict, compared.verdict) == (1, 1)
    assert "2,000.00元 < " in compared.zh
    assert "3,000.00" in compared.en
    assert [each.value_zh for each in facts_told] == ["1,000.00元", "3,000.00元"]


def test_nobody_looked_is_counted_from_what_was_said_at_the_household(home: Household, pack: Any) -> None:
    say(home, True)
    asked, fact = {"household": [home.pk]}, ("household", "last_looked_at_on")
    assert snapshot.know(asked, as_of=DAY, vocabulary=pack.vocabulary)[fact] == {home.pk: DAY}
    assert snapshot.know(asked, as_of=datetime.date(2019, 1, 1), vocabulary=pack.vocabulary)[fact] == {}
    long_after = DAY + datetime.timedelta(days=15)
    held = {each.name for each in alert_rules.of_households(pack, {home.pk: home.place_code}, on=DAY)}
    later = {each.name for each in alert_rules.of_households(pack, {home.pk: home.place_code}, on=long_after)}
    assert "nobody_looked" not in held
    registered = statements.Statement.objects.filter(subject_id=home.pk, facts__registered_poor=True).exists()
    assert ("nobody_looked" in later) == registered


def test_of_very_many_that_moved_the_alerts_speak_of_now(
    home: Household, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a table of the whole county nobody waits for the next run."""
    monkeypatch.setattr(watching, "MOST_MOVED", 0)
    say(home, value=True)
    watching.look(by="county", on=DAY, run=run)
    (raised,) = of(home)
    assert (raised.state, raised.holds) == (OPEN, True)
    say(home, value=False)
    watching.look(by="county", on=DAY, run=run)
    (over,) = of(home)
    assert (over.state, over.closed_by) == (OVER, "county")


def test_of_who_moved_since_the_facts_were_taken_nothing_of_before_is_raised(home: Household, run: Any) -> None:
    say(home, value=True)
    facts = watching.facts_of(run, on=DAY)
    watching.look(by="county", on=DAY, run=run, facts=facts)
    say(home, value=False)
    look(home)
    watching.look(by="county", on=DAY, run=run, facts=facts._replace(moved={home.pk: home.place_code}))
    (over,) = of(home)
    assert (over.holds, over.state, over.closed_by) == (False, OVER, "town")
    watching.clean()


@pytest.mark.parametrize("most", [0, watching.MOST_MOVED])
def test_what_moved_is_caught_up_with_as_a_job(home: Household, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Few are looked at one by one, many with the whole county; asked for twice, the second finds nothing new."""
    monkeypatch.setattr(watching, "MOST_MOVED", most)
    jobs.drain()
    say(home, value=True)
    assert of(home) == []
    assert watching.waiting() > 0
    watching.ask_to_catch_up(by="town", on=DAY)
    watching.ask_to_catch_up(by="town", on=DAY)
    assert jobs.drain() == 2
    news = watching.news()
    assert news is not None
    assert (news.job, news.state) == (watching.CATCH_UP, "done")
    (raised,) = of(home)
    assert raised.holds


def due_soon(loan: int) -> list[tuple[bool, str]]:
    return list(Alert.objects.filter(name="loan_due_soon", subject_id=loan).values_list("holds", "state"))


@pytest.fixture
def unmoved(county: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was said since the run, so nobody is judged one by one."""
    monkeypatch.setattr(touched, "households", lambda _since: {})


def test_days_alone_raise_and_end_alerts_without_a_run(unmoved: None, run: Any) -> None:
    loan = Item.objects.filter(kind="loan", household__isnull=False)[0]
    due = (DAY + datetime.timedelta(days=40)).isoformat()
    statements.record("loan", loan.pk, {"due_date": due}, source="bank", about=DAY, by="bank", now=NOW)
    watching.look(by="county", on=DAY, run=run)
    before = due_soon(loan.pk)
    for later, found in ((15, [(True, OPEN)]), (41, [(False, OVER)])):
        watching.look(by="county", on=DAY + datetime.timedelta(days=later), run=run)
        assert due_soon(loan.pk) == [*before, *found], later


def test_what_was_done_since_the_run_is_known_though_no_fact_was_said(unmoved: None, run: Any) -> None:
    """A check in which nothing could be told is a deed, no word: somebody has looked all the same."""
    day = DAY + datetime.timedelta(days=60)
    watching.look(by="county", on=day, run=run)
    raised = Alert.objects.filter(name="nobody_looked", holds=True).order_by("-household_id")
    assert raised.exists(), "after two months nobody has looked at anybody"
    home = raised[0].household
    with carry_out("test", by="t"):
        Check.objects.create(id=uuid.uuid4(), household=home, place_code=home.place_code, by="helper",
                             reached="phone", about_day=day, recorded_at=NOW)  # fmt: skip
    watching.look(by="county", on=day, run=run)
    (over,) = Alert.objects.filter(name="nobody_looked", household=home, raised_on__gte=DAY)
    assert (over.holds, over.state) == (False, OVER)


def test_the_facts_of_a_look_go_with_it_but_not_while_a_run_is_under_way(unmoved: None, run: Any) -> None:
    """A county that seldom runs is looked at every day; who runs has not named the facts it took yet."""
    store = stores.folder_of(stores.SNAPSHOTS, "")
    named = {run.snapshot_hash}
    settings = connection.get_connection_params()
    plain = {name: settings[name] for name in ("host", "user", "dbname") if name in settings}
    with psycopg.connect(**plain) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [turns.RUN])
        watching.look(by="county", on=DAY + datetime.timedelta(days=70), run=run)
        assert {each.name for each in store.iterdir()} > named
    watching.look(by="county", on=DAY + datetime.timedelta(days=71), run=run)
    assert {each.name for each in store.iterdir()} == named
    with turns.of_run() as nobody_runs:
        assert nobody_runs


def later(*, moved: bool = False) -> watching.Look:
    """The last look as whoever comes later finds it: within this one transaction what was said stays under way."""
    last = watching.Look.objects.all()[0]
    with carry_out("test", by="t"):
        horizon = 0 if moved else last.horizon + 1
        watching.Look.objects.create(
            on_day=last.on_day, by="t", whole=last.whole, run=last.run, horizon=horizon, cluster=last.cluster
        )
    return last


def test_a_look_is_asked_for_on_a_new_day_and_where_something_moved_and_else_not(home: Household) -> None:
    jobs.drain()
    watching.look(by="county", on=DAY)
    later()
    looks = watching.Look.objects.count()
    assert (watching.due(on=DAY), watching.ask_where_due(by="system", on=DAY), jobs.drain()) == ("", "", 0)
    assert watching.Look.objects.count() == looks, "where nothing moved nothing is written"
    say(home, value=True)
    later(moved=True)
    key = watching.ask_where_due(by="system", on=DAY)
    assert key
    assert watching.ask_where_due(by="system", on=DAY) == "", "one is waiting"
    assert jobs.drain() == 1
    assert (later().whole, of(home)[0].holds) == (False, True)
    assert watching.ask_where_due(by="system", on=DAY) == ""
    assert watching.ask_where_due(by="system", on=LATER) not in ("", key)
    assert jobs.drain() == 1
    last = later()
    assert (last.whole, last.on_day, watching.due(on=LATER)) == (True, LATER, "")


def test_a_home_put_back_on_another_server_is_looked_at_whole_and_then_as_ever(home: Household) -> None:
    """Its beliefs carry the numbers of transactions of the server it was kept on, which lie ahead of this one's."""
    jobs.drain()
    watching.look(by="county", on=DAY)
    with carry_out("test", by="t"), connection.cursor() as cursor:
        cursor.execute("UPDATE register_belief SET revision = revision + 1000000000000")
        watching.Look.objects.create(
            on_day=DAY, by="t", whole=True, run=watching.Look.objects.all()[0].run, horizon=10**12, cluster="another"
        )
    assert watching.due(on=DAY) == watching.LOOK, "what moved since cannot be told"
    assert watching.ask_where_due(by="system", on=DAY)
    assert jobs.drain() == 1
    assert (watching.due(on=DAY), watching.waiting()) == ("", 0), "nothing moved, whatever the numbers"
    say(home, value=True)
    assert watching.due(on=DAY) == watching.CATCH_UP
    assert watching.waiting() == 1
    watching.catch_up(by="system", on=DAY)
    assert of(home)[0].holds


def test_a_round_beside_the_worker_survives_a_database_that_is_away() -> None:
    from doudi.cli import rounds

    asked, told = threading.Event(), iter([DatabaseError("away"), Refusal("还没有运行过。", "Nothing was run."), ""])

    def ask() -> None:
        said = next(told, None)
        if isinstance(said, Exception):
            raise said
        asked.set()

    with rounds.beside("watcher", ask, seconds=0.01):
        assert asked.wait(10), "a round comes after the ones that failed"
