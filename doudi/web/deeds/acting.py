"""Acts upon one entitlement: evidence brought and looked at, objections, taking back, confirming."""

from __future__ import annotations

from collections.abc import Callable

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import entitlements as deeds
from doudi.delivery import evidence, files, objections
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.evidence import Evidence
from doudi.delivery.objections import Objection
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web.deeds.days import today
from doudi.web.deeds.entitlements import entitlement_of, page
from doudi.web.deeds.queue import key_of
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import reader_of


def _done(request: HttpRequest, one: Entitlement, where: str, verb: Callable[[], object]) -> HttpResponse:
    """Carry out, and back to the page; what was refused is told at its form, as typed."""
    try:
        verb()
    except AlreadyDone:
        pass
    except Refusal as refusal:
        return page(request, one, words_of(refusal), where)
    return HttpResponseRedirect(f"{reverse('entitlement', args=[one.pk])}?done={where}#{where}")


def _typed(request: HttpRequest, name: str) -> str:
    return plain(request.POST.get(name, ""))[:4_000]


@permission("deed.evidence")
@require_POST
def bring(request: HttpRequest, number: str) -> HttpResponse:
    """Bring a note, and where there is one a file."""
    one, by = entitlement_of(number), reader_of(request).user.username
    sent = request.FILES.get("file")
    if sent is not None and (sent.size or 0) > files.MOST_BYTES:
        body: bytes | None = b"x" * (files.MOST_BYTES + 1)
    else:
        body = sent.read() if sent else None
    return _done(
        request,
        one,
        "evidence",
        lambda: evidence.bring(one, _typed(request, "kind"), _typed(request, "note"), body=body, by=by, on=today()),
    )


@permission("deed.look")
@require_POST
def look(request: HttpRequest, number: str) -> HttpResponse:
    """Say of a piece of evidence that it shows the result, or not."""
    held, by = evidence_of(number), reader_of(request).user.username
    seen, remark = request.POST.get("verdict") == "seen", _typed(request, "remark")
    one = entitlement_of(str(held.entitlement_id))
    return _done(
        request, one, "evidence", lambda: evidence.look([held.pk], seen=seen, remark=remark, by=by, on=today())
    )


@permission("deed.read")
def fetch(request: HttpRequest, number: str) -> HttpResponseBase:
    """The file of a piece of evidence, as a download that no browser runs."""
    held = evidence_of(number)
    place = files.place_of(held.sha256)
    if not held.sha256 or not place.is_file():
        raise Http404
    ending = {"image/jpeg": "jpg", "image/png": "png"}.get(held.media_type, "pdf")
    answer = FileResponse(
        place.open("rb"), as_attachment=True, filename=f"evidence-{held.pk}.{ending}", content_type=held.media_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def evidence_of(number: str) -> Evidence:
    """The evidence of a number in an address, within the duty. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Evidence.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("deed.object")
@require_POST
def object_to(request: HttpRequest, number: str) -> HttpResponse:
    """Write down an objection."""
    one, by = entitlement_of(number), reader_of(request).user.username
    words = {"way": _typed(request, "way"), "said": _typed(request, "said"), "said_by": _typed(request, "said_by")}
    key = key_of(request)
    return _done(request, one, "objections", lambda: objections.record(one, **words, by=by, on=today(), key=key))


@permission("deed.answer")
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer an objection."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    held = Objection.objects.filter(pk=int(number)).first() if whole else None
    if held is None:
        raise Http404
    one, by, text = (
        entitlement_of(str(held.entitlement_id)),
        reader_of(request).user.username,
        _typed(request, "answer"),
    )
    upheld, key = request.POST.get("verdict") == "upheld", key_of(request)
    return _done(
        request,
        one,
        "objections",
        lambda: objections.answer(held, upheld=upheld, text=text, by=by, on=today(), key=key),
    )


@permission("deed.withdraw")
@require_POST
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    """Withdraw what was not paid or delivered, reverse what was."""
    one, by = entitlement_of(number), reader_of(request).user.username
    verb = deeds.reverse if request.POST.get("act") == "reverse" else deeds.withdraw
    reason, key = _typed(request, "reason"), key_of(request)
    return _done(request, one, "taking-back", lambda: verb([one.pk], by=by, on=today(), reason=reason, key=key))


@permission("deed.confirm")
@require_POST
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """The household says it has it."""
    one, by, key = entitlement_of(number), reader_of(request).user.username, key_of(request)
    return _done(request, one, "taking-back", lambda: deeds.confirm([one.pk], by=by, on=today(), key=key))
