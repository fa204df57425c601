"""`doudi rule eval`: cases of the rule language, answered by any engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

import click

from doudi.cli import frame
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.rules.evaluation import Engine

NAMES = ("memory", "duckdb", "postgres", "spark")


@click.group("rule")
def rule_group() -> None:
    """The rule language."""


@rule_group.command("eval")
@click.option("--file", "file", type=click.File(encoding="utf-8"), required=True, help="Cases, one JSON object a line.")
@click.option("--engine", type=click.Choice(NAMES), default="memory", show_default=True)
@frame.json_option
@click.pass_context
def eval_command(ctx: click.Context, file: TextIO, engine: str) -> None:
    """Answer each case of a file with one line: a value, the facts that are missing, or an error.

    With --json all answers come in one object, `{"engine": ..., "answers": [...]}`. A case that cannot be read is
    answered with an error; the command fails only when the file or the engine cannot be had.
    """
    from doudi.facts import vocabulary
    from doudi.rules.evaluation import answer

    cases = list(_cases(file))
    answers = answer(cases, engine=_engine(ctx, engine), vocabulary=vocabulary.load())
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in answers)
    if lines or frame.wants_json(ctx):
        frame.answer(ctx, {"engine": engine, "answers": answers}, lines)


def _cases(file: TextIO) -> Iterator[Any]:
    """Each line's case; what is no JSON is left as its text, which is then refused in its place."""
    try:
        for line in file:
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError:
                    yield line
    except UnicodeDecodeError as error:
        raise Refusal("文件不是 UTF-8 文字", "the file is not UTF-8 text", file.name) from error


def _engine(ctx: click.Context, name: str) -> Engine:
    from doudi.rules.evaluation import in_memory

    makers: dict[str, Callable[[click.Context], Engine]] = {"duckdb": _duckdb, "postgres": _postgres, "spark": _spark}
    return makers[name](ctx) if name in makers else in_memory


def _duckdb(_: click.Context) -> Engine:
    from doudi.rules.engines import duckdb
    from doudi.rules.engines.sql_cases import evaluator

    return evaluator(duckdb.Engine())


def _postgres(ctx: click.Context) -> Engine:
    frame.open_home(ctx)
    from django.db import connection

    from doudi.rules.engines import postgres
    from doudi.rules.engines.sql_cases import evaluator

    connection.ensure_connection()
    return evaluator(postgres.Engine(connection.connection))


def _spark(_: click.Context) -> Engine:
    from doudi.rules.engines import spark
    from doudi.rules.engines.sql_cases import evaluator

    try:
        return evaluator(spark.Engine())
    except ImportError:
        zh, en = "没有安装 PySpark,见 requirements/spark.txt", "PySpark is not installed; see requirements/spark.txt"
        raise Refusal(zh, en, "--engine spark") from None


commands = [rule_group]
