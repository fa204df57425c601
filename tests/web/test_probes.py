"""What lies beyond a duty tells nothing: no count, list, facet, table taken out or error changes with it.

Rows are added beyond the reader's duty, and every page and table must be word for word what it was; and whatever a form
names beyond the duty is answered as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from tests.access.routes import routes
from tests.web import relations
from tests.web.conftest import Plain
from tests.web.lightly import leave_out, standing
from tests.web.reading import readable
from tests.web.relations import World
from tests.web.rows import NOUNS
from tests.web.rows.base import ELSEWHERE, SIBLING
from tests.web.rows.making import BEGUN, copied, homes, sighted

Open = Callable[[str], Plain]
BEYOND = {"town": (SIBLING, ELSEWHERE), "village": (SIBLING, ELSEWHERE), "helper": (SIBLING, ELSEWHERE),
          "county": (ELSEWHERE,), "bureau": (ELSEWHERE,), "auditor": (ELSEWHERE,)}  # fmt: skip
# A new secret at every look, the hour, and what waits for the seal, which is one for all that is ever written.
EVER_NEW = {"profile/second-factor/", "m/api/pull", "health/"}
NUMBERED = re.compile(r'name="(csrfmiddlewaretoken|next|key|[0-9-]*:key)" *value="[^"]*"|[0-9,]+ 条等待封存')


@pytest.fixture
def lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out(monkeypatch)


def pages(reader: str, client: Plain) -> dict[str, str]:
    """Every page and table without a number in its address that the reader may open."""
    found = {}
    for route in routes():
        plain = not route.arguments and route.path not in EVER_NEW
        if plain and relations.expected(route, reader, "GET", inside=True) == "in":
            answer = client.get(reverse(route.name))
            if answer.status_code == 200 and not answer.streaming:
                found[route.path] = NUMBERED.sub("", readable(answer))
    return found


def add(places: tuple[str, ...], world: World) -> None:
    """Another of everything a household, a project or a table can have, at some places."""
    from doudi.delivery import evidence, hires, insurance_claims, objections, purchases, stock
    from doudi.delivery.buyers import Buyer
    from doudi.delivery.care_cases import CareCase
    from doudi.delivery.entitlements import Entitlement
    from doudi.delivery.insurance_claims import InsuranceClaim
    from doudi.delivery.models import PostHolding
    from doudi.projects.projects import Project
    from doudi.register.sheets import Sheet

    with sighted():
        firm = Buyer.objects.filter(kind="firm").order_by("id")[0]
        for place in places:
            home = homes()[place]
            lot = stock.put(home, "红苕", Decimal(9), "斤", price_fen=700, on=BEGUN, by="village")
            purchases.order(lot, firm, Decimal(2), 1_400, agreed=True, on=BEGUN, by="town")
            for claim in InsuranceClaim.objects.filter(household=home):
                insurance_claims.visit(claim, "查勘员", 90_000, visited_on=BEGUN, by="bureau", on=BEGUN)
            for claim in hires.Claim.objects.filter(household=home):
                hires.answer(claim, "已核实", by="bureau")
            there = Entitlement.objects.filter(place_code__startswith=place)
            for one in there.filter(stage="village_review").exclude(evidence_wanted=[])[:2]:
                evidence.bring(one, one.evidence_wanted[0], "又一份", by="supervisor", on=BEGUN)
                objections.record(one, way="letter", said="来信反映", by="supervisor", on=BEGUN)
            CareCase.objects.filter(place_code__startswith=place).update(due_on=BEGUN.replace(year=2019))
            PostHolding.objects.filter(place_code__startswith=place).update(hours_week=1)
            Project.objects.filter(place_code__startswith=place).update(name="看不见的项目")
            for sheet in Sheet.objects.filter(place_code__startswith=place):
                copied(sheet, place, name="看不见的表.csv")


@pytest.mark.parametrize("reader", BEYOND)
def test_what_is_added_beyond_the_duty_changes_no_page(
    reader: str, reader_of: Open, world: World, lightly: None
) -> None:
    from doudi.trail.commands import carry_out

    with standing(reader):
        client = reader_of(reader)
        before = pages(reader, client)
        with carry_out("test", by="tester"):
            add(BEYOND[reader], world)
        after = pages(reader, client)
    told = {path: _differs(before[path], after.get(path, "")) for path in before if before[path] != after.get(path)}
    assert told == {}
    assert len(before) > 20


def test_what_is_added_within_the_duty_does_change_pages(reader_of: Open, world: World, lightly: None) -> None:
    """Or the test above would prove nothing."""
    from doudi.trail.commands import carry_out

    with standing("county"):
        client = reader_of("county")
        before = pages("county", client)
        with carry_out("test", by="tester"):
            add((SIBLING,), world)
        after = pages("county", client)
    changed = {path for path in before if before[path] != after.get(path)}
    assert {"deeds/purchases/stock/", "deeds/purchases/", "deeds/insurance/", "deeds/hires/", "works/"} <= changed
    assert {"deeds/evidence/", "deeds/objections/", "deeds/care/"} <= changed


def _differs(one: str, other: str) -> list[str]:
    lines = zip(one.splitlines(), other.splitlines(), strict=False)
    return next(([left[:300], right[:300]] for left, right in lines if left != right), ["length", ""])


@dataclass(frozen=True, slots=True)
class Form:
    """A form that names a thing: route, field, the noun named, what else is sent; `code`: by a household's code."""

    name: str
    field: str
    noun: str
    more: tuple[tuple[str, str], ...] = ()
    code: bool = False


