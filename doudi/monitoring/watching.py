"""Looking: the copies compared and the alerts raised, over the whole county, or at households just touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models

from doudi.access.scope import as_engine
from doudi.monitoring import (
    agreement_counts,
    agreement_rates,
    agreements,
    alert_rules,
    alerts,
    disagreements,
    exits,
    monitored_files,
    touched,
)
from doudi.monitoring.agreements import DIFFER
from doudi.monitoring.alert_rules import OF_HOUSEHOLDS
from doudi.policy import packs, turns, versions
from doudi.policy.households import Decided
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.policy.snapshots import Snapshot
from doudi.register.beliefs import horizon
from doudi.register.households import Household
from doudi.trail import jobs
from doudi.trail.commands import carry_out
from doudi.trail.progress import Progress
from doudi.trail.written import NUMBERS, Written

LOOK, CATCH_UP = "monitoring.watching.look_as_job", "monitoring.watching.catch_up_as_job"
MOST_MOVED = 2_000  # households judged one by one; where more has moved (an import), the county's facts are taken anew


class Look(models.Model):
    """That somebody had the county looked at, or what moved since: as of which day, over which run, what it found.

    `horizon` is the first transaction that may have been under way: beliefs written by it or later have not been seen.
    It is a number of the server `cluster`: a home put back from a backup has another, where it says nothing.
    """

    id = models.BigAutoField(primary_key=True)
    on_day = models.DateField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=150)
    whole = models.BooleanField()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    horizon = models.BigIntegerField()
    cluster = models.CharField(max_length=20, blank=True, default="")
    found = models.JSONField(default=dict)

    class Meta:
        db_table = "monitoring_look"
        ordering = ["-id"]


def _silent(_said: str, _part: float) -> None:
    """Progress nobody asked for."""


def look(
    *, by: str, on: date, run: Run | None = None, key: UUID | None = None,
    just_run: bool = False, facts: Facts | None = None, progress: Callable[[str, float], None] = _silent,
) -> dict[str, Any]:  # fmt: skip
    """Look at the whole county by the run in force (or `run`) and the facts of today; answers what was found.

    The copies are those of the pack adopted, which may be newer than the run's.
    `just_run`: the run's facts were taken just now, and are not taken anew. `facts` are those the caller has taken and
    cleans up after. Raises Refusal before the first run.
    """
    run = run or Run.objects.in_force()
    pack, copies = run.pack.pack, agreements.compared_by(run, on=on)
    with carry_out("monitoring.watching.look", by=by, key=key, payload=[run.pk, on]) as act, as_engine():
        turns.take_of_look()
        first, cluster = horizon()
        progress("comparing the copies", 0.1)
        looked = agreement_counts.look(copies, on=on, right=disagreements.chosen())
        agreement_rates.keep(looked.villages, on=on, below="")
        progress("disagreements", 0.6)
        differing = disagreements.settle(looked.differing, copies, on=on)
        progress("alerts", 0.8)
        judged = facts or facts_of(run, on=on, just_run=just_run)
        raised = _settle_alerts(judged, run, by=by, on=on)
        files = monitored_files.look(pack, on=on, holding=_holding(judged, pack))
        found = {
            "disagreements": differing, "alerts": raised, "files": files, "households": _total(looked),
            "copies": _text_of(copies),
        }  # fmt: skip
        if facts is None:
            clean()
        Look.objects.create(on_day=on, by=by, whole=True, run=run, horizon=first, cluster=cluster, found=found)
        act.result = found
    return found


def _text_of(pack: Pack) -> str:
    """The hash of what says which copies there are and who may speak for them."""
    return packs.hash_of({name: pack.files[name] for name in ("copies.toml", "facts.toml") if name in pack.files})


def _total(looked: agreement_counts.Looked) -> dict[str, int]:
    rate = agreement_rates.households(looked.villages)
    return {"all": rate.all, "agree": rate.agree, "differ": rate.differ}


def clean() -> None:
    """Clear the facts of looks: nobody asks for them again, and a county that seldom runs would fill its disk."""
    from doudi.policy import leftovers  # with it come the engines, which only a look needs

    leftovers.clean_snapshots()


class Facts(NamedTuple):
    """What the whole county is judged by: a snapshot and its day, and who has moved since, judged as of `on`."""

    snapshot: Snapshot
    as_of: date
    moved: dict[int, str]
    on: date


def facts_of(run: Run, *, on: date, just_run: bool = False) -> Facts:
    """A run's snapshot knows neither what was said and done since nor that days have passed: facts are taken anew.

    Only where the run has just ended its own are used, and households that moved meanwhile judged one by one.
    """
    manifest, day = run.snapshot.manifest() if just_run else None, max(on, run.as_of)
    moved = touched.households(manifest.horizon) if manifest else {}
    if manifest is None or len(moved) > MOST_MOVED:
        return Facts(alert_rules.as_now(run, on=day), day, {}, day)
    return Facts(run.snapshot, run.as_of, moved, day)


def _settle_alerts(facts: Facts, run: Run, *, by: str, on: date) -> dict[str, int]:
    """The alerts of the whole county: of who moved by what is believed now, of the others by the snapshot."""
    pack, moved = run.pack.pack, facts.moved
    raised = alert_rules.over(facts.snapshot, pack, on=facts.as_of)
    still = [each for each in raised if each.household_id not in moved or each.kind not in OF_HOUSEHOLDS]
    return alerts.settle([*still, *alert_rules.of_households(pack, moved, on=facts.on)], by=by, on=on, run=run)


def _holding(facts: Facts, pack: Pack) -> frozenset[int]:
    """The households of open files that may leave by the pack's conditions."""
    watched = monitored_files.watched()
    moved = watched & facts.moved.keys()
    still = exits.holding_in(facts.snapshot, pack, on=facts.as_of) & (watched - moved)
    return still | exits.holding(pack, moved, on=facts.on)


