"""The form of a new policy; the rest of the one it follows is carried over."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from doudi.access.permissions import permission
from doudi.delivery import insurance_policies
from doudi.delivery.care_results import day_of
from doudi.delivery.insurance_policies import Cover, InsurancePolicy
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.deeds import caring_acts, days
from doudi.web.reader import reader_of
from doudi.web.shell import show

FIELDS = ("number", "insurer", "from_day", "until", "persons", "premium", "most", "follows")


@permission("insurance.manage")
def take_out(request: HttpRequest) -> HttpResponse:
    """The form (GET), and writing the policy down (POST); 422 with what was typed."""
    typed = {name: request.POST.get(name, "").replace("\0", "").strip()[:200] for name in FIELDS}
    problem, where = "", ""
    if request.method == "POST":
        try:
            by = reader_of(request).user.username
            insurance_policies.take_out(_cover(typed), follows=_follows(typed["follows"]), by=by, on=days.today())
            return HttpResponseRedirect(reverse("insurance"))
        except Refusal as refusal:
            problem, where = errors.words_of(refusal), refusal.where or ""
    free = list(InsurancePolicy.objects.filter(followed_by=None))
    context = {"typed": typed, "problem": problem, "where": where, "policies": free}
    return show(request, "deeds/insurance_policy.html", context, status=422 if problem else 200)


def _cover(typed: dict[str, str]) -> Cover:
    persons = typed["persons"]
    whole = persons.isascii() and persons.isdigit() and len(persons) <= 9
    return Cover(
        number=typed["number"],
        insurer=typed["insurer"],
        from_day=day_of(typed["from_day"], "from_day"),
        until=day_of(typed["until"], "until"),
        persons=int(persons) if whole else 0,
        premium_fen=caring_acts.fen_of(typed["premium"], "premium"),
        most_fen=caring_acts.fen_of(typed["most"], "most"),
    )


def _follows(number: str) -> InsurancePolicy | None:
    if not number:
        return None
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = InsurancePolicy.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Refusal("没有这份要接的保单。", "There is no such policy to follow.", "follows")
    return found
