"""Reading what a telephone sends: JSON of a bounded size, each key once, whole numbers only, nothing invisible."""

from __future__ import annotations

import json
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from doudi.values.refusals import Refusal

MOST_BYTES = 512 * 1024


class TooLarge(Refusal):
    """A body of more bytes than are taken."""


class WrongForm(Refusal):
    """A body that is no JSON as it is agreed."""


def read(request: HttpRequest, *, most: int = MOST_BYTES) -> dict[str, Any]:
    """The object of a request's body. Raises TooLarge, or WrongForm that says what is wrong."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise WrongForm("请不要压缩上传的内容。", "Send the body without a Content-Encoding.")
    if (request.content_type or "") != "application/json":
        raise WrongForm("内容类型应为 application/json。", "The content type is application/json.")
    body = raw(request, most=most)
    try:
        content = orjson.loads(body)
        json.loads(body, object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise WrongForm(f"内容读不懂:{str(error)[:80]}", f"The body cannot be read: {str(error)[:80]}") from error
    if not isinstance(content, dict):
        raise WrongForm("内容应为一个对象。", "The body is an object.")
    return content


def raw(request: HttpRequest, *, most: int) -> bytes:
    """The bytes of a body. Raises TooLarge, or WrongForm for one that was cut off."""
    try:
        said = int(request.META.get("CONTENT_LENGTH") or 0)
        body = b"" if said > most else request.body
    except (ValueError, OSError, RequestDataTooBig) as error:
        raise WrongForm("上传中断,请重试。", "The body was cut off; send it again.") from error
    if said > most or len(body) > most:
        raise TooLarge(
            f"一次最多上传 {most // 1024} KB,请分几次。", f"At most {most // 1024} KiB at a time; send less."
        )
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_float(text: str) -> Any:
    raise ValueError(f"{text[:20]} is no whole number")
