"""The frame of the phone: public, the same for everybody, and without a word about anybody.

It holds no token and no name, so a phone may keep it for ever and open it without signal. Who reads is known only to
the phone itself, under its PIN.
"""

from __future__ import annotations

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.views.decorators.http import require_safe

from doudi.access.permissions import PUBLIC, permission
from doudi.web.phone import release
from doudi.web.shell import county


@permission(PUBLIC)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The one page of the phone."""
    return HttpResponse(_page())


@permission(PUBLIC)
@require_safe
def show_worker(request: HttpRequest) -> HttpResponse:
    """The service worker: what it puts away, and how (static/m/sw_core.js)."""
    listed = json.dumps(list(release.precached(_page())), indent=1)
    scripts = ", ".join(json.dumps(each) for each in release.worker_files())
    text = f'self.RELEASE = "{release.name()}";\nself.FILES = {listed};\nimportScripts({scripts});\n'
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@permission(PUBLIC)
@require_safe
def show_manifest(request: HttpRequest) -> HttpResponse:
    """What makes it an application on the home screen."""
    icons = [
        {"src": static("m/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        *({"src": static(f"m/icon-{n}.png"), "sizes": f"{n}x{n}", "type": "image/png"} for n in (192, 512)),
    ]
    told = {
        "name": "兜底 · 帮扶核实",
        "short_name": "兜底",
        "lang": "zh-Hans",
        "id": "/m/",
        "start_url": "/m/",
        "scope": "/m/",
        "display": "standalone",
        "background_color": "#f3f5f8",
        "theme_color": "#0b4a8f",
        "icons": icons,
    }
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False}, content_type="application/manifest+json")


@permission(PUBLIC)
@require_safe
def show_words(request: HttpRequest, language: str) -> HttpResponse:
    """The phone's messages in one language."""
    if language not in release.LANGUAGES:
        raise Http404
    return JsonResponse(release.words(language), json_dumps_params={"ensure_ascii": False})


def _page() -> bytes:
    """The same for every reader and every language: the scripts say the words."""
    begun = county()
    context = {"modules": release.modules(), "release": release.name(), "demo": bool(begun and begun.demo)}
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string("m/shell.html", context).encode()
