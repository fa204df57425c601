"""Signing in and out, choosing a language, and the machine's own question: pages that need nobody signed in."""

from __future__ import annotations

import hashlib

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from doudi.access.permissions import PUBLIC, permission
from doudi.web import language
from doudi.web.shell import demo_accounts, show

WINDOW = 15 * 60  # seconds a failed attempt is remembered
MOST_OF_ACCOUNT = 5  # failures of one account from one address
MOST_OF_ADDRESS = 100  # failures from one address, whatever the account: an office may share one


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
        return HttpResponseRedirect(wanted) if request.user.is_authenticated else _form(request, wanted)
    wanted = language.safe_next(request, request.POST.get("next", "/"))
    typed = SignIn(request.POST)
    keys = _keys(request)
    if _too_many(keys):
        response = _form(request, wanted, _("尝试次数过多,请15分钟后再试,或请管理员重设密码。"), status=429)
        response["Retry-After"] = str(WINDOW)
        return response
    user = authenticate(request, **typed.cleaned_data) if typed.is_valid() else None
    if user is None:
        _count_failure(keys)
        return _form(request, wanted, _("账号或密码不对。请核对后重新输入;忘记密码请找管理员。"), status=422)
    cache.delete(keys[0][0])
    login(request, user)
    return HttpResponseRedirect(wanted)


def _form(request: HttpRequest, wanted: str, problem: str = "", status: int = 200) -> HttpResponse:
    username = request.POST.get("username", "")[:150].replace("\0", "")
    context = {"next": wanted, "problem": problem, "username": username, "accounts": demo_accounts()}
    return show(request, "desk/sign_in.html", context, status=status)


def _keys(request: HttpRequest) -> list[tuple[str, int]]:
    """The counters a failure adds to, with their limits; no name or address is kept readable."""
    address = request.META.get("REMOTE_ADDR", "")
    pair = f"{address}|{request.POST.get('username', '')[:150].casefold()}"
    return [(_hash(pair), MOST_OF_ACCOUNT), (_hash(address), MOST_OF_ADDRESS)]


def _hash(text: str) -> str:
    return "sign-in-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _too_many(keys: list[tuple[str, int]]) -> bool:
    return any(cache.get(key, 0) >= most for key, most in keys)


def _count_failure(keys: list[tuple[str, int]]) -> None:
    for key, _most in keys:
        cache.set(key, cache.get(key, 0) + 1, WINDOW)


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
