"""Two words on one fact: what was handed to the village, and what is protected, looked at and settled by a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import passes_on, permission
from doudi.monitoring import changes, disputes, speakers
from doudi.monitoring.disputes import Dispute
from doudi.policy import versions
from doudi.policy.packs import Pack
from doudi.register import vocabularies
from doudi.values.refusals import Refusal
from doudi.web import figures, names
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.watch import words

A_PAGE = 20
FOUND_BY = ("field", "household", "village")  # how what is stated anew was found
LONGEST = 1_000


@permission("dispute.read")
@require_safe
def show_disputes(request: HttpRequest) -> HttpResponse:
    """What waits for somebody who looks, the oldest first."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "", about: int = 0) -> HttpResponse:
    reader, known = reader_of(request), vocabularies.in_force()
    waiting = Dispute.objects.for_village().select_related("household").order_by("opened_at", "pk")
    page = Paginator(waiting, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": today(), "page": page, "rows": _rows(page, reader), "problem": problem, "about": about,
        "may_settle": reader.may("dispute.settle"), "typed": request.POST, "done": request.GET.get("done", ""),
        "sources": [(name, known.sources[name]) for name in FOUND_BY if passes_on(reader.roles, name)],
    }  # fmt: skip
    return show(request, "village/disputes.html", context, status=422 if problem else 200)


def _rows(found: Iterable[Dispute], reader: Reader) -> list[dict[str, Any]]:
    held, pack = list(found), versions.in_force().pack
    names.look_up((each.household for each in held), reader)
    people = speakers.of(
        {who for each in held for who in (each.mine_by, each.theirs_by, each.chosen_by)}, on=timezone.localdate()
    )
    return [_row(each, people, pack, reader) for each in held]


def _row(one: Dispute, people: dict[str, speakers.Speaker], pack: Pack, reader: Reader) -> dict[str, Any]:
    def who(username: str, source: str) -> str:
        person, told = people.get(username), _source(source, pack)
        if person is None:
            return told
        named = figures.in_words(person.zh, person.en)
        return f"{named} · {told}" if told else named

    return {
        "it": one,
        "name": names.head(one.household, reader),
        "fact": words.fact(pack, one.subject_kind, one.fact),
        "protected": one.kind == changes.PROTECTED,
        "asked": who(one.chosen_by, "") if one.choice == disputes.ASK_VILLAGE else "",
        "sides": [
            (disputes.MINE, who(one.mine_by, one.mine_source), _value(pack, one, one.mine, reader)),
            (disputes.THEIRS, who(one.theirs_by, one.theirs_source), _value(pack, one, one.theirs, reader)),
        ],
    }


def _source(name: str, pack: Pack) -> str:
    known = pack.vocabulary.sources.get(name)
    return figures.word(known) if known else name


def _value(pack: Pack, one: Dispute, said: Any, reader: Reader) -> str:
    return words.value(pack, one.subject_kind, one.fact, said, reader) if said is not None else _("还没有记录")


@permission("dispute.settle")
@require_POST
def settle(request: HttpRequest, number: str) -> HttpResponse:
    """One of the two words, or what was found on looking. 422 with what is wrong; what was typed stays."""
    held, reader = _held(number), reader_of(request)
    choice, by, now = plain(request.POST.get("choice", "")), reader.user.username, timezone.now()
    try:
        text, source = (plain(request.POST.get(name, ""))[:LONGEST] for name in ("value", "source"))
        if source not in FOUND_BY:
            raise Refusal("请选是怎么知道的。", "Say how it is known.", "source")
        if choice == disputes.STATED:
            disputes.state(held.pk, text, source=source, by=by, roles=reader.roles, now=now)
        else:
            _choose(held, choice, source, reader)
    except Refusal as refusal:
        return _page(request, words_of(refusal), held.pk)
    return HttpResponseRedirect(f"{reverse('disputes')}?done=1")


def _choose(held: Dispute, choice: str, source: str, reader: Reader) -> None:
    if choice not in (disputes.MINE, disputes.THEIRS):
        raise Refusal(
            "请选哪一种说法对,或写明看到的情况。", "Choose which word is right, or write what was seen.", "choice"
        )
    now, by = timezone.now(), reader.user.username
    done = disputes.choose(held.pk, choice, source=source, by=by, roles=reader.roles, now=now)
    if done.settled_at is None:
        raise Refusal(
            "这是您自己说的,关系到身份、收入、资格或贷款,要由村里或乡镇的另一位来定。",
            "This is your own word on identity, income, standing or a loan: another of the village or town settles it.",
            "choice",
        )


def _held(number: str) -> Dispute:
    good = number.isascii() and number.isdigit() and len(number) < 19
    held = Dispute.objects.for_village().filter(pk=number).first() if good else None
    if held is None:
        raise Http404
    return held
