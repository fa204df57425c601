"""What the access matrix finds in place of each route's arguments: rows made by the verbs, in every relation.

A noun is one function that makes its rows, named in NOUNS; FILL (tests/web/relations.py) says which route names it. A
row says where it stands and whose it is, and a noun's `sees` is the oracle's word on who may open it, written from the
declaration and not from the view.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

COUNTY, TOWN, SIBLING, VILLAGE, ELSEWHERE = "510921", "510921110", "510921102", "510921110212", "110101"
OTHER_COUNTY = "110101001001"
PLACES = (COUNTY, TOWN, SIBLING, VILLAGE, ELSEWHERE)
PACK = "pengxi_2020"


@dataclass(frozen=True, slots=True)
class Row:
    """One real row: what fills the address, the code of the place it stands at, whose it is, which household's."""

    arguments: Mapping[str, str]
    place: str = ""
    owner: str = ""
    household: int = 0


@dataclass(frozen=True, slots=True)
class Noun:
    """How the rows are made, and who sees one: `sees(reader, row, world)`, where the permission is theirs already."""

    make: Callable[[], Iterable[Row]]
    sees: Callable[[str, Row, Any], bool]


def within(place: str, duty: str | None) -> bool:
    """Whether a place lies in that of a duty."""
    return bool(duty) and place.startswith(str(duty))


def here(reader: str, row: Row, world: Any) -> bool:
    """By the place alone."""
    return within(row.place, world.place_of(reader))


def own(reader: str, row: Row, world: Any) -> bool:
    """Nobody's but one's own."""
    return row.owner == reader


def everybody(reader: str, row: Row, world: Any) -> bool:
    """Of the whole county: whoever has the permission."""
    return True


def _exports_sees(reader: str, row: Row, world: Any) -> bool:
    """Within the place, one's own, or one that one may allow or audit."""
    answers = any(world.holds(reader, name) for name in ("export.approve", "export.log"))
    return here(reader, row, world) and (row.owner == reader or answers)


def _of_household(reader: str, row: Row, world: Any) -> bool:
    return bool(here(reader, row, world) or row.household in world.helped(reader))


@contextmanager
def _acting(by: str) -> Any:
    """The whole register in sight, and somebody acting."""
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.trail.commands import carry_out

    with transaction.atomic(), carry_out("test", by=by), as_engine():
        yield


def _run() -> Any:
    from doudi.policy.runs import Run

    return Run.objects.in_force(PACK)


# -- one function a noun


# What is said of one household and nowhere else, by class of sensitivity: whoever does not read it never meets it.
SENTINELS = {
    "health": "多重",  # the category of a disability
    "money": "76,543.21",
    "identity": "13987654321",
    "name": "甄世隐",
    "minor": "甄小莲",
}


def sentinels() -> list[Row]:
    """A household within the duty of everybody who has one there, of which each class has a word of its own."""
    from doudi.access.users import User
    from doudi.register import statements
    from doudi.register.households import Household
    from doudi.register.pairings import households_of
    from doudi.register.persons import Person

    day, now = datetime.date(2020, 2, 20), timezone.now()
    with _acting("tester"):
        paired = households_of(User.objects.get(username="helper"), timezone.localdate())
        home = Household.objects.filter(pk__in=paired, place_code=VILLAGE, persons__isnull=False).order_by("code")[0]
        head, *others = Person.objects.filter(household=home).order_by("code")
        child = others[0] if others else head
        Household.objects.filter(pk=home.pk).update(head_name=SENTINELS["name"])
        Person.objects.filter(pk=head.pk).update(name=SENTINELS["name"])
        Person.objects.filter(pk=child.pk).update(name=SENTINELS["minor"])
        said: list[tuple[str, int, dict[str, Any]]] = [
            ("person", head.pk, {"disability_category": "several"}),
            ("person", child.pk, {"birth_date": "2019-05-05"}),
            ("household", home.pk, {"phone": SENTINELS["identity"], "wage_income@2019": 7654321}),
        ]
        for kind, number, facts in said:
            statements.record(kind, number, facts, source="national", about=day, by="tester", now=now)
    return [Row({"code": home.code}, VILLAGE, household=home.pk)]


def households() -> list[Row]:
    """One household of another county; the demo county's are there."""
    from doudi.register.households import Household

    with _acting("tester"):
        made = Household.objects.create(
            code=f"{OTHER_COUNTY}-0001", head_name="外县人", place_code=OTHER_COUNTY, recorded_at=timezone.now()
        )
    return [Row({"code": made.code}, OTHER_COUNTY, household=made.pk)]


