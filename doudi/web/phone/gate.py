"""The door of the telephone: a device's token instead of a session, and every answer JSON in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from doudi.access import devices
from doudi.access.devices import Device
from doudi.values.refusals import Refusal

API = "/m/api/"
PAIR = "/m/api/pair"
SCHEME = "Device "
NO_SESSION = Refusal("请先在这台手机上配对或登录。", "Pair this telephone or sign in first.")
TOLD = {
    400: ("请求读不懂。", "The request cannot be understood."),
    403: ("您的职责不包括这项操作。", "Your duties do not include this."),
    404: ("没有找到,或不在您的职责范围内。", "It is not there, or not within your duty."),
    500: ("系统出错了,什么都没有写入。请稍后再试。", "Something failed and nothing was written. Try again later."),
}


def is_api(request: HttpRequest) -> bool:
    """Whether a telephone asks."""
    return request.path.startswith(API)


def token_of(request: HttpRequest) -> str:
    """The token a request names; empty where it names none."""
    header = request.headers.get("Authorization", "")
    return header[len(SCHEME) :].strip()[:200] if header.startswith(SCHEME) else ""


def know_tokens(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: who names a token needs no form's mark besides.

    No page of another site can name one, and with it the session counts for nothing.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if is_api(request) and token_of(request):
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return get_response(request)

    return answer


def device_of(request: HttpRequest) -> Device | None:
    """The device the middleware found on a request; None for a session."""
    found = getattr(request, "device", None)
    return found if isinstance(found, Device) else None


def known(request: HttpRequest, *, on: Any) -> Device:
    """The device of a request's token. Raises Refusal for one that is not taken."""
    device = devices.read(token_of(request), on=on)
    request.device = device  # type: ignore[attr-defined]
    return device


def say(content: Any, status: int = 200, **headers: str) -> HttpResponse:
    """An answer in JSON."""
    body = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
    response = HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def refused(refusal: Refusal, status: int = 422, **headers: str) -> HttpResponse:
    """A refusal in both languages."""
    return say({"zh": refusal.zh, "en": refusal.en, "where": refusal.where}, status, **headers)


def told(status: int) -> HttpResponse:
    """What is said by a status alone."""
    zh, en = TOLD.get(status, TOLD[400])
    return say({"zh": zh, "en": en, "where": ""}, status)
