"""The people who sign in, with their duties of today; and adding one. The address carries the filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from doudi.access import users
from doudi.access.duties import Duty
from doudi.access.permissions import permission
from doudi.access.roles import ROLES
from doudi.access.users import User
from doudi.places.divisions import Place
from doudi.register.pairings import Pairing
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from doudi.web import errors, figures
from doudi.web.desk import profile
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

SIZE = 50
STATES = ("active", "closed", "idle")


class Filter(forms.Form):
    """What may be asked of the list."""

    q = forms.CharField(required=False, max_length=50)
    role = forms.ChoiceField(required=False, choices=[(name, name) for name in ROLES])
    town = forms.RegexField(r"^[0-9]{9}$", required=False)
    state = forms.ChoiceField(required=False, choices=[(name, name) for name in STATES])
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@dataclass(frozen=True, slots=True)
class Row:
    """One person, and what they hold today."""

    user: User
    duties: list[dict[str, Any]]


@permission("account.read")
def show_list(request: HttpRequest) -> HttpResponse:
    """The list; 400 naming the part of a filter that cannot be understood."""
    reader, asked = reader_of(request), Filter(request.GET)
    problems = [] if asked.is_valid() else [_words()[name] + ":" + " ".join(e) for name, e in asked.errors.items()]
    found = asked.cleaned_data if not problems else {}
    page = Paginator(_wanted(visible(reader), found).order_by("username"), SIZE).get_page(found.get("page") or 1)
    context = {
        "problems": problems,
        "asked": request.GET,
        "page": page,
        "rows": _rows(page) if not problems else [],
        "roles": role_words(),
        "towns": towns_of(reader),
        "states": [("active", _("可登录")), ("closed", _("已停用")), ("idle", _("可登录但没有职责"))],
        "may_manage": reader.may("account.manage"),
        "may_pair": reader.may("pairing.read"),
    }
    return show(request, "desk/accounts.html", context, status=400 if problems else 200)


def _words() -> dict[str, str]:
    return {"q": _("查找"), "role": _("角色"), "town": _("乡镇"), "state": _("状态"), "page": _("页码")}


def role_words() -> list[tuple[str, str]]:
    """Every role, with its word."""
    return [(role.name, figures.word(role)) for role in ROLES.values()]


def towns_of(reader: Reader) -> list[Place]:
    """The towns the reader may name: their own, or all of the county."""
    every = Place.objects.in_force(on=timezone.localdate()).filter(level=Place.TOWN)
    if sees_everyone(reader):
        return list(every)
    return [place for place in every if any(place.code.startswith(code[:9]) for code in reader.scope.places)]


def sees_everyone(reader: Reader) -> bool:
    """Whether the reader's duty holds all accounts: the administrator's, and one of the whole county."""
    return reader.may("account.manage") or any(len(code) == 6 for code in reader.scope.places)


def visible(reader: Reader) -> QuerySet[User]:
    """The people a reader may know of: everyone, or those with a duty or a pairing at the reader's places."""
    if sees_everyone(reader):
        return User.objects.all()
    here = Q(pk__in=Pairing.objects.values("helper"))
    for code in reader.scope.places:
        here |= Exists(Duty.objects.filter(user=OuterRef("pk"), place_code__startswith=code))
    return User.objects.filter(here)


def _wanted(people: QuerySet[User], found: dict[str, Any]) -> QuerySet[User]:
    held = Duty.objects.in_force(on=timezone.localdate()).filter(user=OuterRef("pk"))
    if text := found.get("q", "").strip():
        people = people.filter(Q(username__icontains=text) | Q(name__icontains=text) | Q(unit__icontains=text))
    if role := found.get("role"):
        people = people.filter(Exists(held.filter(role=role)))
    if town := found.get("town"):
        people = people.filter(Exists(held.filter(place_code__startswith=town)))
    if state := found.get("state"):
        people = people.filter(is_active=state != "closed")
    return people.filter(~Exists(held)) if found.get("state") == "idle" else people


def _rows(page: Page[User]) -> list[Row]:
    held: dict[int, list[Duty]] = {}
    ids = [user.pk for user in page]
    for duty in Duty.objects.in_force(on=timezone.localdate()).filter(user__in=ids).order_by("id"):
        held.setdefault(duty.user_id, []).append(duty)
    told = profile.duty_rows([duty for duties in held.values() for duty in duties])
    return [Row(user, [row for row in told if row["duty"].user_id == user.pk]) for user in page]


@permission("account.manage")
@never_cache
def add(request: HttpRequest) -> HttpResponse:
    """A new person without duties, with a password for one sign-in, shown this once; 422 with what was typed."""
    typed = {name: request.POST.get(name, "")[:200].replace("\0", "").strip() for name in ("username", "name", "unit")}
    if request.method != "POST":
        return show(request, "desk/account_new.html", {"typed": typed, "problems": {}})
    try:
        person, once = _added(typed, by=reader_of(request).user.username)
    except Refusal as refusal:
        problems = {refusal.where or "username": errors.words_of(refusal)}
        return show(request, "desk/account_new.html", {"typed": typed, "problems": problems}, status=422)
    return show(request, "desk/password_once.html", {"person": person, "once": once, "new": True})


def _added(typed: dict[str, str], *, by: str) -> tuple[User, str]:
    once = users.one_time_password()
    with carry_out("account.add", by=by, payload=typed):
        person = users.add(typed["username"], typed["name"], once, unit=typed["unit"], by=by, must_change=True)
    return person, once