_ROSTER = "户编号,村代码,户主姓名,姓名,与户主关系,性别,是否低保户\r\nNEW-{0},510921110212,王德顺,王德顺,户主,男,{1}\r\n"


def uploads() -> list[Row]:
    """A table sent in for each place, with its preview and a row that stays out."""
    from doudi.register import uploads as tables
    from doudi.trail import jobs

    made = []
    for place in PLACES:
        text = _ROSTER.format(place, "是") + f"NEW-{place}B,510921110212,李四,李四,户主,男,也许\r\n"
        made.append(_sent(tables, place, text))
    jobs.drain()
    return made


def spare_uploads() -> list[Row]:
    """The same without a preview, to be thrown away: the files of what is discarded do not come back."""
    from doudi.register import uploads as tables

    return [_sent(tables, place, _ROSTER.format(place, "否")) for place in PLACES]


def _sent(tables: Any, place: str, text: str) -> Row:
    with _acting("county"):
        sent = tables.receive(
            io.BytesIO(text.encode()),
            f"花名册{place}.csv",
            place_code=place.ljust(12, "0"),
            places=[place],
            about=datetime.date(2020, 2, 20),
            source="paper",
            by="county",
            now=timezone.now(),
        )
    return Row({"number": str(sent.pk), "form": "csv"}, place)


def exports() -> list[Row]:
    """A list taken out at each place, by whoever answers there."""
    asking = [("county", "county_officer", COUNTY), ("county2", "county_officer", COUNTY),
              ("supervisor", "supervisor", COUNTY), ("auditor", "auditor", COUNTY), ("town", "town_clerk", TOWN),
              ("clerk of elsewhere", "town_clerk", SIBLING), ("village", "village_officer", VILLAGE),
              ("officer of elsewhere", "county_officer", ELSEWHERE)]  # fmt: skip
    return [_taken(*each) for each in asking]


def _taken(username: str, role: str, place: str) -> Row:
    from django.db import transaction

    from doudi.access.scope import Scope, enter
    from doudi.policy.listing import lists, making
    from doudi.policy.listing.making import Asked
    from doudi.trail.commands import carry_out

    run, now = _run(), timezone.now()
    query = {"village": VILLAGE} if len(place) < 12 and VILLAGE.startswith(place) else {}
    with transaction.atomic(), carry_out("test", by=username), enter(Scope(frozenset({place}))):
        asker = lists.Asker(frozenset({role}), Scope(frozenset({place})), run.as_of, run)
        asked = Asked("households", query, reason="报县防疫指挥部", url="/households/?village=" + VILLAGE)
        export = making.make_file(making.ask(asked, asker, by=username, now=now), now=now)
    return Row({"number": str(export.pk)}, place, username)


def saved_views() -> list[Row]:
    """A list's conditions kept by each of four people."""
    from doudi.access import saved_views as views
    from doudi.access.users import User

    made = []
    for owner, place in (("county", COUNTY), ("town", TOWN), ("village", VILLAGE), ("auditor", COUNTY)):
        with _acting(owner):
            user = User.objects.get(username=owner)
            office = place.ljust(12, "0")
            view = views.save(user, "我的", "open=yes", of="households", shared=True, office=office, by=owner)
        made.append(Row({"number": str(view.pk)}, place, owner))
    return made


def findings() -> list[Row]:
    """A finding of a check in each of the county's corners."""
    return [row for row, _finding in _found()]


def exemptions() -> list[Row]:
    """An exemption proposed for each of those findings."""
    from doudi.policy import exemptions as exempt

    run, made = _run(), []
    for row, finding in _found():
        with _acting("town"):
            until = run.as_of + datetime.timedelta(days=60)
            place, home, name = finding.place_code, finding.household_id, row.arguments["name"]
            wanted = exempt.Wanted(name, finding.subject_id, home, place, "已核实", run.as_of, until)
            asked = exempt.propose(wanted, by="town", pack=run.pack.pack)
        made.append(Row({"number": str(asked.pk)}, row.place, household=row.household))
    return made


