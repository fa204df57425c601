"""The policy editor: a draft's files, checked while they are typed; tried over the county; put forward."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.policy import drafts, overlays, packs, proposals, texts, versions, what_if
from doudi.policy.complaints import complaints
from doudi.policy.drafts import Clash, Draft
from doudi.policy.packs_context import PackErrors
from doudi.rules.errors import RuleError
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk import effects
from doudi.web.desk.packs import version_of
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show, show_part

LONGEST_NUMBER = 18
LONGEST = 200  # characters of a short field
MOST_SHOWN = 50  # complaints


class Number(forms.Form):
    """A parameter's value from a day on."""

    name = forms.RegexField(r"^[a-z0-9_]{1,64}$")
    value = forms.CharField(max_length=LONGEST)
    from_day = forms.DateField(input_formats=["%Y-%m-%d"])
    source = forms.CharField(max_length=LONGEST)
    named_by = forms.CharField(max_length=100)


class Forward(forms.Form):
    """What goes with a proposal."""

    reason = forms.CharField(max_length=2_000)
    from_day = forms.DateField(input_formats=["%Y-%m-%d"])


@permission("pack.edit")
@require_POST
def begin(request: HttpRequest, prefix: str) -> HttpResponse:
    """Begin a draft of a version's text."""
    version, by = version_of(prefix), reader_of(request).user.username
    title = plain(request.POST.get("title", ""))[:120]
    made = drafts.begin(version, title=title, by=by, now=timezone.now())
    return HttpResponseRedirect(reverse("draft", args=[made.pk]))


@permission("pack.edit")
def show_draft(request: HttpRequest, number: str) -> HttpResponse:
    """A draft: what it changes, what is wrong with it, what it would do, and putting it forward."""
    draft = draft_of(number)
    return show(request, "desk/draft.html", _contents(request, draft))


def _contents(request: HttpRequest, draft: Draft, **more: Any) -> dict[str, Any]:
    newest, run = versions.in_force(draft.pack_name), effects.ground_in_force(draft.pack_name)
    wrong = complaints(draft.files)
    day = run.as_of if run else timezone.localdate()
    return {
        "draft": draft,
        "changes": texts.compare(draft.base.files, draft.files),
        "files": sorted(draft.files),
        "complaints": _told(wrong)[:MOST_SHOWN],
        "wrong": len(wrong),
        "stale": newest.hash != draft.base_id,
        "proposals": list(draft.proposals.defer("files")),
        "day": day.isoformat(),
        "parameters": _parameters(draft, day) if not wrong else [],
        "trial": effects.told(draft.hash, draft.files, draft.pack_name, reader_of(request)) if not wrong else None,
        "trial_url": reverse("draft-trial", args=[draft.pk]),
        "who_url": reverse("draft-who", args=[draft.pk]),
        "saved": request.GET.get("saved") == "1",
        **more,
    }


def _parameters(draft: Draft, day: date) -> list[tuple[str, str, str]]:
    """Every parameter: name, words, and the value in force as typed ("" while undecided)."""
    found = []
    for each in versions.pack_of(draft.files).parameters.values():
        dated = each.on(day)
        now = figures.typed(dated.value, each.type.name) if dated else _("县里未定")
        found.append((each.name, figures.in_words(each.zh, each.en), now))
    return found


@permission("pack.edit")
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """One file of a draft, and saving it; 422 with the text as typed where it is refused or changed by another."""
    draft = draft_of(number)
    if request.method == "POST":
        return _save(request, draft)
    file = request.GET.get("file", "")
    if file not in draft.files and not _is_name(file):
        raise Http404
    return _editor(request, draft, file, draft.files.get(file, ""))


def _is_name(file: str) -> bool:
    try:
        return bool(texts.require_name(file))
    except Refusal:
        return False


def _save(request: HttpRequest, draft: Draft) -> HttpResponse:
    by, now = reader_of(request).user.username, timezone.now()
    file, seen = request.POST.get("file", "")[:LONGEST], request.POST.get("seen", "")[:64]
    text = request.POST.get("text", "")
    try:
        with transaction.atomic():
            if request.POST.get("act") == "remove":
                drafts.remove(draft, file, seen=seen, by=by, now=now)
                return HttpResponseRedirect(reverse("draft", args=[draft.pk]))
            drafts.write(draft, file, text, seen=seen, by=by, now=now)
    except Clash as clash:
        more = {"theirs": clash.theirs, "blocks": texts.blocks_of(text, clash.theirs), "seen": clash.seen}
        return _editor(request, draft_of(str(draft.pk)), file, text, problem=words_of(clash), **more)
    except Refusal as refusal:
        return _editor(request, draft, file, text, problem=words_of(refusal), seen=seen)
    return HttpResponseRedirect(f"{reverse('draft-file', args=[draft.pk])}?file={file}&saved=1")


def _editor(request: HttpRequest, draft: Draft, file: str, text: str, problem: str = "", **more: Any) -> HttpResponse:
    standing = draft.files.get(file)
    shown = texts_shown(text)
    context = {
        "draft": draft,
        "file": file,
        "text": shown,
        "rows": min(40, max(12, shown.count("\n") + 2)),
        "seen": "" if standing is None else texts.mark(standing),
        "problem": problem,
        "files": sorted(draft.files),
        "saved": request.GET.get("saved") == "1",
        **_checked(draft, file, shown),
        **more,
    }
    return show(request, "desk/draft_file.html", context, status=422 if problem else 200)


