"""The import's bars: a national export of 45,000 rows by 47 columns previewed and accepted; how long others wait.

    python -m bench.imports [--rounds 3] [--rows 45000] [--households 24180] [--json]

The file is made from the demo county: most rows say what the register has, some say something new of somebody known,
some bring somebody new, some cannot go in. Everything happens in a home of its own that is removed afterwards.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import xlsxwriter

from bench import county
from bench.county import Bar

DAY = date(2020, 2, 20)
NOW = datetime(2020, 2, 27, 12, tzinfo=UTC)
YEAR = 2019
ROWS = 45_000
CHANGED, NEW, BAD = 10, 50, 100  # one row in so many
PREVIEW, ACCEPT, WAIT = 10.0, 5.0, 2.0


def measure(*, rounds: int = 3, rows: int = ROWS, households: int = county.HOUSEHOLDS) -> list[Bar]:
    """The bars, in a home made for it."""
    folder = Path(tempfile.mkdtemp(prefix="doudi-bench-"))
    os.environ["DOUDI_HOME"] = str(folder / "home")
    try:
        county._demo(folder / "home", last=True, households=households)
        with county._opened() as cluster:
            return list(_bars(cluster, folder, rounds, rows))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bars(cluster: Any, folder: Path, rounds: int, rows: int) -> Iterator[Bar]:
    previews, accepts, waits, busy = [], [], [], []
    for n in range(rounds):
        path = folder / f"members-{n}.xlsx"
        county._say(f"round {n + 1} of {rounds}: writing {rows:,} rows")
        write(path, rows=rows, seed=n)
        begun = _processor()
        seconds, found = _timed(lambda path=path: _preview(path))
        busy.append(_processor() - begun)
        previews.append(seconds)
        county._say(f"preview {seconds:.1f} s, processor {busy[-1]:.1f} s: {found.counts}")
        with _others_writing(cluster) as longest:
            seconds, _ = _timed(lambda found=found: _accept(found))
        accepts.append(seconds)
        waits.append(longest())
        county._say(f"accept {seconds:.1f} s, another writer waited {waits[-1] * 1000:.0f} ms at most")
    yield _bar(f"preview of {rows:,} rows x 47 columns", previews, PREVIEW)
    yield _bar("    of which processor, the reading child included", busy, None)
    yield _bar("accept", accepts, ACCEPT)
    yield _bar("longest wait of another writer meanwhile", waits, WAIT)
    yield from _first(folder, rows)


def _first(folder: Path, rows: int) -> Iterator[Bar]:
    """A first import: nobody of the table is known. It makes the county larger, so it is measured once, and last."""
    path = folder / "first.xlsx"
    write(path, rows=rows, seed=0, strangers=True)
    seconds, found = _timed(lambda: _preview(path))
    county._say(f"first import: preview {seconds:.1f} s: {found.counts}")
    yield _bar(f"preview of {rows:,} rows of whom nobody is known", [seconds], PREVIEW)
    began, served = _processor(), _served()
    seconds, _ = _timed(lambda: _accept(found))
    yield _bar("accept of them", [seconds], ACCEPT)
    yield _bar("    of which our processor", [_processor() - began], None)
    yield _bar("    and the server's, our connection's", [_served() - served], None)
    county._say(f"load {os.getloadavg()[0]:.1f}")


def _bar(what: str, times: list[float], bar: float | None) -> Bar:
    return Bar(what, statistics.median(times), bar, len(times), (min(times), max(times)))


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = act()
    return time.perf_counter() - started, found


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _served() -> float:
    """Processor seconds of the server's process behind our connection, user and system (Linux)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        told = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text()
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _preview(path: Path) -> Any:
    from doudi.register.importing import accepting, profiles

    table = accepting.open_table(path, profiles.load("national"), about=DAY)
    return accepting.preview(table)


def _accept(found: Any) -> Any:
    from doudi.register.importing import accepting

    return accepting.accept(found.reading, by="bench", now=NOW, like=found)


# -- somebody else at work


@contextmanager
def _others_writing(cluster: Any) -> Iterator[Callable[[], float]]:
    """Another writer answers a question of one household after another; what is given tells the longest it waited."""
    done, times = threading.Event(), [0.0]

    def work() -> None:
        from django.db import connection

        number = 0
        while not done.is_set():
            seconds, _ = _timed(lambda number=number: _say_something(number))
            times[0] = max(times[0], seconds)
            number += 1
            time.sleep(0.05)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.5)
    times[0] = 0.0
    try:
        yield lambda: times[0]
    finally:
        done.set()
        thread.join()


