"""Whom to call: each place's numbers, named by who answers for the place, carried by every helper's telephone there."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.places import contacts
from doudi.places.contacts import Contact
from doudi.places.divisions import Place
from doudi.values.refusals import Refusal
from doudi.web import errors, figures, names
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

SIZE = 12  # numbers a page: on a phone each takes five lines
MOST_BARE = 50
MOST_TYPED = 100


@permission("contact.manage")
def show_contacts(request: HttpRequest) -> HttpResponse:
    """The numbers of the reader's places, and naming another; 422 with what is wrong and what was typed."""
    reader, problem = reader_of(request), ""
    if request.method == "POST":
        try:
            typed = {name: _typed(request, name) for name in ("place", "duty", "name", "number")}
            code = typed["place"] if reader.scope.covers(typed["place"]) else ""
            contacts.put(
                code, typed["duty"], typed["name"], typed["number"], by=reader.user.username, now=timezone.now()
            )
            return HttpResponseRedirect(reverse("contacts") + "?done=1")
        except Refusal as refusal:
            problem = errors.words_of(refusal)
    return page(request, reader, problem)


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")[:MOST_TYPED].replace("\0", "")


def page(request: HttpRequest, reader: Reader, problem: str = "", sheet_problem: str = "") -> HttpResponse:
    """The page; 422 with what is wrong with what was typed, or with the table sent in."""
    places = {
        each.code: each for each in Place.objects.in_force(on=timezone.localdate()) if reader.scope.covers(each.code)
    }
    held = Contact.objects.standing().filter(place_code__in=places)
    text = request.GET.get("page", "")
    at = request.GET.get("at", "")
    listed = held.filter(place_code=at) if at in places else held
    shown = Paginator(listed, SIZE).get_page(text if text.isascii() and text.isdigit() and len(text) < 7 else 1)
    by = names.accounts(each.put_by for each in shown)
    named = set(held.order_by().values_list("place_code", flat=True).distinct())
    context: dict[str, Any] = {
        "places": list(places.values()),
        "duties": [(word, figures.in_words(*words)) for word, words in contacts.DUTIES.items()],
        "rows": [
            (each, places[each.place_code].name, figures.in_words(*each.words), by[each.put_by]) for each in shown
        ],
        "page": shown,
        "at": at if at in places else "",
        "bare": [place for code, place in places.items() if code not in named][:MOST_BARE],
        "typed": request.POST if problem else {},
        "problem": problem,
        "sheet_problem": sheet_problem,
        "done": request.GET.get("done") == "1",
    }
    return show(request, "phone/contacts.html", context, status=422 if problem or sheet_problem else 200)


@permission("contact.manage")
@require_POST
def end(request: HttpRequest, number: str) -> HttpResponse:
    """Take a number back; telephones drop it at their next contact."""
    good = number.isascii() and number.isdigit() and len(number) < 19
    held = Contact.objects.standing().filter(pk=number).first() if good else None
    reader = reader_of(request)
    if held is None or not reader.scope.covers(held.place_code):
        raise Http404
    contacts.end(held, by=reader.user.username, now=timezone.now())
    return HttpResponseRedirect(reverse("contacts") + "?done=1")
