"""Resets of passwords and authenticators: the list the county reads."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.access.resets import Reset
from doudi.web.desk import accounts, profile
from doudi.web.reader import reader_of
from doudi.web.shell import show

SIZE = 50


@permission("account.read")
def show_resets(request: HttpRequest) -> HttpResponse:
    """Every reset of the people the reader may know of, the latest first."""
    text = request.GET.get("page", "")
    every = Reset.objects.of(accounts.visible(reader_of(request)))
    page = Paginator(every, SIZE).get_page(text if text.isascii() and text.isdigit() and len(text) < 7 else 1)
    return show(request, "desk/resets.html", {"page": page, "rows": profile.reset_rows(page)})
