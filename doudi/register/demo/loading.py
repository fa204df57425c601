"""Loading the demo county into an empty home: one transaction, so that a killed load leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from django.db import connection, transaction

from doudi.access import duties, users
from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.places import contacts, counties, divisions
from doudi.places.divisions import Division
from doudi.register import bulk, counting, first_words, subjects
from doudi.register.bulk import Loaded
from doudi.register.demo import accounts, county, registry, size
from doudi.register.demo.county import Demo
from doudi.register.demo.places import COUNTY, TOWNS
from doudi.register.demo.statements import digest
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

Progress = Callable[[str], None]
_EDITION = date(2019, 9, 6)  # the day the county's new towns opened
BY = accounts.SYSTEM
_SINCE = date.fromisoformat(accounts.SINCE)


def load(
    vocabulary: Vocabulary,
    *,
    households: int = size.HOUSEHOLDS,
    seed: int = county.SEED,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Make the demo county and load it; answers what was loaded. Raises Refusal where a county has begun already.

    `vocabulary` is the one of the county's policy pack: facts it adds are told of too.

    Everything is one transaction: killed before its end, the home is as empty as it was.
    """
    with transaction.atomic():
        counties.begin(*COUNTY, demo=True, by=BY)
        progress("making people, incomes, hardship and what each source says of them")
        demo = county.make(vocabulary, households, seed)
        _lay_out(demo)
        progress(f"{len(demo.helpers):,} helpers, {len(demo.officials):,} officials and the demo accounts")
        users_of = _people(demo)
        contacts.load(accounts.numbers(demo.officials), by=BY, now=registry.BEGUN)
        progress(f"{len(demo.names):,} persons and {demo.statements.num_rows:,} statements")
        told = _tell(demo, seed, _write(demo, vocabulary, users_of, [households, seed]))
        counting.analyze()  # a county is asked about within the transaction that loads it
    return told


def _write(demo: Demo, vocabulary: Vocabulary, users_of: dict[str, int], asked: list[int]) -> dict[str, int]:
    """Load the register; answers how many rows of each table. Nobody knew any of its subjects before."""
    loaded, now = Loaded(), registry.BEGUN
    with carry_out("register.demo.load", by=BY, payload=asked) as act, as_engine(), ThreadPoolExecutor(1) as aside:
        ids = bulk.reserve("statement", demo.statements.num_rows)
        words = aside.submit(lambda: _words(demo, ids, vocabulary))  # while the server writes whom they are about
        households, persons = registry.households(demo), registry.persons(demo)
        bulk.write(loaded, households, persons, registry.pairings(demo, users_of), registry.items(demo), now=now)
        loaded.counts["statement"] = first_words.write(words.result(), _standing(), command=str(act.id))
        act.result = loaded.counts
    return loaded.counts


def _words(demo: Demo, ids: list[int], vocabulary: Vocabulary) -> first_words.FirstWords:
    said = bulk.worded(registry.statements(demo), vocabulary, by=BY, now=registry.BEGUN)
    return first_words.resolve(said, ids, vocabulary)


def _standing() -> first_words.Standing:
    """Where everybody and everything stands."""
    subjects.stage(_EVERY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, id, household_id, place_code FROM staged_subject")
        return {(kind, number): (household, place) for kind, number, household, place in cursor.fetchall()}


_EVERY = """
SELECT 'household' AS kind, id FROM register_household UNION ALL SELECT 'person', id FROM register_person
UNION ALL SELECT kind, id FROM register_item UNION ALL SELECT 'place', code::bigint FROM places_place
"""


def _lay_out(demo: Demo) -> None:
    if divisions.Place.objects.exists():
        raise Refusal(
            "本数据目录已有区划数据。演示县请用另一个空的数据目录(DOUDI_HOME)。",
            "This home holds divisions already. Make the demo county in another, empty DOUDI_HOME.",
        )
    divisions.load(_divisions(demo), by=BY, from_day=_EDITION)


def _divisions(demo: Demo) -> list[Division]:
    places = demo.county.places
    rows = [Division(f"{COUNTY[0]}000000", COUNTY[1], "county", "county")]
    rows += [Division(f"{code}000", name, "town", _kind_of_town(name)) for code, name, _, _ in TOWNS]
    for code, name, community in zip(places.codes, places.names, places.community.tolist(), strict=True):
        rows.append(Division(code, name, "village", "community" if community else "village", f"{code[:9]}000"))
    return rows


def _kind_of_town(name: str) -> str:
    return "street" if name.endswith("街道") else "town" if name.endswith("镇") else "township"


def _people(demo: Demo) -> dict[str, int]:
    """Every user and duty; only the demo accounts have a password. Answers the ids of the usernames."""
    helpers, by = demo.helpers, BY
    named = [(o.username, o.name, o.unit) for o in demo.officials]
    named += zip(helpers.usernames, helpers.names, helpers.units, strict=True)
    shown = [(a.username, a.name, a.unit) for a in accounts.SHOWN] + [row for row in named if row[0] == accounts.HELPER]
    enrolled = users.enrol([row for row in named if row[0] != accounts.HELPER], by=by)
    enrolled += users.enrol(shown, password=accounts.PASSWORD, by=by)
    known = {user.username: user for user in enrolled}
    given = [(known[a.username], a.role, a.place) for a in (*accounts.SHOWN, *demo.officials)]
    given += [(known[name], "helper", "") for name in helpers.usernames]
    duties.give_many(given, on=_SINCE, by=by)
    return {name: user.pk for name, user in known.items()}


def _tell(demo: Demo, seed: int, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "demo": True,
        "seed": seed,
        "households": counts["household"],
        "persons": counts["person"],
        "registered_households": demo.county.size.registered,
        "registered_persons": demo.county.size.registered_persons,
        "villages": len(demo.county.places),
        "helpers": len(demo.helpers),
        "pairings": counts["pairing"],
        "items": {kind: len(made) for kind, made in demo.things.items()},
        "statements": counts["statement"],
        "content_sha256": digest(demo.statements),
    }


def shown_accounts() -> list[dict[str, str]]:
    """The accounts anybody may try, with their password: of a demo home only."""
    rows = [(a.username, a.name, a.role) for a in accounts.SHOWN] + [(accounts.HELPER, "演示帮扶责任人", "helper")]
    return [{"username": u, "name": n, "role": r, "password": accounts.PASSWORD} for u, n, r in rows]
