"""Answering a question: one statement; the household's decisions follow at once."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.monitoring import watching
from doudi.policy import answers, labels
from doudi.policy.answers import Answered
from doudi.register.households import Household
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import figures, names
from doudi.web.deeds import days
from doudi.web.desk import household as page
from doudi.web.desk import standings
from doudi.web.desk.asking import Typed
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part


class AnswerForm(forms.Form):
    """What is posted. The value stays text: the domain reads it as the fact's type asks."""

    subject = forms.RegexField(r"^[a-z]{1,16}:[0-9]{1,18}$")
    fact = forms.RegexField(r"^[a-z0-9_]{1,64}(@[0-9]{4})?$")
    value = forms.CharField(max_length=1000)
    source = forms.RegexField(r"^[a-z_]{1,32}$")
    about = forms.DateField(input_formats=["%Y-%m-%d"])
    key = forms.UUIDField()


@permission("answer.record")
@require_POST
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """Record one answer; 422 with what was typed and what is wrong when it cannot be."""
    reader, household = reader_of(request), page.household_of(code)
    form = AnswerForm(request.POST)
    problem = "" if form.is_valid() else _problem(form)
    if not problem:
        try:
            done = _record(household, form, reader)
            return _changed(request, household, reader, done)
        except AlreadyDone:
            return _changed(request, household, reader, None)
        except Refusal as refusal:
            problem = words_of(refusal)
    context = page.contents(household, reader, typed=_typed(request, problem))
    return _answer_page(request, context, status=422)


def _record(household: Household, form: AnswerForm, reader: Reader) -> Answered:
    data = form.cleaned_data
    kind, _colon, number = data["subject"].partition(":")
    done = answers.record(
        household.pk,
        data["fact"],
        data["value"],
        source=data["source"],
        by=reader.user.username,
        about=data["about"],
        now=timezone.now(),
        subject=(kind, int(number)),
        key=UUID(str(data["key"])),
        roles=reader.roles,
    )
    watching.look_at([household.pk], by=reader.user.username, on=max(data["about"], days.today()))
    return done


def _problem(form: AnswerForm) -> str:
    """The first thing wrong, with its field's name."""
    words = {
        "value": _("答案"),
        "about": _("日期"),
        "source": _("谁说的"),
        "subject": _("对象"),
        "fact": _("事实"),
        "key": _("表单编号"),
    }
    name, errors = next(iter(form.errors.items()))
    return figures.with_colon(words.get(name, name), " ".join(errors))


def _typed(request: HttpRequest, problem: str) -> Typed:
    """What was typed, cut to what a page can show."""
    kept = {
        name: request.POST.get(name, "")[:1000].replace("\0", "")
        for name in ("subject", "fact", "value", "source", "about", "key")
    }
    return Typed(**kept, problem=problem)


def _changed(request: HttpRequest, household: Household, reader: Reader, done: Answered | None) -> HttpResponse:
    """The household as it stands now: in place for htmx, else by a redirect."""
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(reverse("household", args=[household.code]) + "#questions")
    return _answer_page(request, page.contents(household, reader, news=_news(household, reader, done)))


def _news(household: Household, reader: Reader, done: Answered | None) -> dict[str, object]:
    """What the answer changed, in words: (whom, measure, verdict before, after)."""
    run = standings.run_in_force()
    if done is None or run is None:
        return {"changed": [], "stale": False}
    pack, labelled = standings.pack_of(run), labels.of_household(household.pk)
    changed = [
        (
            names.subject(kind, number, labelled.get((kind, number), ""), household, reader),
            standings.title_of(pack, measure),
            before,
            after,
        )
        for kind, number, measure, before, after in done.changed
        if not reader.scope.measures or measure in reader.scope.measures
    ]
    return {"changed": changed, "stale": bool(done.stale)}


def _answer_page(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/household_body.html", context, status)
    return show(request, "desk/household.html", context, status)
