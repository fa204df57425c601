"""What posts and hires let the rules know: which post is filled, who holds one, for whom an award was claimed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db.models import Q

from doudi.delivery.hires import CLAIMED, Claim
from doudi.delivery.posts import PostHolding
from doudi.register.items import Item


def facts(day: date, few: Mapping[str, Collection[int]] | None = None) -> dict[tuple[str, str], Mapping[int, Any]]:
    """Values by (table, fact) and subject.

    A post is filled while somebody's term covers the day; of one never held the register's word stays. The award was
    claimed before for a hire where the live claim for its person is of another hire, and not where it is its own.
    """
    rows = PostHolding.objects.filter(from_day__lte=day)
    if few is not None:
        rows = rows.filter(Q(person__in=few.get("person", ())) | Q(post__in=few.get("post", ())))
    held = list(rows.values_list("post_id", "person_id", "until", "ended_on"))
    now = [(post, person) for post, person, until, ended in held if (ended or until) >= day]
    posts, people = {post for post, _ in now}, {person for _, person in now}
    found: dict[tuple[str, str], Mapping[int, Any]] = {
        ("post", "filled"): {post: post in posts for post, *_ in held},
        ("person", "welfare_post"): dict.fromkeys(people, True),
        ("hire", "claimed_before"): _claimed_before(day, None if few is None else few.get("hire", ())),
    }
    return {key: values for key, values in found.items() if values}


def _claimed_before(day: date, few: Collection[int] | None) -> dict[int, bool]:
    if few is not None and not few:
        return {}
    claims = Claim.objects.filter(state=CLAIMED, claimed_on__lte=day)
    if few is not None:
        claims = claims.filter(person__in=Item.objects.filter(pk__in=few).values("person_id"))
    of_person = dict(claims.values_list("person_id", "hire_id"))
    hires = Item.objects.filter(kind="hire", person_id__in=of_person)
    if few is not None:
        hires = hires.filter(pk__in=few)
    return {hire: of_person[person] != hire for hire, person in hires.values_list("id", "person_id") if person}
