"""`doudi export`: tables that leave, each with a reason; corrections for another system; and what came back changed."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, actor, default_day, now
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.policy.listing.lists import Asker
    from doudi.policy.listing.making import Asked
    from doudi.register.exporting.exports import Export
    from doudi.register.exporting.returning import Change, Comparison

REASON = click.option("--reason", required=True, help="Why it leaves, and for whom; kept with it.")
OUT = click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
FORM = click.option(
    "--form", type=click.Choice(["xlsx", "csv"]), help="The form; by the name of the file if not given."
)
LANGUAGE = click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)


@click.group("export")
def export_group() -> None:
    """Tables that leave, and tables that come back.

    More than 500 persons need a second person: the first call asks, another officer allows it on the page /exports/,
    then `doudi export fetch NUMBER --out FILE` brings the file.
    """


@export_group.command("list")
@click.argument("name")
@click.option("--filter", "filters", multiple=True, help="A condition of the list's address: town=510921110.")
@click.option("--fact", "facts", multiple=True, help="A fact to add as a column: household.wage_income@2019.")
@click.option("--comes-back", is_flag=True, help="With hidden columns, to be changed and brought back.")
@REASON
@OUT
@FORM
@LANGUAGE
@frame.json_option
@click.pass_context
def list_command(
    ctx: click.Context,
    name: str,
    filters: tuple[str, ...],
    facts: tuple[str, ...],
    comes_back: bool,
    reason: str,
    out: Path,
    form: str | None,
    language: str,
) -> None:
    """Export the list NAME: households, persons, questions or differences."""
    frame.open_home(ctx)
    from doudi.policy.listing.making import Asked

    asked = Asked(
        list_name=name,
        query=_query(filters),
        facts=facts,
        reason=reason,
        form=form or _form_of(out),
        comes_back=comes_back,
        url=f"/{name}/?{'&'.join(filters)}",
    )
    _leave(ctx, asked, out, language)


@export_group.command("differences")
@click.option("--source", default="national", show_default=True, help="The other copy: national or provincial.")
@click.option("--layout", default="member_2021", show_default=True, help="The form's edition.")
@click.option("--town", default="", help="Only this town, by nine digits.")
@click.option("--with-numbers", is_flag=True, help="With whole identity numbers, where the other system needs them.")
@REASON
@OUT
@LANGUAGE
@frame.json_option
@click.pass_context
def differences_command(
    ctx: click.Context, source: str, layout: str, town: str, with_numbers: bool, reason: str, out: Path, language: str
) -> None:
    """Write exactly what another system has otherwise, in its own form, so that its copy can be corrected."""
    frame.open_home(ctx)
    from doudi.policy.listing.making import Asked

    query = {"source": source, "layout": layout, **({"town": town} if town else {})}
    asked = Asked("differences", query, reason=reason, with_numbers=with_numbers, url="/exports/differences/")
    _leave(ctx, asked, out, language)


@export_group.command("fetch")
@click.argument("number", type=click.IntRange(min=1))
@OUT
@frame.json_option
@click.pass_context
def fetch_command(ctx: click.Context, number: int, out: Path) -> None:
    """Bring the file of export NUMBER, once another person has allowed it."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.register.exporting.exports import Export

    with transaction.atomic(), as_engine():
        found = Export.objects.of(actor()).filter(pk=number).first()
    if found is None:
        raise Refusal(f"您没有第 {number} 号导出。", f"You have no export {number}.")
    _bring(ctx, found, out)


