"""`doudi audit`: seal the trail, verify it, give heads to witnesses and compare theirs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doudi.cli import frame
from doudi.cli.options import now
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.access.users import User
    from doudi.trail.verifying import Heard, Report

SHOWN = 20
LARGEST = 100_000  # bytes of a head's file
MAY_FORK = frozenset({"administrator", "auditor", "county_officer"})
MAY_ASK_ERASURE, MAY_ALLOW_ERASURE = frozenset({"county_officer"}), frozenset({"auditor"})


@click.group("audit")
def audit() -> None:
    """The audit trail: sealed in a Merkle tree, its heads signed; verified here and by anyone who keeps a head."""


@audit.command("seal")
@frame.json_option
@click.pass_context
def seal_command(ctx: click.Context) -> None:
    """Seal now what was written. `doudi serve` does it every few seconds."""
    frame.open_home(ctx)
    from doudi.cli import sealers
    from doudi.trail import heads

    made = sealers.seal()
    if made is None:
        frame.answer(ctx, {"sealed": False, "head": None}, "Nothing new to seal.")
    else:
        frame.answer(ctx, {"sealed": True, "head": heads.told(made.said)}, made.said.block())


@audit.command("verify")
@click.option("--from", "since", type=click.IntRange(min=0), default=0, help="Go on from the head of this size.")
@frame.json_option
@click.pass_context
def verify_command(ctx: click.Context, since: int) -> None:
    """Hash every row again, build the tree again, check every head. Exit 1 where something was changed."""
    frame.open_home(ctx)
    begun = time.monotonic()
    with _bar() as heard:
        report = _verify(since, heard)
    told = _told(report) | {"seconds": round(time.monotonic() - begun, 1)}
    frame.answer(ctx, told, _in_words(report, told["seconds"]))
    if not report.well:
        ctx.exit(1)


def _verify(since: int, heard: Heard) -> Report:
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.trail import verifying

    with transaction.atomic():
        verifying.one_view()
        with as_engine():
            return verifying.verify(since=since, heard=heard)


@contextmanager
def _bar() -> Iterator[Heard]:
    """A progress bar on stderr, at a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    with click.progressbar(length=1, label="verifying", file=sys.stderr) as bar:

        def hear(done: int, every: int) -> None:
            bar.length = every
            bar.update(done - bar.pos)

        yield hear


def _told(report: Report) -> dict[str, Any]:
    names = ("well", "size", "root", "heads", "since", "rows", "waiting", "erased", "unmarked", "bad_count")
    bad = [asdict(each) | {"zh": each.zh, "en": each.en} for each in report.bad[:SHOWN]]
    return {name: getattr(report, name) for name in names} | {"first": bad[0] if bad else None, "bad": bad}


def _in_words(report: Report, seconds: float) -> str:
    counted = f"{report.rows:,} rows of {report.size:,} entries, {report.heads:,} heads, {seconds} s"
    waits = f"; {report.waiting:,} rows wait to be sealed" if report.waiting else ""
    waits += f"; {report.erased:,} bodies erased by two persons" if report.erased else ""
    marks = "\nThe home's key is not here: a leaf rewritten with its row is told by its stretch." * report.unmarked
    if report.well:
        return f"Whole: {counted}{waits}. Root {report.root or 'of nothing'}.{marks}"
    rest = report.bad_count - len(report.bad[:SHOWN])
    lines = [f"NOT WHOLE: {report.bad_count:,} bad ({counted}{waits}). The first:"]
    lines += [f"  {each.en}" for each in report.bad[:SHOWN]]
    return "\n".join(lines + [f"  and {rest:,} more"] * bool(rest)) + marks


@audit.command("head")
@click.option("--all", "every", is_flag=True, help="All sizes and roots, not the latest alone.")
@frame.json_option
@click.pass_context
def head_command(ctx: click.Context, every: bool) -> None:
    """The latest signed head, for the bulletin: whoever keeps it can tell later whether the log was rewritten."""
    frame.open_home(ctx)
    from doudi.trail import heads
    from doudi.trail.heads import Head

    last = heads.latest()
    if last is None:
        raise Refusal("日志尚未封存。请先执行 doudi audit seal。", "Nothing is sealed yet: doudi audit seal.")
    if not every:
        frame.answer(ctx, {"head": last.said.block(), **heads.told(last.said)}, last.said.block())
        return
    rows = [heads.told(head.said) for head in Head.objects.select_related("key").order_by("size")]
    frame.answer(ctx, {"heads": rows}, "\n".join(f"{r['size']:>10}  {r['time']}  {r['root']}" for r in rows))


