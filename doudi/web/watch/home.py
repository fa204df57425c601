"""The overview of monitoring: how far the copies agree, what waits for the reader, who is watched, the year's end."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.monitoring import agreement_rates, disagreements, monitored_files, outlooks, watching
from doudi.monitoring.agreement_counts import TOGETHER
from doudi.monitoring.alerts import Alert
from doudi.monitoring.disagreements import Disagreement
from doudi.monitoring.monitored_files import MonitoredFile
from doudi.monitoring.watching import Look
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.web import figures
from doudi.web.deeds import days
from doudi.web.desk import progress
from doudi.web.desk.areas import Area, parts_of, trail_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part
from doudi.web.watch import asking, words
from doudi.web.watch.weeks import WEEK

MAY = ("copy.read", "copy.look", "copy.correct", "alert.read", "alert.act", "monitored.read", "outlook.read")


@permission("watch.read")
def show_watch(request: HttpRequest) -> HttpResponse:
    """The page, of the place asked for or the widest of the reader."""
    reader = reader_of(request)
    if request.headers.get("HX-Request") == "true":
        return _progress(request)
    run, pack = asking.ruled()
    _run, copied = asking.compared()
    area, day = asking.area(request, reader), days.today()
    if run is None or pack is None or copied is None:
        return show(request, "watch/home.html", {"run": None})
    prefix = area.prefix if area else ""
    context: dict[str, Any] = {
        "run": run,
        "area": area,
        "day": day,
        "trail": trail_of(area, reader) if area else [],
        "last": Look.objects.first(),
        "waiting": [*_copies_waiting(reader, copied, prefix), *_waiting(reader, pack, prefix, day)],
        "alerts": _alerts(reader, pack, prefix),
        "can": {name.replace(".", "_"): reader.may(name) for name in MAY},
        **_news(),
    }  # fmt: skip
    if area and reader.may("copy.read"):
        context |= _copies(copied, area, day)
    if reader.may("monitored.read"):
        context["files"] = _files(prefix, day)
    if reader.may("outlook.read"):
        context["outlook"] = _outlook(run, reader, prefix)
    return show(request, "watch/home.html", context)


def _news() -> dict[str, Any]:
    news = watching.news()
    return {"progress": news, "said": progress.words(news) if news else ""}


def _progress(request: HttpRequest) -> HttpResponse:
    """The bar alone, asked for every second; when the look is over the browser loads the page anew."""
    told = _news()
    response = show_part(request, "watch/progress.html", told)
    if told["progress"] is None or not told["progress"].open:
        response["HX-Refresh"] = "true"
    return response


def _copies_waiting(reader: Reader, pack: Pack, prefix: str) -> list[dict[str, Any]]:
    """How much this reader can have changed in each copy."""
    mine = [copy for copy in pack.copies.values() if set(copy.to) & reader.roles]
    return [
        {"word": figures.word(copy.words), "what": "copy", "query": f"copy={copy.name}",
         "count": Disagreement.objects.open().of_copy(copy.name).below(prefix).count()}
        for copy in (mine if reader.may("copy.read") else [])
    ]  # fmt: skip


def _waiting(reader: Reader, pack: Pack, prefix: str, day: date) -> list[dict[str, Any]]:
    """What else waits for this reader: alerts told to them, files to see."""
    told = [each.name for each in pack.alerts.values() if set(each.to) & reader.roles]
    waiting = Alert.objects.waiting().below(prefix).filter(name__in=told)
    found: list[dict[str, Any]] = [{"what": "alerts", "count": waiting.count()}]
    if reader.may("monitored.write"):
        files = MonitoredFile.objects.below(prefix)
        found.append({"what": "gone", "count": files.gone().count()})
        found.append({"what": "late", "count": files.late(on=day).count()})
    if reader.may("monitored.open") and (lacking := monitored_files.lacking(prefix, on=day)):
        found.append({"what": "lacking", "count": lacking})
    return found


def _alerts(reader: Reader, pack: Pack, prefix: str) -> list[dict[str, Any]]:
    """How many of each alert wait, the most first."""
    sums = (
        Alert.objects.below(prefix)
        .filter(name__in=words.visible(reader, pack))
        .order_by()
        .values("name")
        .annotate(waiting=Count("pk", filter=Q(state__in=["open", "followed"])), every=Count("pk"))
    )
    rows = [{**row, "word": figures.word(pack.alerts[row["name"]].words), "told": _told(reader, pack, row["name"])}
            for row in sums]  # fmt: skip
    return sorted(rows, key=lambda row: (not row["told"], -row["waiting"], row["name"]))


def _told(reader: Reader, pack: Pack, name: str) -> bool:
    return bool(set(pack.alerts[name].to) & reader.roles)


def _copies(pack: Pack, area: Area, day: date) -> dict[str, Any]:
    """The rates of every copy, of households, and of the parts of the place."""
    counts = agreement_rates.counts_of(area.prefix)
    rates = agreement_rates.by_copy(counts)
    resolved = disagreements.resolved(area.prefix, since=day - WEEK, on=day)
    rows = [
        {"copy": copy, "word": figures.word(copy.words), "do": figures.word(copy.do),
         "rate": rates.get(copy.name, agreement_rates.Rate()), "resolved": resolved.get(copy.name, (0, 0))}
        for copy in pack.copies.values()
    ]  # fmt: skip
    return {
        "copies": rows,
        "together": rates.get(TOGETHER, agreement_rates.Rate()),
        "households": agreement_rates.households(counts),
        "resolved": resolved.get("", (0, 0)),
        "looked_on": agreement_rates.last_look(area.prefix),
        "parts": _parts(counts, area, day),
    }


def _parts(counts: dict[str, agreement_rates.Counts], area: Area, day: date) -> list[dict[str, Any]]:
    """The parts of a place: households by the worst of their facts, resolved this week."""
    digits = area.part_length
    rates = agreement_rates.by_place(counts, digits)
    resolved = disagreements.by_place(area.prefix, digits, since=day - WEEK, on=day)
    called = {place.code[:digits]: place.name for place in parts_of(area)} | {area.prefix: area.name}
    return [
        {"prefix": code, "name": called.get(code, code), "rate": rate, "still": rate.all - rate.differ,
         "resolved": resolved.get(code, (0, 0))}
        for code, rate in sorted(rates.items())
    ]  # fmt: skip


def _files(prefix: str, day: date) -> dict[str, int]:
    files = MonitoredFile.objects.below(prefix)
    return {
        "open": files.open().count(),
        "gone": files.gone().count(),
        "left": files.filter(state=monitored_files.LEFT).count(),
        "late": files.late(on=day).count(),
    }


def _outlook(run: Run, reader: Reader, prefix: str) -> list[dict[str, Any]]:
    """Households by how their expected income lies to the line, without and with what is decided."""
    seen = outlooks.seen(outlooks.of_run(run), reader.scope, prefix=prefix)
    counts = outlooks.tally(seen)
    return [
        {"risk": risk, "word": words.of_risk_level(risk), "chip": words.RISK_CHIPS[risk], "all": len(seen),
         "without": counts.get(risk, 0), "with": counts.get(f"with:{risk}", 0)}
        for risk in words.RISK_CHIPS
    ]  # fmt: skip
