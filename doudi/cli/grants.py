"""`doudi grant`, `doudi notice`: from decisions to entitlements, and what hangs in public."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from doudi.cli import frame
from doudi.cli.options import Day, actor, amounts, default_day, signed_in

if TYPE_CHECKING:
    from doudi.delivery.notices import Notice


@click.command("grant")
@click.option("--run", "number", type=int, required=True, help="The run in force (doudi runs).")
@click.option("--measure", required=True, help="The measure's name in the pack, as 01_livelihood_award.")
@click.option("--place", "places", multiple=True, help="Only there: 6, 9 or 12 digits; repeatable. Else the county.")
@click.option("--on", "on", type=Day(), help="The day of the grant; today, or in a demonstration the report's day.")
@click.option("--key", type=click.UUID, help="The command's own key: sent twice, it is carried out once.")
@frame.json_option
@click.pass_context
def grant_command(
    ctx: click.Context, number: int, measure: str, places: tuple[str, ...], on: date | None, key: UUID | None
) -> None:
    """Freeze the list of everybody to whom the run says yes; each becomes an entitlement that waits for review."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.delivery import grants
    from doudi.policy.runs import Run
    from doudi.trail.commands import AlreadyDone

    with transaction.atomic(), as_engine():
        run = Run.objects.numbered(number)
        try:
            made = grants.grant(run, measure, places=places, by=actor(), on=on or default_day(), key=key)
            told: dict[str, Any] = {"grant": made.pk, **made.counts, "amount_fen": made.amount_fen, "repeated": False}
        except AlreadyDone as done:
            told = {**done.result, "repeated": True}
    frame.answer(ctx, {"run": number, "measure": measure, **told}, _told(told, run.pack_name))


def _told(told: dict[str, Any], pack: str) -> str:
    if told["repeated"]:
        return f"Done before: grant {told['grant']}, {told['granted']:,} entitlements. Nothing was written again."
    return (
        f"Grant {told['grant']}: {told['granted']:,} entitlements, {amounts(pack)(told['amount_fen'])}.\n"
        f"Left out: {told['already']:,} under way already, {told['settled_before']:,} settled before and unchanged,"
        f" {told['related']:,} for somebody else to grant."
    )


@click.command("notice")
@click.option("--post", "measure", help="Put up what waits for its notice under this measure.")
@click.option("--place", default="", help="Only there: 6, 9 or 12 digits.")
@click.option("--phone", default="", help="The number to call with objections, for --post.")
@click.option("--as", "username", default="", help="Whose act it is, for --post: their password is asked for.")
@click.option("--password-stdin", is_flag=True, help="Read that password from stdin.")
@click.option("--on", "on", type=Day(), help="The day; today, or in a demonstration the report's day.")
@frame.json_option
@click.pass_context
def notice_command(
    ctx: click.Context,
    measure: str | None,
    place: str,
    phone: str,
    username: str,
    password_stdin: bool,
    on: date | None,
) -> None:
    """The public notices that hang on a day; with --post, put up what waits for its notice first."""
    frame.open_home(ctx)
    day = on or default_day()
    if measure:
        _post(measure, place, phone, by=signed_in(username, from_stdin=password_stdin), on=day)
    rows = _hanging(place, day)
    payload = {"day": day, "notices": [_row(notice, village, lines) for notice, village, lines in rows]}
    frame.answer(ctx, payload, _listed(payload))


def _post(measure: str, place: str, phone: str, *, by: str, on: date) -> None:
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.delivery import notices
    from doudi.delivery.entitlements import Entitlement
    from doudi.delivery.stages import NOTICE

    with transaction.atomic(), as_engine():
        waiting = Entitlement.objects.at(NOTICE).within(place).filter(measure=measure).not_hanging()
        notices.post(list(waiting.values_list("id", flat=True)), phone=phone, by=by, on=on)


def _hanging(place: str, day: date) -> list[tuple[Notice, str, int]]:
    from doudi.delivery import notices

    return [row for row in notices.hanging(on=day) if row[0].place_code.startswith(place)]


def _row(notice: Notice, village: str, lines: int) -> dict[str, Any]:
    return {
        "notice": notice.pk,
        "measure": notice.measure,
        "title_zh": notice.title_zh,
        "title_en": notice.title_en,
        "place_code": notice.place_code,
        "village": village,
        "lines": lines,
        "from_day": notice.from_day,
        "last_day": notice.last_day,
        "phone": notice.phone,
        "address": f"/notices/{notice.token}/",
    }


def _listed(payload: dict[str, Any]) -> str:
    if not payload["notices"]:
        return f"No notice hangs on {payload['day']}."
    return "\n".join(
        f"{row['notice']:>5}  {row['title_zh']}  {row['village']}  {row['lines']} lines  {row['from_day']} to"
        f" {row['last_day']}  {row['address']}"
        for row in payload["notices"]
    )


commands = [grant_command, notice_command]
