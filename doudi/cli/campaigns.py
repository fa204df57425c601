"""`doudi campaign`: the campaigns and their reports, whom a rule names, who was not told; send and escalate by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from doudi.cli import frame
from doudi.cli.options import actor, default_day, now
from doudi.values.refusals import Refusal


@click.group("campaign")
def campaign_group() -> None:
    """Telling everybody: campaigns, their reports, who was not told."""


@campaign_group.command("list")
@frame.json_option
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Every campaign with its report in numbers, the newest first."""
    frame.open_home(ctx)
    from doudi.outreach import sending
    from doudi.outreach.campaigns import Campaign

    with sending.whole():
        rows = [_told(each) for each in Campaign.objects.select_related("message")]
    frame.answer(ctx, {"campaigns": rows}, "\n".join(map(_line, rows)) or "No campaign yet.")


@campaign_group.command("report")
@click.argument("number", type=int)
@frame.json_option
@click.pass_context
def report_command(ctx: click.Context, number: int) -> None:
    """The reconciliation of one: asked for = delivered + failed + waiting + left out, by channel, and why."""
    frame.open_home(ctx)
    from doudi.outreach import sending

    with sending.whole():
        told = _told(_campaign(number), whole=True)
    lines = [_line(told), *map(_channel, told["channels"])]
    lines += [f"  {each['channel']:<12} {each['state']}: {each['why']} {each['number']:,}" for each in told["reasons"]]
    frame.answer(ctx, told, "\n".join(lines))


@campaign_group.command("count")
@click.argument("rule")
@click.option("--place", default="", help="6, 9 or 12 digits; without it the whole county.")
@frame.json_option
@click.pass_context
def count_command(ctx: click.Context, rule: str, place: str) -> None:
    """How many households a rule (CEL over a household) names, over the snapshot of the run in force."""
    frame.open_home(ctx)
    from doudi.access.roles import CLASSES
    from doudi.outreach import audiences, sending
    from doudi.policy.runs import Run
    from doudi.policy.snapshots import county_code

    with sending.whole():
        run = Run.objects.in_force()
        found = audiences.find(rule, run, places=[place or county_code()[:6]], reads=CLASSES)
    told = {"rule": rule, "households": len(found.ids), "unknown": len(found.unknown), "whole": found.whole,
            "as_of": found.as_of, "run": run.pk}  # fmt: skip
    frame.answer(
        ctx, told, f"{len(found.ids):,} of {found.whole:,} households; of {len(found.unknown):,} it is not known."
    )


@campaign_group.command("untold")
@click.option("--measure", default="", help="Only those not told of this measure.")
@click.option("--place", default="", help="6, 9 or 12 digits; without it the whole county.")
@click.option("--most", type=int, default=20, show_default=True, help="How many households are listed.")
@frame.json_option
@click.pass_context
def untold_command(ctx: click.Context, measure: str, place: str, most: int) -> None:
    """Who may claim something and has not been told of it: by measure, and the first households."""
    frame.open_home(ctx)
    from doudi.outreach import sending, untold
    from doudi.policy.runs import Run
    from doudi.register.households import Household

    with sending.whole():
        found = untold.of(Run.objects.in_force(), prefix=place)
        if measure and measure not in found.measures:
            raise Refusal(f"没有“{measure}”这项措施。", f"There is no measure “{measure}”.", "measure")
        ids, bits = found.households(measure)
        codes = dict(Household.objects.filter(pk__in=ids[:most].tolist()).values_list("pk", "code"))
    rows = [{"household": codes[int(n)], "measures": found.names(int(bit))}
            for n, bit in zip(ids[:most], bits[:most], strict=True)]  # fmt: skip
    shares = [{"measure": s.measure, "may_claim": s.may, "told": s.told, "untold": s.untold} for s in found.shares()]
    told = {"households": len(ids), "measures": shares, "first": rows}
    lines = [f"{s['measure']:<32} told {s['told']:>7,} of {s['may_claim']:>7,}" for s in shares]
    lines += [f"{row['household']}  {', '.join(row['measures'])}" for row in rows]
    frame.answer(ctx, told, "\n".join([*lines, f"{len(ids):,} households not told"]))


