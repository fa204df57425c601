"""Alerts: those that wait for the reader, one with its grounds, closing it with a reason or making a follow-up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.monitoring import alerts, follow_ups, grounds
from doudi.monitoring.alerts import Alert, Alerts
from doudi.monitoring.follow_ups import FollowUp
from doudi.policy.packs import Pack
from doudi.projects.projects import Project
from doudi.values.refusals import Refusal
from doudi.web import errors, figures
from doudi.web.deeds import days
from doudi.web.desk.areas import parts_of, trail_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.watch import asking, words
from doudi.web.watch.deciding import typed_of

STATES = ("mine", "waiting", "closed", "over")


@permission("alert.read")
def show_alerts(request: HttpRequest) -> HttpResponse:
    """The alerts within the duty; those told to the reader first asked for."""
    reader, (run, pack) = reader_of(request), asking.ruled()
    if pack is None:
        return show(request, "watch/alerts.html", {"run": None})
    area = asking.area(request, reader)
    state = asking.word(request, "state")
    rows = filtered(request, reader, pack, area.prefix if area else "")
    page = Paginator(rows, asking.SIZE).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "day": days.today(),
        "area": area,
        "trail": trail_of(area, reader) if area else [],
        "places": parts_of(area) if area else [],
        "kinds": [(name, figures.word(pack.alerts[name].words)) for name in words.visible(reader, pack)],
        "name": asking.word(request, "name"),
        "state": state if state in STATES else "mine",
        "rows": rows_of(list(page), reader, pack),
        "page": page,
        "may": {"export": reader.may("alert.export")},
    }
    return show(request, "watch/alerts.html", context)


def filtered(request: HttpRequest, reader: Reader, pack: Pack, prefix: str) -> Alerts:
    """The alerts asked for, as far as the reader may see them."""
    state, name = asking.word(request, "state"), asking.word(request, "name")
    visible = words.visible(reader, pack)
    found = Alert.objects.below(prefix).filter(name__in=visible)
    found = found.filter(state=state) if state in ("closed", "over") else found.waiting()
    if state not in STATES or state == "mine":
        found = found.filter(name__in=[n for n in visible if set(pack.alerts[n].to) & reader.roles])
    if name in visible:
        found = found.filter(name=name)
    return found.order_by("raised_on", "place_code", "household_id", "id")


def rows_of(found: Collection[Alert], reader: Reader, pack: Pack) -> list[dict[str, Any]]:
    """Alerts as a row shows them."""
    subjects = words.Subjects([(each.subject_kind, each.subject_id, each.household_id) for each in found], reader)
    called = words.places({each.place_code for each in found})
    rows = []
    for each in found:
        rule = pack.alerts.get(each.name)
        rows.append({
            "it": each,
            "word": figures.in_words(*alerts.title_of(each.name, pack)),
            "do": figures.word(rule.do) if rule else "",
            "to": words.roles(rule.to) if rule else "",
            "who": subjects.named(each.subject_kind, each.subject_id, each.household_id),
            "head": subjects.head(each.household_id),
            "code": subjects.code(each.household_id),
            "place": called.get(each.place_code, each.place_code),
            "state": words.of_alert_state(each.state),
            "chip": words.ALERT_CHIPS[each.state],
            "reason": each.reason if each.state != alerts.OVER else words.of_alert_state(alerts.OVER),
        })  # fmt: skip
    return rows


@permission("alert.read")
def show_alert(request: HttpRequest, number: str) -> HttpResponse:
    """One alert: its grounds, what is to be done, what was done."""
    return page_of(request, alert_of(request, number))


def alert_of(request: HttpRequest, number: str) -> Alert:
    """The alert of a number in an address, within the duty. Raises Http404."""
    found = Alert.objects.filter(pk=asking.number(number)).first()
    _run, pack = asking.ruled()
    if found is None or pack is None or not words.sees(reader_of(request), pack.alerts.get(found.name), pack):
        raise Http404
    return found


def page_of(
    request: HttpRequest, alert: Alert, *, problem: str = "", at: str = "", where: str = "",
    typed: dict[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    """The page; with a problem 422, told `at` the form it is of, with what was typed."""
    reader, day, (_run, pack) = reader_of(request), days.today(), asking.ruled()
    if pack is None:
        raise Http404
    rule = pack.alerts[alert.name]
    about = FollowUp.objects.filter(about=f"alert:{alert.pk}").order_by("due_on", "id")
    context = {
        "row": rows_of([alert], reader, pack)[0],
        "work": _work(alert, reader),
        "grounds": grounds.of([rule], alert.subject_kind, alert.subject_id, alert.household_id, pack, on=day,
                              reader=reader),
        "follow_ups": list(about),
        "names": words.people([alert.closed_by, *(each.made_by for each in about)]),
        "ways": words.ways_to_close(),
        "may_finish": reader.may("alert.act"),
        "acts": reader.may("alert.act") and alert.state in alerts.WAITING,
        "day": day,
        "problem": problem,
        "at": at,
        "where": where,
        "typed": typed or {},
    }  # fmt: skip
    return show(request, "watch/alert.html", context, status=422 if problem else 200)


def _work(alert: Alert, reader: Reader) -> str:
    """The code of the project an alert is about, for who may open its page."""
    if alert.subject_kind != "project" or not reader.may("work.read"):
        return ""
    return Project.objects.filter(item=alert.subject_id).values_list("code", flat=True).first() or ""


@permission("alert.act")
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Close it with a reason, or make a follow-up; a refusal comes back with what was typed."""
    alert, typed = alert_of(request, number), typed_of(request)
    by, on, name = reader_of(request).user.username, days.today(), typed.get("act", "")
    try:
        with transaction.atomic():
            _act(alert, name, typed, by, on)
    except Refusal as refusal:
        problem, where = errors.words_of(refusal), refusal.where or ""
        return page_of(request, alert_of(request, number), problem=problem, at=name, where=where, typed=typed)
    return HttpResponseRedirect(reverse("alert", args=[alert.pk]))


def _act(alert: Alert, name: str, typed: dict[str, str], by: str, on: date) -> None:
    if name == "close":
        alerts.close(alert, typed.get("how", ""), reason=typed.get("reason", ""), by=by, on=on)
    elif name == "follow":
        alerts.follow(alert, typed.get("what", ""), due=day_of(typed.get("due", "")), by=by, on=on)
    elif name == "done":
        _finish(alert, typed, by, on)
    else:
        raise Refusal("没有选办理哪一项。请重新打开本页再办。", "Nothing was chosen. Open the page again.", "act")


def _finish(alert: Alert, typed: dict[str, str], by: str, on: date) -> None:
    """End a follow-up of this alert by what came of it."""
    number, result = asking.number(typed.get("follow_up", "")), typed.get("result", "").strip()
    if not FollowUp.objects.filter(pk=number, about=f"alert:{alert.pk}").exists():
        raise Refusal("这条提醒没有这次回访。", "The alert has no such follow-up.", "follow_up")
    if not result:
        raise Refusal("请写一句回访的结果。", "Say in a line what came of it.", "result")
    follow_ups.finish(number, result=result, by=by, on=on)


def day_of(text: str) -> date:
    """A day typed in a form. Raises Refusal."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("日期要写成 2020-03-05 这样。", "Write the day as 2020-03-05.", "due") from None
