"""Two words on one fact, on the village's page: both shown alike, settled by a person, never by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.register.demo.places import QINGGANG

Open = Callable[[str], Client]
FACT = "unsold_produce"


@pytest.fixture
def dispute(decided: None, db: None) -> Callable[..., Any]:
    """A household of the village on which the helper says yes and somebody who was there no."""
    from doudi.monitoring.disputes import Dispute
    from doudi.register.models import Household
    from doudi.trail.commands import carry_out

    def make(**more: Any) -> Any:
        with carry_out("test", by="helper"), as_engine():
            home = Household.objects.filter(place_code=QINGGANG).order_by("pk").first()
            assert home is not None
            given = {"kind": "conflict", "mine_by": "helper", "choice": "ask_village", "chosen_by": "helper"} | more
            return Dispute.objects.create(
                household=home, place_code=home.place_code, subject_kind="household", subject_id=home.pk, fact=FACT,
                mine=True, mine_source="household", theirs=False, theirs_source="field",
                opened_at=timezone.now(), **({"chosen_at": timezone.now()} | given),
            )  # fmt: skip

    return make


def believed(dispute: Any) -> Any:
    from doudi.register.beliefs import Belief

    with transaction.atomic(), as_engine():
        held = Belief.objects.get(subject_kind="household", subject_id=dispute.household_id)
    return held.document[FACT][0]


def again(dispute: Any) -> Any:
    with transaction.atomic(), as_engine():
        dispute.refresh_from_db()
    return dispute


@pytest.mark.parametrize("reader", ["county", "town", "village", "supervisor", "auditor"])
def test_what_the_village_was_asked_is_on_its_page(reader: str, reading_as: Open, dispute: Callable[..., Any]) -> None:
    one = dispute()
    page = reading_as(reader).get(reverse("disputes")).content.decode()
    assert one.household.code in page
    assert page.count("这个对") == (2 if reader in ("county", "town", "village") else 0)
    home = reading_as(reader).get(reverse("village-desk")).content.decode()
    assert reverse("disputes") in home


@pytest.mark.parametrize("reader", ["helper", "bank", "bureau", "treasurer", "admin"])
def test_others_do_not_see_it(reader: str, reading_as: Open) -> None:
    assert reading_as(reader).get(reverse("disputes")).status_code == 403


def test_the_word_found_right_is_believed_and_the_dispute_is_over(
    reading_as: Open, dispute: Callable[..., Any]
) -> None:
    one = dispute()
    address = reverse("dispute-settle", args=[one.pk])
    assert reading_as("village").post(address, {"choice": "mine", "source": "field"}).status_code == 302
    assert again(one).settled_at is not None
    assert (one.choice, one.chosen_by) == ("mine", "village")
    assert believed(one) is True
    assert reading_as("village").post(address, {"choice": "theirs", "source": "field"}).status_code == 404


def test_what_was_seen_is_stated_and_what_is_wrong_stays_typed(reading_as: Open, dispute: Callable[..., Any]) -> None:
    one = dispute()
    address, village = reverse("dispute-settle", args=[one.pk]), reading_as("village")
    wrong = village.post(address, {"choice": "stated", "value": "也许吧", "source": "field"})
    assert wrong.status_code == 422
    assert "也许吧" in wrong.content.decode()
    assert again(one).settled_at is None
    assert village.post(address, {"choice": "stated", "value": "否", "source": "field"}).status_code == 302
    assert (again(one).choice, believed(one)) == ("stated", False)


@pytest.mark.parametrize("choice", ["", "both", "ask_village", "\0", "x" * 500])
def test_a_choice_no_form_sends_is_told(choice: str, reading_as: Open, dispute: Callable[..., Any]) -> None:
    one = dispute()
    answer = reading_as("village").post(reverse("dispute-settle", args=[one.pk]), {"choice": choice, "source": "field"})
    assert answer.status_code == 422
    assert again(one).settled_at is None


@pytest.mark.parametrize("source", ["", "bank", "national", "\0"])
def test_how_it_is_known_is_said(source: str, reading_as: Open, dispute: Callable[..., Any]) -> None:
    one = dispute()
    answer = reading_as("village").post(reverse("dispute-settle", args=[one.pk]), {"choice": "mine", "source": source})
    assert answer.status_code == 422
    assert again(one).settled_at is None


def test_ones_own_word_on_what_is_protected_waits_for_another(reading_as: Open, dispute: Callable[..., Any]) -> None:
    one = dispute(kind="protected", mine_by="village", choice="", chosen_by="", chosen_at=None)
    address = reverse("dispute-settle", args=[one.pk])
    own = reading_as("village").post(address, {"choice": "mine", "source": "field"})
    assert own.status_code == 422
    assert "另一位" in own.content.decode()
    assert reading_as("town").post(address, {"choice": "mine", "source": "field"}).status_code == 302
    assert again(one).chosen_by == "town"


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "%00"])
def test_one_that_is_not_there(number: str, reading_as: Open) -> None:
    assert reading_as("village").post(f"/village/disputes/{number}/settle/", {"choice": "mine"}).status_code == 404
