"""What was said of a household's subjects, by whom and on what evidence, and what that came to on any day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Model, Q, QuerySet

from doudi.facts.kinds import Vocabulary
from doudi.register import resolution
from doudi.register.households import Household, Residence
from doudi.register.items import Item
from doudi.register.pairings import Pairing
from doudi.register.persons import Membership, Person
from doudi.register.resolution import Cell, Said, rank_in
from doudi.register.statements import Statement

Subject = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of affairs: the day spoken of (None: any) and until when it was recorded (None: until now)."""

    day: date | None = None
    known: datetime | None = None

    @property
    def is_now(self) -> bool:
        """Whether nothing is left out."""
        return self.day is None and self.known is None

    def spans(self, prefix: str = "") -> Q:
        """The spans that held on the day, as far as was known then; without a day those that hold until further."""
        if self.day is None:
            return Q(**{f"{prefix}until_day": None})
        begun, ended = Q(**{f"{prefix}from_day__lte": self.day}), Q(**{f"{prefix}until_day__gt": self.day})
        ended |= Q(**{f"{prefix}until_day": None})
        if self.known is not None:
            begun &= Q(**{f"{prefix}recorded_at__lte": self.known})
            ended |= Q(**{f"{prefix}closed_at__gt": self.known})
        return begun & ended


def people_of(household: Household, moment: Moment) -> list[Person]:
    """The members at a moment, as far as the wall lets them through, by code."""
    if moment.day is None:
        return list(Person.objects.filter(household=household).order_by("code"))
    members = Membership.objects.filter(moment.spans(), household=household).values_list("person_id", flat=True)
    return list(Person.objects.filter(pk__in=list(members)).order_by("code"))


def items_of(household: Household, people: Iterable[Person], moment: Moment) -> list[Item]:
    """The loans, hires and whatever else belongs to a household or one of its members, by kind and code."""
    mine = Item.objects.filter(Q(household=household) | Q(person__in=list(people)))
    return list((mine.filter(moment.spans()) if moment.day else mine).order_by("kind", "code"))


def statements_of(subjects: Iterable[Subject], moment: Moment) -> list[Statement]:
    """Everything said of some subjects until a moment, within the wall, the latest word first."""
    wanted = Q(pk__in=[])
    for kind, some in groupby(sorted(subjects), key=lambda subject: subject[0]):
        wanted |= Q(subject_kind=kind, subject_id__in=[number for _kind, number in some])
    found = Statement.objects.filter(wanted)
    if moment.day is not None:
        found = found.filter(about_day__lte=moment.day)
    if moment.known is not None:
        found = found.filter(recorded_at__lte=moment.known)
    return list(found.order_by("-about_day", "-recorded_at", "-id"))


def documents(statements: Iterable[Statement], vocabulary: Vocabulary) -> dict[Subject, dict[str, Cell]]:
    """What statements come to: a belief document for each subject they speak of."""
    said: dict[Subject, list[Said]] = {}
    for one in statements:
        recorded = int(one.recorded_at.timestamp() * 1_000_000)
        heard = Said(one.pk, one.source, one.about_day.isoformat(), recorded, one.facts)
        said.setdefault((one.subject_kind, one.subject_id), []).append(heard)
    return {key: resolution.resolve(heard, rank_in(vocabulary, key[0]))[0] for key, heard in said.items()}


def spans_of(household: Household) -> dict[str, list[Any]]:
    """Where a household has lived, who has belonged to it and who has stood by it: residences, memberships, pairings.

    All of them, the latest first.
    """
    return {
        "residences": _latest(Residence, household),
        "memberships": _latest(Membership, household, "person"),
        "pairings": _latest(Pairing, household, "helper"),
    }


def _latest(model: type[Model], household: Household, *related: str) -> list[Any]:
    found: QuerySet[Any] = model._default_manager.filter(household=household)
    return list(found.select_related(*related).order_by("-from_day", "-pk") if related else found.order_by("-from_day"))
