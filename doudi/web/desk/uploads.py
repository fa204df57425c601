"""Tables sent in: the list of them, sending one, its preview, accepting or discarding it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.monitoring import watching
from doudi.register import uploads, vocabularies
from doudi.register.importing import county_profiles
from doudi.register.intakes import Intake
from doudi.register.uploads import Upload
from doudi.trail import jobs
from doudi.trail.progress import FAILED, Progress
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.deeds import days
from doudi.web.desk import previews
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

MOST = 50
LONGEST_NUMBER = 18
COUNTY_DIGITS = 6
SHEETS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


class NewUpload(forms.Form):
    """A table, the day it speaks of, and who says so (the profile's source where nothing is chosen)."""

    file = forms.FileField(allow_empty_file=True, max_length=None)
    about = forms.DateField(input_formats=["%Y-%m-%d"])
    source = forms.CharField(required=False, max_length=32)


class Settings(forms.Form):
    """How the table is to be read instead."""

    profile = forms.CharField(required=False, max_length=64)
    about = forms.DateField(input_formats=["%Y-%m-%d"])
    source = forms.CharField(required=False, max_length=32)


@permission("import.preview")
def show_uploads(request: HttpRequest) -> HttpResponse:
    """What was sent in and what was taken in, and the form; 422 with what was typed for a file that cannot be kept."""
    if request.method != "POST":
        return _page(request)
    reader, form = reader_of(request), NewUpload(request.POST, request.FILES)
    problems = _problems(form)
    if problems:
        return _page(request, problems)
    sent = form.cleaned_data["file"]
    uploads.sweep(now=timezone.now())
    try:
        made = uploads.receive(
            sent,
            sent.name,
            place_code=place_of(reader),
            places=reader.scope.places,
            about=form.cleaned_data["about"],
            source=form.cleaned_data["source"],
            by=reader.user.username,
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _page(request, {"file": errors.words_of(refusal)})
    return HttpResponseRedirect(reverse("import", args=[made.pk]))


def place_of(reader: Reader) -> str:
    """The widest place the reader answers for, whose duties see the table."""
    return min(sorted(reader.scope.places), key=len, default="000000").ljust(12, "0")


def _problems(form: forms.Form) -> dict[str, str]:
    """The form's own complaints, and a day still to come or a source there is none of."""
    found = {name: " ".join(said) for name, said in form.errors.items()}
    about, source = form.cleaned_data.get("about"), form.cleaned_data.get("source")
    if "about" in found:
        found["about"] = _("日期要写成 2020-02-27 这样,请改正。")
    elif about is None or about > timezone.localdate():
        found["about"] = _("这一天还没有到。请填表里的情况是哪一天的。")
    if source and source not in vocabularies.in_force().sources:
        found["source"] = no_source(source)
    if "file" in found and not form.files:
        found["file"] = _("请选择要上传的表格文件。")
    return found


def no_source(name: str) -> str:
    """What to say to a source that the pack in force has not."""
    told = _("没有“%(source)s”这个来源,请从列表里选。县里新加的来源,采用写有它的政策包以后才有。")
    return told % {"source": name[:32]}


def _page(request: HttpRequest, problems: dict[str, str] | None = None) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:50].replace("\0", "") for name in ("about", "source")}
    reader = reader_of(request)
    sent = [each for each in Upload.objects.all() if _answers_for(reader, each)][:MOST]
    news = {each.key: each for each in Progress.objects.filter(key__in=[upload.key for upload in sent])}
    rows = [{"upload": each, "words": previews.state_words(each, news.get(each.key))} for each in sent]
    context: dict[str, Any] = {
        "rows": rows,
        "intakes": _intakes(reader, sent),
        "sources": vocabularies.in_force().sources.values(),
        "problems": problems or {},
        "typed": {**typed, "about": typed["about"] or days.today().isoformat()},
        "may_profile": reader.may("import.profile"),
    }
    return show(request, "desk/imports.html", context, status=422 if problems else 200)


def _intakes(reader: Reader, sent: list[Upload]) -> list[Intake]:
    """The tables taken in: all for who answers for the county, else those that came in by an upload of one's places."""
    every = Intake.objects.all()
    whole = any(len(code) == COUNTY_DIGITS for code in reader.scope.places)
    return list((every if whole else every.filter(uploads__in=sent).distinct())[:MOST])


