"""Sorts of tables: which there are, how each is read, and a new one put together column by column."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.facts.kinds import Vocabulary
from doudi.register import uploads, vocabularies
from doudi.register.importing import assigning, county_profiles, previewing, profiles
from doudi.register.importing.assigning import PARTS, YEARS, Assigned
from doudi.register.importing.county_profiles import ImportProfile
from doudi.register.importing.profiles import Profile
from doudi.register.uploads import Upload
from doudi.values.refusals import Refusal
from doudi.web import errors, figures
from doudi.web.desk.uploads import no_source, upload_of
from doudi.web.reader import reader_of
from doudi.web.shell import show

UNITS = ("元", "万元", "千元", "百元", "分", "亩", "公顷", "公里", "米", "平方米", "月", "年")
SAMPLES = 3


@permission("import.preview")
def show_profiles(request: HttpRequest) -> HttpResponse:
    """Every sort of table, shipped and the county's own."""
    own = {each.name: each for each in ImportProfile.objects.all()}
    rows = [{"profile": each, "own": own.get(each.name)} for each in county_profiles.every()]
    return show(request, "desk/import_profiles.html", {"rows": rows})


@permission("import.preview")
def show_profile(request: HttpRequest, name: str) -> HttpResponse:
    """How one sort of table is read: its columns, its forms, its text."""
    own = ImportProfile.objects.filter(pk=name).first() if county_profiles.is_name(name) else None
    if own is None and name not in profiles.names():
        raise Http404
    profile = county_profiles.load(name)
    text = own.text if own else (profiles.FOLDER / f"{name}.toml").read_text("utf-8")
    context = {"profile": profile, "own": own, "text": text, "columns": _columns(profile)}
    return show(request, "desk/import_profile.html", context)


def _columns(profile: Profile) -> list[dict[str, Any]]:
    labels = {part.replace("place.code", "place_code"): words for part, (_key, *words) in PARTS.items()}
    parts = [
        {"words": figures.in_words(*labels[_label(name)]) if _label(name) in labels else name, "headings": headings}
        for name, headings in profile.headings.items()
        if headings
    ]
    kinds = profile.vocabulary.kinds
    facts = [
        {
            "words": figures.with_colon(figures.word(kinds[column.kind]), figures.word(column.fact)),
            "headings": column.headings,
            "unit": figures.unit(column.fact.unit) if column.fact.unit else "",
        }
        for column in profile.facts
    ]
    return parts + facts


def _label(name: str) -> str:
    """The part's name in `PARTS` for its name among a profile's headings."""
    known = {
        "place_code": "place_code",
        "county": "place.county",
        "town": "place.town",
        "village": "place.village",
        "household_code": "household.code",
        "head": "household.head",
        "group": "household.group",
        "person_code": "person.code",
        "person_name": "person.name",
        "id_number": "person.number",
    }
    return known.get(name, name)


@permission("import.profile")
def assign(request: HttpRequest, number: str) -> HttpResponse:
    """Say column by column what a table holds, and save that as a sort of table of the county's; 422 as typed."""
    upload = upload_of(number, reader_of(request))
    sample = previewing.sample_of(upload)
    if not upload.open or sample is None:
        raise Refusal("这份文件读不出表格,不能逐列指定", "no table can be read from this file", "file")
    heading, rows = sample
    columns, words = [Assigned(word) for word in heading], vocabularies.in_force()
    if request.method != "POST":
        _guess(columns, upload)
        return _form(request, upload, columns, rows, {})
    problems = _read(request, columns, words)
    cells = [[row[at] for row in rows if at < len(row)] for at in range(len(columns))]
    waiting = {at: assigning.not_understood(each, cells[at], words) for at, each in enumerate(columns)}
    if problems or any(waiting.values()):
        return _form(request, upload, columns, rows, problems, waiting)
    return _save(request, upload, columns, rows)


def _save(request: HttpRequest, upload: Upload, columns: list[Assigned], rows: list[list[str]]) -> HttpResponse:
    by, typed = reader_of(request).user.username, _typed(request)
    words, complete = vocabularies.in_force(), typed["complete"] == "1"
    try:
        text = assigning.text_of(
            typed["title"], typed["source"], columns, year=typed["year"], complete=complete, words=words
        )
        county_profiles.save(typed["name"], text, by=by, now=timezone.now())
    except Refusal as refusal:
        return _form(request, upload, columns, rows, {refusal.where or "name": errors.words_of(refusal)})
    uploads.look_again(upload, by=by, profile=typed["name"], source=typed["source"])
    return HttpResponseRedirect(reverse("import", args=[upload.pk]))


