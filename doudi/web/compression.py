"""Static files and the phone's frame leave compressed: a page is 45 KB over a slow line and not 200.

Only what is the same for everybody. A page that shows people and a form's secret side by side stays as it is: its
length would tell of both.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import lru_cache

import brotli
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

SAME_FOR_ALL = ("/static/", "/m/sw.js", "/m/words.", "/m/manifest.webmanifest")
TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
SMALLEST = 600  # bytes; below that the headers weigh more
Answer = Callable[[HttpRequest], HttpResponseBase]


def compress(get_response: Answer) -> Answer:
    """Middleware: brotli where the browser takes it, else gzip, else as it is."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.path == "/m/" or request.path.startswith(SAME_FOR_ALL):
            return _smaller(request, response)
        return response

    return answer


def _smaller(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    way = _way(request.headers.get("Accept-Encoding", ""))
    if not way or request.method != "GET" or response.status_code != 200 or response.has_header("Content-Encoding"):
        return response
    if not str(response.get("Content-Type", "")).startswith(TEXT):
        return response
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    packed = _packed(content, way) if len(content) >= SMALLEST else content
    smaller = HttpResponse(packed, status=200, headers=dict(response.items()))
    smaller.cookies = response.cookies
    smaller._resource_closers.extend(response._resource_closers)  # a file's; `close()` here would end the request
    smaller["Content-Length"] = str(len(packed))
    if packed is not content:
        smaller["Content-Encoding"] = way
    patch_vary_headers(smaller, ["Accept-Encoding"])
    return smaller


def _way(accepted: str) -> str:
    """The best way the browser takes."""
    taken = {part.split(";")[0].strip() for part in accepted.lower().split(",") if not part.strip().endswith("q=0")}
    return next((way for way in ("br", "gzip") if way in taken), "")


@lru_cache(maxsize=128)
def _packed(content: bytes, way: str) -> bytes:
    """Packed once a process as tightly as it goes: the files do not change while it runs."""
    return brotli.compress(content) if way == "br" else gzip.compress(content, 9)
