"""Saving the list as it is filtered, and taking a saved view away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from doudi.access import saved_views
from doudi.access.permissions import permission
from doudi.access.saved_views import SavedView
from doudi.values.refusals import Refusal
from doudi.web.desk import filters, households, standings
from doudi.web.desk.saved_views import LIST, offices_of
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show


@permission("view.save")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the posted query under a name; 422 with what was typed and what is wrong when it cannot be."""
    reader, run = reader_of(request), standings.run_in_force()
    query, name = QueryDict(request.POST.get("query", "")[:4000]), request.POST.get("name", "").replace("\0", "")
    asked = filters.understood(query, reader, run)
    try:
        view = saved_views.save(
            reader.user,
            name,
            asked.address(),
            of=LIST,
            shared=request.POST.get("shared") == "on",
            office=offices_of(reader)[0],
            by=reader.user.username,
        )
    except Refusal as refusal:
        typed = {"view_name": name[:200], "view_problem": words_of(refusal)}
        context = {**households.contents_of(query, reader, run), **typed}
        return show(request, "desk/households.html", context, 422)
    return HttpResponseRedirect(f"{reverse('households')}?{view.query}")


@permission("view.save")
@require_POST
def remove(request: HttpRequest, number: str) -> HttpResponse:
    """Take away one of one's own; 404 for any other."""
    reader = reader_of(request)
    known = number.isascii() and number.isdigit() and len(number) <= 18
    view = SavedView.objects.filter(pk=int(number), owner=reader.user).first() if known else None
    if view is None:
        raise Http404
    saved_views.remove(view, by=reader.user.username)
    return HttpResponseRedirect(reverse("households"))
