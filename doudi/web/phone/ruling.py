"""How long helpers' telephones keep what they hold: the county's own two numbers, with who decided them and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from doudi.access.permissions import permission
from doudi.places import counties
from doudi.places.counties import KEPT_LIMITS, PAIRED_LIMITS, PhoneDays, PhoneRule
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.reader import reader_of
from doudi.web.shell import show

SHOWN = 20
FIELDS = ("days_kept", "days_paired")


@permission("phone.rule")
def show_rule(request: HttpRequest) -> HttpResponse:
    """What holds, what held before, and deciding anew; 422 with what is wrong and what was typed."""
    problem, where = "", ""
    if request.method == "POST":
        try:
            reason = request.POST.get("reason", "")[:500].replace("\0", "")
            by = reader_of(request).user.username
            counties.decide_phone_days(_days(request), reason=reason, by=by, now=timezone.now())
            return HttpResponseRedirect(reverse("phone-rule") + "?done=1")
        except Refusal as refusal:
            problem, where = errors.words_of(refusal), refusal.where
    now = counties.phone_days()
    context = {
        "now": now,
        "typed": request.POST if problem else {"days_kept": now.kept, "days_paired": now.paired},
        "limits": {"kept": KEPT_LIMITS, "paired": PAIRED_LIMITS},
        "rules": PhoneRule.objects.order_by("-id")[:SHOWN],
        "problem": problem,
        "where": where,
        "done": request.GET.get("done") == "1",
    }
    return show(request, "phone/rule.html", context, status=422 if problem else 200)


def _days(request: HttpRequest) -> PhoneDays:
    """What was typed. Raises Refusal for what is no whole number of days."""
    found = {name: request.POST.get(name, "").strip() for name in FIELDS}
    for name, text in found.items():
        if not (text.isascii() and text.isdigit() and len(text) < 5):
            raise Refusal("请填整数天数。", "Type a whole number of days.", name)
    return PhoneDays(int(found["days_kept"]), int(found["days_paired"]))
