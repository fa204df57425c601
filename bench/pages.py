"""The pages' bars: how long the server takes for each page of the desk over the full demo county, as its readers.

    python -m bench.pages [--rounds 7] [--here] [--json]

The county is made in a home of its own that is removed afterwards; `--here` reads the one of DOUDI_HOME. Each page is
read once before it is measured, as a server that has begun the day has; the first list of all is told by itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bench.county import Bar, _bar, _demo, _opened, _say, _timed, table

MOST = 0.3  # seconds
TOWN, VILLAGE = "510921110", "510921110212"
LISTS = {
    "all": "",
    "a town": f"town={TOWN}",
    "a village": f"town={TOWN}&village={VILLAGE}",
    "a measure, yes, by money": "measure=01_livelihood_award&state=yes&sort=-fen",
    "open, by how much": "open=yes&sort=-unknowns",
    "contested, sources differ, two members": "contested=yes&differ=yes&members=2",
    "registered, income below the lowest line": "registered=yes&band=0&sort=income",
    "a name, every column": "q=王&" + "&".join(f"col={c}" for c in ("code", "place", "fen", "income", "helpers")),
}


def measure(rounds: int) -> list[Bar]:
    """Every page, with a bar of 300 ms."""
    bars = [_first()]
    for reader, what, address in _pages():
        client = _client(reader)
        _read(client, address)
        times = [_timed(lambda c=client, a=address: _read(c, a)) for _ in range(rounds)]  # type: ignore[misc]
        bars.append(_bar(f"{what} ({reader})", times, MOST))
    return [*bars, *_facets(rounds)]


def _pages() -> Iterator[tuple[str, str, str]]:
    """(reader, what, address) of every page measured."""
    for what, query in LISTS.items():
        yield "county", f"list: {what}", f"/households/?{query}"
    yield "town", "list: all", "/households/"
    for reader in ("county", "town", "village"):
        yield reader, "overview", "/"
    yield "county", "open questions by village", "/questions/"
    yield "village", "what is most worth asking in a village", f"/places/{VILLAGE}/questions/"
    household = _largest()
    yield "county", "household, the largest", f"/households/{household}/"
    yield "county", "household within a list", f"/households/{household}/?list=town%3D{TOWN}%26open%3Dyes"
    yield "county", "household as of a day", f"/households/{household}/?day=2020-02-15&known=2020-02-20"
    yield "county", "history of a household", f"/households/{household}/history/"
    yield "county", "why", _why(household)
    yield "county", "what-if", "/what-if/?livelihood_award_per_person=150&post_age_limit=50"


def _client(username: str) -> Any:
    from django.test import Client

    from doudi.access.users import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def _read(client: Any, address: str) -> str:
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    return str(answer.content.decode())


def _first() -> Bar:
    """The first list a process shows: the roll is read whole."""
    from doudi.policy import household_rolls

    client = _client("county")
    _read(client, "/measures/")
    household_rolls.forget()
    return _bar("the first list of a process (county)", [_timed(lambda: _read(client, "/households/"))], None)


def _facets(rounds: int) -> list[Bar]:
    """Every condition's counts over the whole county, without the page."""
    from django.db import transaction

    from doudi.access.scope import Scope, enter
    from doudi.policy import household_rolls, selections
    from doudi.policy.runs import Run
    from doudi.policy.selections import Wanted

    def count() -> None:
        with transaction.atomic(), enter(Scope(frozenset(["510921"]))):
            run = Run.objects.in_force()
            found = selections.select(household_rolls.present(run), Wanted(open="yes"), names=False, reads=("open",))
            for name in ("town", "measure", "state", "open", "ask", "contested", "differ", "registered", "members"):
                found.counts(name)

    count()
    return [_bar("nine facets of the whole county", [_timed(count) for _ in range(rounds)], MOST)]


def _largest() -> str:
    """The household with most members in the village."""
    from django.db import transaction
    from django.db.models import Count

    from doudi.access.scope import as_engine
    from doudi.register.households import Household

    with transaction.atomic(), as_engine():
        mine = Household.objects.filter(place_code=VILLAGE).annotate(size=Count("persons"))
        return str(mine.order_by("-size", "code")[0].code)


def _why(household: str) -> str:
    found = re.search(r'href="(/households/[^"]*/why/[^"]*)"', _read(_client("county"), f"/households/{household}/"))
    if found is None:
        raise SystemExit(f"nothing is decided about {household}")
    return found.group(1)


@contextmanager
def _county(here: bool) -> Iterator[None]:
    """The county to read: of DOUDI_HOME, or one made for it."""
    folder = Path(tempfile.mkdtemp(prefix="doudi-bench-"))
    try:
        if not here:
            os.environ["DOUDI_HOME"] = str(folder / "home")
            _demo(folder / "home", last=True)
        with _opened():
            from django.conf import settings

            settings.ALLOWED_HOSTS = ["testserver"]
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@click.command()
@click.option("--rounds", default=7, show_default=True)
@click.option("--here", is_flag=True, help="Read the county of DOUDI_HOME instead of making one.")
@click.option("--json", "as_json", is_flag=True)
def main(rounds: int, here: bool, as_json: bool) -> None:
    """Measure the pages' bars."""
    with _county(here):
        _say("pages")
        bars = measure(rounds)
    if as_json:
        click.echo(json.dumps({"bars": [asdict(bar) for bar in bars]}))
        return
    click.echo(table(bars))
    click.echo(f"slowest: {max((bar for bar in bars if bar.bar), key=lambda bar: bar.seconds).what}")


if __name__ == "__main__":
    main()
