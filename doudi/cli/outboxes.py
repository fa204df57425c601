"""`doudi outbox`: what a telephone could not hand in and exported as a file that only this home opens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doudi.cli import frame
from doudi.cli.options import now, signed_in
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.access.users import User
    from doudi.monitoring.orders import Taker
    from doudi.monitoring.outbox_files import Entry
    from doudi.policy.sittings import Sitting

MAY = "kept.review"


@click.group("outbox")
def outbox() -> None:
    """Outboxes exported from telephones."""


@outbox.command("key")
@frame.json_option
@click.pass_context
def key_command(ctx: click.Context) -> None:
    """The public key telephones seal to. Its private part is outbox.pem in the home: keep a copy with the secrets."""
    frame.open_home(ctx)
    from doudi.monitoring import outbox_keys

    found = outbox_keys.public_key()
    frame.answer(ctx, {"key": found}, f"{found['kid']}  P-256  x={found['x']} y={found['y']}")


@outbox.command("open")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--as", "username", required=True, help="Whose act it is: their password is asked for.")
@click.option("--password-stdin", is_flag=True, help="Read that password from stdin.")
@frame.json_option
@click.pass_context
def open_command(ctx: click.Context, file: Path, username: str, password_stdin: bool) -> None:
    """Take an exported outbox in, each entry and photograph once.

    Who wrote an entry is not proved by it: it is done in your name.
    """
    frame.open_home(ctx)
    from doudi.access.users import User
    from doudi.monitoring import outbox_files

    user = User.objects.get(username=signed_in(username, from_stdin=password_stdin))
    at = now()
    sight, taker = _sees(user, at)
    read = outbox_files.read(file.read_bytes())
    found = outbox_files.take_in(read.entries, sight=sight, taker=taker, now=at)
    found += outbox_files.take_in_photos(read.photos, by=user.username, on=at.astimezone().date())
    counted = {state: sum(each.state == state for each in found) for state in outbox_files.STATES}
    frame.answer(ctx, {"entries": [_plain(each) for each in found], **counted}, _told(found, counted))


def _sees(user: User, at: datetime) -> tuple[Callable[[], AbstractContextManager[Any]], Callable[[Sitting], Taker]]:
    """What the operator sees, and in whose name an order is taken. Refused for who may not."""
    from doudi.access.duties import Duty
    from doudi.access.permissions import may
    from doudi.access.scope import Scope, enter
    from doudi.monitoring import days
    from doudi.monitoring.orders import Elsewhere, Taker
    from doudi.outreach import answers, counselling, reaches
    from doudi.places.lineage import followed
    from doudi.register.pairings import households_of

    today = at.astimezone().date()
    duties = list(Duty.objects.of(user, on=today))
    roles = frozenset(duty.role for duty in duties)
    if not may(roles, MAY):
        raise Refusal(
            "这个账号没有接手手机内容的职责。", "This account may not take in what telephones exported.", "--as"
        )
    from django.db import transaction

    with transaction.atomic():
        households = households_of(user, today) if "helper" in roles else frozenset()
        scope = Scope(followed((duty.place_code for duty in duties if duty.place_code), on=today), households)
    elsewhere, county = (
        Elsewhere(tell=reaches.told, answer=answers.answer, counsel=counselling.ask),
        days.county_day(at),
    )

    def taker(sitting: Sitting) -> Taker:
        return Taker(user.username, roles, None, at, county, sitting, elsewhere)

    return (lambda: enter(scope)), taker


def _plain(entry: Entry) -> dict[str, Any]:
    refusal = entry.refusal
    told = {"zh": refusal.zh, "en": refusal.en, "where": refusal.where} if refusal else None
    return {
        "id": entry.id,
        "verb": entry.verb,
        "household": entry.household,
        "state": entry.state,
        "refusal": told,
    }


def _told(found: list[Entry], counted: dict[str, int]) -> str:
    lines = [f"{each.id}  {each.verb or '-'}  {each.refusal.en}" for each in found if each.refusal]
    summary = f"{counted['done']} taken in, {counted['repeated']} were there already, {counted['refused']} refused."
    return "\n".join([summary, *lines])


commands = [outbox]
