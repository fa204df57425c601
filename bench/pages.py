"""The pages' bars: how long the server takes for each page of the desk over the full demo county, as its readers.

    python -m bench.pages [--rounds 15] [--here] [--households 24180] [--json]

The county is made in a home of its own that is removed afterwards; `--here` reads the one of DOUDI_HOME. Each page is
read once before it is measured, as a server that has begun the day has; the first list of all is told by itself.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from bench import county, work_pages
from bench.county import Bar, _bar, _demo, _opened, _say, _timed, table
from bench.work_pages import VILLAGE

MOST, FILE = 0.3, 1.0  # seconds for a page, and for a file that is drawn or written for the one who waits
TOWN = "510921110"
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
OTHERS = {
    "differences from another system": "/exports/differences/",
    "checks of data quality": "/checks/",
    "pairings": "/pairings/",
    "places": "/divisions/",
    "accounts": "/accounts/",
    "runs": "/runs/",
    "exports": "/exports/",
    "imports": "/imports/",
    "packs": "/packs/",
}
SLIDERS = "livelihood_award_per_person=150"
RULE = ("06a_keep_allowance_poor.below_line", "household.net_income_per_head(2019) < yuan(5500)")
PROPOSED = {
    "name": "livelihood_award_per_person",
    "value": "150",
    "from_day": "2020-03-01",
    "source": "bench",
    "named_by": "bench",
}


def measure(rounds: int) -> list[Bar]:
    """Every page and every form, with a bar of 300 ms, and every file, with one of a second."""
    _decide_again()
    bars = [*_first()]
    for reader, what, address in _pages():
        bars.append(_of_address(reader, what, address, rounds, MOST))
    for reader, address in work_pages.files():
        bars.append(_of_address(reader, f"file: {address}", address, rounds, FILE))
    return [*bars, *_posts(rounds), _sync(rounds), *_facets(rounds)]


def _of_address(reader: str, what: str, address: str, rounds: int, most: float) -> Bar:
    client = _client(reader)
    _read(client, address)
    return replace(_measured(f"{what} ({reader})", lambda: _read(client, address), rounds), bar=most)


def _measured(what: str, act: Callable[[], Any], rounds: int) -> Bar:
    """The median of the wall's clock, and of the processor's for this process."""
    walls, processors = [], []
    for _ in range(rounds):
        begun = time.process_time()
        walls.append(_timed(act))
        processors.append(time.process_time() - begun)
    return replace(_bar(what, walls, MOST), processor=statistics.median(processors))


def _pages() -> Iterator[tuple[str, str, str]]:
    """(reader, what, address) of every page measured."""
    for what, query in LISTS.items():
        yield "county", f"list: {what}", f"/households/?{query}"
    yield "town", "list: all", "/households/"
    for reader in ("county", "town", "village"):
        yield reader, "overview", "/"
    yield from _of_a_household()
    yield from _trials()
    yield "county", "open questions by village", "/questions/"
    yield "village", "what is most worth asking in a village", f"/places/{VILLAGE}/questions/"
    yield "county", "measures", "/measures/"
    yield "county", "measure", "/measures/01_livelihood_award/"
    yield "county", "measure, limited", "/measures/04_village_posts/?state=yes"
    yield "county", "runs compared", "/runs/compare/?a={}&b={}".format(*_last_runs())
    yield from (("county", what, address) for what, address in OTHERS.items())
    yield from ((reader, address, address) for reader, address in work_pages.pages(_page))
    yield "auditor", "trail", "/trail/"


def _of_a_household() -> Iterator[tuple[str, str, str]]:
    household = _largest()
    yield "county", "household, the largest", f"/households/{household}/"
    yield "county", "household within a list", f"/households/{household}/?list=town%3D{TOWN}%26open%3Dyes"
    yield "county", "household as of a day", f"/households/{household}/?day=2020-02-15&known=2020-02-20"
    yield "county", "history of a household", f"/households/{household}/history/"
    yield "county", "why", _why(household)


def _trials() -> Iterator[tuple[str, str, str]]:
    """What-if: as it opens, numbers moved, a rule edited, four scenarios side by side, who gains by name."""
    yield "county", "what-if", "/what-if/"
    yield "county", "what-if, a slider moved", f"/what-if/?{SLIDERS}"
    yield "county", "what-if, a limited measure's number too", f"/what-if/?{SLIDERS}&post_age_limit=50"
    rule = urlencode({f"rule.{RULE[0]}": RULE[1]})
    yield "county", "what-if, a rule edited", f"/what-if/?{rule}"
    kept = urlencode([("with", f"livelihood_award_per_person={yuan}") for yuan in (150, 200, 250, 300)])
    yield "county", "what-if, four scenarios side by side", f"/what-if/compare/?{kept}"
    who = "measure=06a_keep_allowance_poor&way=gains&allowance_line_registered=5500"
    yield "county", "what-if, who by name", f"/what-if/who/?{who}"


def _decide_again() -> None:
    """A second run where there is one, after a thousand households said something new: what is compared."""
    if len(_last_runs()) < 2:
        county._change(0)
        county._run(county.NOW + timedelta(hours=1))


def _last_runs() -> list[int]:
    from doudi.policy.runs import Run

    return sorted(Run.objects.order_by("-id").values_list("pk", flat=True)[:2])


# -- forms


def _posts(rounds: int) -> list[Bar]:
    """Forms sent as a browser with scripts sends them; what each writes is undone."""
    client = _client("county")
    address, form = _question(client)
    posts = {
        "answer a question, the household decided again": (address, form, 200),
        "answer refused, the form as typed": (address, {**form, "about": "2020-13-01"}, 422),
        "save a view": ("/households/views/", {"name": "bench", "query": f"town={TOWN}"}, None),
        "propose a tried number": ("/what-if/adopt/", PROPOSED, None),
    }
    return [
        _measured(f"post: {what} (county)", lambda p=post: _post(client, *p), rounds)  # type: ignore[misc]
        for what, post in posts.items()
    ]


def _post(client: Any, address: str, form: dict[str, Any], wanted: int | None, **more: str) -> None:
    from django.db import transaction

    with transaction.atomic():
        key = {"key": str(uuid.uuid4())} if "key" in form else {}
        answer = client.post(address, form | key, headers={"HX-Request": "true"}, **more)
        transaction.set_rollback(True)
    if answer.status_code not in ((wanted,) if wanted else (200, 204, 302)):
        raise SystemExit(f"{address}: {answer.status_code} {answer.content.decode()[:2000]}")


def _sync(rounds: int) -> Bar:
    """A telephone sends one check of one household; what is written is undone."""
    from bench.load import _check

    client = _client("telephone")
    card = json.loads(_read(client, "/m/api/pull"))["households"][0]

    def send() -> None:
        body = {"device_at": None, "commands": [_check(card, 0, random.Random(1))]}  # noqa: S311
        _post(client, "/m/api/sync", body, 200, content_type="application/json")

    return _measured("post: a telephone's check, the household decided again", send, rounds)


def _question(client: Any) -> tuple[str, dict[str, str]]:
    """A question of yes or no that the county may answer, of some household with one."""
    codes = re.findall(r'href="/households/(\d{12}-\d+)/', _read(client, f"/households/?open=yes&town={TOWN}"))
    for code in dict.fromkeys(codes):
        for form in re.findall(r"<form [^>]*/questions/.*?</form>", _read(client, f"/households/{code}/"), re.S):
            found = dict(re.findall(r'name="(subject|fact|about)"[^>]*?value="([^"]*)"', form))
            source = re.search(r'name="source">\s*<option value="([^"]*)"', form)
            if 'value="否"' in form and source and len(found) == 3:
                return f"/households/{code}/questions/", {**found, "value": "否", "source": source[1], "key": ""}
    raise SystemExit("no household of the town has a question of yes or no")


def _client(username: str) -> Any:
    from django.test import Client

    from doudi.access.users import User

    if username == "telephone":
        return Client(headers={"Authorization": f"Device {_paired()}"})
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


@cache
def _paired() -> str:
    """The token of a telephone of the helper's, paired for these measurements."""
    from django.db import transaction
    from django.utils import timezone

    from doudi.access import devices
    from doudi.access.users import User

    with transaction.atomic():
        return devices.register(User.objects.get(username="helper"), "bench", by="helper", now=timezone.now())[1]


