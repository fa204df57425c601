"""Delivery's nouns: what is granted, evidence, objections, notices, care, insurance, posts, hires, transfer."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import cache
from typing import Any

from django.utils import timezone

from tests.web.rows.base import ELSEWHERE, OTHER_COUNTY, Noun, Row, anybody, everybody, here, of_household, run_in_force
from tests.web.rows.making import (
    BEGUN,
    DONE,
    carry,
    copied,
    granted,
    homes,
    in_corners,
    moved_away,
    of,
    refreshed,
    sighted,
)

AWARD, CARE, TRANSFER = "01_livelihood_award", "06b_keep_allowance_without", "03_labour_transfer"
POSTS, IN_FORCE = "04_village_posts", "04b_posts_in_force"
PDF = b"%PDF-1.4\n%\xe2\xe3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
NOW = datetime.datetime(2020, 2, 28, 4, tzinfo=datetime.UTC)


@cache
def _awards() -> list[Any]:
    """Four awards under review, with what is brought and said of each; the last one's household has moved away."""
    granted(AWARD)
    return in_corners(AWARD, stage="village_review")


@cache
def _told() -> dict[str, list[Any]]:
    from doudi.delivery import evidence, objections

    awards = _awards()
    with sighted():
        seen = [
            evidence.bring(one, one.evidence_wanted[0], "入户查看", body=PDF, by="supervisor", on=BEGUN)
            for one in awards
        ]
        said = [objections.record(one, way="phone", said="来电反映", by="village", on=BEGUN) for one in awards]
    moved_away(awards[-1].household_id)
    return {"awards": refreshed(awards), "evidence": refreshed(seen), "objections": refreshed(said)}


def entitlements() -> list[Row]:
    """An award in every corner."""
    return of(_told()["awards"])


def evidence() -> list[Row]:
    """A document brought for each of those."""
    return of(_told()["evidence"])


def objections() -> list[Row]:
    """What was said against each of those."""
    return of(_told()["objections"])


@cache
def notices() -> list[Row]:
    """A list that hangs on the demo's day in three villages, and one of another county."""
    from doudi.delivery import notices as hanging
    from doudi.delivery.stages import NOTICE

    ids = [one.pk for one in _awards()[:-1]]
    carry(ids, until=NOTICE)
    with sighted():
        made = [
            each
            for number in ids
            for each in hanging.post([number], phone="0825-5420000", by="county2", on=run_in_force().as_of)
        ]
    made.append(copied(made[0], OTHER_COUNTY, token="of another county"))
    return [
        replace(row, arguments={**row.arguments, "token": each.token}) for row, each in zip(of(made), made, strict=True)
    ]


def care_cases() -> list[Row]:
    """A case of special care in every corner."""
    from doudi.delivery import care_cases as cases
    from doudi.delivery.demo import caring

    with sighted():
        caring.load(run_in_force(), now=NOW)
    granted(CARE)
    held = in_corners(CARE)
    with sighted():
        cases.open_cases(by="county", on=BEGUN)
    moved_away(held[-1].household_id)
    with sighted():
        return of(cases.CareCase.objects.filter(entitlement__in=held))


def claims() -> list[Row]:
    """A household in every corner that a village has reported as fallen back."""
    from doudi.delivery import insurance_claims

    with sighted():
        return of(
            insurance_claims.signal(home, "房屋受损", by="village", on=BEGUN, now=NOW) for home in homes().values()
        )


def post_holders() -> list[Row]:
    """Who holds a post, in every corner."""
    return of(_posts()[0])


def post_claims() -> list[Row]:
    """The entitlement of each of those."""
    return of(_posts()[1])