def _found() -> list[tuple[Row, Any]]:
    """A finding of the village, of elsewhere in its town, and of another town: of the check that finds most."""
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.policy import quality

    with transaction.atomic(), as_engine():
        reading = quality.open_findings(_run(), places=[COUNTY])
        every = {count.name: reading.listed(count.name, most=5_000)[1] for count in reading.counts() if count.found}
    corners: dict[str, dict[str, Any]] = {name: {} for name in every}
    for name, found in every.items():
        for one in found:
            corner = next(place for place in (VILLAGE, TOWN, COUNTY) if one.place_code.startswith(place))
            corners[name].setdefault(corner, one)
    name = max(corners, key=lambda name: (len(corners[name]), len(every[name])))
    assert len(corners[name]) > 1, f"{name} finds something in {sorted(corners[name])} only"
    return [
        (Row({"name": name, "subject": str(one.subject_id)}, one.place_code, household=one.household_id or 0), one)
        for one in corners[name].values()
    ]


def drafts() -> list[Row]:
    """A draft of the policy, with a rule changed."""
    return [Row({"number": str(_draft("抬高兜底线").pk)}, owner="county")]


def _draft(title: str) -> Any:
    from doudi.policy import drafts as texts_of
    from doudi.policy import texts

    file, now = "measures/06a_keep_allowance_poor.toml", timezone.now()
    with _acting("county"):
        draft = texts_of.begin(_run().pack, title=title, by="county", now=now)
        text = draft.files[file]
        changed = text.replace("params.allowance_line_registered", "yuan(100000)")
        return texts_of.write(draft, file, changed, seen=texts.mark(text), by="county", now=now)


def proposals() -> list[Row]:
    """A change of the policy put forward by one officer, for the other."""
    from doudi.policy import proposals as forward

    draft = _draft("提请")
    with _acting("county2"):
        made = forward.propose(
            dict(draft.files),
            base=draft.base,
            draft=draft,
            title="提请",
            reason="县长办公会",
            from_day=_run().as_of,
            by="county2",
            now=timezone.now(),
        )
    return [Row({"number": str(made.pk)}, owner="county2")]


def duties() -> list[Row]:
    """The helper's duty."""
    from doudi.access.duties import Duty

    with _acting("tester"):
        held = Duty.objects.filter(user__username="helper").order_by("id")[0]
    return [Row({"username": "helper", "number": str(held.pk)})]


def projects() -> list[Row]:
    """The demo county's projects, and one of another county."""
    from doudi.projects.projects import Project
    from doudi.register.items import Item

    with _acting("tester"):
        rows = [
            Row({"code": code}, place)
            for code, place in Project.objects.order_by("code").values_list("code", "place_code")
        ]
        pattern, other = Project.objects.first(), Item.objects.filter(kind="project").first()
        assert pattern is not None
        assert other is not None
        other.pk, other.code, other.place_code, other.village_code = None, "other", OTHER_COUNTY, OTHER_COUNTY
        other.save(force_insert=True)
        pattern.pk, pattern.item, pattern.code, pattern.place_code = None, other, "other", OTHER_COUNTY
        pattern.started_on, pattern.accepted_bp, pattern.out_fen = None, 0, 0
        pattern.save(force_insert=True)
    return [*rows, Row({"code": "other"}, OTHER_COUNTY)]


def tables_of_projects() -> list[Row]:
    """A table of projects that waits in the county, and one in another."""
    from doudi.register.sheets import Sheet

    made = []
    for at, place in enumerate((f"{COUNTY}000000", OTHER_COUNTY), 1):
        with _acting("county"):
            sheet = Sheet.objects.create(
                place_code=place, kind="works_progress", name="week.xlsx", sha256=str(at) * 64,
                rows=[[2, {"code": "none", "day": "2020-02-27", "done": "5", "basis": "value"}]],
                received_by="county", received_at=timezone.now(),
            )  # fmt: skip
        made.append(Row({"number": str(sheet.pk)}, place))
    return made


def telephones() -> list[Row]:
    """A telephone of the demo county's helper."""
    from doudi.access import devices
    from doudi.access.users import User

    with _acting("helper"):
        user = User.objects.get(username="helper")
        made, _token = devices.register(user, "旧手机", by="helper", now=timezone.now())
    return [Row({"username": "helper", "number": str(made.pk)}, owner="helper")]


def kept_works() -> list[Row]:
    """What came late for a household of the helper's village, of another town and of another county."""
    import uuid

    from doudi.monitoring import kept_work
    from doudi.monitoring.orders import Order
    from doudi.register.households import Household

    made = []
    with _acting("helper"):
        first = [
            Household.objects.filter(place_code__startswith=place).order_by("-code").first()
            for place in (VILLAGE, SIBLING, ELSEWHERE)
        ]
        for home in (each for each in first if each is not None):
            content = {"id": str(uuid.uuid4()), "verb": "check", "household": home.pk, "body": {"reached": "phone"}}
            order = Order(uuid.UUID(content["id"]), "check", home.pk, content["body"])
            kept = kept_work.keep(content, order, why="not_yours", by="helper", device=None, now=timezone.now())
            made.append(Row({"number": str(kept.pk)}, home.place_code, household=home.pk))
    return made