def _meanings(words: Vocabulary) -> dict[str, str]:
    """What a column may mean, by the words shown for it."""
    found = {figures.in_words(zh, en): part for part, (_key, zh, en) in PARTS.items()}
    for fact in assigning.statable(words):
        word = figures.with_unit(figures.word(fact), figures.unit(fact.unit))
        found[figures.with_colon(figures.word(words.kinds[fact.kind]), word)] = f"{fact.kind}.{fact.name}"
    return found


def _typed(request: HttpRequest) -> dict[str, str]:
    names = ("name", "title", "source", "year", "complete")
    found = {name: request.POST.get(name, "")[:100].replace("\0", "").strip() for name in names}
    return found | {"year": found["year"] if found["year"] in YEARS else "last"}


def _read(request: HttpRequest, columns: list[Assigned], words: Vocabulary) -> dict[str, str]:
    """Take over what was typed of each column; answers what is wrong, by field."""
    meanings, problems, typed = _meanings(words), {}, _typed(request)
    for number, column in enumerate(columns):
        said = request.POST.get(f"means-{number}", "")[:200].strip()
        column.means = meanings.get(said, "")
        column.unit = request.POST.get(f"unit-{number}", "")
        column.unit = column.unit if column.unit in UNITS else ""
        if said and not column.means:
            problems[f"column-{number}"] = _("没有“%(said)s”这一项,请从列表里选。") % {"said": said[:40]}
        for at in range(40):
            word, value = (request.POST.get(f"{part}-{number}-{at}", "")[:60] for part in ("word", "code"))
            if word and value:
                column.codes[word] = value
    if not typed["title"]:
        problems["title"] = _("请给这种表起个名字。")
    if not typed["source"]:
        problems["source"] = _("请选择是谁说的。")
    elif typed["source"] not in words.sources:
        problems["source"] = no_source(typed["source"])
    return problems


def _guess(columns: list[Assigned], upload: Upload) -> None:
    """Begin with what the shipped profiles know of the headings."""
    known: dict[str, str] = {}
    for name in ("national", "roster"):
        profile = profiles.load(name)
        for part, headings in profile.headings.items():
            named = {"place_code": "place.code"}.get(part, _label(part))
            known |= {profiles.normal(word): named for word in headings if named in PARTS and word not in known}
        for fact in profile.facts:
            known |= {profiles.normal(word): f"{fact.kind}.{fact.fact.name}" for word in fact.headings if not fact.part}
    for column in columns:
        column.means = known.get(profiles.normal(column.heading), "")


def _form(
    request: HttpRequest,
    upload: Upload,
    columns: list[Assigned],
    rows: list[list[str]],
    problems: dict[str, str],
    waiting: dict[int, list[str]] | None = None,
) -> HttpResponse:
    words = vocabularies.in_force()
    meanings = _meanings(words)
    said_of = {means: said for said, means in meanings.items()}
    typed = _typed(request)
    posted = request.method == "POST"
    shown = [
        {
            "number": number,
            "heading": column.heading,
            "said": request.POST.get(f"means-{number}", "")[:200] if posted else said_of.get(column.means, ""),
            "unit": column.unit,
            "sample": [row[number] for row in rows[:SAMPLES] if number < len(row) and row[number]],
            "problem": problems.get(f"column-{number}", ""),
            "codes": _codes(column, (waiting or {}).get(number, []), words),
        }
        for number, column in enumerate(columns)
    ]
    context = {
        "upload": upload,
        "columns": shown,
        "meanings": list(meanings),
        "units": UNITS,
        "sources": words.sources.values(),
        "typed": typed,
        "problems": problems,
        "waiting": any((waiting or {}).values()),
    }
    return show(request, "desk/import_columns.html", context, status=422 if posted else 200)


def _codes(column: Assigned, waiting: list[str], words: Vocabulary) -> list[dict[str, Any]]:
    """The words of a column to be told apart, each with what it may mean."""
    fact = assigning.fact_of(column.means, words) if column.means else None
    if fact is None or not (column.codes or waiting):
        return []
    choices = [(choice.value, figures.word(choice)) for choice in fact.choices] or [("yes", _("是")), ("no", _("否"))]
    told = [*column.codes, *(word for word in waiting if word not in column.codes)]
    return [{"at": at, "word": w, "chosen": column.codes.get(w, ""), "choices": choices} for at, w in enumerate(told)]
