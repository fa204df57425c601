"""A file exported from a telephone, taken in at the desk: its work and photographs, each once, in the reader's name."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.monitoring import days, outbox_files
from doudi.monitoring.orders import Taker
from doudi.monitoring.outbox_files import PHOTO, Entry
from doudi.policy.sittings import Sitting
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import errors, names
from doudi.web.phone.keeping import verbs
from doudi.web.phone.syncing import ELSEWHERE
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

MOST_BYTES, MOST = 40_000_000, 500  # one telephone's months; what is larger is for the command (`doudi outbox open`)


@permission("kept.review")
def bring(request: HttpRequest) -> HttpResponse:
    """The file to choose, and what became of each entry of the one that was sent. 422 for one that is none."""
    if request.method != "POST":
        return show(request, "phone/rescue.html", {})
    reader = reader_of(request)
    try:
        rows = _take_in(request.FILES.get("file"), reader)
    except Refusal as refusal:
        return show(request, "phone/rescue.html", {"problem": errors.words_of(refusal)}, status=422)
    counts = {state: sum(row["state"] == state for row in rows) for state in outbox_files.STATES}
    return show(request, "phone/rescue.html", {"rows": rows, "counts": counts, "sent": True})


def _take_in(file: UploadedFile | None, reader: Reader) -> list[dict[str, Any]]:
    if file is None:
        raise Refusal("请先选手机导出的文件。", "Choose the file the telephone exported first.", "file")
    read = outbox_files.read(_body(file))
    if len(read.entries) > MOST:
        raise _too_large()
    now, by = timezone.now(), reader.user.username
    county = days.county_day(now)

    def taker(sitting: Sitting) -> Taker:
        return Taker(by, reader.roles, None, now, county, sitting, ELSEWHERE)

    found = outbox_files.take_in(read.entries, sight=nullcontext, taker=taker, now=now)
    found += outbox_files.take_in_photos(read.photos, by=by, on=timezone.localdate(now))
    return _rows(found, reader)


def _body(file: UploadedFile) -> bytes:
    if (file.size or 0) > MOST_BYTES:
        raise _too_large()
    return bytes(file.read())


def _too_large() -> Refusal:
    return Refusal(
        f"文件太大:网页上最多收 {MOST} 条、{MOST_BYTES // 1_000_000} MB。请交给系统管理员用命令录入。",
        f"The file is too large: {MOST} entries and {MOST_BYTES // 1_000_000} MB at most here. "
        "Have the administrator take it in by the command.",
        "file",
    )


def _rows(found: Iterable[Entry], reader: Reader) -> list[dict[str, Any]]:
    """One line an entry; a household that is not the reader's has no name here."""
    held = list(found)
    homes = Household.objects.in_bulk([each.household for each in held if each.household])
    names.look_up(homes.values(), reader)
    words = verbs() | {PHOTO: _("照片")}
    return [
        {
            "it": homes.get(each.household or 0),
            "name": names.head(homes[each.household], reader) if each.household in homes else "",
            "verb": words.get(each.verb, _("打不开的一条")),
            "state": each.state,
            "problem": _why(each, known=each.household is None or each.household in homes),
        }
        for each in held
    ]


def _why(entry: Entry, *, known: bool) -> str:
    """Why it could not be taken in, and what to do."""
    if entry.refusal is None:
        return ""
    if not known:
        return _("这一户不在您的辖区,或已不在册。请交给这一户所在的乡镇,或交到县里。")
    return errors.words_of(entry.refusal)
