"""`doudi pack`: prove a policy pack whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import doudi
from doudi.cli import frame
from doudi.cli.options import Day, actor, default_day, now, signed_in
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.policy.packs_check import Report
    from doudi.policy.proposals import Proposal

SHIPPED = Path(doudi.__file__).parent / "packs"


@click.group("pack")
def pack_group() -> None:
    """Policy packs: policy as data."""


@pack_group.command("check")
@click.argument("path")
@click.option("--quick", is_flag=True, help="Leave out the generated cases and the broken rules.")
@frame.json_option
@click.pass_context
def check_command(ctx: click.Context, path: str, quick: bool) -> None:
    """Prove the pack in folder PATH (or the shipped pack of that name) whole.

    Types, citations, examples, translations, what is unused; generated cases on every engine in this process; rules
    broken on purpose. Exits 2 when something is wrong.
    """
    from doudi.policy.packs_check import check

    report = check(_folder(path), step=frame.progress, quick=quick)
    frame.answer(ctx, report.as_json(), _told(report))
    if not report.whole:
        ctx.exit(2)


def _folder(path: str) -> Path:
    """The folder meant: a folder of that path, else the shipped pack of that name."""
    given = Path(path)
    shipped = SHIPPED / path
    return shipped if not given.exists() and (shipped / "pack.toml").is_file() else given


def _told(report: Report) -> str:
    lines = [f"{each.error.say('en')} ({each.error.zh})" for each in report.findings]
    if report.pack is None:
        return "\n".join([*lines, f"{report.path}: {len(lines)} errors"])
    counts = (
        f"{len(report.pack.measures)} measures, {len(report.pack.checks)} checks, {report.examples} examples, "
        f"{report.generated} generated cases, {report.mutants} broken rules "
        f"({len(report.unnoticed)} unnoticed, {len(report.excused)} excused)"
    )
    undecided = f"undecided: {', '.join(report.undecided) or 'nothing'}"
    unverified = f"only remembered: {', '.join(report.unverified) or 'nothing'}"
    verdict = "whole" if report.whole else f"{len(report.findings)} errors"
    told = f"{report.pack.name} {report.pack.hash[:12]}: {verdict} ({report.seconds:.1f} s)"
    return "\n".join([*lines, counts, undecided, unverified, told])


@pack_group.command("proposals")
@click.option("--all", "every", is_flag=True, help="Those decided already as well.")
@frame.json_option
@click.pass_context
def proposals_command(ctx: click.Context, every: bool) -> None:
    """List what waits to be adopted by a second person."""
    frame.open_home(ctx)
    from doudi.policy.proposals import WAITING, Proposal

    found = Proposal.objects.all() if every else Proposal.objects.filter(state=WAITING)
    rows = [_row(each) for each in found]
    lines = [
        f"{row['proposal']:>4}  {row['state']:<9}  {row['pack']} {row['hash'][:12]}  {row['title']}"
        f"  (by {row['proposed_by']}, from {row['from']}: {row['reason']})"
        for row in rows
    ]
    frame.answer(ctx, {"proposals": rows}, "\n".join(lines) or "Nothing waits.")


@pack_group.command("propose")
@click.argument("path")
@click.option("--title", required=True, help="What changes, in a line.")
@click.option("--reason", required=True, help="Why, and on what authority.")
@click.option("--from", "from_day", type=Day(), help="The day it holds from; today where none is given.")
@frame.json_option
@click.pass_context
def propose_command(ctx: click.Context, path: str, title: str, reason: str, from_day: date | None) -> None:
    """Put the pack in folder PATH forward, to take the place of the version in force once another person adopts it."""
    frame.open_home(ctx)
    from doudi.policy import packs, proposals, versions

    files = packs.read_files(versions.folder_of(path))
    base = versions.in_force(packs.from_files(files, prefix=path).name)
    kept = {name: text for name, text in base.files.items() if name.startswith(versions.OVERLAYS)}
    made = proposals.propose(
        {**kept, **files},
        base=base,
        title=title,
        reason=reason,
        from_day=from_day or default_day(),
        by=actor(),
        now=now(),
    )
    frame.answer(ctx, _row(made), _proposed(made))


@pack_group.command("adopt")
@click.argument("number", type=int)
@click.option("--as", "username", required=True, help="The account of the second person, whose password is asked for.")
@click.option("--password-stdin", is_flag=True, help="Read that password from the first line of stdin.")
@click.option("--answer", default="", help="A word to it.")
@frame.json_option
@click.pass_context
def adopt_command(ctx: click.Context, number: int, username: str, password_stdin: bool, answer: str) -> None:
    """Adopt proposal NUMBER as another person than its proposer. It decides from the next run on."""
    frame.open_home(ctx)
    from doudi.policy import proposals

    version = proposals.adopt(
        _numbered(number), answer=answer, by=signed_in(username, from_stdin=password_stdin), now=now()
    )
    payload = {"proposal": number, "pack": version.name, "hash": version.hash, "based_on": version.based_on}
    frame.answer(ctx, payload, f"adopted: {version}. It decides from the next run on: doudi run")


@pack_group.command("return")
@click.argument("number", type=int)
@click.option("--as", "username", required=True, help="The account of the second person, whose password is asked for.")
@click.option("--password-stdin", is_flag=True, help="Read that password from the first line of stdin.")
@click.option("--answer", required=True, help="Why it is sent back.")
@frame.json_option
@click.pass_context
def return_command(ctx: click.Context, number: int, username: str, password_stdin: bool, answer: str) -> None:
    """Send proposal NUMBER back, with the reason."""
    frame.open_home(ctx)
    from doudi.policy import proposals

    by = signed_in(username, from_stdin=password_stdin)
    frame.answer(ctx, _row(proposals.send_back(_numbered(number), answer=answer, by=by, now=now())), "sent back")


def _numbered(number: int) -> Proposal:
    from doudi.policy.proposals import Proposal

    found = Proposal.objects.filter(pk=number).first()
    if found is None:
        raise Refusal(
            f"没有第 {number} 号提请。请用 doudi pack proposals 查看。",
            f"There is no proposal {number}. See: doudi pack proposals",
        )
    return found


def _row(proposal: Proposal) -> dict[str, Any]:
    """A proposal as `doudi pack proposals --json` prints it."""
    return {
        "proposal": proposal.pk,
        "pack": proposal.pack_name,
        "hash": proposal.hash,
        "based_on": proposal.base_id,
        "title": proposal.title,
        "reason": proposal.reason,
        "from": proposal.from_day.isoformat(),
        "state": proposal.state,
        "proposed_by": proposal.proposed_by,
        "decided_by": proposal.decided_by,
        "answer": proposal.answer,
        "findings": len(proposal.findings),
        **{name: value for name, value in proposal.change.items() if name in ("parameter", "value")},
    }


def _proposed(proposal: Proposal) -> str:
    return (
        f"proposal {proposal.pk}: {proposal.title}. It waits for another person:"
        f" doudi pack adopt {proposal.pk} --as USERNAME"
    )


commands = [pack_group]
