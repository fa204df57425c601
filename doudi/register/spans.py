"""Half-open spans of days `[from_day, until_day)` that may not overlap: the database sees to it (`standing.apart`).

A span has two clocks: the days it speaks of, and when each end was recorded (`recorded_at` for the beginning,
`closed_at` for the end), so that a past state of knowledge can be read again.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Span(models.Model):
    """What every span has; `until_day` is the first day it no longer holds, null while it lasts."""

    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def in_order(name: str) -> models.CheckConstraint:
    """The first day comes before the first day after."""
    rule = Q(until_day__isnull=True) | Q(until_day__gt=F("from_day"))
    return models.CheckConstraint(condition=rule, name=name)


def holds_on(day: object, prefix: str = "") -> Q:
    """The spans that hold on `day`, for a queryset."""
    begun = Q(**{f"{prefix}from_day__lte": day})
    return begun & (Q(**{f"{prefix}until_day__isnull": True}) | Q(**{f"{prefix}until_day__gt": day}))
