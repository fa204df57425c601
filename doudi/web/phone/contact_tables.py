"""A list of numbers to call, sent in as a table: each row looked at first, those outside the duty refused."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.register import contact_sheets
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.phone import contacts
from doudi.web.reader import reader_of
from doudi.web.sheets import Door

DOOR = Door(
    kind=contact_sheets.CONTACTS,
    back=reverse_lazy("contacts"),  # type: ignore[arg-type]
    back_words=gettext_lazy("有事找谁"),
    look="contact-sheet",
    accept="contact-sheet-accept",
    discard="contact-sheet-discard",
    refused="contact-sheet-refused",
)


@permission("contact.manage")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Keep a table to be looked at; the page with the reason where it cannot be."""
    reader = reader_of(request)
    try:
        answer = DOOR.bring(request, about=contact_sheets.about_of(reader.scope.places))
    except Refusal as refusal:
        answer = errors.words_of(refusal)
    return contacts.page(request, reader, sheet_problem=answer) if isinstance(answer, str) else answer


@permission("contact.manage")
@require_safe
def give_form(request: HttpRequest) -> HttpResponse:
    """The table to fill in."""
    return DOOR.give_form()


@permission("contact.manage")
@require_safe
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a table."""
    return DOOR.show(request, number, may_accept=True)


@permission("contact.manage")
@require_POST
def accept_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table in: telephones carry its numbers after their next contact."""
    return DOOR.take_in(request, number)


@permission("contact.manage")
@require_POST
def discard_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table away."""
    return DOOR.throw_away(request, number)


@permission("contact.manage")
@require_safe
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """What stays out of a table, with the reasons."""
    return DOOR.give_refused(request, number)
