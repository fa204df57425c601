"""One person: their duties now and before, and what the administrator may do about them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from doudi.access import duties, factors, resets, users
from doudi.access.devices import Device
from doudi.access.duties import Duty
from doudi.access.permissions import permission
from doudi.access.resets import Reset
from doudi.access.roles import ROLES
from doudi.access.users import User
from doudi.places import counties, divisions
from doudi.places.divisions import Place
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.desk import accounts, profile, standings
from doudi.web.reader import reader_of
from doudi.web.shell import show

FIELDS = ("role", "town", "village", "from", "until")
LIMITED = ("bureau", "bank")
DAY = "%Y-%m-%d"


class NewDuty(forms.Form):
    """A duty as it is typed; which place the role wants is the domain's to say."""

    role = forms.ChoiceField(choices=[(name, name) for name in ROLES])
    town = forms.RegexField(r"^[0-9]{9}$", required=False)
    village = forms.RegexField(r"^[0-9]{12}$", required=False)
    until = forms.DateField(required=False, input_formats=[DAY])


NewDuty.base_fields["from"] = forms.DateField(input_formats=[DAY])


@permission("account.read")
def show_one(request: HttpRequest, username: str) -> HttpResponse:
    """The person's page; 404 for one the reader may not know of."""
    return _page(request, _person(request, username))


def _person(request: HttpRequest, username: str) -> User:
    found = accounts.visible(reader_of(request)).filter(username=username.replace("\0", "")).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, person: User, problems: dict[str, str] | None = None) -> HttpResponse:
    reader, asked = reader_of(request), request.POST if request.method == "POST" else request.GET
    typed = {name: asked.get(name, "")[:40].replace("\0", "") for name in FIELDS}
    typed["from"] = typed["from"] or timezone.localdate().isoformat()
    manages = reader.may("account.manage") and reader.user.pk != person.pk
    rows = profile.duty_rows(list(Duty.objects.filter(user=person).order_by("-from_day", "-id")))
    context = {
        "person": person,
        "duties": rows,
        "may_end": manages,
        "manages": manages,
        "oneself": reader.user.pk == person.pk,
        "resets": profile.reset_rows(Reset.objects.of([person])[: profile.MOST_TOLD]),
        "asked": resets.waiting(person, now=timezone.now()) if manages else None,
        "device": factors.device_of(person),
        "phones": Device.objects.of([person]),
        "today": timezone.localdate(),
        "typed": typed,
        "chosen": asked.getlist("measures"),
        "problems": problems or {},
        "tomorrow": (timezone.localdate() + timedelta(days=1)).isoformat(),
        **(_choices(request, typed) if manages else {}),
    }
    return show(request, "desk/account.html", context, status=422 if problems else 200)


def _choices(request: HttpRequest, typed: dict[str, str]) -> dict[str, Any]:
    """Roles, towns, the villages of the town chosen, and the measures a bureau or a bank can be limited to."""
    run = standings.run_in_force()
    pack = standings.pack_of(run) if run else None
    villages = Place.objects.in_force(on=timezone.localdate()).filter(level=Place.VILLAGE)
    town = typed["town"] if typed["town"].isascii() and typed["town"].isdigit() else "-"
    return {
        "roles": accounts.role_words(),
        "towns": accounts.towns_of(reader_of(request)),
        "villages": list(villages.filter(code__startswith=town)),
        "measures": [(name, standings.title_of(pack, name)) for name in pack.measures] if pack else [],
    }


@permission("account.manage")
@require_POST
def give(request: HttpRequest, username: str) -> HttpResponse:
    """A duty from a day on; 422 with what was typed."""
    person, form = _person(request, username), NewDuty(request.POST)
    if not form.is_valid():
        return _page(request, person, {name: _("请填写正确。") for name in form.errors})
    asked = form.cleaned_data
    try:
        place = _place_of(asked["role"], asked["town"], asked["village"])
        divisions.require(place)
        duties.give(
            person,
            asked["role"],
            place,
            on=asked["from"],
            until=asked["until"],
            measures=_measures(request, asked["role"]),
            by=reader_of(request).user.username,
        )
    except Refusal as refusal:
        return _page(request, person, {refusal.where or "role": errors.words_of(refusal)})
    return HttpResponseRedirect(reverse("account", args=[person.username]))


def _place_of(role: str, town: str, village: str) -> str:
    """The place a duty of the role names, of what was chosen. Raises Refusal while its town or village is missing."""
    county = counties.present()
    level = ROLES[role].level
    if level == "town" and not town:
        raise Refusal("请选乡镇。", "Choose the town.", "town")
    if level == "village" and not village.startswith(town or "-"):
        raise Refusal(
            "请先选乡镇,点“列出村”,再选村。", "Choose the town, list its villages, then choose one.", "village"
        )
    return {"county": county.code if county else "", "town": town, "village": village}.get(level, "")


def _measures(request: HttpRequest, role: str) -> tuple[str, ...]:
    run = standings.run_in_force()
    known = standings.pack_of(run).measures if run else {}
    return tuple(name for name in request.POST.getlist("measures") if name in known) if role in LIMITED else ()


@permission("account.manage")
@require_POST
def end(request: HttpRequest, username: str, number: str) -> HttpResponse:
    """End one of the person's duties on a day; 422 for a day that cannot be."""
    person = _person(request, username)
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    duty = Duty.objects.filter(user=person, pk=int(number)).first() if whole else None
    if duty is None:
        raise Http404
    try:
        duties.end(duty, on=_day(request.POST.get("day", "")), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _page(request, person, {"end": errors.words_of(refusal)})
    return HttpResponseRedirect(reverse("account", args=[person.username]))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refusal("日期要写成 2020-02-27 这样,请改正。", "Write the day like 2020-02-27.", "day") from error


@permission("account.manage")
@require_POST
@never_cache
def act(request: HttpRequest, username: str) -> HttpResponse:
    """Close, reopen, give a password for one sign-in, or reset the second factor with a reason."""
    person, by = _person(request, username), reader_of(request).user.username
    what = request.POST.get("what", "")
    try:
        if person.username == by:
            raise Refusal("不能办理自己的账号。", "Nobody does this to their own account.")
        if what == "password":
            once = resets.reset_password(person, by=by, now=timezone.now())
            if once is None:
                return HttpResponseRedirect(reverse("account", args=[person.username]))
            return show(request, "desk/password_once.html", {"person": person, "once": once, "new": False})
        _do(what, person, request.POST.get("reason", "")[:500].replace("\0", ""), by)
    except Refusal as refusal:
        return _page(request, person, {"act": errors.words_of(refusal)})
    return HttpResponseRedirect(reverse("account", args=[person.username]))


def _do(what: str, person: User, reason: str, by: str) -> None:
    if what == "close":
        users.close(person, by=by)
    elif what == "reopen":
        users.reopen(person, by=by)
    elif what == "factor":
        resets.reset_factor(person, reason=reason, by=by, now=timezone.now())
    else:
        raise Refusal("没有这项操作。", "There is no such act.")
