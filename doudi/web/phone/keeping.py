"""Kept work: what came for a household from somebody who no longer stands by it, looked at by who does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.facts.kinds import Fact, Vocabulary
from doudi.monitoring import days, kept_work, speakers
from doudi.monitoring.kept_work import KeptWork
from doudi.monitoring.need_codes import NEEDS
from doudi.monitoring.orders import Taker
from doudi.monitoring.speakers import Speaker
from doudi.policy.sittings import Sitting
from doudi.register import vocabularies
from doudi.register.persons import Person
from doudi.register.sayings import base_name
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import errors, figures, names
from doudi.web.phone.syncing import ELSEWHERE
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

SIZE = 30
MOST_SHOWN = 40  # facts of one check


@permission("kept.review")
@require_safe
def show_kept(request: HttpRequest) -> HttpResponse:
    """What waits to be looked at within the duty, the oldest first."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    reader, text = reader_of(request), request.GET.get("page", "")
    found = KeptWork.objects.waiting().filter(household__isnull=False).select_related("household")
    page = Paginator(found, SIZE).get_page(text if text.isascii() and text.isdigit() and len(text) < 7 else 1)
    context = {"page": page, "rows": _rows(page, reader), "problem": problem, "done": request.GET.get("done", "")}
    return show(request, "phone/kept.html", context, status=422 if problem else 200)


def _rows(page: Iterable[KeptWork], reader: Reader) -> list[dict[str, Any]]:
    found = list(page)
    people = speakers.of({name for each in found for name in (each.sent_by, each.asked_by)}, on=timezone.localdate())
    words, members = vocabularies.in_force(), _members(found, reader)
    return [{**_row(each, reader, words, members), **_who(each, people)} for each in found]


def _said(kept: KeptWork) -> list[Mapping[str, Any]]:
    """The facts of a check, as it came."""
    body = kept.content.get("body")
    facts = body.get("facts") if isinstance(body, dict) else None
    return [each for each in facts[:MOST_SHOWN] if isinstance(each, dict)] if isinstance(facts, list) else []


def _members(found: Iterable[KeptWork], reader: Reader) -> Mapping[int, str]:
    """The members something is said of, as the reader's duty has them."""
    ids = {said.get("id") for each in found for said in _said(each) if said.get("kind") == "person"}
    whole = [each for each in ids if type(each) is int and each < 2**63]
    return dict(names.persons(dict(Person.objects.filter(pk__in=whole).values_list("pk", "name")), reader))


def _who(kept: KeptWork, people: Mapping[str, Speaker]) -> dict[str, str]:
    who, asked = (people.get(name, speakers.NOBODY) for name in (kept.sent_by, kept.asked_by))
    return {"who": figures.in_words(who.zh, who.en), "asked": figures.in_words(asked.zh, asked.en)}


def _row(kept: KeptWork, reader: Reader, words: Vocabulary, members: Mapping[int, str]) -> dict[str, Any]:
    body = kept.content.get("body", {})
    return {
        "kept": kept,
        "name": names.head(kept.household, reader) if kept.household else "",
        "verb": verbs().get(str(kept.content.get("verb")), str(kept.content.get("verb"))[:40]),
        "at": str(kept.content.get("at") or "")[:16].replace("T", " "),
        "facts": [line for each in _said(kept) if (line := _fact(each, reader, words, members))],
        "needs": [figures.word(NEEDS[code]) for code in body.get("needs", []) if code in NEEDS],
        "note": str(body.get("note") or "")[:1000],
        "other": kept.why == kept_work.OTHER_BODY,
    }


def verbs() -> dict[str, str]:
    """What a telephone's command is called, by its verb."""
    return {
        "check": _("核对"),
        "choose": _("选一种说法"),
        "confirm_delivery": _("收到没有"),
        "follow_up": _("回访"),
        "follow_up_done": _("回访办好"),
        "counselling": _("想找人谈谈"),
        "tell": _("告知"),
        "review_kept": _("接手"),
    }


def _fact(said: Mapping[str, Any], reader: Reader, words: Vocabulary, members: Mapping[int, str]) -> str:
    """One fact in words; nothing where it is of a class the reader does not read."""
    kind, key = str(said.get("kind")), str(said.get("fact"))
    fact = words.fact(kind, base_name(key)) if kind in words.kinds else None
    if fact is None or not reader.reads(fact.sensitivity) or said.get("said") == "cannot_say":
        return ""
    value = said.get("base") if said.get("said") == "same" else said.get("value")
    who, year = members.get(said.get("id", 0), "") if kind == "person" else "", key.partition("@")[2]
    named = " ".join(each for each in (figures.word(fact), year) if each)
    return figures.with_colon(f"{who} · {named}" if who else named, _shown(value, fact)[:100])


def _shown(value: Any, fact: Fact) -> str:
    """What was said, with its unit; as it came where it is no value of the fact, for nobody looked at it yet."""
    try:
        return figures.of_fact(value, fact)
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        return str(value)


@permission("kept.review")
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Carry it out in one's own name, or say why it is not to be. 422 with what is wrong."""
    held = _held(number)
    try:
        if request.POST.get("what") == "drop":
            reason = request.POST.get("reason", "")[:1000].replace("\0", "")
            kept_work.drop(held.pk, reason=reason, by=reader_of(request).user.username, now=timezone.now())
        else:
            _take(held, reader_of(request))
    except (Refusal, AlreadyDone) as refused:
        told = errors.words_of(refused) if isinstance(refused, Refusal) else _("这一条已经办过。")
        return _page(request, told)
    done = "drop" if request.POST.get("what") == "drop" else "take"
    return HttpResponseRedirect(f"{reverse('kept-work')}?done={done}")


def _take(held: KeptWork, reader: Reader) -> None:
    now, by = timezone.now(), reader.user.username
    sitting = Sitting([held.household_id] if held.household_id else [], now=now)
    taker = Taker(by, reader.roles, None, now, days.county_day(now), sitting, ELSEWHERE)
    kept_work.take(held.pk, taker)
    sitting.decide(by=by)


def _held(number: str) -> KeptWork:
    good = number.isascii() and number.isdigit() and len(number) < 19
    held = KeptWork.objects.waiting().filter(pk=number, household__isnull=False).first() if good else None
    if held is None:
        raise Http404
    return held
