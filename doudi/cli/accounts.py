"""`doudi account`: who may sign in."""

from __future__ import annotations

import datetime
import secrets
import sys
from typing import Any

import click

from doudi.access.roles import ROLES
from doudi.cli import frame
from doudi.cli.options import actor, now


@click.group("account")
def account() -> None:
    """Add, list and close accounts."""


@account.command("add")
@click.argument("username")
@click.option("--name", default="", help="The person's name; the username when left out.")
@click.option("--role", required=True, type=click.Choice(sorted(ROLES)))
@click.option("--place", default="", metavar="CODE", help="6, 9 or 12 digits, where the role has a place.")
@click.option("--unit", default="", help="Where the person works.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")
@frame.json_option
@click.pass_context
def add(ctx: click.Context, username: str, name: str, role: str, place: str, unit: str, password_stdin: bool) -> None:
    """Add a person with one duty. Without a terminal and without --password-stdin a password is made and shown once."""
    password, made = _password(password_stdin)
    frame.open_home(ctx)
    from doudi.access import users
    from doudi.places import divisions
    from doudi.trail.commands import carry_out

    with carry_out("account.add", by=actor(), payload=[username, role, place]):
        divisions.require(place)
        user = users.add(username, name or username, password, unit=unit, by=actor())
        _give(user, role, place)
    shown: dict[str, Any] = {"username": username, "role": role, "place": place}
    text = f"{username} can sign in as {ROLES[role].en} ({ROLES[role].zh})."
    if made:
        shown["password"] = password
        text += f"\nPassword, shown this once: {password}"
    frame.answer(ctx, shown, text)


def _give(user: Any, role: str, place: str) -> None:
    from django.utils import timezone

    from doudi.access import duties

    duties.give(user, role, place, on=timezone.localdate(), by=actor())


def _password(from_stdin: bool) -> tuple[str, bool]:
    """The password, and whether we made it up."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True), False
    return secrets.token_urlsafe(12), True


@account.command("list")
@frame.json_option
@click.pass_context
def list_all(ctx: click.Context) -> None:
    """List the accounts and their duties of today."""
    frame.open_home(ctx)
    from django.utils import timezone

    rows = _rows(timezone.localdate())
    text = "\n".join(f"{row['username']}\t{row['name']}\t{'; '.join(row['duties'])}" for row in rows)
    frame.answer(ctx, {"accounts": rows}, text or "No account yet.")


def _rows(today: datetime.date) -> list[dict[str, Any]]:
    from doudi.access.duties import Duty
    from doudi.access.users import User

    held: dict[int, list[str]] = {}
    for duty in Duty.objects.in_force(on=today).order_by("id"):
        held.setdefault(duty.user_id, []).append(f"{duty.role} {duty.place_code}".strip())
    return [
        {"username": user.username, "name": user.name, "active": user.is_active, "duties": held.get(user.pk, [])}
        for user in User.objects.order_by("username")
    ]


@account.command("close")
@click.argument("username")
@frame.json_option
@click.pass_context
def close(ctx: click.Context, username: str) -> None:
    """End a person's access at once. What they did keeps their name."""
    frame.open_home(ctx)
    from doudi.access import users

    users.close(users.named(username), by=actor())
    frame.answer(ctx, {"username": username, "active": False}, f"{username} can no longer sign in.")


@account.command("password")
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")
@frame.json_option
@click.pass_context
def password(ctx: click.Context, username: str, password_stdin: bool) -> None:
    """Set another password."""
    text, made = _password(password_stdin)
    frame.open_home(ctx)
    from doudi.access import resets, users
    from doudi.trail.commands import carry_out

    user = users.named(username)
    with carry_out("account.password", by=actor(), payload=[username]):
        users.change_password(user, text, by=actor())
        resets.note(user, resets.PASSWORD, reason="doudi account password", by=actor(), now=now())
    shown = {"username": username} | ({"password": text} if made else {})
    frame.answer(ctx, shown, f"The password of {username} is changed." + (f" It is now: {text}" if made else ""))


@account.command("reopen")
@click.argument("username")
@frame.json_option
@click.pass_context
def reopen(ctx: click.Context, username: str) -> None:
    """Let a person whose access was closed sign in again."""
    frame.open_home(ctx)
    from doudi.access import users

    users.reopen(users.named(username), by=actor())
    frame.answer(ctx, {"username": username, "active": True}, f"{username} can sign in again.")


@account.command("reset-factor")
@click.argument("username")
@click.option("--reason", required=True, help="Why; it is kept.")
@frame.json_option
@click.pass_context
def reset_factor(ctx: click.Context, username: str, reason: str) -> None:
    """Take a person's authenticator and recovery codes away, so that they enrol another."""
    frame.open_home(ctx)
    from doudi.access import factors, resets, users
    from doudi.trail.commands import carry_out

    user = users.named(username)
    with carry_out("account.reset_factor", by=actor(), payload=[username, reason]):
        factors.reset(user, reason=reason, by=actor())
        resets.note(user, resets.FACTOR, reason=reason, by=actor(), now=now())
    frame.answer(ctx, {"username": username, "second_factor": False}, f"{username} enrols again at the next sign-in.")


@account.command("second-factor")
@click.argument("demanded", type=click.Choice(["demanded", "offered"]))
@click.option("--reason", required=True, help="Why; it is kept.")
@frame.json_option
@click.pass_context
def second_factor(ctx: click.Context, demanded: str, reason: str) -> None:
    """Demand a second factor of every role above the village, or only offer it.

    A real county demands it from its beginning, a demonstration offers it.
    """
    frame.open_home(ctx)
    from doudi.places import counties

    rule = counties.demand_second_factor(demanded == "demanded", reason=reason, by=actor(), now=now())
    frame.answer(ctx, {"demanded": rule.demanded, "reason": rule.reason}, f"The second factor is {demanded}.")


@account.command("telephones")
@click.option("--days-kept", type=int, help="Days without contact after which cards are let go: 1 to 60.")
@click.option("--days-paired", type=int, help="Days after which a telephone is paired anew: 7 to 365.")
@click.option("--reason", default="", help="Why; it is kept. Needed to change anything.")
@frame.json_option
@click.pass_context
def telephones(ctx: click.Context, days_kept: int | None, days_paired: int | None, reason: str) -> None:
    """Show how long helpers' telephones keep what they hold and stay paired, or decide it anew."""
    frame.open_home(ctx)
    from doudi.places import counties
    from doudi.places.counties import PhoneDays

    before = counties.phone_days()
    if days_kept is not None or days_paired is not None:
        kept = before.kept if days_kept is None else days_kept
        wanted = PhoneDays(kept, before.paired if days_paired is None else days_paired)
        counties.decide_phone_days(wanted, reason=reason, by=actor(), now=now())
    days = counties.phone_days()
    told = {"days_kept": days.kept, "days_paired": days.paired}
    frame.answer(ctx, told, f"Cards are kept {days.kept} days without contact; a pairing lasts {days.paired} days.")


commands = [account]
