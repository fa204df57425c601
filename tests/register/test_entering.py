"""A household nobody had on a list, written down at its door."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from doudi.facts.vocabulary import load
from doudi.register import entering
from doudi.register.beliefs import Belief
from doudi.values.refusals import Refusal

DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 9, tzinfo=datetime.UTC)
VILLAGE, FAR = "510921110212", "510921102701"


def enter(*names: str, place: str = VILLAGE, on: datetime.date = DAY) -> Any:
    return entering.enter(names, place, group="三社", on=on, by="village", now=NOW, vocabulary=load())


def test_a_family_is_in_the_register_from_that_day(places: Any, seeing: Any) -> None:
    with seeing(VILLAGE):
        made = enter("周大山", " 李桂花 ", "")
        assert (made.head_name, made.group_name, made.place_code) == ("周大山", "三社", VILLAGE)
        assert [each.name for each in made.persons.order_by("code")] == ["周大山", "李桂花"]
        assert made.residences.get().from_day == DAY
        assert made.memberships.count() == 2
        believed = Belief.objects.get(subject_kind="household", subject_id=made.pk)
        assert believed.document["members_complete"][0] is True


@pytest.mark.parametrize(
    ("names", "place", "on"),
    [
        ((), VILLAGE, DAY),
        (("  ",), VILLAGE, DAY),
        (("周" * 51,), VILLAGE, DAY),
        (("周\u200b山",), VILLAGE, DAY),
        (("周大山",) * 21, VILLAGE, DAY),
        (("周大山",), FAR, DAY),
        (("周大山",), VILLAGE, DAY + datetime.timedelta(days=2)),
    ],
)
def test_what_cannot_be_is_refused(places: Any, seeing: Any, names: Any, place: str, on: Any) -> None:
    with seeing(VILLAGE), pytest.raises(Refusal):
        enter(*names, place=place, on=on)


def test_the_same_family_is_not_written_down_twice(places: Any, seeing: Any) -> None:
    with seeing(VILLAGE):
        made = enter("周大山", "李桂花")
        for head in ("周大山", "李桂花"):
            with pytest.raises(Refusal) as refused:
                enter(head)
            assert made.code in refused.value.zh
        assert enter("周大山(小)").pk != made.pk
