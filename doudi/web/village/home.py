"""What waits in the village: doors, helpers' checks to mark, what the town sent back, needs; one page, large type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.monitoring import reviews, sent_back, suspicions
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.needs import Need
from doudi.monitoring.patrols import PatrolLine
from doudi.monitoring.reviews import Review
from doudi.monitoring.suspicions import Suspicion
from doudi.register.households import Household
from doudi.web import figures
from doudi.web.deeds.days import today
from doudi.web.desk.areas import Area, area_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.village import progress
from doudi.web.village.marking import BACK
from doudi.web.village.patrolling import FRESH
from doudi.web.village.turns import desk_here


@dataclass(frozen=True, slots=True)
class Waits:
    """One thing that waits: its words, how many, of how many, where to go."""

    words: str
    number: int
    url: str
    hint: str = ""


@permission("patrol.read")
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """What waits, of the area asked for or the reader's own."""
    reader = reader_of(request)
    area = area_of(reader, request.GET.get("place") or None)
    waits = _waits(reader, area) if area else []
    context = {
        "area": area, "waits": waits, "day": today(), "desk": desk_here(request),
        "may_write": reader.may("patrol.write"), "may_open": reader.may("desk.open"),
        "may_keep": reader.may("kept.review"), "may_call": reader.may("contact.manage"), "fresh": FRESH,
        "parts": progress.parts(area, on=today(), fresh=FRESH, back=BACK) if area else [],
    }  # fmt: skip
    return show(request, "village/home.html", context)


def _waits(reader: Reader, area: Area) -> list[Waits]:
    found = [_doors(area), *_checks(reader, area), *_ledger(reader, area)]
    found.append(_needs(reader, area))
    words = Dispute.objects.for_village().within(area.prefix)
    found.append(Waits(_("两种说法,待看清"), words.count(), reverse("disputes")))
    return found


def _needs(reader: Reader, area: Area) -> Waits:
    """The village has those to propose help for, the town those it was proposed to decide."""
    live = Need.objects.live().filter(place_code__startswith=area.prefix)
    number = {state: live.filter(state=state).count() for state in ("open", "proposed")}
    if not reader.may("need.decide"):
        return Waits(_("待提建议的需求"), number["open"], reverse("needs"))
    hint = _("另有 %(number)s 条村里还没提建议") % {"number": figures.count(number["open"])}
    return Waits(_("村里提了建议,待定帮扶的需求"), number["proposed"], f"{reverse('needs')}?state=proposed", hint)


def _doors(area: Area) -> Waits:
    since = today() - timedelta(days=FRESH - 1)
    doors = Household.objects.filter(place_code__startswith=area.prefix, residences__until_day=None)
    seen = PatrolLine.objects.since(since).filter(place_code__startswith=area.prefix)
    number, looked = doors.values("pk").distinct().count(), seen.values("household").distinct().count()
    said = {"doors": figures.count(number), "days": FRESH, "looked": figures.count(looked)}
    hint = _("在册 %(doors)s 户,%(days)d 天内看过 %(looked)s 户") % said
    return Waits(_("还没摸排的户"), max(number - looked, 0), f"{reverse('patrol')}?place={area.prefix}", hint)


def _checks(reader: Reader, area: Area) -> list[Waits]:
    if reader.may("review.mark"):
        unmarked = reviews.unmarked(since=today() - timedelta(days=BACK)).filter(place_code__startswith=area.prefix)
        back = sent_back.waiting().filter(place_code__startswith=area.prefix)
        return [
            Waits(_("帮扶责任人的核实,待村里标记"), unmarked.count(), reverse("checks-to-mark")),
            Waits(_("乡镇退回重核或请入户看的核实"), back.count(), f"{reverse('reviews')}?state={_state_of(back)}"),
        ]
    found = Review.objects.filter(place_code__startswith=area.prefix)
    if reader.may("review.look_through"):
        waiting, state = found.waiting_for_county(), reviews.ACCEPTED
        return [Waits(_("审定过的核实,待县级逻辑校验"), waiting.count(), f"{reverse('reviews')}?state={state}")]
    return [Waits(_("村里标记过的核实,待审定"), found.waiting_for_town().count(), reverse("reviews"))]


def _state_of(back: QuerySet[Review]) -> str:
    """Where there is something to see: what was sent back, unless all that waits are visits."""
    return reviews.RETURNED if back.filter(state=reviews.RETURNED).exists() or not back.exists() else reviews.VISIT


def _ledger(reader: Reader, area: Area) -> list[Waits]:
    lines: QuerySet[Suspicion] = Suspicion.objects.filter(place_code__startswith=area.prefix)
    url = reverse("suspicions")
    if reader.may("suspicion.decide"):
        return [Waits(_("待乡镇处理的疑点"), lines.filter(state=suspicions.OPEN).count(), f"{url}?state=open")]
    turns = ((suspicions.RETURNED, _("乡镇退回核实的疑点")), (suspicions.VISIT, _("要入户查看的疑点")))
    return [Waits(words, lines.filter(state=state).count(), f"{url}?state={state}") for state, words in turns]
