"""Official papers: a template drawn as an A4 PDF, with nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from doudi.values.collecting import unhurried
from doudi.values.refusals import Refusal


def draw(template: str, context: Mapping[str, Any], request: HttpRequest | None = None) -> bytes:
    """The PDF of a template that extends `papers/base.html`; raises Refusal where the system cannot draw it."""
    html = _html()
    text = render_to_string(template, dict(context), request=request)
    with unhurried():
        return bytes(html(string=text, url_fetcher=_refuse).write_pdf())


def answer(request: HttpRequest, template: str, context: Mapping[str, Any], *, name: str) -> HttpResponse:
    """The PDF as an answer, shown in the browser under a name; never kept by anyone between."""
    response = HttpResponse(draw(template, context, request), content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}.pdf"
    response["Cache-Control"] = "no-store"
    return response


def _html() -> Any:
    try:
        from weasyprint import HTML
    except OSError as error:
        raise Refusal(
            f"这台机器画不了PDF:缺少系统库({error})。"
            "请管理员运行 apt-get install libpango-1.0-0 libpangoft2-1.0-0 后重启。",
            f"This machine cannot draw a PDF: a system library is missing ({error})."
            " Ask the administrator to run apt-get install libpango-1.0-0 libpangoft2-1.0-0 and start again.",
        ) from error
    return HTML


def _refuse(url: str, *_more: Any, **_words: Any) -> Any:
    """Papers hold all they show; an address in one is a mistake or an attack."""
    raise ValueError(f"a paper fetches nothing: {url[:80]}")