LOT = (("kind", "鸡蛋"), ("quantity", "1"), ("unit", "枚"), ("price", "1"), ("on", "2020-02-27"))
FORMS = (
    Form("stock-put", "code", "produce", LOT, True),
    Form("insurance-signal", "household", "insurance claim", (("note", "房屋受损"),), True),
    Form("deed-relations", "code", "entitlement", (("relation", "own"),), True),
    Form("deed-act", "id", "entitlement", (("verdict", "accept"), ("stage", "village_review"))),
    Form("deed-act", "id", "entitlement", (("verdict", "post"), ("phone", "0825"))),
    Form("payments-check", "payment", "payment"),
    Form("payments-act", "payment", "payment", (("reason", "停"),)),
    Form("payments-act", "payment", "payment", (("do", "retry"),)),
    Form("care-hand", "case", "care case"),
    Form("loan-extend", "id", "entitlement"),
    Form("loan-lend", "id", "entitlement"),
    Form("buyer-enter", "unit", "buyer", (("kind", "helper"), ("name", "某人"))),
    Form("hire-enter", "person", "hire", (("name", "外县人"),)),
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.name}-{form.field}-{len(form.more)}")
@pytest.mark.parametrize("reader", ["county", "town", "village", "helper"])
def test_what_a_form_names_beyond_the_duty_is_not_there(
    reader: str, form: Form, reader_of: Open, world: World, lightly: None
) -> None:
    route = next(each for each in routes() if each.name == form.name)
    if relations.expected(route, reader, "POST", inside=True) != "in":
        pytest.skip("not this reader's")
    beyond = [row for row in world.rows[form.noun] if not NOUNS[form.noun].sees(reader, row, world)]
    assert beyond
    with standing(reader):
        client = reader_of(reader)
        for row in beyond:
            named, nothing = _names(form, row, world)
            said = [
                NUMBERED.sub("", readable(client.post(reverse(form.name), {**dict(form.more), form.field: value})))
                for value in (named, nothing)
            ]
            assert _without(said[0], named) == _without(said[1], nothing), row


def _without(said: str, typed: str) -> str:
    """What is said, but for what was typed and stands in its field again."""
    return re.sub(rf'(?<=[">“]){re.escape(typed)}(?=["<”])', "?", said)


def _names(form: Form, row: Any, world: World) -> tuple[str, str]:
    """What the form names, and something of the same length that there is not."""
    if not form.code:
        return row.arguments["number"], "9" * 9
    code = next(home.code for home in world.homes if home.id == row.household)
    return code, "510921110212-9999"
