"""A day of the past as it stands in an address: the day spoken of, and until when it had been recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.register.histories import Moment

BOUNDS = [MinValueValidator(date(1949, 10, 1)), MaxValueValidator(date(2100, 1, 1))]


def _day() -> forms.DateField:
    return forms.DateField(required=False, input_formats=["%Y-%m-%d"], validators=BOUNDS)


class Days(forms.Form):
    """The names of an address."""

    day = _day()
    known = _day()


@dataclass(frozen=True, slots=True)
class Asked:
    """A moment asked for, as typed and as understood."""

    day: str
    known: str
    moment: Moment
    problem: str = ""


def understood(query: QueryDict) -> Asked:
    """The moment of an address; now where it names none, or none that can be understood."""
    typed = (query.get("day", "")[:20], query.get("known", "")[:20])
    form = Days(query)
    if not form.is_valid():
        said = _("日期请写成 2020-02-27 这样,在 1949-10-01 到 2100-01-01 之间。下面是今天的情况。")
        return Asked(*typed, Moment(), said)
    return Asked(*typed, _moment(form.cleaned_data["day"], form.cleaned_data["known"]))


def _moment(day: date | None, known: date | None) -> Moment:
    """What is known on a day is known until its end."""
    until = timezone.make_aware(datetime.combine(known + timedelta(days=1), time.min)) if known else None
    return Moment(day or known, until)


def address(day: date, known: datetime | None = None) -> str:
    """The query of a moment."""
    seen = {"day": day.isoformat()}
    return urlencode(seen | ({"known": timezone.localtime(known).date().isoformat()} if known else {}))
