"""Seeing what is masked, once: the form, the answer, and the auditor's list of who saw what."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access import masking, reveals
from doudi.access.permissions import permission
from doudi.access.reveals import Reveal
from doudi.register import revealing
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import figures, names
from doudi.web.desk.household import household_of
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

SIZE = 50


class RevealForm(forms.Form):
    """What is posted; the reason is judged by the verb."""

    subject = forms.RegexField(r"^(household|person):[0-9]{1,18}$")
    field = forms.ChoiceField(choices=[(name, name) for name in reveals.WORDS])
    reason = forms.CharField(max_length=2_000, required=False)
    key = forms.UUIDField()


class Seen(forms.Form):
    """What the list may be narrowed to."""

    household = forms.CharField(required=False, max_length=32)
    user = forms.CharField(required=False, max_length=150)
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@permission("household.reveal")
def reveal(request: HttpRequest, code: str) -> HttpResponse:
    """The form; sent with a reason, the value once, on a page that nothing keeps. 422 where it is refused."""
    reader, household = reader_of(request), household_of(code)
    if request.method != "POST":
        return _page(request, household, reader)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _page(request, household, reader, problem=_("请选一个人和一项,再写理由。"))
    data = form.cleaned_data
    kind, _colon, number = data["subject"].partition(":")
    try:
        done = revealing.reveal(
            household,
            (kind, int(number)),
            data["field"],
            reason=data["reason"],
            by=reader.user,
            now=timezone.now(),
            key=uuid.UUID(str(data["key"])),
        )
    except AlreadyDone:
        return _page(request, household, reader, problem=_("这一项已经显示过一次。还要看的,请重新写理由。"))
    except Refusal as refusal:
        return _page(request, household, reader, problem=words_of(refusal))
    return _page(request, household, reader, shown=(_field_words(data["field"]), done.value))


def _field_words(field: str) -> str:
    return {masking.NAME: _("姓名"), masking.ID_NUMBER: _("证件号码"), masking.PHONE: _("电话")}.get(field, field)


def _page(
    request: HttpRequest,
    household: Household,
    reader: Reader,
    *,
    problem: str = "",
    shown: tuple[str, str] | None = None,
) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:500].replace("\0", "") for name in ("subject", "field", "reason")}
    people = list(Person.objects.filter(household=household).order_by("code"))
    context: dict[str, Any] = {
        "household": household,
        "name": names.head(household, reader),
        "subjects": [
            *((f"person:{p.pk}", names.person(p.name, p.pk, household, reader)) for p in people),
            (f"household:{household.pk}", _("全户")),
        ],
        "fields": [(name, _field_words(name)) for name in (masking.ID_NUMBER, masking.PHONE, masking.NAME)],
        "typed": {} if shown else typed,
        "key": uuid.uuid4(),
        "left": reveals.left(reader.user, now=timezone.now()),
        "problem": problem,
        "shown": shown,
    }
    status = 422 if problem else 200
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/reveal_form.html", context, status)
    return show(request, "desk/reveal.html", context, status)


@permission("reveal.read")
def show_reveals(request: HttpRequest) -> HttpResponse:
    """Who saw what of which household, the latest first; 400 for a filter that cannot be understood."""
    reader, asked = reader_of(request), Seen(request.GET)
    found = asked.cleaned_data if asked.is_valid() else {}
    rows = Reveal.objects.select_related("user").order_by("-id") if found else Reveal.objects.none()
    if code := found.get("household"):
        rows = rows.filter(household_id__in=Household.objects.filter(code=code).values("pk"))
    if user := found.get("user"):
        rows = rows.filter(user__username=user)
    if day := found.get("day"):
        rows = rows.filter(day=day)
    page = Paginator(rows, SIZE).get_page(found.get("page") or 1)
    context = {"page": page, "rows": _rows(list(page), reader), "asked": request.GET, "bad": not asked.is_valid()}
    return show(request, "desk/reveals.html", context, status=200 if asked.is_valid() else 400)


def _rows(some: list[Reveal], reader: Reader) -> list[dict[str, Any]]:
    homes = Household.objects.in_bulk({each.household_id for each in some})
    people = Person.objects.in_bulk({each.subject_id for each in some if each.subject_kind == "person"})
    return [_row(each, homes.get(each.household_id), people.get(each.subject_id), reader) for each in some]


def _row(each: Reveal, home: Household | None, person: Person | None, reader: Reader) -> dict[str, Any]:
    whole = each.subject_kind == "household" or person is None or home is None
    return {
        "at": each.at,
        "user": each.user,
        "code": home.code if home else figures.NONE,
        "whom": _("全户") if whole else names.person(person.name, person.pk, home, reader),  # type: ignore[union-attr, arg-type]
        "field": _field_words(each.field),
        "reason": each.reason,
    }
