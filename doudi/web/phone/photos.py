"""Photographs of checks: taken in under their sum, shown to who sees the check."""

from __future__ import annotations

import re
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.monitoring import photos
from doudi.monitoring.checks import Check
from doudi.values.refusals import Refusal
from doudi.web.phone import bodies, gate
from doudi.web.reader import reader_of

_SUM = re.compile(r"[0-9a-f]{64}")


@permission("phone.sync")
@require_POST
def take(request: HttpRequest, sha256: str) -> HttpResponse:
    """Keep a photograph: 200, also when it was kept before; 409 where its sum differs, 413, 422."""
    if not _SUM.fullmatch(sha256):
        return gate.told(404)
    try:
        body = bodies.raw(request, most=photos.MOST_BYTES)
        kept = photos.keep(sha256, body, by=reader_of(request).user.username, on=timezone.localdate())
    except bodies.TooLarge as refusal:
        return gate.refused(refusal, 413)
    except bodies.WrongForm as refusal:
        return gate.refused(refusal, 400)
    except photos.WrongSum as refusal:
        return gate.refused(refusal, 409)
    except Refusal as refusal:
        return gate.refused(refusal)
    return gate.say({"sha256": kept.sha256, "size": kept.size})


@permission("household.read")
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """The photograph of a check within the duty; 404 for none, and while it has not come."""
    try:
        check = Check.objects.filter(pk=UUID(number)).first()
    except ValueError:
        check = None
    place = photos.place_of(check.photo) if check else None
    if place is None or not place.is_file():
        raise Http404
    return HttpResponse(place.read_bytes(), content_type="image/jpeg")
