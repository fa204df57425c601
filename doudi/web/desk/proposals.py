"""Proposals: what waits for a second person, what it changes and does, adopting it or sending it back."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.policy import proposals, texts
from doudi.policy.proposals import WAITING, Proposal
from doudi.values.refusals import Refusal
from doudi.web.desk import effects
from doudi.web.desk.drafts import LONGEST_NUMBER, plain
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show, show_part

MOST = 100
LONGEST = 2_000


@permission("proposal.read")
def show_proposals(request: HttpRequest) -> HttpResponse:
    """What waits for the reader first, then what waits for others, then what was decided."""
    reader = reader_of(request)
    rows = list(Proposal.objects.defer("files")[:MOST])
    mine = proposals.waiting(reader.user.username) if reader.may("pack.adopt") else Proposal.objects.none()
    for_me = set(mine.values_list("pk", flat=True))
    context = {
        "for_me": [row for row in rows if row.pk in for_me],
        "others": [row for row in rows if row.state == WAITING and row.pk not in for_me],
        "decided": [row for row in rows if row.state != WAITING],
        "may_adopt": reader.may("pack.adopt"),
    }
    return show(request, "desk/proposals.html", context)


@permission("proposal.read")
def show_proposal(request: HttpRequest, number: str) -> HttpResponse:
    """One proposal: why, what it changes, which examples no longer hold, who gains and loses."""
    return _page(request, proposal_of(number))


def _page(request: HttpRequest, proposal: Proposal, problem: str = "", answer: str = "") -> HttpResponse:
    reader = reader_of(request)
    waits, own = proposal.state == WAITING, proposal.proposed_by == reader.user.username
    context: dict[str, Any] = {
        "proposal": proposal,
        "changes": texts.compare(proposal.base.files, proposal.files),
        "stale": waits and proposal.stale,
        "own": own,
        "may_decide": waits and not own and reader.may("pack.adopt"),
        "may_withdraw": waits and own,
        "may_see_draft": proposal.draft_id is not None and reader.may("pack.edit"),
        "trial": effects.told(proposal.hash, proposal.files, proposal.pack_name, reader),
        "trial_url": reverse("proposal-trial", args=[proposal.pk]),
        "who_url": reverse("proposal-who", args=[proposal.pk]),
        "problem": problem,
        "answer": answer,
    }
    return show(request, "desk/proposal.html", context, status=422 if problem else 200)


@permission("proposal.read")
def trial(request: HttpRequest, number: str) -> HttpResponse:
    """Try and prove the proposal beside the server (POST), or how far that has come."""
    proposal = proposal_of(number)
    if request.method == "POST":
        effects.begin(proposal.files, proposal.pack_name, by=reader_of(request).user.username, whole=True)
        return HttpResponseRedirect(reverse("proposal", args=[proposal.pk]) + "#trial")
    context = {
        "trial": effects.told(proposal.hash, proposal.files, proposal.pack_name, reader_of(request)),
        "trial_url": reverse("proposal-trial", args=[proposal.pk]),
        "who_url": reverse("proposal-who", args=[proposal.pk]),
    }
    return show_part(request, "desk/trial.html", context)


@permission("pack.adopt")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Adopt a proposal or send it back, as another person than its proposer."""
    proposal, by = proposal_of(number), reader_of(request).user.username
    answer = plain(request.POST.get("answer", ""))[:LONGEST]
    verb = {"adopt": proposals.adopt, "return": proposals.send_back}.get(request.POST.get("act", ""))
    if verb is None:
        raise Refusal("请选“采用”或“退回”。", "Choose to adopt it or to send it back.", "act")
    try:
        verb(proposal, answer=answer, by=by, now=timezone.now())
    except Refusal as refusal:
        return _page(request, proposal, words_of(refusal), answer)
    return HttpResponseRedirect(reverse("proposal", args=[proposal.pk]))


@permission("pack.propose")
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take one's own proposal back."""
    proposal = proposal_of(number)
    proposals.withdraw(proposal, by=reader_of(request).user.username, now=timezone.now())
    return HttpResponseRedirect(reverse("proposals"))


def proposal_of(number: str) -> Proposal:
    """The proposal of a number in an address. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    found = Proposal.objects.select_related("base", "draft").filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found