@campaign_group.command("send")
@click.argument("number", type=int)
@frame.json_option
@click.pass_context
def send_command(ctx: click.Context, number: int) -> None:
    """Send what is due of one now, as its job does."""
    frame.open_home(ctx)
    from doudi.outreach import sending

    with sending.whole():
        campaign = _campaign(number)
    sent = sending.send_due(campaign, now=now)
    told = {"campaign": number, "delivered": sent.delivered, "again": sent.again, "failed": sent.failed,
            "suppressed": sent.suppressed, "next_at": sent.next_at}  # fmt: skip
    frame.answer(
        ctx, told, f"{sent.delivered:,} delivered, {sent.again:,} to be tried again, {sent.failed:,} failed;"
        f" next at {sent.next_at or '--'}",
    )  # fmt: skip


@campaign_group.command("escalate")
@click.argument("number", type=int)
@frame.json_option
@click.pass_context
def escalate_command(ctx: click.Context, number: int) -> None:
    """Ask for the calls and the visits that are due in one."""
    frame.open_home(ctx)
    from doudi.outreach import escalations, sending

    with sending.whole():
        asked = escalations.escalate(_campaign(number), by=actor(), now=_moment())
    frame.answer(ctx, {"campaign": number, **asked}, f"{asked['call']:,} calls and {asked['door']:,} visits asked for")


@campaign_group.command("audio")
@click.argument("number", type=int)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@frame.json_option
@click.pass_context
def audio_command(ctx: click.Context, number: int, file: Path) -> None:
    """Write what the village loudspeaker says as a WAV file."""
    frame.open_home(ctx)
    from doudi.outreach import messages, sending
    from doudi.outreach.channels import speech

    with sending.whole():
        campaign = _campaign(number)
    form = speech.CHANNEL.form(messages.text_for(campaign.texts, "loudspeaker", words="plain"))
    file.write_bytes(speech.wave(form.text))
    told = {"campaign": number, "file": str(file), "bytes": file.stat().st_size, "text": form.text}
    frame.answer(ctx, told, f"{file}: {told['bytes']:,} bytes")


def _moment() -> datetime:
    """Now; in a demonstration this hour of its day."""
    return datetime.combine(default_day(), now().timetz())


def _campaign(number: int) -> Any:
    from doudi.outreach.campaigns import Campaign

    found = Campaign.objects.select_related("message").filter(pk=number).first()
    if found is None:
        raise Refusal(f"没有第 {number} 次宣传。", f"There is no campaign {number}.", "number")
    return found


def _told(campaign: Any, *, whole: bool = False) -> dict[str, Any]:
    from doudi.outreach import reports

    report = reports.of(campaign)
    parts = ("channel", "asked", "delivered", "failed", "waiting", "suppressed")
    told = {
        "campaign": campaign.pk, "title": campaign.message.title, "place": campaign.place_code,
        "state": campaign.state, "from": campaign.from_day, "until": campaign.until_day, "rule": campaign.rule,
        "households": report.households, "reached": report.reached, "only_sent": report.only_sent,
        "not_told": report.not_told, "holds": report.holds,
    }  # fmt: skip
    if whole:
        told["channels"] = [{name: getattr(line, name) for name in parts} for line in report.lines]
        names = ("channel", "state", "why", "number")
        told["reasons"] = [dict(zip(names, each, strict=True)) for each in report.reasons]
    return told


def _channel(row: dict[str, Any]) -> str:
    sums = f"delivered {row['delivered']:,} + failed {row['failed']:,} + waiting {row['waiting']:,}"
    return f"  {row['channel']:<12} asked {row['asked']:>7,} = {sums} + left out {row['suppressed']:,}"


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['campaign']:>4}  {row['state']:<8} {row['from']} – {row['until']}  told {row['reached']:,}"
        f" of {row['households']:,}, only sent {row['only_sent']:,}{'' if row['holds'] else '  DOES NOT ADD UP'}"
        f"  {row['title']}"
    )


commands = [campaign_group]