@permission("import.preview")
def show_upload(request: HttpRequest, number: str) -> HttpResponse:
    """One table's preview; for htmx only the progress of the preview being made."""
    upload = upload_of(number, reader_of(request))
    news = jobs.progress(upload.key)
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target", "").startswith(
        "import-progress"
    ):
        response = show_part(request, "desk/import_progress.html", previews.progress_context(upload, news))
        if news is None or not news.open:
            response["HX-Refresh"] = "true"
        return response
    return show(request, "desk/import.html", context_of(request, upload, news))


def context_of(request: HttpRequest, upload: Upload, news: Progress | None) -> dict[str, Any]:
    """Everything the page of one table shows."""
    reader = reader_of(request)
    stale = uploads.is_stale(upload)
    return {
        **previews.progress_context(upload, news),
        **previews.contents(upload, reader, request.GET),
        "stale": stale,
        "failed": upload.state == uploads.READING and (news is None or news.state == FAILED),
        "again": Intake.objects.filter(sha256=upload.sha256).exclude(pk=upload.intake_id).first(),
        "may_accept": reader.may("import.accept") and reader.passes_on(upload.source or "paper"),
        "sources": vocabularies.in_force().sources.values(),
        "profiles": [each for each in county_profiles.every() if each.subject != "place"],
        "recomputed": request.GET.get("recomputed") == "1",
    }


def upload_of(number: str, reader: Reader) -> Upload:
    """The table of that number, all of whose places the reader answers for; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    found = Upload.objects.filter(pk=int(number)).first() if whole else None
    if found is None or not _answers_for(reader, found):
        raise Http404
    return found


def _answers_for(reader: Reader, upload: Upload) -> bool:
    return all(reader.scope.covers(place) for place in upload.places)


@permission("import.preview")
@require_POST
def look_again(request: HttpRequest, number: str) -> HttpResponse:
    """Make the preview anew, read in another way; 422 with what was typed for a day or a profile there is none of."""
    upload, form = upload_of(number, reader_of(request)), Settings(request.POST)
    problems = _problems(form)
    profile = form.cleaned_data.get("profile", "")
    if profile and profile not in [each.name for each in county_profiles.every()]:
        problems["profile"] = _("没有这种表的样式,请从列表里选。")
    if problems:
        typed = {name: request.POST.get(name, "")[:64].replace("\0", "") for name in ("profile", "about", "source")}
        context = {**context_of(request, upload, jobs.progress(upload.key)), "problems": problems, "typed": typed}
        return show(request, "desk/import.html", context, status=422)
    by = reader_of(request).user.username
    uploads.look_again(
        upload, by=by, profile=profile, source=form.cleaned_data["source"], about=form.cleaned_data["about"]
    )
    return HttpResponseRedirect(reverse("import", args=[upload.pk]))


@permission("import.accept")
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Take in what the preview shows; where the register changed since, show it anew first."""
    reader = reader_of(request)
    upload = upload_of(number, reader)
    if not reader.passes_on(upload.source):
        source = vocabularies.in_force().sources.get(upload.source)
        zh, en = (source.zh, source.en) if source else (upload.source, upload.source)
        raise Refusal(
            f"您不能代“{zh}”录入,请由县里收下", f"you may not record what “{en}” says; the county takes it in", "source"
        )
    taken = uploads.accept(upload, by=reader.user.username, now=timezone.now())
    if taken:  # its alerts and disagreements, beside the readers: it may be the whole county
        watching.ask_to_catch_up(by=reader.user.username, on=days.today())
    return HttpResponseRedirect(reverse("import", args=[upload.pk]) + ("" if taken else "?recomputed=1"))


@permission("import.preview")
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Throw the table away."""
    reader = reader_of(request)
    uploads.discard(upload_of(number, reader), by=reader.user.username, now=timezone.now())
    return HttpResponseRedirect(reverse("imports"))


@permission("import.preview")
def show_problems(request: HttpRequest, number: str, form: str) -> FileResponse:
    """The rows that stay out, with why and as they came, to be corrected and sent in again."""
    upload = upload_of(number, reader_of(request))
    path = upload.folder / f"problems.{form}"
    if form not in SHEETS or not path.is_file():
        raise Http404
    name = f"{upload.name.rpartition('.')[0][:80] or upload.name[:80]}-未收下.{form}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=SHEETS[form])
