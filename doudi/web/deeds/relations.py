"""Declaring one's own and one's relatives' households, on which one then decides nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.delivery import conflicts
from doudi.delivery.conflicts import RELATIONS, DeclaredRelation
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web.deeds import wording
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show


@permission("deed.relate")
def declare(request: HttpRequest) -> HttpResponse:
    """The reader's own declarations, and the form for another."""
    problem, typed = "", {name: plain(request.POST.get(name, ""))[:64].strip() for name in ("code", "relation")}
    username = reader_of(request).user.username
    if request.method == "POST":
        try:
            household = Household.objects.filter(code=typed["code"]).first()
            if household is None:
                raise Refusal(
                    "您的职责范围内没有这个户编号。", "There is no household of that code within your duty.", "code"
                )
            conflicts.declare(username, household, typed["relation"], by=username, on=today())
            return HttpResponseRedirect(reverse("deed-relations") + "?done=1")
        except Refusal as refusal:
            problem = words_of(refusal)
    mine = DeclaredRelation.objects.filter(username=username).select_related("household").order_by("id")
    context = {
        "mine": [(each, wording.relation(each.relation)) for each in mine],
        "relations": [(name, wording.relation(name)) for name in RELATIONS],
        "typed": typed,
        "problem": problem,
        "done": _("已登记。") if request.GET.get("done") == "1" else "",
    }
    return show(request, "deeds/relations.html", context, status=422 if problem else 200)
