"""What stands around every page: who reads, by which duty, where they can go, whether the data are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doudi.access.roles import ROLES
from doudi.places import counties
from doudi.places.counties import County
from doudi.places.divisions import Place
from doudi.register.demo import accounts
from doudi.web import figures
from doudi.web.reader import Reader

# The navigation, in its order: address, words, the permission without which it is left out. Work comes first, then
# what the work rests on, then what is rarely opened.
PAGES = (
    ("/", gettext_lazy("总览"), "county.read"),
    ("/households/", gettext_lazy("农户"), "household.read"),
    ("/measures/", gettext_lazy("各项措施"), "measure.read"),
    ("/deeds/", gettext_lazy("落实"), "deed.read"),
    ("/watch/", gettext_lazy("监测"), "watch.read"),
    ("/money/", gettext_lazy("资金"), "money.read"),
    ("/village/", gettext_lazy("村里的事"), "patrol.read"),
    ("/m/", gettext_lazy("手机核对"), "phone.sync"),
    ("/telling/", gettext_lazy("宣传告知"), "told.read"),
    ("/what-if/", gettext_lazy("推演"), "what_if.try"),
    ("/runs/", gettext_lazy("运行记录"), "run.read"),
    ("/works/", gettext_lazy("扶贫项目"), "work.read"),
    ("/imports/", gettext_lazy("导入"), "import.preview"),
    ("/checks/", gettext_lazy("数据质量"), "check.read"),
    ("/exports/", gettext_lazy("导出"), "export.request"),
    ("/packs/", gettext_lazy("政策"), "pack.read"),
    ("/trail/", gettext_lazy("留痕"), "audit.read"),
    ("/reveals/", gettext_lazy("谁看过全文"), "reveal.read"),
    ("/accounts/", gettext_lazy("账号与职责"), "account.read"),
)
UNDER = {"/accounts/": ("/divisions/", "/pairings/")}  # what is reached from a page without being below it
_begun: list[County] = []


@dataclass(frozen=True, slots=True)
class Item:
    """One place in the navigation."""

    url: str
    label: str
    here: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame of a page shows."""

    demo: bool
    here: str
    name: str = ""
    duty: str = ""
    navigation: list[Item] = field(default_factory=list)


def county() -> County | None:
    """The county of this deployment; read once a process, for it is said once and for ever."""
    if not _begun:
        found = counties.present()
        if found is None:
            return None
        _begun.append(found)
    return _begun[0]


def demo_accounts() -> list[dict[str, str]]:
    """The accounts anybody may try, told on the sign-in page; none outside a demonstration."""
    begun = county()
    if begun is None or not begun.demo:
        return []
    shown = [(each.username, figures.word(ROLES[each.role]), each.name) for each in accounts.SHOWN]
    shown.append((accounts.HELPER, figures.word(ROLES["helper"]), ""))
    return [{"username": username, "password": accounts.PASSWORD, "says": says} for username, says, _name in shown]


def show(request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """A whole page."""
    inside = {**(context or {}), "shell": shell_of(request)}
    return HttpResponse(render_to_string(template, inside, request=request), status=status)


def show_part(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A piece of a page, for htmx."""
    return HttpResponse(render_to_string(template, context, request=request), status=status)


def shell_of(request: HttpRequest) -> Shell:
    """The frame for this request; without a reader only the demo mark."""
    reader: Reader | None = getattr(request, "reader", None)
    begun = county()
    demo, here = bool(begun and begun.demo), request.get_full_path()[:500]
    if reader is None:
        return Shell(demo, here)
    name = reader.user.name or reader.user.username
    return Shell(demo, here, name, duty_words(reader), _navigation(request, reader))


def last_resort() -> Shell:
    """The frame when nothing can be asked of the database: the demo mark if it was ever read."""
    return Shell(demo=bool(_begun and _begun[0].demo), here="/")


def _navigation(request: HttpRequest, reader: Reader) -> list[Item]:
    return [
        Item(url, str(label), _here(url, request.path)) for url, label, permission in PAGES if reader.may(permission)
    ]


def _here(url: str, path: str) -> bool:
    """Whether a page is the one named in the navigation, or belongs to it."""
    return path == url or (url != "/" and path.startswith((url, *UNDER.get(url, ()))))


def duty_words(reader: Reader) -> str:
    """The first duty in words: the place and the role."""
    if not reader.duties:
        return _("没有职责")
    first = reader.duties[0]
    place = Place.objects.filter(code=first.place_code.ljust(12, "0")).first() if first.place_code else None
    words = figures.word(ROLES[first.role])
    return f"{place.name} {words}" if place else words
