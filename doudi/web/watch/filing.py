"""What people do with a monitored household's file: open it, write in it, let the household leave, print it."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.monitoring import file_entries, monitored_files
from doudi.monitoring.monitored_files import MonitoredFile
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import errors, figures, papers, shell
from doudi.web.deeds import days
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.watch import asking, files
from doudi.web.watch.deciding import typed_of


@permission("monitored.open")
def open_file(request: HttpRequest) -> HttpResponse:
    """The form for a household found in the village (GET), opening its file, or all that lack one (POST)."""
    reader, typed, problem, where = reader_of(request), typed_of(request), "", ""
    by, on = reader.user.username, days.today()
    if request.method == "POST":
        try:
            with transaction.atomic():
                if typed.get("act") == "all":
                    monitored_files.open_all(by=by, on=on)
                    return HttpResponseRedirect(reverse("monitored"))
                made = monitored_files.open_one(
                    _household(typed.get("household", "")), typed.get("reason", ""),
                    risks=[typed["risk"]] if typed.get("risk") in dict(_risks()) else [], by=by, on=on,
                )  # fmt: skip
            return HttpResponseRedirect(reverse("monitored-file", args=[made.pk]))
        except IntegrityError:
            problem = _("刚才有人同时办理,请看最新情况后再办。")
        except Refusal as refusal:
            problem, where = errors.words_of(refusal), refusal.where or ""
    asked = asking.word(request, "household")
    context = {
        "typed": typed or {"household": asked}, "problem": problem, "where": where, "risks": _risks(),
        "lacking": monitored_files.lacking(asking.prefix(request, reader), on=on),
    }  # fmt: skip
    return show(request, "watch/file_new.html", context, status=422 if problem else 200)


def _household(code: str) -> Household:
    found = Household.objects.filter(code=code[:32]).first()
    if found is None:
        raise Refusal(
            f"您的范围内没有编号“{code[:32]}”的农户。请从农户页上抄编号。",
            f"There is no household “{code[:32]}” within your duty. Copy the code from the household's page.",
            "household",
        )
    return found


def _risks() -> list[tuple[str, str]]:
    _run, pack = asking.ruled()
    fact = pack.vocabulary.fact("household", "main_risk") if pack else None
    return [(choice.value, figures.word(choice)) for choice in fact.choices] if fact else []


@permission("monitored.write")
@require_POST
def write(request: HttpRequest, number: str) -> HttpResponse:
    """A line in the file."""

    def act(file: MonitoredFile, typed: dict[str, str]) -> None:
        file_entries.write(
            file, typed.get("kind", ""), typed.get("text", ""), measure=typed.get("measure", ""),
            way=typed.get("way", ""), by=reader_of(request).user.username, on=days.today(),
        )  # fmt: skip

    return _carry(request, number, "write", act)


@permission("monitored.leave")
@require_POST
def leave(request: HttpRequest, number: str) -> HttpResponse:
    """Let the household leave, or open a new file for one that left."""

    def act(file: MonitoredFile, typed: dict[str, str]) -> None:
        by, on, (_run, pack) = reader_of(request).user.username, days.today(), asking.ruled()
        if typed.get("act") == "reopen":
            monitored_files.reopen(file, typed.get("reason", ""), by=by, on=on)
        elif pack is not None:
            monitored_files.leave(file, reason=typed.get("reason", ""), pack=pack, by=by, on=on)

    return _carry(request, number, "leave", act)


def _carry(
    request: HttpRequest, number: str, at: str, act: Callable[[MonitoredFile, dict[str, str]], None]
) -> HttpResponse:
    """Do it and come back to the file; a refusal leaves nothing and is told at the form."""
    file, typed = files.file_of(number), typed_of(request)
    try:
        with transaction.atomic():
            act(file, typed)
    except Refusal as refusal:
        problem, where = errors.words_of(refusal), refusal.where or ""
        return files.page_of(request, files.file_of(number), problem=problem, at=at, where=where, typed=typed)
    except IntegrityError:
        problem = _("刚才有人同时办理,请看最新情况后再办。")
        return files.page_of(request, files.file_of(number), problem=problem, at=at, typed=typed)
    return HttpResponseRedirect(reverse("monitored-file", args=[file.pk]))


@permission("monitored.export")
@require_safe
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """The file as a PDF, to be signed."""
    file = files.file_of(number)
    context = files.contents(request, file) | {"shell": shell.shell_of(request)}
    return papers.answer(request, "papers/monitored_file.html", context, name=_("监测档案") + f"-{file.pk}")
