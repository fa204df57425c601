"""Temporary posts: approved people in approved posts, a term that ends, days attended, paid once a month."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from doudi.delivery import attendance, moves, post_pay, posts, work_facts
from doudi.delivery.attendance import Attendance, PayLine
from doudi.delivery.models import Entitlement, PostHolding
from doudi.delivery.posts import Terms
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

pytestmark = pytest.mark.django_db
BEGUN, LAST = date(2020, 3, 2), date(2020, 3, 31)  # a Monday
TERMS = Terms("防疫消杀、劝返登记", BEGUN, LAST, 20, 80_000, 20)
AFTER = date(2020, 4, 2)


def approve(ids: list[int]) -> None:
    """Every stage accepted, each by another person."""
    with carry_out("test", by="tester"):
        for name in {stage for each in Entitlement.objects.filter(pk__in=ids) for stage in each.stages}:
            some = [each.pk for each in Entitlement.objects.filter(pk__in=ids, stages__contains=[name])]
            stage = name.partition(":")[0]
            moves.step(some, stage, "accept", by=f"at {stage}", on=BEGUN, reason="", command=uuid.uuid4())
        moves.put(ids, "state = 'deliverable', stage = '', position = cardinality(stages)", {})


@pytest.fixture
def staffed(granted: Callable[..., list[int]], whole: Any) -> Iterator[SimpleNamespace]:
    """Everybody the run chose and every post it found in force, approved; a village that has both."""
    people, places = granted(posts.HOLDERS), granted(posts.POSTS)
    with whole():
        approve(people + places)
        ready = [each for each in posts.waiting(on=BEGUN) if each.free]
        assert ready, "the demo county has nobody for a post"
        one = Entitlement.objects.get(pk=ready[0].entitlement)
        post = posts.free_posts(one.place_code, on=BEGUN)[0]
        yield SimpleNamespace(one=one, post=post, people=people)


def appointed(staffed: Any, terms: Terms = TERMS) -> PostHolding:
    return posts.appoint(staffed.one, staffed.post, terms, by="village", on=BEGUN)


def worked(held: PostHolding, on: date = LAST) -> None:
    for week in (2, 9, 16, 23, 30):
        mask = 0b11111 if week < 30 else 0b11
        attendance.record(held, date(2020, 3, week), mask, by="village", on=on)


def test_an_approved_person_takes_a_free_post_of_the_village(staffed: Any) -> None:
    held = appointed(staffed)
    staffed.one.refresh_from_db()
    assert staffed.one.state == "delivered"
    assert staffed.post not in posts.free_posts(staffed.one.place_code, on=BEGUN)
    found = work_facts.facts(BEGUN)
    assert found["post", "filled"] == {staffed.post.pk: True}
    assert found["person", "welfare_post"] == {held.person_id: True}
    assert work_facts.facts(AFTER)["post", "filled"] == {staffed.post.pk: False}


def test_one_post_a_person_and_one_person_a_post(staffed: Any) -> None:
    held = appointed(staffed)
    with pytest.raises(Refusal):
        appointed(staffed)
    held.pk = None
    with pytest.raises(IntegrityError), transaction.atomic(), carry_out("test", by="t"):
        held.save(force_insert=True)


def test_nobody_unapproved_is_put_in_by_whatever_way(staffed: Any) -> None:
    held = appointed(staffed)
    posts.end(held, on=date(2020, 3, 10), reason="外出务工", by="village")
    with carry_out("test", by="t"):
        Entitlement.objects.filter(pk=staffed.one.pk).update(state="reversed")
    held.pk, held.ended_on, held.from_day = None, None, date(2020, 3, 11)
    with pytest.raises(IntegrityError, match="approved"), transaction.atomic(), carry_out("test", by="t"):
        held.save(force_insert=True)


def test_an_officers_family_is_kept_out_even_where_approved_before(staffed: Any) -> None:
    from doudi.register import statements
    from tests.policy.conftest import NOW

    statements.record(
        "person", staffed.one.person_id, {"village_officer": True}, source="village", about=date(2020, 2, 27),
        by="village", now=NOW,
    )  # fmt: skip
    with pytest.raises(Refusal, match="village officer"):
        appointed(staffed)


@pytest.mark.parametrize(
    "terms",
    [
        Terms("", BEGUN, LAST, 20, 80_000, 20), Terms("岗", LAST, BEGUN, 20, 80_000, 20),
        Terms("岗", BEGUN, LAST, 45, 80_000, 20), Terms("岗", BEGUN, LAST, 20, 0, 20),
        Terms("岗", BEGUN, LAST, 20, 80_000, 32), Terms("岗", BEGUN, date(2029, 1, 1), 20, 80_000, 20),
    ],
)  # fmt: skip
def test_terms_that_are_none_are_refused(staffed: Any, terms: Terms) -> None:
    with pytest.raises(Refusal):
        appointed(staffed, terms)
    assert not PostHolding.objects.exists()


def test_a_term_ends_by_its_date(staffed: Any) -> None:
    held = appointed(staffed)
    assert posts.end_due(on=LAST, by="town") == 0
    assert posts.end_due(on=AFTER, by="town") == 1
    held.refresh_from_db()
    assert held.ended_on == LAST
    with pytest.raises(Refusal):
        posts.end(held, on=LAST, reason="x", by="town")


@pytest.mark.parametrize(("week", "mask"), [(30, 0b100), (3, 1), (2, 128)])
def test_a_day_outside_the_term_is_not_attended(staffed: Any, week: int, mask: int) -> None:
    held = appointed(staffed)
    with pytest.raises(Refusal):
        attendance.record(held, date(2020, 3, week), mask, by="village", on=AFTER)
    row = Attendance(
        holding=held, week=date(2020, 3, week), mask=mask, household_id=held.household_id, place_code=held.place_code,
        recorded_by="t", recorded_on=AFTER,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic(), carry_out("test", by="t"):
        row.save()


def test_a_month_is_paid_once_for_the_days_attended(staffed: Any) -> None:
    from doudi.funds import budgets, sources
    from doudi.funds.payments import Payment

    held = appointed(staffed)
    worked(held)
    attendance.record(held, date(2020, 3, 16), 0b00011, by="village", on=LAST)  # three days were none
    month = date(2020, 3, 1)
    (earned,) = post_pay.months(month)
    assert (earned.days, earned.fen) == (19, 19 * 80_000 // 20)
    with pytest.raises(Refusal, match="not over"):
        post_pay.make(month, by="town", on=LAST)
    with pytest.raises(Refusal, match="No budget"):
        post_pay.make(month, by="town", on=AFTER)
    assert not PayLine.objects.exists()
    source = sources.register("GG", "公益岗补贴", level="county", document="1号", on=BEGUN, by="county")
    made = budgets.establish(posts.HOLDERS, "510921", source, title="公益岗", from_day=BEGUN, by="county")
    budgets.appropriate(made, 1_000_000, document="2号", by="county", on=BEGUN)
    assert post_pay.make(month, by="town", on=AFTER) == 1
    paid = Payment.objects.get(origin_kind=post_pay.ORIGIN)
    assert (paid.fen, paid.person_id, paid.state) == (76_000, held.person_id, "made")
    with pytest.raises(Refusal):
        post_pay.make(month, by="town", on=AFTER)
    with pytest.raises(Refusal, match="pay list"):
        attendance.record(held, date(2020, 3, 16), 0b11111, by="village", on=AFTER)


def test_more_days_than_a_full_month_earn_no_more() -> None:
    assert post_pay.worth(25, 80_000, 20) == 80_000
    assert post_pay.worth(1, 80_000, 30) == 2_666