@export_group.command("return")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", default="paper", show_default=True, help="Who says what was changed.")
@click.option("--about", type=Day(), help="The day spoken of; today when not given.")
@click.option("--accept", is_flag=True, help="Record the changes; without it they are only shown.")
@click.option(
    "--clashes",
    type=click.Choice(["mine", "register", "village"]),
    help="What holds where a cell was changed in the file and in the register.",
)
@frame.json_option
@click.pass_context
def return_command(
    ctx: click.Context, file: Path, source: str, about: date | None, accept: bool, clashes: str | None
) -> None:
    """Set FILE, exported with --comes-back and changed since, beside the register; with --accept record its changes."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access import scope
    from doudi.register.exporting import taking

    asker = _asker("zh")
    word = taking.Word(source, about or default_day(), asker.roles)
    common: dict[str, Any] = {"by": actor(), "word": word, "vocabulary": asker.words}
    with transaction.atomic(), scope.enter(_scope()):
        found = taking.look(file, file.name, **common)
        if found.before:
            raise taking.taken_before(found.before)
        payload = _compared(found)
        if accept:
            choices = {clash.name: clashes for clash in found.clashes} if clashes else {}
            payload["recorded"] = taking.accept(file, file.name, choices=choices, now=now(), **common).counts
    frame.answer(ctx, payload, _in_lines(payload))


def _compared(found: Comparison) -> dict[str, Any]:
    return {
        "export": found.export.pk,
        "file": found.name,
        "rows": found.rows,
        "same": found.same,
        "missing": found.missing,
        "changes": [_cell(each) for each in found.plain],
        "clashes": [_cell(each) for each in found.clashes],
        "troubles": [each._asdict() for each in found.troubles],
        "recorded": None,
    }


def _cell(change: Change) -> dict[str, Any]:
    subject = {"row": change.row, "subject": change.subject_id, "fact": change.column.key}
    return {**subject, "base": change.base, "file": change.mine, "register": change.now}


def _in_lines(payload: dict[str, Any]) -> str:
    lines = [
        f"{payload['file']}: {payload['rows']} rows, {payload['same']} the same, {len(payload['changes'])} changes,"
        f" {len(payload['clashes'])} clashes, {len(payload['troubles'])} troubles, {payload['missing']} rows not in it."
    ]
    for word in ("changes", "clashes"):
        lines += [
            f"line {c['row']}, {c['fact']}: {c['base']} -> {c['file']} (register: {c['register']}) [{word}]"
            for c in payload[word]
        ]
    lines += [f"line {t['row']}, {t['column']}: {t['en']} / {t['zh']}" for t in payload["troubles"]]
    lines.append(
        f"recorded: {payload['recorded']}" if payload["recorded"] else "Nothing was written (--accept records)."
    )
    return "\n".join(lines)


def _leave(ctx: click.Context, asked: Asked, out: Path, language: str) -> None:
    """Ask, and bring the file at once where nobody else is needed."""
    from django.db import transaction

    from doudi.access import scope
    from doudi.policy.listing import making

    with transaction.atomic(), scope.enter(_scope()):
        export = making.ask(asked, _asker(language), by=actor(), now=now())
    _bring(ctx, export, out)


def _bring(ctx: click.Context, export: Export, out: Path) -> None:
    from django.db import transaction

    from doudi.access import scope
    from doudi.policy.listing import making
    from doudi.register.exporting import exports

    payload = _told(export, out)
    if export.state == exports.WAITING:
        frame.answer(ctx, payload, _waiting(export))
        return
    with transaction.atomic(), scope.enter(export.scope):
        if export.state != exports.READY:
            frame.progress(f"writing {export.rows} rows")
            export = making.make_file(export, now=now())
        shutil.copyfile(exports.fetch(export, by=actor(), now=now()), out)
        out.chmod(0o600)
    frame.answer(ctx, _told(export, out), f"{out}: {export.rows} rows, {export.persons} persons concerned.")


def _waiting(export: Export) -> str:
    return (
        f"Export {export.pk} concerns {export.persons} persons: another officer must allow it on the page /exports/"
        f" before {export.expires_at:%Y-%m-%d %H:%M}. Then: doudi export fetch {export.pk} --out FILE"
    )


def _told(export: Export, out: Path) -> dict[str, Any]:
    return {
        "export": export.pk,
        "list": export.kind,
        "state": export.state,
        "rows": export.rows,
        "persons": export.persons,
        "households": export.households,
        "as_of": export.as_of.isoformat(),
        "sha256": export.sha256,
        "file": str(out) if export.sha256 else None,
    }


def _query(filters: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in filters:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise Refusal(
                f"筛选要写成 名称=值,不是“{each}”。", f"Write a filter as name=value, not “{each}”.", "--filter"
            )
        found[name] = value
    return found


def _form_of(out: Path) -> str:
    return "csv" if out.suffix.lower() == ".csv" else "xlsx"


def _scope() -> Any:
    """The keyboard's: the whole county."""
    from doudi.access.scope import Scope
    from doudi.places import counties

    county = counties.present()
    return Scope(frozenset({county.code} if county else ()))


def _asker(language: str) -> Asker:
    from doudi.policy.listing.lists import Asker
    from doudi.policy.runs import Run

    run = Run.objects.standing()
    return Asker(frozenset({"county_officer"}), _scope(), run.as_of if run else default_day(), run, language)


commands = [export_group]
