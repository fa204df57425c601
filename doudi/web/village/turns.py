"""The shared desk of a village: opened with a password, then people take turns by PIN, each under their own name."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from doudi.access import pins
from doudi.access.permissions import PUBLIC, permission
from doudi.access.pins import Desk, Pin
from doudi.places.divisions import Place
from doudi.values.refusals import Refusal
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.sign_in import BACKEND

COOKIE = "doudi_desk"
SALT = "doudi.web.village.turns"
DAY = 24 * 3600


@permission("desk.open")
def show_desks(request: HttpRequest) -> HttpResponse:
    """The shared desks of the reader's village, and making this browser one of them."""
    reader, problem = reader_of(request), ""
    on = timezone.localdate()
    mine = [duty.place_code for duty in reader.duties if duty.role == "village_officer"]
    if request.method == "POST":
        try:
            desk, token = pins.open_desk(mine[0], plain(request.POST.get("name", "")), by=reader.user, on=on)
            response = HttpResponseRedirect(reverse("desks") + "?done=1")
            _remember(response, token, (desk.until - on).days * DAY)
            return response
        except Refusal as refusal:
            problem = words_of(refusal)
    context = {
        "village": Place.objects.filter(code=mine[0]).first() if mine else None,
        "desks": Desk.objects.filter(place_code__in=mine, closed_on=None, until__gt=on),
        "here": desk_here(request),
        "pin": Pin.objects.filter(user=reader.user).first(),
        "typed": request.POST,
        "problem": problem,
    }
    return show(request, "village/desks.html", context, status=422 if problem else 200)


def _remember(response: HttpResponse, token: str, seconds: int) -> None:
    value = signing.dumps(token, salt=SALT)
    response.set_cookie(
        COOKIE, value, max_age=seconds, httponly=True, samesite="Strict", secure=settings.SESSION_COOKIE_SECURE
    )


def desk_here(request: HttpRequest) -> Desk | None:
    """The open desk this browser is, if it is one."""
    try:
        token = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=pins.DAYS * DAY)
    except signing.BadSignature:
        return None
    return pins.desk_of(str(token), on=timezone.localdate())


@permission("desk.open")
@require_POST
def close_desk(request: HttpRequest, number: str) -> HttpResponse:
    """Close a desk of one's own village."""
    reader = reader_of(request)
    mine = [duty.place_code for duty in reader.duties if duty.role == "village_officer"]
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Desk.objects.filter(pk=int(number), place_code__in=mine).first() if whole else None
    if found is None:
        raise Http404
    pins.close_desk(found, by=reader.user.username, on=timezone.localdate())
    return HttpResponseRedirect(reverse("desks"))


@permission("desk.open")
@never_cache
@sensitive_post_parameters()
@require_POST
def choose_pin(request: HttpRequest) -> HttpResponse:
    """Choose one's own PIN, the password said again; 422 saying what is wrong with it."""
    reader = reader_of(request)
    try:
        if not reader.user.check_password(request.POST.get("password", "")[:200]):
            raise Refusal("密码不对,PIN 没有改。", "The password is wrong; the PIN is as it was.", "password")
        pins.choose(reader.user, request.POST.get("pin", "")[:20], on=timezone.localdate())
    except Refusal as refusal:
        context: dict[str, Any] = {"village": None, "desks": [], "here": desk_here(request), "pin": None, "typed": {}}
        return show(request, "village/desks.html", context | {"problem": words_of(refusal)}, status=422)
    return HttpResponseRedirect(reverse("desks") + "?pin=1")


@permission(PUBLIC)
@never_cache
@sensitive_post_parameters("pin")
def take_turn(request: HttpRequest) -> HttpResponse:
    """Choose one's name and type the PIN, at a desk; who sat there before is signed out first. 404 anywhere else."""
    desk = desk_here(request)
    if desk is None:
        return HttpResponseRedirect(reverse("sign-in"))
    problem, on = "", timezone.localdate()
    if request.method == "POST":
        try:
            with transaction.atomic():
                user = pins.enter(desk, request.POST.get("username", "")[:150], request.POST.get("pin", "")[:20], on=on)
            if user is not None:
                logout(request)
                login(request, user, backend=BACKEND)
                return HttpResponseRedirect(reverse("village-desk"))
            problem = words_of(Refusal("PIN 不对。", "The PIN is wrong.", "pin"))
        except Refusal as refusal:
            problem = words_of(refusal)
    context = {
        "desk": desk,
        "place": Place.objects.filter(code=desk.place_code).first(),
        "people": pins.people_of(desk, on=on),
        "username": plain(request.POST.get("username", ""))[:150],
        "problem": problem,
    }
    return show(request, "village/turn.html", context, status=422 if problem else 200)
