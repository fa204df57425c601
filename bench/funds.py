"""Money's bars: a batch of the county's 44,726 payments made, sent and exported, its answer previewed and taken in.

    python -m bench.funds [--payments 44726] [--json]

Everything happens in a home of its own that is removed afterwards; the payments are made up, the verbs the product's.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from bench.county import Bar, _opened

PAYMENTS, FEN, REFUSED = 44_726, 10_000, 100  # 4,472,600 yuan; one answer in so many is a refusal
COUNTY, VILLAGE, DAY = "510921", "510921110212", date(2020, 3, 2)
BARS = {"file for the bank (xlsx)": 10.0, "answer matched (preview)": 15.0, "answer taken in": 15.0}


@contextmanager
def _home() -> Iterator[None]:
    folder = Path(tempfile.mkdtemp(prefix="doudi-bench-"))
    os.environ["DOUDI_HOME"] = str(folder / "home")
    try:
        with _opened():
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _people() -> None:
    from doudi.access import duties
    from doudi.access.users import User

    for name, role in (("li", "county_officer"), ("wang", "county_officer"), ("zhao", "treasurer")):
        user = User(username=name, name=name)
        user.set_unusable_password()
        user.save()
        duties.give(user, role, COUNTY, on=date(2020, 1, 1), by="bench")


def _budget(count: int) -> Any:
    """A budget of exactly what is paid, and an account for every payee."""
    from doudi.funds import bank_accounts, budgets, sources
    from doudi.places.divisions import Division, load
    from doudi.trail.commands import carry_out

    with carry_out("bench.begin", by="bench", payload=[]):
        load([Division(COUNTY + "000000", "蓬溪县", "county", "county")], by="bench")
        _people()
        source = sources.register("B1", "中央财政资金", level="central", document="1号", on=DAY, by="li")
        budget = budgets.establish("01_livelihood_award", COUNTY, source, title="产业就业扶持金", from_day=DAY, by="li")
        budgets.appropriate(budget, count * FEN, document="2号", by="li", on=DAY)
        bank_accounts.record((_holding(number) for number in range(1, count + 1)), by="li", on=DAY)
    return budget


def _holding(number: int) -> Any:
    from doudi.funds.bank_accounts import Holding
    from doudi.values.account_numbers import luhn

    body = f"6228480{number:011d}"
    card = next(body + digit for digit in "0123456789" if luhn(body + digit))
    return Holding("household", number, number, VILLAGE, f"户主{number}", "农商行", card)


def _answer(batch: Any, path: Path) -> None:
    rows = batch.payments.order_by("line").values_list("reference", "line")
    told = (
        f"{name},{FEN / 100:.2f},{'失败,户名不符' if line % REFUSED == 0 else '成功,'}"
        for name, line in rows.iterator()
    )
    path.write_text("业务参考号,金额,处理结果,失败原因\n" + "\n".join(told) + "\n", encoding="utf-8")


def _processor() -> float:
    """Seconds of processor so far: of this process, the readers of files it waited for, and its database process."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        told = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return sum(os.times()[:4]) + (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def measure(count: int) -> list[Bar]:
    """Seconds of each step, one round: nothing of it can be done twice."""
    from django.db import transaction
    from django.utils import timezone

    from doudi.access.scope import as_engine

    bars: list[Bar] = []

    def timed(what: str, work: Callable[[], Any]) -> Any:
        begun, own = time.perf_counter(), _processor()
        with transaction.atomic(), as_engine():
            found = work()
        took = time.perf_counter() - begun
        bars.append(Bar(what, took, BARS.get(what), 1, (took, took), _processor() - own))
        print(bars[-1].line(), file=sys.stderr, flush=True)
        return found

    with _home(), tempfile.TemporaryDirectory() as folder:
        _steps(timed, count, Path(folder), timezone.now())
    return bars


def _steps(timed: Callable[[str, Callable[[], Any]], Any], count: int, folder: Path, now: datetime) -> None:
    from doudi.funds import bank_files, batches, payments, reconciliation, returns
    from doudi.funds.payments import Payee

    budget = timed("budget and accounts", lambda: _budget(count))
    payees = [Payee("bench", n, n, None, VILLAGE, FEN) for n in range(1, count + 1)]
    made = timed(f"{count:,} payments made", lambda: payments.make(payees, by="li", on=DAY, budget=budget))
    timed("payments checked", lambda: payments.check(made.values(), by="wang", now=now))
    batch = timed("batch made", lambda: batches.make(budget, by="li", on=DAY))
    batch = timed("batch checked", lambda: batches.check(batch, by="wang", now=now))
    batch = timed("batch sent", lambda: batches.send(batch, by="zhao", now=now))

    def write(form: str) -> Any:
        return bank_files.export(batch, folder / form, form=form, by="zhao", now=now)

    for form in bank_files.FORMS:
        timed(f"file for the bank ({form})", partial(write, form))
    answer = folder / "answer.csv"
    timed("the bank writes its answer (not ours)", lambda: _answer(batch, answer))

    found = timed("answer matched (preview)", lambda: returns.preview(batch, answer, name="答.csv", by="li", now=now))
    sums = timed("answer taken in", lambda: returns.accept(found, by="li", now=now))
    told = timed("reconciled, every balance recounted", reconciliation.tell)
    assert sums["paid"] + sums["failed"] == count * FEN, sums
    assert told.off == 0, told


@click.command()
@click.option("--payments", "count", default=PAYMENTS, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(count: int, as_json: bool) -> None:
    """Print the bars."""
    bars = measure(count)
    if as_json:
        rows = [{"what": b.what, "seconds": round(b.seconds, 3), "bar": b.bar, "processor": b.processor} for b in bars]
        click.echo(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), "bars": rows}))
        return
    for bar in bars:
        click.echo(bar.line())


if __name__ == "__main__":
    main()