@cache
def _posts() -> tuple[list[Any], list[Any]]:
    from doudi.delivery import posts
    from doudi.delivery.entitlements import Entitlement

    granted(POSTS)
    granted(IN_FORCE)
    held = in_corners(POSTS, state="in_review")
    villages = {one.place_code for one in held}
    with sighted():
        free = Entitlement.objects.live().filter(measure=IN_FORCE, place_code__in=villages)
        ids = list(free.values_list("pk", flat=True))
    carry([*ids, *(one.pk for one in held)])
    terms = posts.Terms("疫情防控卡点值守", DONE, DONE + datetime.timedelta(days=10), 20, 80_000, 22)
    made = []
    with sighted():
        for one in refreshed(held):
            post = posts.free_posts(one.place_code, on=DONE)[0]
            made.append(posts.appoint(one, post, terms, by="town", on=DONE))
    moved_away(held[-1].household_id)
    return refreshed(made), refreshed(held)


def hires() -> list[Row]:
    """Somebody hired, in every corner."""
    from doudi.delivery import hires as hiring
    from doudi.delivery.enterprises import Licence
    from doudi.register.persons import Person
    from doudi.values import credit_codes

    body = "91510921MA0000001"
    firm = Licence(body + credit_codes.check_sign(body), "演示食品厂", True)
    made = []
    with sighted():
        for at, home in enumerate(homes().values()):
            person = Person.objects.filter(household=home).order_by("-code")[0]
            said = hiring.Hired(person, BEGUN, 12, f"HT-{at}", "2月工资单")
            made.append(hiring.take(firm, said, by="bureau", on=BEGUN, now=NOW))
    return of(made)


@cache
def _transfer() -> dict[str, list[Any]]:
    """Workers of every corner asked about an opening of today; journeys, and plans of two counties."""
    from doudi.delivery import journey_plans, matches, openings
    from doudi.delivery.demo import journeys
    from doudi.delivery.models import Journey

    with sighted():
        journeys.load(run_in_force())
    granted(TRANSFER)
    today = timezone.localdate()
    offer = openings.Offer("演示服装厂", "缝纫工", "浙江宁波", False, 450_000, 20, "declaration", today, today)
    with sighted():
        willing = set(matches.willing().values_list("pk", flat=True))
    held = [one for one in in_corners(TRANSFER) if one.pk in willing]
    with sighted():
        opening = openings.enter(offer, on=today, by="bureau")
        made = matches.ask(opening, [one.person_id for one in held], on=today, by="bureau")
        plan = journey_plans.make(on=today, by="county")
        every = list(openings.Opening.objects.order_by("id"))
        buses = list(Journey.objects.order_by("id"))
    moved_away(held[-1].household_id)
    away = copied(plan, ELSEWHERE)
    return {"matches": refreshed(made), "openings": every, "journeys": buses, "plans": [plan, away]}


def workers_asked() -> list[Row]:
    """A worker of every corner who is asked."""
    return of(_transfer()["matches"])


def openings() -> list[Row]:
    """Work that employers offer: names no household."""
    return [Row({"number": str(each.pk)}) for each in _transfer()["openings"]]


def journeys() -> list[Row]:
    """Vehicles: who sits in one is another question."""
    return [Row({"number": str(each.pk)}) for each in _transfer()["journeys"]]


def journey_plans() -> list[Row]:
    """A plan of the county, and one of another."""
    return of(_transfer()["plans"])


NOUNS: dict[str, Noun] = {
    "entitlement": Noun(entitlements, of_household),
    "evidence": Noun(evidence, of_household),
    "objection": Noun(objections, of_household),
    "notice": Noun(notices, here),
    "public notice": Noun(notices, anybody),
    "care case": Noun(care_cases, of_household),
    "insurance claim": Noun(claims, of_household),
    "post": Noun(post_holders, of_household),
    "claim to a post": Noun(post_claims, of_household),
    "hire": Noun(hires, of_household),
    "worker asked": Noun(workers_asked, of_household),
    "opening": Noun(openings, everybody),
    "journey": Noun(journeys, everybody),
    "journey plan": Noun(journey_plans, here),
}
