"""Signing in and out, choosing a language, and the machine's own question: pages that need nobody signed in."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from doudi.access import factors
from doudi.access.permissions import PUBLIC, permission
from doudi.access.users import User
from doudi.web import doors, errors, gates, language
from doudi.web.shell import demo_accounts, show

BACKEND = "doudi.access.users.Backend"


class SignIn(forms.Form):
    """What is typed; NUL characters and overlong text are refused by the fields."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=200, strip=False)


@permission(PUBLIC)
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and its answer: 422 when account and password do not fit, 429 after too many tries."""
    if request.method != "POST":
        wanted = language.safe_next(request, request.GET.get("next", "/"))
        return (
            HttpResponseRedirect(wanted) if request.user.is_authenticated else _form(request, wanted, _lapsed(request))
        )
    wanted = language.safe_next(request, request.POST.get("next", "/"))
    typed = SignIn(request.POST)
    user = _tried(request, typed.cleaned_data) if typed.is_valid() else None
    if getattr(request, "axes_locked_out", False):
        response = _form(request, wanted, _("尝试次数过多,请15分钟后再试,或请管理员重设密码。"), status=429)
        response["Retry-After"] = str(doors.LOCK)
        return response
    if user is None:
        return _form(request, wanted, _("账号或密码不对。请核对后重新输入;忘记密码请找管理员。"), status=422)
    login(request, user, backend=BACKEND)
    if factors.device_of(user):
        return HttpResponseRedirect(gates.CODE + "?" + urlencode({"next": wanted}))
    response = HttpResponseRedirect(wanted)
    doors.remember(request, response, user)
    return response


def _tried(request: HttpRequest, typed: dict[str, str]) -> User | None:
    """Who fits, after every earlier try from there is counted."""
    with transaction.atomic():
        doors.take_turn(request)
        user = authenticate(request, **typed)
    return user if isinstance(user, User) else None


def _lapsed(request: HttpRequest) -> str:
    return _("离开时间较长,为安全已退出。请重新登录,登录后回到原来的页面。") if "lapsed" in request.GET else ""


def _form(request: HttpRequest, wanted: str, problem: str = "", status: int = 200) -> HttpResponse:
    username = request.POST.get("username", "")[:150].replace("\0", "")
    context = {"next": wanted, "problem": problem, "username": username, "accounts": demo_accounts()}
    return show(request, "desk/sign_in.html", context, status=status)


@permission(PUBLIC)
@never_cache
@sensitive_post_parameters("code")
def ask_code(request: HttpRequest) -> HttpResponse:
    """The second step for who has a device: its code, or one of those written down. 422 when it does not fit."""
    asked = request.POST if request.method == "POST" else request.GET
    wanted = language.safe_next(request, asked.get("next", "/"))
    if not isinstance(request.user, User) or not gates.owes_code(request, factors.device_of(request.user)):
        return HttpResponseRedirect(wanted)
    context = {"next": wanted, "name": request.user.name, "problem": ""}
    if request.method != "POST":
        return show(request, "desk/sign_in_code.html", context)
    if not factors.check(request.user, request.POST.get("code", ""), now=timezone.now()):
        context["problem"] = errors.words_of(factors.wrong_code())
        return show(request, "desk/sign_in_code.html", context, status=422)
    gates.shown(request, request.user)
    response = HttpResponseRedirect(wanted)
    doors.remember(request, response, request.user)
    return response


@permission(PUBLIC)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave."""
    logout(request)
    return HttpResponseRedirect("/sign-in/")


@permission(PUBLIC)
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember a language and go back to the page."""
    response = HttpResponseRedirect(language.safe_next(request, request.POST.get("next", "/")))
    code = request.POST.get("language", "")
    return language.remember(response, code) if code in language.LANGUAGES else response


@permission(PUBLIC)
@never_cache
def tell_health(request: HttpRequest) -> HttpResponse:
    """200 when the database answers; a watchdog asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
