"""Data quality on the desk: counts and lists within the duty, exemptions proposed, granted, ended and run out."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import RUN_DAY
from tests.web.test_nasty import NASTY, encoded

Open = Callable[[str], Client]


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def read(places: list[str], **more: Any) -> Any:
    """The findings of the run in force within some places."""
    from doudi.policy import quality
    from doudi.policy.runs import Run

    return quality.open_findings(Run.objects.in_force("pengxi_2020"), places=places, **more)


@pytest.fixture
def busiest(county: Client) -> Any:
    """The check with most findings in 鸣凤镇."""
    return max(read(["510921110"]).counts(), key=lambda count: count.found)


def finding_of(name: str, places: list[str]) -> Any:
    return read(places).listed(name, most=1)[1][0]


@pytest.mark.parametrize(("who", "status"), [("county", 200), ("town", 200), ("village", 200), ("auditor", 200),
                                             ("bureau", 403), ("admin", 403), ("helper", 403)])  # fmt: skip
def test_the_checks_are_read_by_those_whose_duty_they_are(
    reading_as: Open, busiest: Any, who: str, status: int
) -> None:
    for path in ("/checks/", "/checks/?all=1", f"/checks/{busiest.name}/", "/exemptions/"):
        assert reading_as(who).get(path).status_code == status, path


def test_counts_and_lists_are_of_the_readers_places(reading_as: Open, county: Client, busiest: Any) -> None:
    whole = {count.name: count for count in read(["510921"]).counts()}[busiest.name]
    assert 0 < busiest.found < whole.found
    page = text(reading_as("town").get(f"/checks/{busiest.name}/"))
    assert f"名单:{busiest.found:,} 处" in page
    assert f"名单:{whole.found:,} 处" in text(county.get(f"/checks/{busiest.name}/"))
    assert reading_as("town").get(f"/checks/{busiest.name}/?place=510921102").status_code == 404
    assert busiest.found <= busiest.subjects < whole.subjects
    parts = read(["510921"]).by_part(busiest.name, 9)
    assert (parts["510921110"], sum(parts.values())) == (busiest.found, whole.found)


def test_a_finding_says_which_values_made_it_and_masks_the_name(county: Client) -> None:
    page = text(county.get("/checks/number_check_digit/"))
    rows = re.findall(r'<th scope="row">([^<]+)</th><td data-label="所在户"><a href="/households/', page)
    assert rows
    assert all(row[1:].strip("*") == "" for row in rows), "a name is its first letter and stars"
    assert "因为这些值" in page
    from doudi.policy import quality
    from doudi.policy.runs import Run

    run = Run.objects.in_force("pengxi_2020")
    check = run.pack.pack.checks["number_check_digit"]
    finding = finding_of("number_check_digit", ["510921"])
    (seen,) = quality.values_of(run, check, [finding.subject_id])[finding.subject_id]
    assert (seen.kind, seen.name, seen.value) == ("person", "id_number_form", "check_digit")


def test_the_list_leaves_as_a_table_of_the_readers_places(reading_as: Open, busiest: Any) -> None:
    from doudi.access.scope import Scope, enter
    from doudi.policy.listing import lists
    from doudi.policy.listing.lists import Asker
    from doudi.policy.runs import Run

    town = reading_as("town")
    page = text(town.get(f"/checks/{busiest.name}/"))
    assert f"/exports/new/?list=findings&check={busiest.name}" in page
    assert town.get(f"/exports/new/?list=findings&check={busiest.name}").status_code == 200
    assert "是不是" in text(town.get("/exports/new/?list=findings&check=number_mising"))
    scope, run = Scope(frozenset({"510921110"})), Run.objects.in_force("pengxi_2020")
    asker, query = Asker(frozenset({"town_clerk"}), scope, run.as_of, run), {"check": busiest.name}
    listed = lists.named("findings")
    with enter(scope):
        found = listed.find(query, asker)
        rows = list(listed.rows(found, query, [], asker))
    assert len(rows) == found.rows == busiest.found
    assert all(len(row) == 2 + len(listed.columns(query, asker)) for row in rows)
    assert {row[7] for row in rows} == {"鸣凤镇"}
    assert all(row[9] for row in rows), "each says which values made it"


def exempt(client: Client, name: str, subject: int, **more: Any) -> Any:
    given = {"reason": "入户核实无误", "until": "2020-06-30", **more}
    return client.post(f"/checks/{name}/exempt/{subject}/", given)


def test_an_exemption_hides_a_finding_until_its_day_and_then_it_is_there_again(county: Client, busiest: Any) -> None:
    finding = finding_of(busiest.name, ["510921"])
    before = next(c for c in read(["510921"]).counts() if c.name == busiest.name)
    assert exempt(county, busiest.name, finding.subject_id).status_code == 302
    after = next(c for c in read(["510921"]).counts() if c.name == busiest.name)
    assert (after.found, after.exempt) == (before.found - 1, before.exempt + 1)
    last, past = datetime.date(2020, 6, 30), datetime.date(2020, 7, 1)
    assert next(c for c in read(["510921"], on=last).counts() if c.name == busiest.name).exempt == after.exempt
    assert next(c for c in read(["510921"], on=past).counts() if c.name == busiest.name).found == before.found
    assert "正在执行" in text(county.get("/exemptions/"))
    assert exempt(county, busiest.name, finding.subject_id).status_code == 422, "exempt already"


def test_a_town_proposes_and_the_county_grants_and_ends(reading_as: Open, county: Client, busiest: Any) -> None:
    from doudi.policy.exemptions import Exemption

    town, finding = reading_as("town"), finding_of(busiest.name, ["510921110"])
    assert "提请豁免" in text(town.get(f"/checks/{busiest.name}/exempt/{finding.subject_id}/"))
    assert exempt(town, busiest.name, finding.subject_id).status_code == 302
    assert exempt(town, busiest.name, finding.subject_id).status_code == 422, "it waits already"
    assert next(c for c in read(["510921"]).counts() if c.name == busiest.name).exempt == 0
    number = re.search(r"/exemptions/(\d+)/", text(county.get("/exemptions/")))
    assert number
    assert town.post(f"/exemptions/{number[1]}/", {"act": "grant"}).status_code == 403
    assert county.post(f"/exemptions/{number[1]}/", {"act": "grant"}).status_code == 302
    assert next(c for c in read(["510921"]).counts() if c.name == busiest.name).exempt == 1
    assert county.post(f"/exemptions/{number[1]}/", {"act": "grant"}).status_code == 422, "decided already"
    assert county.post(f"/exemptions/{number[1]}/", {"act": "end"}).status_code == 302
    assert next(c for c in read(["510921"]).counts() if c.name == busiest.name).exempt == 0
    assert "提前结束" in text(county.get("/exemptions/"))
    from django.db import transaction

    from doudi.access.scope import as_engine

    with transaction.atomic(), as_engine():
        held = Exemption.objects.get(pk=int(number[1]))
    assert (held.proposed_by, held.granted_by, held.ended_on, held.ended_by) == ("town", "county", RUN_DAY, "county")


def test_out_of_the_duty_there_is_nothing_to_exempt(reading_as: Open, county: Client, busiest: Any) -> None:
    total, some = read(["510921"]).listed(busiest.name, most=10_000)
    far = next(each for each in some if not each.place_code.startswith("510921110"))
    assert total == len(some)
    assert exempt(reading_as("town"), busiest.name, far.subject_id).status_code == 404
    assert exempt(reading_as("village"), busiest.name, far.subject_id).status_code == 403
    assert exempt(county, busiest.name, 10**15).status_code == 404


def test_new_and_solved_are_against_the_run_before(county: Client) -> None:
    from doudi.policy import running
    from doudi.policy.runs import Run

    first = Run.objects.in_force("pengxi_2020")
    assert all(count.new is None for count in read(["510921"]).counts())
    later = RUN_DAY + datetime.timedelta(days=60)
    now = datetime.datetime(2020, 5, 1, 12, tzinfo=datetime.UTC)
    second = running.run("pengxi_2020", as_of=later, by="tester", now=now)
    reading = read(["510921"])
    assert (reading.before, reading.run) == (first, second)
    from doudi.policy import quality

    before = {each.name: {f.subject_id for f in each.findings} for each in quality.check(first)}
    after = {each.name: {f.subject_id for f in each.findings} for each in quality.check(second)}
    moved = {c.name: (c.new, c.solved) for c in reading.counts()}
    assert moved == {name: (len(after[name] - before[name]), len(before[name] - after[name])) for name in after}
    assert any(new or solved for new, solved in moved.values())


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_typed_breaks_the_checks(county: Client, busiest: Any, kind: str) -> None:
    word = encoded(NASTY[kind])
    subject = finding_of(busiest.name, ["510921"]).subject_id
    for path in (f"/checks/{word}/", f"/checks/{busiest.name}/?place={word}", f"/checks/{busiest.name}/?page={word}",
                 f"/checks/{busiest.name}/exempt/{word}/", f"/checks/?all={word}"):  # fmt: skip
        assert county.get(path).status_code in (200, 301, 400, 404), path
    form = "application/x-www-form-urlencoded"
    here = f"/checks/{busiest.name}/exempt/{subject}/"
    assert county.post(here, f"reason=x&until={word}", form).status_code == 422
    assert county.post(here, f"reason={word}&until=2020-06-30", form).status_code in (302, 422)
    assert county.post(f"/exemptions/{word}/", f"act={word}", form).status_code in (301, 400, 404)
    assert county.post("/exemptions/1/", f"act={word}", form).status_code in (404, 422)
