"""A queryset whose text is written once answers what the queryset answers, whatever is asked for."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import Count, Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from doudi.access.duties import Duty
from doudi.access.scope import Scope, enter
from doudi.access.users import User
from doudi.places.divisions import Place
from doudi.trail.written import DAY, NUMBERS, TEXT, TEXTS, Written
from tests.conftest import VILLAGE

pytestmark = pytest.mark.django_db


def under(codes: list[str], level: str) -> Any:
    return Place.objects.filter(code__in=codes, level=level).order_by("-code")


@pytest.fixture
def codes(places: Any) -> list[str]:
    return list(Place.objects.order_by("code").values_list("code", flat=True))


def test_it_answers_what_the_queryset_answers(codes: list[str]) -> None:
    asked = Written(under, codes=TEXTS, level=TEXT)
    levels = set(Place.objects.values_list("level", flat=True))
    for chosen in ([], codes[:1], codes, [*codes, "nowhere"]):
        for level in levels:
            assert asked(codes=chosen, level=level) == list(under(chosen, level))
    assert asked(codes=codes, level=max(levels))


def test_rows_are_what_the_queryset_makes_of_them(codes: list[str]) -> None:
    pairs = Written(lambda codes: Place.objects.filter(code__in=codes).values_list("code", "name"), codes=TEXTS)
    flat = Written(lambda code: Place.objects.filter(code=code).values_list("name", flat=True), code=TEXT)
    dicts = Written(lambda codes: Place.objects.filter(code__in=codes).values("name"), codes=TEXTS)
    assert set(pairs(codes=codes)) == set(Place.objects.values_list("code", "name"))
    assert flat(code=codes[0]) == [Place.objects.get(code=codes[0]).name]
    assert sorted(each["name"] for each in dicts(codes=codes)) == sorted(Place.objects.values_list("name", flat=True))


def test_what_is_joined_and_worked_out_comes_too(county_officer: Any, town_clerk: Any) -> None:
    later = Duty.objects.filter(user=OuterRef("pk"), from_day__gt=datetime.date(1990, 1, 1))
    asked = Written(
        lambda ids: User.objects.filter(Exists(later), pk__in=ids).annotate(n=Count("duties")).order_by("pk"),
        ids=NUMBERS,
    )
    ids = list(User.objects.values_list("pk", flat=True))
    assert [(each, each.n) for each in asked(ids=ids)] == [
        (each, each.n) for each in User.objects.filter(Exists(later)).annotate(n=Count("duties")).order_by("pk")
    ]
    duties = Written(lambda on: Duty.objects.filter(from_day__lte=on).select_related("user"), on=DAY)
    (first, *_) = duties(on=datetime.date(2100, 1, 1))
    with CaptureQueriesContext(connection) as counted:
        assert first.user.username
    assert len(counted) == 0


def test_the_scope_under_way_holds(codes: list[str]) -> None:
    asked = Written(lambda codes: User.objects.filter(username__in=codes), codes=TEXTS)
    asked(codes=["a"])
    with enter(Scope(frozenset([VILLAGE]))):
        assert asked(codes=["a"]) == list(User.objects.filter(username__in=["a"]))


def test_the_text_is_written_once_a_connection(codes: list[str]) -> None:
    written = []

    def make(codes: list[str]) -> Any:
        written.append(threading.get_ident())
        return Place.objects.filter(code__in=codes)

    asked = Written(make, codes=TEXTS)
    for _ in range(3):
        asked(codes=codes)

    def elsewhere() -> None:
        try:
            asked(codes=[])
        finally:
            connections.close_all()

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    assert len(written) == len(set(written)) == 2


def test_it_is_planned_once_a_connection(codes: list[str]) -> None:
    asked = Written(lambda codes: Place.objects.filter(code__in=codes).order_by("name"), codes=TEXTS)
    for turn in range(10):
        asked(codes=codes[:turn])
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements WHERE statement ~ 'name'")
        assert cursor.fetchone()[0] >= 3


def test_the_first_row(codes: list[str]) -> None:
    asked = Written(lambda code: Place.objects.filter(code__gte=code).order_by("code")[:1], code=TEXT)
    assert asked.first(code=codes[1]) == Place.objects.get(code=codes[1])
    assert asked.first(code="z") is None


@pytest.mark.parametrize(
    ("make", "kinds"),
    [
        (lambda codes: Place.objects.filter(code__in=["x"]), {"codes": TEXTS}),
        (
            lambda code: Place.objects.filter(code__contains="%").filter(code=code).extra(where=["name like 'a%%'"]),
            {"code": TEXT},
        ),
        (lambda ids: User.objects.filter(pk__in=ids).prefetch_related("duties"), {"ids": NUMBERS}),
        (lambda codes: Place.objects.filter(code=codes[0]), {"codes": TEXTS}),
    ],
    ids=["not asked for", "a percent sign", "fetched beside", "no list"],
)
def test_what_cannot_be_written_is_refused_at_once(make: Any, kinds: Any) -> None:
    with pytest.raises(TypeError):
        Written(make, **kinds)(**{name: ["1"] if kind in (TEXTS, NUMBERS) else "1" for name, kind in kinds.items()})


def test_another_parameter_is_refused(codes: list[str]) -> None:
    with pytest.raises(TypeError, match="written for"):
        Written(under, codes=TEXTS, level=TEXT)(codes=codes)