@audit.command("prove")
@click.argument("table", required=False)
@click.argument("row", required=False)
@click.option("--from", "older", type=click.IntRange(min=1), help="The size of an older head.")
@click.option("--to", "newer", type=click.IntRange(min=1), help="The size of a newer head.")
@click.pass_context
def prove_command(ctx: click.Context, table: str | None, row: str | None, older: int | None, newer: int | None) -> None:
    """What proves that a row is in the log, or with --from and --to that the log only grew between two heads.

    One JSON object (docs/reference/trail.md), for whoever keeps a head.
    """
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.trail import proofs

    with transaction.atomic(), as_engine():
        if table and row and older is None and newer is None:
            frame.answer(ctx, proofs.prove(table, row))
        elif older and newer and not table:
            frame.answer(ctx, proofs.prove_growth(older, newer))
        else:
            raise Refusal(
                "请给出表和行,或用 --from 和 --to 给出两条签名记录的规模。",
                "Give TABLE and ROW, or the sizes of two heads: --from and --to.",
            )


@audit.command("erase")
@click.argument("table")
@click.argument("row")
@click.argument("reason")
@click.option("--first", required=True, help="The account name of the county officer who asks for it.")
@click.option("--second", required=True, help="The account name of the auditor who allows it.")
@click.option("--passwords-stdin", is_flag=True, help="Read the two passwords from the first two lines of stdin.")
@frame.json_option
@click.pass_context
def erase_command(
    ctx: click.Context, table: str, row: str, reason: str, first: str, second: str, passwords_stdin: bool
) -> None:
    """Erase what one sealed row says of a person; the log still verifies. Asks both for their passwords.

    Of trail_entry what a change said, of register_statement what a source said. Who acted and when stays.
    """
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.register import erasing

    for name, may in ((first, MAY_ASK_ERASURE), (second, MAY_ALLOW_ERASURE)):
        _prove_identity(name, _password(name, passwords_stdin), may)
    with transaction.atomic(), as_engine():
        made = erasing.erase(table, row, reason, first=first, second=second, now=now())
    frame.answer(ctx, {"erasure": made.pk, "position": made.position, "text": made.text}, made.text)


@audit.command("check-head")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@frame.json_option
@click.pass_context
def check_head_command(ctx: click.Context, file: Path) -> None:
    """Compare a head that somebody kept with the log. Exit 1 where the log does not continue it."""
    frame.open_home(ctx)
    from doudi.trail import heads, proofs

    said = heads.parse(_read(file))
    found = proofs.compare(said)
    told = {"agrees": found.agrees, "what": found.what, "zh": found.zh, "en": found.en, "head": heads.told(said)}
    frame.answer(ctx, told, found.en)
    if not found.agrees:
        ctx.exit(1)


def _read(file: Path) -> str:
    if file.stat().st_size > LARGEST:
        raise Refusal("文件太大,不是签名记录。", "It is too large for a signed head.", str(file))
    return file.read_text(encoding="utf-8", errors="replace").removeprefix("\ufeff")


@audit.command("fork")
@click.argument("reason")
@click.option("--first", required=True, help="One person's account name.")
@click.option("--second", required=True, help="The other person's.")
@click.option("--passwords-stdin", is_flag=True, help="Read the two passwords from the first two lines of stdin.")
@frame.json_option
@click.pass_context
def fork_command(ctx: click.Context, reason: str, first: str, second: str, passwords_stdin: bool) -> None:
    """Let two persons record that the log was put back to an older day; asks both for their passwords."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.trail import forks

    for name in (first, second):
        _prove_identity(name, _password(name, passwords_stdin), MAY_FORK)
    with transaction.atomic(), as_engine():
        made = forks.record(reason, first=first, second=second, now=now())
    frame.answer(ctx, {"fork": made.pk, "size": made.size, "text": made.text}, made.text)


def _password(name: str, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt(f"Password of {name}", hide_input=True, err=True))


def _prove_identity(name: str, given: str, may: frozenset[str]) -> User:
    """The person who shows to be that account, and has one of the roles."""
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from doudi.access.duties import Duty
    from doudi.access.roles import ROLES
    from doudi.access.users import User

    user = User.objects.filter(username=name, is_active=True).first()
    right = user.check_password(given) if user else bool(make_password(given) and False)
    roles = {duty.role for duty in Duty.objects.of(user, on=timezone.localdate())} if user else set()
    if user is None or not right or roles.isdisjoint(may):
        zh, en = "、".join(ROLES[name].zh for name in sorted(may)), ", ".join(ROLES[name].en for name in sorted(may))
        raise Refusal(
            f"{name} 的密码不对,或没有所需的职责({zh})。",
            f"The password of {name} is wrong, or they have not the duty: {en}.",
            name,
        )
    return user


commands = [audit]
