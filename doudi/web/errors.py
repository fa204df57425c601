"""What a reader sees when something is refused or fails. No page says why a 404 is one; a 500 needs no database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doudi.values.refusals import Refusal
from doudi.web.phone import gate
from doudi.web.shell import last_resort, shell_of


def page(request: HttpRequest, status: int, title: str, what: str, todo: str) -> HttpResponse:
    """One error page: what happened, what to do now; for a telephone the same as JSON."""
    if gate.is_api(request):
        return gate.told(status)
    shell = shell_of(request) if status < 500 else last_resort()
    context = {"title": title, "what": what, "todo": todo, "status": status, "shell": shell}
    return HttpResponse(render_to_string("desk/error.html", context, request=request), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return page(
        request,
        400,
        _("请求无法理解"),
        _("网址或表单里有系统读不懂的内容。"),
        _("请返回上一页重新填写,或从总览重新进入。"),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return page(
        request, 403, _("没有这项权限"), _("您的职责不包括这项操作。"), _("需要办理的,请联系县级管理员调整职责。")
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form whose token does not fit: usually a page left open since before signing in."""
    return page(
        request, 403, _("页面已过期"), _("这张表单的安全标记已失效,内容没有保存。"), _("请重新打开该页面,再填一次。")
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same words whether the thing does not exist or lies outside the reader's duty."""
    return page(
        request, 404, _("没有找到"), _("没有这一页,或者它不在您的职责范围内。"), _("请核对编号,或从农户列表里查找。")
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500."""
    return page(
        request,
        500,
        _("系统出错了"),
        _("这次操作没有完成,没有写入任何内容。"),
        _("请稍后再试;仍然出错的,把时间和操作告诉系统管理员。"),
    )


def words_of(refusal: Refusal) -> str:
    """The refusal in the reader's language."""
    return refusal.en if get_language() == "en" else refusal.zh


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """422: an action the domain refused, in its own words."""
    return page(request, 422, _("未能办理"), words_of(refusal), _("没有写入任何内容。请按提示修改后再试。"))
