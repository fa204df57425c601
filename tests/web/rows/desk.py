"""The desk's nouns: tables sent in, lists taken out, findings, the policy, duties, and the works' projects."""

from __future__ import annotations

import datetime
import io
from functools import cache
from typing import Any

from django.utils import timezone

from tests.web.rows.base import (
    COUNTY,
    ELSEWHERE,
    OTHER_COUNTY,
    PLACES,
    SIBLING,
    TOWN,
    VILLAGE,
    Noun,
    Row,
    acting,
    everybody,
    here,
    of_household,
    own,
    run_in_force,
)


def _exports_sees(reader: str, row: Row, world: Any) -> bool:
    """Within the place, one's own, or one that one may allow or audit."""
    answers = any(world.holds(reader, name) for name in ("export.approve", "export.log"))
    return here(reader, row, world) and (row.owner == reader or answers)


# -- one function a noun


# What is said of one household and nowhere else, by class of sensitivity: whoever does not read it never meets it.
SENTINELS = {
    "health": "多重",  # the category of a disability
    "money": "76,543.21",
    "identity": "13987654321",
    "name": "甄世隐",
    "minor": "甄小莲",
}


def canary() -> int:
    """The household of which each class has a word of its own."""
    return sentinels()[0].household


@cache
def sentinels() -> list[Row]:
    """A household within the duty of everybody who has one there, of which each class has a word of its own."""
    from doudi.access.users import User
    from doudi.register import statements
    from doudi.register.households import Household
    from doudi.register.pairings import households_of
    from doudi.register.persons import Person

    day, now = datetime.date(2020, 2, 20), timezone.now()
    with acting("tester"):
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

    with acting("tester"):
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
    with acting("county"):
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

    run, now = run_in_force(), timezone.now()
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
        with acting(owner):
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

    run, made = run_in_force(), []
    for row, finding in _found():
        with acting("town"):
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
        reading = quality.open_findings(run_in_force(), places=[COUNTY])
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
    """A draft of the policy, with a rule changed, and what it would change tried."""
    from doudi.policy import pack_trials, snapshots, versions

    draft = _draft("抬高兜底线")
    with acting("county"):
        ground = pack_trials.ground_of(run_in_force(), county=snapshots.county_code())
        pack_trials.compare(ground, versions.pack_of(draft.files))
    return [Row({"number": str(draft.pk)}, owner="county")]


def _draft(title: str) -> Any:
    from doudi.policy import drafts as texts_of
    from doudi.policy import texts

    file, now = "measures/06a_keep_allowance_poor.toml", timezone.now()
    with acting("county"):
        draft = texts_of.begin(run_in_force().pack, title=title, by="county", now=now)
        text = draft.files[file]
        changed = text.replace("params.allowance_line_registered", "yuan(100000)")
        return texts_of.write(draft, file, changed, seen=texts.mark(text), by="county", now=now)


def proposals() -> list[Row]:
    """A change of the policy put forward by one officer, for the other."""
    from doudi.policy import proposals as forward

    draft = _draft("提请")
    with acting("county2"):
        made = forward.propose(
            dict(draft.files),
            base=draft.base,
            draft=draft,
            title="提请",
            reason="县长办公会",
            from_day=run_in_force().as_of,
            by="county2",
            now=timezone.now(),
        )
    return [Row({"number": str(made.pk)}, owner="county2")]


def duties() -> list[Row]:
    """The helper's duty."""
    from doudi.access.duties import Duty

    with acting("tester"):
        held = Duty.objects.filter(user__username="helper").order_by("id")[0]
    return [Row({"username": "helper", "number": str(held.pk)})]


def projects() -> list[Row]:
    """The demo county's projects, and one of another county."""
    from doudi.projects.projects import Project
    from doudi.register.items import Item

    with acting("tester"):
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
        with acting("county"):
            sheet = Sheet.objects.create(
                place_code=place, kind="works_progress", name="week.xlsx", sha256=str(at) * 64,
                rows=[[2, {"code": "none", "day": "2020-02-27", "done": "5", "basis": "value"}]],
                received_by="county", received_at=timezone.now(),
            )  # fmt: skip
        made.append(Row({"number": str(sheet.pk)}, place))
    return made


NOUNS: dict[str, Noun] = {
    "upload": Noun(uploads, here),
    "spare upload": Noun(spare_uploads, here),
    "export": Noun(exports, _exports_sees),
    "own export": Noun(exports, lambda reader, row, world: here(reader, row, world) and row.owner == reader),
    "saved view": Noun(saved_views, own),
    "finding": Noun(findings, here),
    "exemption": Noun(exemptions, of_household),
    "draft": Noun(drafts, everybody),
    "proposal": Noun(proposals, everybody),
    "duty": Noun(duties, everybody),
    "project": Noun(projects, here),
    "table of projects": Noun(tables_of_projects, here),
}
