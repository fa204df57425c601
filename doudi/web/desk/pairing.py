"""Who stands by which household: unpaired households, helpers who have left, and handing over from one to another."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.access.users import User
from doudi.places.divisions import Place
from doudi.register import pairings
from doudi.register.households import Household
from doudi.register.pairings import Pairing
from doudi.register.spans import holds_on
from doudi.values.refusals import Refusal
from doudi.web import errors, names
from doudi.web.desk import accounts
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

SIZE = 50
MOST_MOVED = 500


class Asked(forms.Form):
    """What may be asked: a town, a helper's account, a page of the unpaired."""

    town = forms.RegexField(r"^[0-9]{9}$", required=False)
    helper = forms.CharField(required=False, max_length=150)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@permission("pairing.read")
def show_pairings(request: HttpRequest) -> HttpResponse:
    """The page; 400 for a filter that cannot be understood."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    reader, asked, today = reader_of(request), Asked(request.GET), timezone.localdate()
    found = asked.cleaned_data if asked.is_valid() else {}
    town = found.get("town") or ""
    helper = _helper(found.get("helper") or "", reader)
    unpaired = pairings.unpaired(today).filter(place_code__startswith=town).order_by("place_code", "code")
    page = Paginator(unpaired, SIZE).get_page(found.get("page") or 1)
    orphans = pairings.orphaned(today).filter(place_code__startswith=town).select_related("household", "helper")
    named, waiting = _places([each.place_code for each in page]), list(orphans[:SIZE])
    names.look_up([*page, *(each.household for each in waiting)], reader)
    context: dict[str, Any] = {
        "asked": request.GET,
        "typed": {name: request.POST.get(name, "")[:150].replace("\0", "") for name in ("to", "day")},
        "problem": problem or ("" if asked.is_valid() else _("筛选条件有误,请重新选择。")),
        "day": today,
        "towns": accounts.towns_of(reader),
        "page": page,
        "unpaired": [_household(each, named, reader) for each in page],
        "orphans": [_pairing(each, reader) for each in waiting],
        "orphan_count": orphans.count(),
        "helper": helper,
        "held": _held(helper, reader) if helper else [],
        "busiest": _busiest(town, today),
        "may_manage": reader.may("pairing.manage"),
    }
    return show(request, "desk/pairings.html", context, status=422 if problem else 200 if asked.is_valid() else 400)


def _helper(username: str, reader: Reader) -> User | None:
    """The helper asked for, as far as the reader may know of them; the same nothing for others and for nobody."""
    known = User.objects.called(username).values("pk") if username else []
    return accounts.visible(reader).filter(pk__in=known).first()


def _places(codes: list[str]) -> dict[str, str]:
    towns = [code[:9] + "000" for code in codes]
    called = dict(Place.objects.filter(code__in=[*codes, *towns]).values_list("code", "name"))
    return {code: f"{called.get(code[:9] + '000', '')} {called.get(code, code)}" for code in codes}


def _household(each: Household, named: dict[str, str], reader: Reader) -> dict[str, str]:
    name = names.head(each, reader)
    return {"code": each.code, "name": name or each.code, "place": named.get(each.place_code, each.place_code)}


def _pairing(each: Pairing, reader: Reader) -> dict[str, Any]:
    name = names.head(each.household, reader)
    return {"id": each.pk, "code": each.household.code, "name": name, "helper": each.helper, "from_day": each.from_day}


def _held(helper: User, reader: Reader) -> list[dict[str, Any]]:
    held = Pairing.objects.filter(holds_on(timezone.localdate()), helper=helper).select_related("household", "helper")
    rows = list(held.order_by("household__code")[:MOST_MOVED])
    names.look_up((each.household for each in rows), reader)
    return [_pairing(each, reader) for each in rows]


def _busiest(town: str, today: date) -> list[dict[str, Any]]:
    """The helpers with the most households of the area, so that nobody is given too many."""
    held = Pairing.objects.filter(holds_on(today), place_code__startswith=town)
    counted = held.values("helper__username", "helper__name", "helper__unit").annotate(n=Count("pk"))
    return list(counted.order_by("-n", "helper__username")[:10])


@permission("pairing.manage")
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Pair unpaired households with a helper from a day on; all of those chosen or none."""
    try:
        codes = request.POST.getlist("household")[:MOST_MOVED]
        households = list(Household.objects.filter(code__in=[code.replace("\0", "") for code in codes]))
        _refuse_none(households)
        to, day = _to_and_day(request)
        by, now = reader_of(request).user.username, timezone.now()
        pairings.pair_many(households, to, on=day, by=by, now=now)
    except Refusal as refusal:
        return _page(request, errors.words_of(refusal))
    return HttpResponseRedirect(_back(request, to.username))


@permission("pairing.manage")
@require_POST
def transfer(request: HttpRequest) -> HttpResponse:
    """Hand pairings over to another helper from a day on; all of those chosen or none."""
    try:
        numbers = [text for text in request.POST.getlist("pairing")[:MOST_MOVED] if _is_number(text)]
        chosen = Pairing.objects.filter(holds_on(timezone.localdate()), pk__in=numbers)
        moved = list(chosen.select_related("household", "helper"))
        _refuse_none(moved)
        to, day = _to_and_day(request)
        pairings.transfer(moved, to, on=day, by=reader_of(request).user.username, now=timezone.now())
    except Refusal as refusal:
        return _page(request, errors.words_of(refusal))
    return HttpResponseRedirect(_back(request, to.username))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _refuse_none(chosen: list[Any]) -> None:
    if not chosen:
        raise Refusal("没有选中任何一户。请先勾选。", "No household was chosen. Tick some first.")


def _to_and_day(request: HttpRequest) -> tuple[User, date]:
    """The helper named by account, and the day."""
    name = request.POST.get("to", "")[:150].replace("\0", "")
    to = User.objects.called(name).first()
    if to is None:
        raise Refusal(f"没有账号“{name}”。请核对。", f"There is no account “{name}”. Check it.", "to")
    try:
        return to, date.fromisoformat(request.POST.get("day", "").strip())
    except ValueError as error:
        raise Refusal("日期要写成 2020-02-27 这样,请改正。", "Write the day like 2020-02-27.", "day") from error


def _back(request: HttpRequest, helper: str) -> str:
    town = request.POST.get("town", "")[:9]
    return reverse("pairings") + "?" + urlencode({"town": town, "helper": helper})
