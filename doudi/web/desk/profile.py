"""One's own page: duties, password, second factor, language."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from typing import Any

import segno
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from doudi.access import factors, users
from doudi.access.duties import Duty
from doudi.access.permissions import permission
from doudi.access.resets import WORDS, Reset
from doudi.access.roles import ROLES, needs_second_factor
from doudi.places import counties
from doudi.places.divisions import Place
from doudi.values.refusals import Refusal
from doudi.web import errors, figures, gates
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

SECRET = "enrolling"  # noqa: S105 - where the session keeps a secret until its first code is typed
MOST_TYPED = 1_000
MOST_TOLD = 10  # resets of one person


@permission("profile.change")
def show_profile(request: HttpRequest) -> HttpResponse:
    """What one may do here, and how one signs in."""
    reader = reader_of(request)
    context = {
        "user": reader.user,
        "duties": duty_rows(list(Duty.objects.filter(user=reader.user).order_by("-from_day", "-id"))),
        "device": factors.device_of(reader.user),
        "left": factors.left(reader.user),
        "demanded": _demanded(reader),
        "pairs": reader.may("device.own"),
        "calls": reader.may("contact.manage"),
        "rules": reader.may("phone.rule"),
        "resets": reset_rows(Reset.objects.of([reader.user])[:MOST_TOLD]),
        "changed": request.GET.get("changed") == "1",
    }
    return show(request, "desk/profile.html", context)


def _demanded(reader: Reader) -> bool:
    return needs_second_factor(reader.roles) and counties.demands_second_factor()


def reset_rows(resets: Iterable[Reset]) -> list[dict[str, Any]]:
    """Resets of a password or an authenticator, each with what it was in words."""
    return [{"reset": each, "what": figures.in_words(*WORDS[each.what])} for each in resets]


def duty_rows(duties: list[Duty]) -> list[dict[str, Any]]:
    """Duties with role and place in words, and whether each is in force today."""
    codes = {duty.place_code.ljust(12, "0") for duty in duties if duty.place_code}
    names = dict(Place.objects.filter(code__in=codes).values_list("code", "name"))
    today = timezone.localdate()
    return [
        {
            "duty": duty,
            "role": figures.word(ROLES[duty.role]),
            "place": names.get(duty.place_code.ljust(12, "0"), duty.place_code) if duty.place_code else "",
            "holds": duty.from_day <= today and (duty.until_day is None or today < duty.until_day),
            "coming": duty.from_day > today,
        }
        for duty in duties
    ]


@permission("profile.change")
@never_cache
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """Another password for oneself; 422 saying what is wrong with it. Other browsers are signed out."""
    reader, problems = reader_of(request), {}
    if request.method == "POST":
        old, new, again = (request.POST.get(name, "")[:MOST_TYPED] for name in ("old", "new", "again"))
        problems = _change(request, reader, old, new, again)
        if not problems:
            return HttpResponseRedirect(reverse("profile") + "?changed=1")
    context = {"problems": problems, "must": reader.user.must_change_password, "username": reader.user.username}
    context["resets"] = reset_rows(Reset.objects.of([reader.user])[:MOST_TOLD])
    return show(request, "desk/profile_password.html", context, status=422 if problems else 200)


def _change(request: HttpRequest, reader: Reader, old: str, new: str, again: str) -> dict[str, str]:
    try:
        if new != again:
            raise Refusal(
                "两次输入的新密码不同。请重新输入。", "The two new passwords differ. Type them again.", "again"
            )
        users.change_own_password(reader.user, old, new)
    except Refusal as refusal:
        return {refusal.where or "new": errors.words_of(refusal)}
    update_session_auth_hash(request, reader.user)
    return {}


@permission("profile.change")
@never_cache
@sensitive_post_parameters()
def enrol(request: HttpRequest) -> HttpResponse:
    """The QR code and the field for its first code; then the recovery codes, this once. 422 for a wrong code."""
    reader = reader_of(request)
    if factors.device_of(reader.user):
        return HttpResponseRedirect(reverse("profile"))
    secret = request.session.setdefault(SECRET, factors.new_secret())
    problem = ""
    if request.method == "POST":
        try:
            codes = factors.enrol(reader.user, secret, request.POST.get("code", ""))
        except Refusal as refusal:
            problem = errors.words_of(refusal)
        else:
            del request.session[SECRET]
            gates.shown(request, reader.user)
            return show(request, "desk/recovery_codes.html", {"codes": codes})
    return _enrolment(request, reader, secret, problem)


def _enrolment(request: HttpRequest, reader: Reader, secret: str, problem: str) -> HttpResponse:
    address = factors.address_of(reader.user, secret)
    text = b32encode(bytes.fromhex(secret)).decode()
    context = {
        "qr": segno.make(address, error="m").svg_data_uri(scale=5, dark="#000", light="#fff"),
        "secret": " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        "problem": problem,
        "demanded": _demanded(reader),
        "resets": reset_rows(Reset.objects.of([reader.user])[:MOST_TOLD]),
    }
    return show(request, "desk/second_factor.html", context, status=422 if problem else 200)