def _say_something(number: int) -> None:
    from django.db import transaction

    from doudi.access.scope import Scope, enter
    from doudi.register import statements
    from doudi.register.households import Household

    with transaction.atomic(), enter(Scope(frozenset({"510921"}))):
        household = Household.objects.order_by("id")[number % 500]
        said = {"produce_for_sale": number % 2 == 0}
        statements.record("household", household.pk, said, source="field", about=DAY, by="helper", now=NOW)


# -- the file


def write(path: Path, *, rows: int, seed: int, strangers: bool = False) -> None:
    """A workbook in the form of 2021, every cell text; `strangers` are the same people under other numbers."""
    from doudi.register.importing import profiles, writing

    layout = profiles.load("national").layouts["member_2021"]
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("家庭成员信息")
        sheet.write_row(0, 0, writing.header(layout))
        for number, (parts, facts) in enumerate(_people(rows), start=1):
            if strangers:
                _estrange(parts)
            else:
                _vary(number + seed, parts, facts)
            for place, text in enumerate(writing.row_of(layout, parts, facts, year=YEAR)):
                if text:
                    sheet.write_string(number, place, text)


def _vary(number: int, parts: dict[str, str], facts: dict[str, Any]) -> None:
    """Let some rows say something else."""
    if number % BAD == 0:
        parts["id_number"] = "51099919550303001"
    elif number % NEW == 0:
        parts |= {"person_name": f"新生{number}", "id_number": "", "person_code": ""}
    elif number % CHANGED == 0:
        facts["person"] = {**facts["person"], "work_months": number // CHANGED % 12, "employer": f"企业{number % 97}"}


def _estrange(parts: dict[str, str]) -> None:
    """Other codes, and a number of the same day and sex of another area, its check digit right."""
    from doudi.values.idnumbers import CHECKS, WEIGHTS

    parts |= {"household_code": f"E{parts['household_code']}", "person_code": f"E{parts['person_code']}"}
    if parts["id_number"]:
        body = "510998" + parts["id_number"][6:17]
        parts["id_number"] = body + CHECKS[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def _people(rows: int) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Persons with their household's and their own facts, as the national register last said them."""
    from django.db import connection, transaction

    from doudi.access.scope import as_engine

    with transaction.atomic(), as_engine(), connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [rows])
        for row in cursor.fetchall():
            parts = dict(zip(_PARTS, row[:-2], strict=True)) | {"county": "蓬溪县", "year": str(YEAR)}
            yield parts, {"household": json.loads(row[-2]), "person": json.loads(row[-1])}


_PARTS = ("household_code", "head", "town", "village", "person_code", "person_name", "id_number")
_SAID = """(SELECT coalesce(jsonb_object_agg(key, value), '{{}}')::text FROM (
    SELECT DISTINCT ON (f.key) f.key, f.value FROM register_statement s, jsonb_each(s.facts) f
    WHERE s.subject_kind = '{kind}' AND s.subject_id = {id} AND s.source = 'national' AND s.about_day <= '2020-02-20'
    ORDER BY f.key, s.about_day DESC, s.recorded_at DESC, s.id DESC) last)"""
_PEOPLE = f"""
SELECT h.code, h.head_name, t.name, v.name, p.code, p.name, coalesce(p.id_number, ''),
    {_SAID.format(kind="household", id="h.id")}, {_SAID.format(kind="person", id="p.id")}
FROM register_person p JOIN register_household h ON h.id = p.household_id
JOIN places_place v ON v.code = h.place_code JOIN places_place t ON t.code = v.town_code
ORDER BY h.id, p.id LIMIT %s
"""


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--rows", default=ROWS, show_default=True)
@click.option("--households", default=county.HOUSEHOLDS, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(rounds: int, rows: int, households: int, as_json: bool) -> None:
    """Measure the import's bars."""
    bars = measure(rounds=rounds, rows=rows, households=households)
    click.echo(json.dumps({"bars": [asdict(bar) for bar in bars]}) if as_json else county.table(bars))


if __name__ == "__main__":
    main()
