"""`doudi run`, `runs`, `diff`, `replay`: deciding the county, and what was decided."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, Moment, actor, amounts, default_day, now

if TYPE_CHECKING:
    from doudi.policy.differences import Difference
    from doudi.policy.runs import Run

ENGINES = ("duckdb", "postgres", "spark", "memory")


@click.command("run")
@click.option("--pack", help="A pack's name, or the path of its folder.")
@click.option("--as-of", type=Day(), help="The day decided for.")
@click.option("--known-at", type=Moment(), help="Decide by what was recorded until then; stores answers only.")
@click.option("--engine", type=click.Choice(ENGINES), default="duckdb", show_default=True)
@frame.json_option
@click.pass_context
def run_command(
    ctx: click.Context, pack: str | None, as_of: date | None, known_at: datetime | None, engine: str
) -> None:
    """Decide the whole county: snapshot, verdicts with reasons, what changed."""
    frame.open_home(ctx)
    from doudi.policy import findings, running

    made = running.run(
        pack,
        as_of=as_of or default_day(),
        known_at=known_at,
        engine=engine,
        by=actor(),
        now=now(),
        progress=_progress,
    )
    findings.folder_of(made)  # so that nobody waits for the checks
    if made.standing:
        _have_looked(made)
    frame.answer(ctx, made.counts, _told(made))


def _have_looked(made: Run) -> None:
    """Ask for the look that follows a run: the worker of `doudi serve` compares the copies and raises the alerts."""
    from django.db import transaction

    from doudi.monitoring import watching
    from doudi.trail import jobs

    with transaction.atomic():
        jobs.defer(watching.LOOK, by=actor(), key=f"look:{made.pk}", on=made.as_of.isoformat(), as_whom=actor())


def _progress(said: str, part: float) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{part:4.0%} {said}", nl=part >= 1, err=True)
    else:
        frame.progress(f"{part:4.0%} {said}")


def _told(run: Run) -> str:
    counts, told_amount = run.counts, amounts(run.pack_name)
    lines = [
        f"run {run.pk}  {run.pack_name}  as of {run.as_of}  {run.seconds:.2f} s  snapshot {run.snapshot_hash[:12]}"
    ]
    lines.append(f"{'measure':<34}{'subject':<11}{'yes':>8}{'no':>8}{'unknown':>9}{'amount':>20}")
    for row in counts["measures"]:
        amount = told_amount(row["amount_fen"]) if row["amount_fen"] else ""
        lines.append(
            f"{row['name']:<34}{row['subject']:<11}{row['yes']:>8}{row['no']:>8}{row['unknown']:>9}{amount:>20}"
        )
    for row in counts["indicators"]:
        part = f" / {row['denominator']}" if row["denominator"] is not None else ""
        lines.append(f"{row['name']}: {row['numerator']}{part} {row['unit']}  claimed: {row['claim_text'] or '-'}")
    return "\n".join(lines)


@click.command("runs")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many, the newest first.")
@frame.json_option
@click.pass_context
def runs_command(ctx: click.Context, last: int) -> None:
    """List the runs, the newest first."""
    frame.open_home(ctx)
    from doudi.policy.runs import Run

    rows = [_line(run) for run in Run.objects.order_by("-id")[:last]]
    text = "\n".join(
        f"{r['run']:>5}  {r['pack']}@{r['pack_hash'][:8]}  as of {r['as_of']}  {r['engine']:<9}"
        f"{'standing' if r['standing'] else 'looks back':<11} answers {r['answers'][:12]}  {r['seconds']:.2f} s"
        for r in rows
    )
    frame.answer(ctx, {"runs": rows}, text or "No runs yet. Start with: doudi run")


def _line(run: Run) -> dict[str, Any]:
    return {
        "run": run.pk,
        "pack": run.pack_name,
        "pack_hash": run.pack_id,
        "as_of": run.as_of.isoformat(),
        "known_at": run.known_at.isoformat() if run.known_at else None,
        "engine": run.engine,
        "standing": run.standing,
        "snapshot": run.snapshot_hash,
        "answers": run.answers_hash,
        "language_version": run.language_version,
        "seconds": run.seconds,
        "started_by": run.started_by,
        "started_at": run.started_at.isoformat(),
    }


@click.command("diff")
@click.argument("a", type=int)
@click.argument("b", type=int)
@click.option(
    "--most",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="How many changes are attributed one by one.",
)
@frame.json_option
@click.pass_context
def diff_command(ctx: click.Context, a: int, b: int, most: int) -> None:
    """Who gained, lost or became unknown from run A to run B, and what made the difference."""
    frame.open_home(ctx)
    from doudi.policy import differences
    from doudi.policy.runs import Run

    found = differences.diff(Run.objects.numbered(a), Run.objects.numbered(b), most=most)
    frame.answer(ctx, differences.tell(found), _told_difference(found))


def _told_difference(found: Difference) -> str:
    lines = [
        f"run {found.a} -> run {found.b}: {found.gained} gained, {found.lost} lost,"
        f" {found.became_unknown} became unknown, {found.settled_no} settled as no"
    ]
    lines += [f"  {count:>7}  {cause}" for cause, count in sorted(found.causes.items(), key=lambda c: -c[1])]
    for change in found.changes[:50]:
        because = "; ".join(f"{what} {which}" for what, which in change.because) or "several together"
        lines.append(
            f"{change.kind} {change.subject_id} {change.measure}: {change.before} -> {change.after}  {because}"
        )
    return "\n".join(lines)


@click.command("replay")
@click.argument("run", type=int)
@click.option("--engine", type=click.Choice(ENGINES), default=None, help="Another engine than the run's own.")
@frame.json_option
@click.pass_context
def replay_command(ctx: click.Context, run: int, engine: str | None) -> None:
    """Compute a run again from its stored snapshot and pack; exit 0 only when every row agrees."""
    frame.open_home(ctx)
    from doudi.policy import replays
    from doudi.policy.runs import Run

    found = replays.replay(Run.objects.numbered(run), engine=engine)
    frame.answer(ctx, replays.tell(found), replays.words(found))
    if not found.agrees:
        sys.exit(1)


commands = [run_command, runs_command, diff_command, replay_command]
