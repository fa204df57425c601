"""`doudi`: every command, each loaded when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import click
import orjson

from doudi.cli import failures
from doudi.cli.cluster import Broken
from doudi.values.refusals import Refusal

# command: the module beside this one that holds it, in the order of the help
COMMANDS = {
    "serve": "serving",
    "certificate": "certificates",
    "demo": "demo",
    "init": "founding",
    "account": "accounts",
    "import": "imports",
    "export": "exports",
    "merge": "mergers",
    "run": "runs",
    "runs": "runs",
    "diff": "runs",
    "why": "why",
    "questions": "questions",
    "answer": "questions",
    "grant": "grants",
    "notice": "grants",
    "whatif": "what_if",
    "checks": "checks",
    "alerts": "watching",
    "agreements": "watching",
    "batch": "batches",
    "reconcile": "reconciling",
    "plan": "plans",
    "replay": "runs",
    "projects": "projects",
    "outbox": "outboxes",
    "campaign": "campaigns",
    "receipts": "sheets",
    "contacts": "sheets",
    "pack": "packs",
    "rule": "rules",
    "jobs": "jobs",
    "audit": "audit",
    "backup": "backups",
    "restore": "backups",
    "bench": "bench",
    "doctor": "doctor",
}


class Doudi(click.Group):
    """The group, whose commands are looked up in the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands this installation has."""
        return [name for name, module in COMMANDS.items() if importlib.util.find_spec(f"doudi.cli.{module}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from its module's `commands`."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"doudi.cli.{COMMANDS[cmd_name]}")
        return next((command for command in module.commands if command.name == cmd_name), None)


@click.group(cls=Doudi, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="doudi")
def doudi() -> None:
    """Doudi (兜底): decide who gets what, say why, ask what is not known."""


def main() -> None:
    """Run a command. 0: done. 1: the machine failed (disk, database). 2: refused, or a wrong option. 130: Ctrl-C.

    What failed or was refused is told on stderr; with `--json` as one object `{"error": ...}` on stdout too.
    """
    try:
        _refuse_undecodable(sys.argv[1:])
        doudi(prog_name="doudi", standalone_mode=True)
    except Refusal as refusal:
        _end(refusal, 1 if isinstance(refusal, Broken) else 2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        told = failures.told(error)
        if told is None:
            raise
        _end(told, 1)


def _refuse_undecodable(words: list[str]) -> None:
    """Refuse an argument that is no text in the terminal's encoding: it could be neither stored nor shown."""
    for place, word in enumerate(words, 1):
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            shown = word.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            raise Refusal(
                f"第 {place} 个参数“{shown}”不是 UTF-8 文字,请用 UTF-8 终端重新输入。",
                f"Argument {place}, “{shown}”, is not UTF-8 text. Type it again in a UTF-8 terminal.",
                shown,
            )


def _end(refusal: Refusal, code: int) -> None:
    click.echo(f"doudi: {refusal}", err=True)
    if "--json" in sys.argv:
        error = {"en": refusal.en, "zh": refusal.zh, "where": refusal.where}
        click.echo(orjson.dumps({"error": error}).decode())
    sys.exit(code)
