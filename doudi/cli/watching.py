"""`doudi alerts` and `doudi agreements`: look at the county from the keyboard."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, actor


@click.command("alerts")
@click.option("--look/--no-look", default=True, show_default=True, help="Look at the county first.")
@click.option("--on", "on_day", type=Day(), help="As of which day; the run's where none is given.")
@frame.json_option
@click.pass_context
def alerts_command(ctx: click.Context, look: bool, on_day: date | None) -> None:
    """Raise the pack's alerts over the run in force, end those that are over, and tell how many wait."""
    frame.open_home(ctx)
    from django.db import transaction
    from django.db.models import Count, Q

    from doudi.access.scope import as_engine
    from doudi.monitoring import alerts, watching
    from doudi.monitoring.alerts import WAITING, Alert
    from doudi.policy.runs import Run

    run = Run.objects.in_force()
    found = watching.look(by=actor(), on=on_day or run.as_of, run=run) if look else {}
    with transaction.atomic(), as_engine():
        waiting = Count("pk", filter=Q(state__in=WAITING))
        sums = Alert.objects.order_by().values("name").annotate(waiting=waiting, all=Count("pk"))
        rows = [_row(row, alerts.title_of(row["name"], run.pack.pack)) for row in sums.order_by("name")]
    text = "\n".join(f"{row['waiting']:>7} of {row['all']:<7} {row['name']}: {row['zh']} / {row['en']}" for row in rows)
    frame.answer(ctx, {"run": run.pk, "as_of": run.as_of.isoformat(), "found": found, "alerts": rows}, text)


def _row(row: dict[str, Any], words: tuple[str, str]) -> dict[str, Any]:
    return {**row, "zh": words[0], "en": words[1]}


@click.command("agreements")
@click.option("--look/--no-look", default=False, show_default=True, help="Compare the copies first.")
@click.option("--place", default="", help="Digits of a county, town or village; the whole county where none is given.")
@click.option(
    "--most", type=click.IntRange(min=0), default=100, show_default=True, help="How many disagreements to list."
)
@frame.json_option
@click.pass_context
def agreements_command(ctx: click.Context, look: bool, place: str, most: int) -> None:
    """How far the copies of the households' data agree, by copy, and the disagreements under way."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.monitoring import watching
    from doudi.policy.runs import Run

    run = Run.objects.in_force()
    if look:
        watching.look(by=actor(), on=run.as_of, run=run)
    with transaction.atomic(), as_engine():
        told = _agreements(run, place, most)
    frame.answer(ctx, told, _told(told))


def _agreements(run: Any, place: str, most: int) -> dict[str, Any]:
    from doudi.monitoring import agreement_rates, agreements, disagreements
    from doudi.monitoring.disagreements import Disagreement

    counts, open_ = agreement_rates.counts_of(place), Disagreement.objects.open().below(place)
    rates, homes = agreement_rates.by_copy(counts), agreement_rates.households(counts)
    looked = agreement_rates.last_look(place)
    pack = agreements.compared_by(run, on=looked or run.as_of)
    return {
        "run": run.pk,
        "looked_on": looked.isoformat() if looked else None,
        "households": {"all": homes.all, "agree": homes.agree, "differ": homes.differ, "missing": homes.missing},
        "copies": [
            {"copy": name, "zh": copy.words.zh, "en": copy.words.en, "agree": rate.agree, "differ": rate.differ,
             "stale": rate.stale, "missing": rate.missing}
            for name, copy in pack.copies.items()
            if (rate := rates.get(name, agreement_rates.Rate()))
        ],
        "open": open_.count(),
        "disagreements": disagreements.told(open_[:most]),
    }  # fmt: skip


def _told(told: dict[str, Any]) -> str:
    homes = told["households"]
    lines = [f"{homes['all'] - homes['differ']} of {homes['all']} households without any disagreement;"
             f" {told['open']} disagreements under way (looked on {told['looked_on'] or 'no day yet'})."]  # fmt: skip
    lines += [
        f"{row['agree']:>10} agree {row['differ']:>7} differ {row['stale']:>7} stale {row['missing']:>9} missing"
        f"  {row['copy']}: {row['zh']} / {row['en']}"
        for row in told["copies"]
    ]
    return "\n".join(lines)


commands = [alerts_command, agreements_command]
