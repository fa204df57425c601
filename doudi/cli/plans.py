"""`doudi plan`: purchases (who could buy what from whom) and journeys (who rides in which vehicle)."""

from __future__ import annotations

import time
from typing import Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, actor, default_day


@click.group("plan")
def plan_command() -> None:
    """Plans over the whole county, looked at before anybody is asked."""


@plan_command.command("purchases")
@click.option("--on", type=Day(), help="The day whose stock and wishes are planned over.")
@frame.json_option
@click.pass_context
def purchases_command(ctx: click.Context, on: Any) -> None:
    """Match stock with the buyers' own wishes at least effort; prove what lacks. Keeps the plan, asks nobody."""
    frame.open_home(ctx)
    from doudi.delivery import purchase_plans

    begun = time.process_time()
    made = purchase_plans.make(on=on or default_day(), by=actor())
    told = {"plan": made.pk, "on": made.on_day.isoformat(), "floor_fen": made.floor_fen, **made.told}
    told["processor_seconds"] = round(time.process_time() - begun, 2)
    frame.answer(ctx, told, _words(told))


@plan_command.command("journeys")
@click.option("--on", type=Day(), help="The day planned on: whoever is to report from then on rides.")
@click.option("--seats", type=click.IntRange(1, 2_000), default=45, show_default=True, help="Seats of a vehicle.")
@frame.json_option
@click.pass_context
def journeys_command(ctx: click.Context, on: Any, seats: int) -> None:
    """Seat everybody who has agreed and waits, in the fewest vehicles and near the fewest stops. Keeps the plan."""
    frame.open_home(ctx)
    from doudi.delivery import journey_plans

    begun = time.process_time()
    made = journey_plans.make(seats=seats, on=on or default_day(), by=actor())
    told = {"plan": made.pk, "on": made.on_day.isoformat(), "seats": seats, **made.told}
    told["processor_seconds"] = round(time.process_time() - begun, 2)
    frame.answer(ctx, told, _journey_words(told))


def _journey_words(told: dict[str, Any]) -> str:
    lines = [
        f"plan {told['plan']} of {told['on']}: {told['riders']:,} workers in {told['vehicles']:,} vehicles of"
        f" {told['seats']} seats, {told['stops']:,} stops",
        f"effort {told['effort']:,}, at least {told['bound']:,}: gap {told['gap']:.4%}"
        f"  ({told['processor_seconds']} s of processor)",
    ]
    lines += [
        f"  {row['day']} {row['destination']}: {row['riders']:,} workers, {row['vehicles']:,} vehicles"
        for row in told["groups"]
    ]
    return "\n".join(lines)


def _words(told: dict[str, Any]) -> str:
    lines = [
        f"plan {told['plan']} of {told['on']}: {told['reached']:,} of {told['households']:,} households reach"
        f" {told['floor_fen'] / 100:.2f} yuan by {told['lots']:,} purchases of {told['fen'] / 100:,.2f} yuan",
        f"effort {told['effort']:,}, at least {told['bound']:,}: gap {told['gap']:.4%}"
        f"  ({told['processor_seconds']} s of processor)",
    ]
    proof = told["proof"]
    if proof:
        lines.append(
            f"lacking {proof['lacking'] / 100:,.2f} yuan whatever anybody does: {proof['households']:,} households need"
            f" {proof['needed'] / 100:,.2f}; stock {proof['stock'] / 100:,.2f}, helpers {proof['helpers'] / 100:,.2f},"
            f" units {proof['units'] / 100:,.2f}, others {proof['others'] / 100:,.2f}"
        )
    lines += [
        f"  {row['village']}: {row['households']} households, {row['stock_fen'] / 100:,.2f} yuan for lack of stock,"
        f" {row['money_fen'] / 100:,.2f} for lack of wishes"
        for row in told["villages"]
    ]
    return "\n".join(lines)


commands = [plan_command]
