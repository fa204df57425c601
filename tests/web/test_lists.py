"""The list of households: its counts are true, in scope, and every one leads to the list it promises."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import as_engine, enter
from doudi.access.users import User
from doudi.policy import household_rolls, selections
from doudi.policy.decisions import Standing
from doudi.policy.runs import Run
from doudi.policy.selections import Wanted
from doudi.register.beliefs import Belief
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.web.reader import Reader, read_as
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
TOWN = "510921110"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def total(body: str) -> int:
    found = re.search(r"<strong>([\d,]+)</strong> 户", body)
    assert found is not None
    return int(found.group(1).replace(",", ""))


def links(body: str) -> list[tuple[str, int]]:
    """Every facet value offered as a link, but those chosen already: its address and its count."""
    found = re.findall(r'<li><a id="f-[^"]*" href="([^"]+)"([^>]*)>.*?<span class="num">([\d,]+)</span>', body, re.S)
    return [(html.unescape(url), int(n.replace(",", ""))) for url, more, n in found if "aria-current" not in more]


def options(body: str, name: str) -> dict[str, int]:
    part = re.search(rf'<select class="form-select" id="{name}".*?</select>', body, re.S)
    found = re.findall(r'<option value="([^"]+)"[^>]*>[^<]* · ([\d,]+)</option>', part.group() if part else "")
    return {value: int(number.replace(",", "")) for value, number in found}


@pytest.mark.parametrize(
    "query", ["", f"town={TOWN}&measure=02_farm_purchases&state=unknown", "registered=yes&members=2&differ=yes"]
)
def test_a_count_is_the_list_behind_it(county: Client, query: str) -> None:
    body = text(county.get(f"/households/?{query}"))
    offered = links(body)
    assert len(offered) >= 5
    for url, number in offered:
        assert total(text(county.get(url))) == number, url
    for name in ("town", "measure", "state"):
        for value, number in list(options(body, name).items())[:4]:
            listed = total(text(county.get(f"/households/?{query}&{name}={value}")))
            assert listed == number, (name, value)


@pytest.fixture
def chosen(decided: None, db: None) -> Callable[..., selections.Selection]:
    """`chosen("town", state="yes")`: what that demo account selects."""

    def choose(username: str, **wanted: str) -> selections.Selection:
        run, reader = Run.objects.in_force("pengxi_2020"), reader_called(username)
        with transaction.atomic(), enter(reader.scope):
            reads = [word for word in household_rolls.SENSITIVITIES if reader.reads(word)]
            return selections.select(household_rolls.present(run), Wanted(**wanted), names=True, reads=reads)

    return choose


def reader_called(username: str) -> Reader:
    return read_as(User.objects.get(username=username), on=RUN_DAY)


@pytest.mark.parametrize("username", ["county", "town", "village", "helper"])
def test_facets_equal_independent_counts_in_scope(chosen: Any, username: str) -> None:
    found, scope = chosen(username), reader_called(username).scope
    with transaction.atomic(), enter(scope):
        mine = set(Household.objects.values_list("pk", flat=True))
        registered = Belief.objects.filter(subject_kind="household", document__registered_poor__0=True).count()
        people: dict[int, int] = {}
        for number in Person.objects.filter(household__isnull=False).values_list("household_id", flat=True):
            people[number] = people.get(number, 0) + 1
    assert set(found.ids.tolist()) == mine
    assert found.counts("registered").get("yes", 0) == registered
    assert found.counts("members") == tally(min(people.get(number, 0), 6) for number in mine)
    assert found.counts("open").get("yes", 0) == len(open_among(mine))


def tally(numbers: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for number in numbers:
        found[str(number)] = found.get(str(number), 0) + 1
    return found


def open_among(mine: set[int]) -> set[int]:
    """Households with some verdict not yet known, counted subject by subject."""
    with transaction.atomic(), as_engine():
        rows = Standing.objects.filter(household_id__in=mine).values_list("household_id", "decision__verdicts")
        return {household for household, verdicts in rows if 2 in verdicts}


def test_another_towns_households_are_not_counted(chosen: Any) -> None:
    assert set(chosen("town").counts("town")) == {TOWN}
    assert chosen("town", town="510921102").ids.tolist() == []
    assert chosen("admin").counts("state") == {"yes": 0, "unknown": 0, "no": 0}


def test_a_sorted_list_is_stable_and_what_is_not_known_is_last(chosen: Any) -> None:
    for sort in ("members", "-members", "income", "-income"):
        found = chosen("county", sort=sort).chosen
        key = [None if value == household_rolls.NOTHING else int(value) for value in found[sort.removeprefix("-")]]
        known = [value for value in key if value is not None]
        assert key[: len(known)] == known == sorted(known, reverse=sort.startswith("-"))
        same = [(p, c) for p, c, v in zip(found["place"], found["code"], key, strict=True) if v == key[0]]
        assert same == sorted(same)


def test_the_roll_follows_an_answer_and_a_move(county: Client, codes: dict[str, str]) -> None:
    before = total(text(county.get("/households/?registered=no")))
    with transaction.atomic(), as_engine():
        found = Household.objects.get(code=codes["near"])
    form = {"subject": f"household:{found.pk}", "fact": "registered_poor", "value": "否", "source": "national",
            "about": "2020-02-27", "key": "00000000-0000-4000-8000-00000000000b"}  # fmt: skip
    assert county.post(f"/households/{codes['near']}/questions/", form).status_code == 302
    assert total(text(county.get("/households/?registered=no"))) == before + 1


def test_the_columns_are_the_readers_choice(county: Client) -> None:
    body = text(county.get("/households/?col=fen&col=registered&sort=-fen"))
    heads = re.findall(r"<th scope=\"col\"[^>]*>(?:<a [^>]*>)?([^<]+)", body)
    assert [head.strip() for head in heads] == ["户主", "应得资金(元)", "建档立卡户"]
    assert 'aria-sort="descending"' in body


def test_back_in_the_browser_loads_a_whole_page(county: Client) -> None:
    again = county.get("/households/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in text(again)


def test_an_empty_list_says_what_to_do(county: Client) -> None:
    assert "去掉上面的一个条件" in text(county.get("/households/?q=没有这样的户"))


def test_a_childs_name_finds_no_household_for_who_reads_no_childrens_names(reading_as: Any) -> None:
    """The county and a town read names, of children only the village and the helper do."""
    from django.db import transaction
    from django.utils import timezone

    from doudi.access.scope import as_engine
    from doudi.register import children
    from doudi.register.persons import Person

    with transaction.atomic(), as_engine():
        people = Person.objects.filter(place_code="510921110212", household__isnull=False).order_by("pk")
        young = children.among(people.values_list("pk", flat=True), on=timezone.localdate())
        names = list(Person.objects.values_list("name", flat=True))
        child = next(one for one in people if one.pk in young and names.count(one.name) == 1 and one.household)
        grown = next(one for one in people if one.pk not in young and names.count(one.name) == 1 and one.household)
        homes = {one: one.household.code for one in (child, grown) if one.household}
    for reader, finds in (("village", True), ("town", False), ("county", False)):
        client = reading_as(reader)
        assert (
            f"/households/{homes[child]}/" in client.get("/households/", {"q": child.name}).content.decode()
        ) is finds
        assert f"/households/{homes[grown]}/" in client.get("/households/", {"q": grown.name}).content.decode()