def _read(client: Any, address: str) -> str:
    """What is answered, as text; of a file whatever its bytes look like."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode(errors="replace"))


def _page(reader: str, address: str) -> str:
    return _read(_client(reader), address)


def _first() -> list[Bar]:
    """What a process does before its first reader, and the first list it shows with and without that."""
    from doudi.policy import disagreements, household_rolls, movements, tables, warming

    client = _client("county")
    _read(client, "/measures/")
    cold = [_timed(lambda: _read(client, "/households/"))]
    for held in (disagreements, household_rolls, movements, tables):
        held.forget()
    ready = [_timed(warming.warm)]
    warm = [_timed(lambda: _read(client, "/households/"))]
    return [
        _bar("first list of a process that held nothing (county)", cold, None),
        _bar("made ready beside the readers when the server starts", ready, None),
        _bar("first list after that (county)", warm, MOST),
    ]


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
    return [_measured("nine facets of the whole county", count, rounds)]


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
def _county(here: bool, households: int = county.HOUSEHOLDS) -> Iterator[None]:
    """The county to read: of DOUDI_HOME, or one made for it."""
    folder = Path(tempfile.mkdtemp(prefix="doudi-bench-"))
    try:
        if not here:
            os.environ["DOUDI_HOME"] = str(folder / "home")
            _demo(folder / "home", last=True, households=households)
        with _opened():
            from django.conf import settings

            settings.ALLOWED_HOSTS = ["testserver"]
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@click.command()
@click.option("--rounds", default=15, show_default=True)
@click.option("--here", is_flag=True, help="Read the county of DOUDI_HOME instead of making one.")
@click.option("--households", default=county.HOUSEHOLDS, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(rounds: int, here: bool, households: int, as_json: bool) -> None:
    """Measure the pages' bars."""
    with _county(here, households):
        _say("pages")
        bars = measure(rounds)
    if as_json:
        click.echo(json.dumps({"bars": [asdict(bar) for bar in bars]}))
        return
    click.echo(table(bars))
    click.echo(f"slowest: {max((bar for bar in bars if bar.bar), key=lambda bar: bar.seconds).what}")


if __name__ == "__main__":
    main()