def texts_shown(text: str) -> str:
    """A text as a page can carry it: half letters and NUL are shown as a mark, everything else as typed."""
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text).replace("\r\n", "\n")


@permission("pack.edit")
@require_POST
def check(request: HttpRequest, number: str) -> HttpResponse:
    """What is wrong with a file as it is being typed; nothing is saved."""
    draft = draft_of(number)
    file, text = request.POST.get("file", "")[:LONGEST], request.POST.get("text", "")
    return show_part(request, "desk/complaints.html", {"draft": draft, "file": file, **_checked(draft, file, text)})


def _checked(draft: Draft, file: str, text: str) -> dict[str, Any]:
    try:
        wrong = complaints({**draft.files, texts.require_name(file): texts.require_text(text)}, edited=file)
    except Refusal as refusal:
        wrong = (RuleError(refusal.zh, refusal.en, file),)
    told = _told(wrong)
    return {
        "here": [each for each in told if each["file"] == file][:MOST_SHOWN],
        "elsewhere": [each for each in told if each["file"] != file][:MOST_SHOWN],
        "wrong": len(wrong),
    }


def _told(wrong: tuple[RuleError, ...]) -> list[dict[str, Any]]:
    return [
        {
            "file": each.file,
            "line": each.line,
            "column": each.column,
            "words": figures.in_words(each.message_zh, each.message_en),
            "nearest": each.nearest,
        }
        for each in wrong
    ]


@permission("pack.edit")
@require_POST
def set_number(request: HttpRequest, number: str) -> HttpResponse:
    """The guided form: a parameter's value from a day on, as one more dated file of the draft."""
    draft, form, by = draft_of(number), Number(request.POST), reader_of(request).user.username
    try:
        if not form.is_valid():
            raise Refusal(
                "请选参数,写明新的数值、从哪天起(如 2020-03-01)、依据和提出人。",
                "Choose the parameter; say its value, from which day (as 2020-03-01), its source and who names it.",
            )
        if complaints(draft.files):
            raise Refusal("草稿有错,请先改正。", "Something is wrong in the draft: put it right first.")
        given = form.cleaned_data
        pack = packs.from_files(draft.files)
        value = what_if.read_value(pack, given["name"], given["value"])
        today = timezone.localdate()
        more = {key: given[key] for key in ("from_day", "source", "named_by")}
        files = overlays.add(pack, given["name"], value, on=today, **more)
        (made,) = set(files) - set(draft.files)
        drafts.write(draft, made, files[made], seen="", by=by, now=timezone.now())
    except Refusal as refusal:
        typed = {name: plain(request.POST.get(name, ""))[:LONGEST] for name in form.fields}
        context = _contents(request, draft, number_problem=words_of(refusal), typed=typed)
        return show(request, "desk/draft.html", context, status=422)
    return HttpResponseRedirect(reverse("draft", args=[draft.pk]) + "?saved=1")


@permission("pack.edit")
def trial(request: HttpRequest, number: str) -> HttpResponse:
    """Try and prove the draft beside the server (POST), or how far that has come."""
    draft = draft_of(number)
    if request.method == "POST":
        if not complaints(draft.files):
            effects.begin(draft.files, draft.pack_name, by=reader_of(request).user.username, whole=True)
        return HttpResponseRedirect(reverse("draft", args=[draft.pk]) + "#trial")
    context = effects.told(draft.hash, draft.files, draft.pack_name, reader_of(request))
    urls = {"trial_url": reverse("draft-trial", args=[draft.pk]), "who_url": reverse("draft-who", args=[draft.pk])}
    return show_part(request, "desk/trial.html", {"trial": context, **urls})


@permission("pack.edit")
@require_POST
def catch_up(request: HttpRequest, number: str) -> HttpResponse:
    """Bring the draft up to the newest version."""
    draft, by = draft_of(number), reader_of(request).user.username
    held, both = drafts.catch_up(draft, versions.in_force(draft.pack_name), by=by, now=timezone.now())
    return show(request, "desk/draft.html", _contents(request, held, both=both, caught=True))


@permission("pack.edit")
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close a draft."""
    drafts.close(draft_of(number), by=reader_of(request).user.username, now=timezone.now())
    return HttpResponseRedirect(reverse("packs"))


@permission("pack.propose")
@require_POST
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """Put the draft forward, frozen as it is; another county officer adopts it or sends it back."""
    draft, form, by = draft_of(number), Forward(request.POST), reader_of(request).user.username
    typed = {
        "reason": plain(request.POST.get("reason", ""))[:2_000],
        "from_day": plain(request.POST.get("from_day", "")),
    }
    try:
        if not form.is_valid():
            raise Refusal(
                "提请采用要写明理由和从哪天起(如 2020-03-01)。", "Say why, and from which day (as 2020-03-01)."
            )
        made = proposals.propose(
            draft.files, base=draft.base, draft=draft, title=draft.title, by=by, now=timezone.now(), **form.cleaned_data
        )
    except Refusal as refusal:
        words = _("草稿有错,请先改正。") if isinstance(refusal, PackErrors) else words_of(refusal)
        context = _contents(request, draft, forward_problem=words, forward=typed)
        return show(request, "desk/draft.html", context, status=422)
    effects.begin(made.files, made.pack_name, by=by, whole=False)
    return HttpResponseRedirect(reverse("proposal", args=[made.pk]))


def draft_of(number: str) -> Draft:
    """The draft of a number in an address. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    found = Draft.objects.select_related("base").filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


def plain(text: str) -> str:
    """What was typed into a short field, without what no database keeps."""
    return texts_shown(text).replace("\ufffd", "")