def photographs() -> list[Row]:
    """A check with a photograph, of a household of the helper's and of another town."""
    import hashlib
    import io as streams
    import uuid

    from PIL import Image

    from doudi.monitoring import photos
    from doudi.monitoring.checks import Check
    from doudi.register.households import Household
    from doudi.register.pairings import households_of

    picture = streams.BytesIO()
    Image.new("RGB", (64, 48), "green").save(picture, "JPEG")
    body, made = picture.getvalue(), []
    with _acting("helper"):
        from doudi.access.users import User

        kept = photos.keep(hashlib.sha256(body).hexdigest(), body, by="helper", on=timezone.localdate())
        paired = households_of(User.objects.get(username="helper"), timezone.localdate())
        mine = Household.objects.filter(pk__in=paired).order_by("code")[0]
        other = Household.objects.filter(place_code__startswith=SIBLING).order_by("code")[0]
        for home in (mine, other):
            check = Check.objects.create(
                id=uuid.uuid4(), household=home, place_code=home.place_code, by="helper", reached="door",
                about_day=datetime.date(2020, 2, 27), recorded_at=timezone.now(), photo=kept.sha256,
            )  # fmt: skip
            made.append(Row({"number": str(check.pk)}, home.place_code, household=home.pk))
    return made


NOUNS: dict[str, Noun] = {
    "upload": Noun(uploads, here),
    "spare upload": Noun(spare_uploads, here),
    "export": Noun(exports, _exports_sees),
    "own export": Noun(exports, lambda reader, row, world: here(reader, row, world) and row.owner == reader),
    "saved view": Noun(saved_views, own),
    "finding": Noun(findings, here),
    "exemption": Noun(exemptions, _of_household),
    "draft": Noun(drafts, everybody),
    "proposal": Noun(proposals, everybody),
    "duty": Noun(duties, everybody),
    "project": Noun(projects, here),
    "telephone": Noun(telephones, own),
    "anybody's telephone": Noun(telephones, everybody),
    "kept work": Noun(kept_works, _of_household),
    "photograph": Noun(photographs, _of_household),
    "table of projects": Noun(tables_of_projects, here),
}


def _watched() -> dict[str, Noun]:
    """The nouns of monitoring, whose functions read this file."""
    from tests.web import rows_watch

    return {
        "disagreement": Noun(rows_watch.disagreements, _of_household),
        "alert": Noun(rows_watch.alerts, _of_household),
        "monitored file": Noun(rows_watch.monitored_files, _of_household),
    }


NOUNS |= _watched()


def every() -> dict[str, tuple[Row, ...]]:
    """The rows of every noun; nouns made by the same function share theirs."""
    households()
    canary = tuple(sentinels())
    made: dict[Any, tuple[Row, ...]] = {}
    for noun in NOUNS.values():
        if noun.make not in made:
            made[noun.make] = tuple(noun.make())
    return {"sentinels": canary, **{name: made[noun.make] for name, noun in NOUNS.items()}}


def standing(rows: Iterable[Row], relation: str, reader: str, duty: str | None) -> Row | None:
    """The row that stands so to the reader; None for `none`. Where none stands so, one beyond the duty, else any."""
    if relation == "none":
        return None
    place = duty or VILLAGE
    found = sorted(rows, key=lambda row: (row.owner != reader, row.owner == ""))
    ways: dict[str, Callable[[Row], bool]] = {
        "own": lambda row: row.owner == reader or (not row.owner and row.place.startswith(place)),
        "ancestor": lambda row: bool(row.place) and place.startswith(row.place) and row.place != place,
        "descendant": lambda row: row.place.startswith(place) and row.place != place,
        "sibling": lambda row: len(row.place) >= 6 and row.place[:6] == place[:6] and not row.place.startswith(place)
        and not place.startswith(row.place),
        "other_county": lambda row: row.place.startswith(ELSEWHERE),
    }  # fmt: skip
    outer = [row for row in found if not within(row.place, duty)]
    return next((row for row in [*filter(ways[relation], found), *outer, *found]), None)
