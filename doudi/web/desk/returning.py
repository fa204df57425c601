"""A changed table brought back: what differs cell by cell, clashes side by side with three equal choices."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.policy.listing.lists import Asker
from doudi.register import children
from doudi.register.exporting import columns, exports, returns, taking
from doudi.register.exporting.returning import Change, Comparison
from doudi.register.exporting.returns import Left, Return
from doudi.register.exporting.taking import CHOICES, Word
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.register.sayings import base_name
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk.exporting import asker_of
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

MOST_BYTES = 30_000_000
MOST_SHOWN = 300
SALT = "doudi.returned"
A_DAY = 86_400
ENDINGS = (".xlsx", ".xlsm", ".xls", ".et")


class ReturnForm(forms.Form):
    """The file's handle, who says so, and of which day."""

    source = forms.RegexField(r"^[a-z_]{1,32}\Z")
    about = forms.DateField(input_formats=["%Y-%m-%d"])


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that was handed in: where it lies, what it was called, and the signed handle that names it."""

    path: Path
    name: str
    handle: str


@permission("export.return")
def bring_back(request: HttpRequest) -> HttpResponse:
    """The form; posted, what the file changes. 422 with what is wrong and what to do."""
    reader = reader_of(request)
    if request.method != "POST":
        return show(request, "desk/return.html", _form(reader, done=request.GET.get("done", "")))
    uploaded = None
    try:
        uploaded = _received(request, reader) if request.FILES.get("file") else _held(request, reader)
        return _show_look(request, reader, uploaded, _word(request, reader), {}, None)
    except Refusal as refusal:
        return _refused(request, reader, refusal, uploaded)


def _refused(request: HttpRequest, reader: Reader, refusal: Refusal, uploaded: Uploaded | None = None) -> HttpResponse:
    """The form as it was filled; a file that was received need not be chosen again."""
    handle = uploaded.handle if uploaded else ""
    context = {**_form(reader, request), "problem": words_of(refusal), "handle": handle}
    return show(request, "desk/return.html", context, status=422)


@permission("export.return")
@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """Record what was looked at; 422 shows it again where a clash has no choice or something moved since."""
    reader = reader_of(request)
    uploaded = None
    try:
        uploaded = _held(request, reader)
        word = _word(request, reader)
    except Refusal as refusal:
        return _refused(request, reader, refusal, uploaded)
    asker, by = asker_of(reader), reader.user.username
    choices = {key[7:]: value for key, value in request.POST.items() if key.startswith("choose-") and value in CHOICES}
    try:
        made = taking.accept(uploaded.path, uploaded.name, by=by, word=word, vocabulary=asker.words, choices=choices,
                             now=timezone.now())  # fmt: skip
    except Refusal as refusal:
        return _show_look(request, reader, uploaded, word, choices, refusal)
    return HttpResponseRedirect(f"{reverse('export-return')}?done={made.pk}")


def _show_look(
    request: HttpRequest,
    reader: Reader,
    uploaded: Uploaded,
    word: Word,
    chosen: dict[str, str],
    refusal: Refusal | None,
) -> HttpResponse:
    asker = asker_of(reader)
    try:
        found = taking.look(uploaded.path, uploaded.name, by=reader.user.username, word=word, vocabulary=asker.words)
    except Refusal as wrong:
        return _refused(request, reader, wrong)
    problem = refusal or (taking.taken_before(found.before) if found.before else None)
    context = {
        **_form(reader, request),
        **_told(found, asker, chosen),
        "handle": uploaded.handle,
        "source": word.source,
        "about": word.about.isoformat(),
        "problem": words_of(problem) if problem else "",
    }
    return show(request, "desk/return.html", context, status=422 if problem else 200)


def _form(reader: Reader, request: HttpRequest | None = None, done: str = "") -> dict[str, Any]:
    """The form as it was filled, and what was recorded just now."""
    words = asker_of(reader).words
    posted = request.POST if request else {}
    made = (
        Return.objects.filter(pk=int(done), by=reader.user.username).first()
        if done.isdecimal() and len(done) < 19
        else None
    )
    return {
        "sources": [(name, figures.word(one)) for name, one in words.sources.items() if reader.passes_on(name)],
        "source": str(posted.get("source", ""))[:32].replace("\0", ""),
        "about": str(posted.get("about", timezone.localdate().isoformat()))[:20].replace("\0", ""),
        "done": made,
    }


def _word(request: HttpRequest, reader: Reader) -> Word:
    form = ReturnForm(request.POST)
    if not form.is_valid():
        name = next(iter(form.errors))
        zh, en = {
            "source": ("请选择是谁说的。", "Say who says so."),
            "about": ("日期要写成 2020-02-27 这样。", "Write the day as 2020-02-27."),
        }[name]
        raise Refusal(zh, en, name)
    if not reader.passes_on(form.cleaned_data["source"]):
        raise Refusal("您不能代这个来源说话,请另选。", "You do not speak for this source; choose another.", "source")
    about: date = form.cleaned_data["about"]
    if about > timezone.localdate():
        raise Refusal(f"所说的日期 {about} 还没有到。", f"{about} is still to come.", "about")
    return Word(form.cleaned_data["source"], about, reader.roles)


# -- the file


def _received(request: HttpRequest, reader: Reader) -> Uploaded:
    """Keep what was handed in under a name of our own; what it was called is only text."""
    given = request.FILES["file"]
    name = columns.clean(str(given.name or ""))[-120:]
    ending = Path(name).suffix.lower()
    if (given.size or 0) > MOST_BYTES or ending not in ENDINGS:
        raise Refusal(
            "请上传 30 MB 以内的工作簿(xlsx),就是从这里导出、改好的那一份。",
            "Upload a workbook (xlsx) of at most 30 MB: the very one that was exported here and changed.",
            "file",
        )
    folder = exports.folder() / "returned"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    path = folder / f"{secrets.token_hex(16)}{ending}"
    with path.open("xb") as file:
        for part in given.chunks():
            file.write(part)
    path.chmod(0o600)
    handle = signing.dumps({"file": path.name, "name": name, "by": reader.user.username}, salt=SALT)
    return Uploaded(path, name, handle)


def _held(request: HttpRequest, reader: Reader) -> Uploaded:
    """The file that was handed in before, by its handle. Raises Refusal for none of this person's."""
    handle = request.POST.get("handle", "")
    try:
        told = signing.loads(handle, salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        told = {}
    path = exports.folder() / "returned" / str(told.get("file", "-"))
    if told.get("by") != reader.user.username or not path.is_file():
        raise Refusal("请选择改好的表再上传。", "Choose the changed table and upload it.", "file")
    return Uploaded(path, told["name"], handle)


# -- in words


def _told(found: Comparison, asker: Asker, chosen: dict[str, str]) -> dict[str, Any]:
    return {
        "found": found,
        "rows": [_line(change, asker, chosen) for change in found.plain[:MOST_SHOWN]],
        "clashes": [_line(change, asker, chosen) for change in found.clashes],
        "troubles": [(one.row, one.column, figures.in_words(one.zh, one.en)) for one in found.troubles[:MOST_SHOWN]],
        "most": MOST_SHOWN,
    }


def _line(change: Change, asker: Asker, chosen: dict[str, str]) -> dict[str, Any]:
    base, mine, now = (_said(change, value, asker) for value in (change.base, change.mine, change.now))
    return {
        "row": change.row,
        "label": change.label,
        "column": change.column.heading(asker.language),
        "base": base,
        "mine": mine,
        "now": now,
        "name": change.name,
        "choice": chosen.get(change.name, ""),
    }


def _said(change: Change, value: Any, asker: Asker) -> str:
    told = columns.cell(change.column, value, asker.language)
    return figures.NONE if told is None else f"{told:,}" if isinstance(told, (int, float)) else told


@permission("export.return")
@require_safe
def show_left(request: HttpRequest) -> HttpResponse:
    """What was changed both in a file and in the register, and left for the village to find out."""
    asker, found = asker_of(reader_of(request)), returns.open_ones()
    homes = Household.objects.in_bulk({one.household_id for one in found if one.household_id})
    people = Person.objects.in_bulk({one.subject_id for one in found if one.subject_kind == "person"})
    young = children.among(people, on=timezone.localdate())
    rows = [_left_row(one, homes, people, asker, young) for one in found]
    return show(request, "desk/left.html", {"rows": rows})


def _left_row(
    one: Left, homes: dict[int, Household], people: dict[int, Person], asker: Asker, young: frozenset[int]
) -> dict[str, Any]:
    home, person = (
        homes.get(one.household_id or 0),
        people.get(one.subject_id) if one.subject_kind == "person" else None,
    )
    fact = asker.words.fact(one.subject_kind, base_name(one.fact))
    shown = fact is not None and asker.reads(fact)
    return {
        "home": home,
        "name": asker.name(person.name, child=person.pk in young)
        if person
        else asker.heads([home])[home.pk]
        if home
        else "",
        "fact": f"{figures.word(fact)} {one.fact.partition('@')[2]}".strip() if fact else one.fact,
        "file": one.file_value if shown else _("受保护"),
        "register": one.register_value if shown else _("受保护"),
        "by": one.by,
        "at": one.at,
    }