@jobs.job(LOOK)
def look_as_job(key: str, *, on: str, as_whom: str) -> dict[str, Any]:
    """The same as a job."""
    return look(
        by=as_whom, on=date.fromisoformat(on), key=jobs.command(key), progress=lambda *news: jobs.tell(key, *news)
    )


_places = Written(lambda ids: Household.objects.filter(pk__in=ids).values_list("pk", "place_code"), ids=NUMBERS)


def look_at(
    household_ids: Collection[int],
    *,
    by: str,
    on: date,
    just: Mapping[int, Decided] | None = None,
    run: Run | None = None,
) -> dict[str, Any]:
    """Look again at a few households: their disagreements and alerts, not the counts of their villages.

    Nothing before the first run. `just`: see `alert_rules.of_households`; `run` is the one in force.
    """
    run = run or Run.objects.standing()
    if run is None or not household_ids:
        return {}
    pack, on = versions.of_hash(run.pack_id), max(on, run.as_of)  # an answer may speak of an earlier day
    with carry_out("monitoring.watching.look_at", by=by, payload=[sorted(household_ids), on]) as act, as_engine():
        homes = dict(_places(ids=household_ids))
        right, copies = disagreements.chosen(homes), agreements.compared_by(run, on=on)
        cells = [c for c in agreements.read(copies, on=on, households=homes, right=right) if c.state == DIFFER]
        raised = alert_rules.of_households(pack, homes, on=on, just=just)
        act.result = {
            "disagreements": disagreements.settle(cells, copies, on=on, households=homes),
            "alerts": alerts.settle(raised, by=by, on=on, households=homes),
            "files": monitored_files.look(pack, on=on, households=homes),
        }
    return dict(act.result)


def catch_up(
    *, by: str, on: date, key: UUID | None = None, progress: Callable[[str, float], None] = _silent
) -> dict[str, Any]:
    """Look at every household of which something was said, or for which something was done, since the last look.

    Answers what was found. Nothing before the first run; of very many, the whole county.
    """
    with carry_out("monitoring.watching.catch_up", by=by, key=key, payload=[on]) as act, as_engine():
        last, (first, cluster) = _last(), horizon()
        moved = touched.households(last.horizon) if last else {}
        if Run.objects.standing() is None:
            return {}
        if last is None or len(moved) > MOST_MOVED:
            act.result = look(by=by, on=on, progress=progress)
            return dict(act.result)
        progress("alerts", 0.2)
        found = look_at(moved, by=by, on=on) if moved else {}
        Look.objects.create(
            on_day=on, by=by, whole=False, run=None, horizon=first, cluster=cluster,
            found={**found, "households": len(moved)},
        )  # fmt: skip
        act.result = {**found, "households": len(moved)}
    return dict(act.result)


@jobs.job(CATCH_UP)
def catch_up_as_job(key: str, *, on: str, as_whom: str) -> dict[str, Any]:
    """The same as a job."""
    return catch_up(
        by=as_whom, on=date.fromisoformat(on), key=jobs.command(key), progress=lambda *news: jobs.tell(key, *news)
    )


def ask_to_catch_up(*, by: str, on: date) -> None:
    """Ask for it as a job, in the transaction of what moves many households: a table taken in."""
    jobs.defer(CATCH_UP, by=by, on=on.isoformat(), as_whom=by)


def due(*, on: date) -> str:
    """The job that is called for: LOOK, CATCH_UP where something was said or done since the last, else empty.

    LOOK on a day nobody looked yet, and where other copies were adopted than those last compared. Days alone raise and
    end alerts: nobody looked for a fortnight, a loan falls due.
    """
    run = Run.objects.standing()
    if run is None:
        return ""
    last, whole = _last(), Look.objects.filter(whole=True).first()
    if last is None or whole is None or whole.on_day < on:
        return LOOK
    if whole.found.get("copies") not in (None, _text_of(agreements.compared_by(run, on=on))):
        return LOOK
    return CATCH_UP if touched.anything(last.horizon) else ""


def ask_where_due(*, by: str, on: date) -> str:
    """Ask for the job that is called for, as the engine; answers its key. Nothing while one is under way."""
    name, latest, last = due(on=on), news(), Look.objects.first()
    if not name or (latest is not None and latest.open):
        return ""
    key = f"watch-{last.pk if last else 0}-{on}"  # however many workers ask, it is asked for once
    return jobs.defer(name, by=by, key=key, on=on.isoformat(), as_whom=by)


def news() -> Progress | None:
    """How far the look asked for last has come, of the whole county or of what moved; None when none was asked for."""
    return Progress.objects.filter(job__in=[LOOK, CATCH_UP]).order_by("-since", "-key").first()


def waiting() -> int:
    """How many households something was said of, or done for, since the last look."""
    last = _last()
    return len(touched.households(last.horizon)) if last else 0


def _last() -> Look | None:
    """The last look on this server; none where the home was put back since, and what moved cannot be told."""
    last = Look.objects.first()
    return last if last is not None and last.cluster == horizon()[1] else None
