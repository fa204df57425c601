"""Maps of the county: loading a file of boundaries with its approval number, and withdrawing one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.places import boundaries, geojson
from doudi.places.boundaries import Map
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.reader import reader_of
from doudi.web.shell import show


class NewMap(forms.Form):
    """A GeoJSON file and what makes it lawful to show."""

    file = forms.FileField()
    approval_number = forms.CharField(max_length=40)
    source = forms.CharField(max_length=200)


@permission("map.load")
def show_maps(request: HttpRequest) -> HttpResponse:
    """The maps loaded so far, and the form; 422 with what was typed for a file that cannot be taken."""
    if request.method != "POST":
        return _page(request)
    form = NewMap(request.POST, request.FILES)
    problems = {name: " ".join(errors) for name, errors in form.errors.items()}
    upload = form.cleaned_data.get("file") if not problems else None
    if upload and upload.size > geojson.MOST_BYTES:
        problems["file"] = _("文件超过 5 MB。请先简化边界再上传。")
    if problems or upload is None:
        return _page(request, problems)
    try:
        boundaries.load(
            upload.read(),
            approval_number=form.cleaned_data["approval_number"],
            source=form.cleaned_data["source"],
            on=timezone.localdate(),
            by=reader_of(request).user.username,
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _page(request, _problem(refusal))
    return HttpResponseRedirect(reverse("maps"))


def _problem(refusal: Refusal) -> dict[str, str]:
    """The refusal at its field; one about a feature is about the file and names the feature."""
    if refusal.where in NewMap.base_fields:
        return {refusal.where: errors.words_of(refusal)}
    named = _("第 %(feature)s 个图形:") % {"feature": refusal.where} if refusal.where else ""
    return {"file": named + errors.words_of(refusal)}


def _page(request: HttpRequest, problems: dict[str, str] | None = None) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:200].replace("\0", "") for name in ("approval_number", "source")}
    context: dict[str, Any] = {
        "maps": list(Map.objects.annotate(places=Count("boundaries")).order_by("-id")[:50]),
        "problems": problems or {},
        "typed": typed,
    }
    return show(request, "desk/maps.html", context, status=422 if problems else 200)


@permission("map.load")
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Stop showing a map."""
    number = request.POST.get("map", "")
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    shown = Map.objects.filter(pk=int(number)).first() if whole else None
    if shown is None:
        raise Http404
    boundaries.withdraw(shown, by=reader_of(request).user.username, now=timezone.now())
    return HttpResponseRedirect(reverse("maps"))
