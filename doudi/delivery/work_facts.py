"""What posts and hires let the rules know: which post is filled, who holds one, for whom an award was claimed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from doudi.delivery.hires import CLAIMED, Claim
from doudi.delivery.posts import PostHolding
from doudi.register.items import Item


def facts(day: date) -> dict[tuple[str, str], Mapping[int, Any]]:
    """Values by (table, fact) and subject.

    A post is filled while somebody's term covers the day; of one never held the register's word stays. The award was
    claimed before for a hire where the live claim for its person is of another hire, and not where it is its own.
    """
    held = list(PostHolding.objects.filter(from_day__lte=day).values_list("post_id", "person_id"))
    now = set(PostHolding.objects.in_force(on=day).values_list("post_id", "person_id"))
    posts, people = {post for post, _ in now}, {person for _, person in now}
    found: dict[tuple[str, str], Mapping[int, Any]] = {
        ("post", "filled"): {post: post in posts for post, _ in held},
        ("person", "welfare_post"): dict.fromkeys(people, True),
        ("hire", "claimed_before"): _claimed_before(day),
    }
    return {key: values for key, values in found.items() if values}


def _claimed_before(day: date) -> dict[int, bool]:
    claims = Claim.objects.filter(state=CLAIMED, claimed_on__lte=day)
    of_person = dict(claims.values_list("person_id", "hire_id"))
    hires = Item.objects.filter(kind="hire", person_id__in=of_person).values_list("id", "person_id")
    return {hire: of_person[person] != hire for hire, person in hires if person is not None}
