"""The demo county looked at: copies compared, some disagreements decided, alerts dealt with, files at every step."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.monitoring import alerts, disagreements, file_entries, monitored_files, watching
from doudi.monitoring.alerts import Alert
from doudi.monitoring.disagreements import Disagreement
from doudi.monitoring.file_entries import DOOR, MEASURE, PHONE, PROGRESS, SEEN, VISIT
from doudi.monitoring.monitored_files import MonitoredFile
from doudi.policy.runs import Run
from doudi.register import statements
from doudi.register.demo.places import FENGMING, QINGGANG

COUNTY, COUNTY2, TOWN, VILLAGE = "county", "county2", "town", "village"
BEFORE, YESTERDAY, TODAY = date(2020, 2, 18), date(2020, 2, 26), date(2020, 2, 27)
CLOSED, FOLLOWED, DECIDED = 12, 6, 6  # so many of each are dealt with
CHANGED = 40  # disagreements ended by changing the copy
SAID = date(2020, 2, 24)  # when the village said that the risk was gone
LEAVING = 3  # files whose risk is gone: one to be seen, one to leave, one that left


def load(run: Run, *, now: datetime) -> dict[str, int]:
    """Look at the county and deal with a part of what was found; answers how many. Inside the demo's transaction."""
    with transaction.atomic(), as_engine():
        files = monitored_files.open_all(by=COUNTY, on=BEFORE)
        chosen = _chosen()
        for file in chosen:
            _clear(file, now)
        facts = watching.facts_of(run, on=YESTERDAY)  # of both looks: nothing but what is changed moves in between
        watching.look(by=COUNTY, on=YESTERDAY, run=run, facts=facts)
        moved = _change(now)
        _write(chosen)
        _deal()
        _decide()
        watching.look(by=COUNTY, on=TODAY, run=run, facts=facts._replace(moved=moved))
        watching.clean()
        return {
            "files": files,
            "disagreements": Disagreement.objects.open().count(),
            "alerts": Alert.objects.waiting().count(),
        }


def _chosen() -> list[MonitoredFile]:
    """The files that leave, in the town's own villages first."""
    near = MonitoredFile.objects.open().below(FENGMING).order_by("place_code", "id")
    found = list(near[:LEAVING])
    others = MonitoredFile.objects.open().exclude(pk__in=[each.pk for each in found]).order_by("place_code", "id")
    return [*found, *others[: LEAVING - len(found)]]


def _clear(file: MonitoredFile, now: datetime) -> None:
    """The village reports the risk gone, and what the household expects now."""
    expected = {"expected_income_per_head": 6_200_00}
    facts = {"risk_cleared": True, "risk_cleared_on": "2020-02-20", **expected}
    statements.record("household", file.household_id, facts, source="village", about=SAID, by=VILLAGE, now=now)
    statements.record("household", file.household_id, expected, source="field", about=SAID, by=TOWN, now=now)


def _change(now: datetime) -> dict[int, str]:
    """A part of what differed on paper and on the platform was put right there: their next word proves it.

    Answers whose copies were changed, with their places.
    """
    wrong = Disagreement.objects.open().exclude(differs__contains=["national"]).exclude(differs__contains=["reality"])
    chosen = list(wrong.order_by("-place_code", "id")[:CHANGED])
    for each in chosen:
        for copy in each.differs:
            fact = {each.fact: (each.judge or [None])[0]}
            statements.record(each.subject_kind, each.subject_id, fact, source=copy, about=TODAY, by=COUNTY, now=now)
    homes = {each.household_id: each.place_code for each in chosen}
    watching.look_at(homes, by=COUNTY, on=TODAY)
    return homes


def _write(files: list[MonitoredFile]) -> None:
    """What was done at each, and who has seen that the risk is gone."""
    for turn, each in enumerate(files):
        file = MonitoredFile.objects.get(pk=each.pk)
        file_entries.write(file, MEASURE, "介绍到城区保洁岗位,已上岗", by=TOWN, on=BEFORE, measure="04_village_posts")
        file_entries.write(file, VISIT, "入户走访,老人身体稳定,孩子在家上网课", by=VILLAGE, on=BEFORE, way=DOOR)
        file_entries.write(file, PROGRESS, "首月工资已到账", by=VILLAGE, on=TODAY)
        if file.gone_on is None or turn == 0:
            continue
        file_entries.write(file, SEEN, "入户看过,工资单和存折都在", by=VILLAGE, on=TODAY, way=DOOR)
        if turn == 2:
            file_entries.write(file, SEEN, "电话核实本人,收入稳定", by=TOWN, on=TODAY, way=PHONE)
            run = Run.objects.in_force()
            monitored_files.leave(file, reason="风险消除,两人核看", pack=run.pack.pack, by=COUNTY, on=TODAY)


def _deal() -> None:
    """Some alerts of the town are closed with what was done, some are come back to."""
    near = Alert.objects.waiting().below(FENGMING).filter(household__isnull=False)
    closing = list(near.exclude(place_code=QINGGANG).order_by("id")[:CLOSED])
    for turn, each in enumerate(closing):
        how, reason = (alerts.HANDLED, "已联系到户,本周安排就业对接") if turn % 3 else (alerts.FALSE, "已返岗,登记晚了")
        alerts.close(each, how, reason=reason, by=TOWN, on=TODAY)
    for each in near.exclude(pk__in=[one.pk for one in closing]).order_by("-id")[:FOLLOWED]:
        alerts.follow(each, "下周再打电话问情况", due=date(2020, 3, 5), by=TOWN, on=TODAY)


def _decide() -> None:
    """Of some disagreements somebody found out which copy is right."""
    told = Disagreement.objects.open().filter(words__has_key="reality", differs__contains=["reality"])
    for each in told.filter(words__has_key="national").order_by("place_code", "id")[:DECIDED]:
        disagreements.decide(each, "reality", reason="乡镇 2 月 26 日入户核对,以实际为准", by=COUNTY2, on=TODAY)


__all__ = ["load"]
