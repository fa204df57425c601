"""The pages of what is granted: each opens for its readers, each act does what it says or says why not."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

Open = Callable[[str], Client]
DAY = datetime.date(2020, 2, 27)
AWARD = "01_livelihood_award"
VILLAGE = "510921110212"


@pytest.fixture
def held(reading_as: Open) -> Callable[..., Any]:
    """`held(Model, **conditions)` is the first such row, past the wall."""
    from doudi.access.scope import as_engine
    from doudi.delivery.models import Entitlement

    def find(model: Any, **conditions: Any) -> Any:
        with transaction.atomic(), as_engine():
            found = model.objects.filter(**conditions).order_by("id")
            return (found.select_related("household", "run") if model is Entitlement else found).first()

    return find


def test_the_demo_has_entitlements_at_every_stage(held: Any) -> None:
    from doudi.delivery.models import Entitlement, Notice, Objection

    for stage in ("village_review", "public_notice", "town", "county", "labour_bureau"):
        assert held(Entitlement, stage=stage), stage
    assert held(Notice, from_day__lte=DAY, until_day__gt=DAY)
    assert held(Objection, state="open")


@pytest.mark.parametrize("state", ["made", "checked", "sent", "paid", "failed"])
def test_the_demo_has_payments_of_every_standing(held: Any, state: str) -> None:
    from doudi.delivery.models import Entitlement
    from doudi.funds.models import Payment

    payment = held(Payment, origin_kind="entitlement", state=state)
    one = held(Entitlement, pk=payment.origin_id)
    assert one.state == ("confirmed" if state == "paid" else "payable")


def test_what_was_paid_is_confirmed_by_the_household_and_what_was_not_is_not(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Entitlement
    from doudi.funds.models import Payment

    sent = held(Payment, origin_kind="entitlement", state="sent")
    page = reading_as("town").get(reverse("entitlement", args=[sent.origin_id])).content.decode()
    assert "农户说已收到" not in page
    answer = reading_as("town").post(reverse("entitlement-confirm", args=[sent.origin_id]))
    assert answer.status_code == 422
    assert "还没有到账" in answer.content.decode()
    assert held(Entitlement, pk=sent.origin_id).state == "payable"


@pytest.mark.parametrize("state", ["approved", "payable", "confirmed", "refused", "withdrawn"])
def test_the_demo_has_entitlements_of_every_state(held: Any, state: str) -> None:
    from doudi.delivery.models import Entitlement

    assert held(Entitlement, state=state)


@pytest.mark.parametrize("reader", ["county", "town", "village", "helper", "bureau", "bank", "supervisor", "auditor"])
@pytest.mark.parametrize("name", ["deeds", "entitlements", "notices", "evidence", "objections"])
def test_every_reader_sees_these_pages(reader: str, name: str, reading_as: Open) -> None:
    assert reading_as(reader).get(reverse(name)).status_code == 200


def test_the_village_accepts_its_list_and_it_moves_on(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Entitlement

    village = reading_as("village")
    listed = {"stage": "village_review", "measure": AWARD, "place": VILLAGE, "phase": ""}
    one = held(Entitlement, stage="village_review", measure=AWARD, place_code=VILLAGE)
    page = village.get(reverse("deeds"), listed).content.decode()
    assert f'value="{one.pk}"' in page
    answer = village.post(reverse("deed-act"), {**listed, "id": one.pk, "verdict": "accept"})
    assert answer.status_code == 302, answer.content.decode()
    assert held(Entitlement, pk=one.pk).stage == "public_notice"
    again = village.post(reverse("deed-act"), {**listed, "id": one.pk, "verdict": "accept"})
    assert again.status_code == 422
    assert "已不在“村级评议”" in again.content.decode()


def test_a_return_without_a_reason_keeps_what_was_ticked(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Entitlement

    one = held(Entitlement, stage="town", measure=AWARD)
    listed = {"stage": "town", "measure": AWARD, "place": one.place_code, "phase": ""}
    answer = reading_as("town").post(reverse("deed-act"), {**listed, "id": one.pk, "verdict": "return"})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "请写明理由" in body
    assert f'value="{one.pk}" checked' in body


def test_another_towns_clerk_acts_on_nothing(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Entitlement

    one = held(Entitlement, stage="village_review", measure=AWARD, place_code=VILLAGE)
    answer = reading_as("town").post(
        reverse("deed-act"),
        {"stage": "village_review", "measure": AWARD, "place": VILLAGE, "phase": "", "id": one.pk, "verdict": "accept"},
    )
    assert answer.status_code == 422


def test_from_a_payment_back_to_decision_snapshot_rule_and_clause(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Entitlement

    one = held(Entitlement, measure=AWARD, stage="town")
    auditor = reading_as("auditor")
    page = auditor.get(reverse("entitlement", args=[one.pk])).content.decode()
    for name, args in (("run", [one.run_id]), ("measure", [AWARD]), ("pack", [one.pack_hash[:12]])):
        assert reverse(name, args=args) in page
        assert auditor.get(reverse(name, args=args)).status_code == 200
    assert "/why/" in page
    assert one.run.snapshot_hash[:12] in page


def test_the_public_reads_a_notice_while_it_hangs_and_nothing_is_kept(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Notice

    hangs = held(Notice, published=True, until_day__gt=DAY)
    down = held(Notice, published=True, until_day__lte=DAY)
    public = Client()
    answer = public.get(reverse("public-notice", args=[hangs.token]))
    assert answer.status_code == 200
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert hangs.phone in answer.content.decode()
    if down is not None:
        assert public.get(reverse("public-notice", args=[down.token])).status_code == 404
    assert public.get(reverse("public-notice", args=["no-such"])).status_code == 404
    assert public.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"
    assert reverse("public-notice", args=[hangs.token]) in public.get(reverse("public-notices")).content.decode()


def test_a_notice_and_the_plain_sheet_are_papers(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Entitlement, Notice

    notice = held(Notice, published=True)
    one = held(Entitlement, measure=AWARD, place_code=VILLAGE)
    county = reading_as("county")
    for address in (
        reverse("notice-paper", args=[notice.pk]),
        reverse("plain-sheet", args=[one.household.code]),
    ):
        answer = county.get(address)
        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF")


def test_evidence_is_brought_looked_at_and_downloaded_as_a_file(reading_as: Open, held: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from doudi.delivery.models import Entitlement, Evidence
    from tests.delivery.test_results import picture

    one = held(Entitlement, measure=AWARD, place_code=VILLAGE, stage="village_review")
    file = SimpleUploadedFile("../../x.svg", picture((50, 40)), "text/html")
    typed = {"kind": "business_seen", "note": "鸡舍", "file": file}
    village = reading_as("village")
    assert village.post(reverse("evidence-bring", args=[one.pk]), typed).status_code == 302
    brought = held(Evidence, entitlement=one, note="鸡舍")
    answer = village.get(reverse("evidence-file", args=[brought.pk]))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    own = village.post(reverse("evidence-look", args=[brought.pk]), {"verdict": "seen"})
    assert own.status_code == 422
    assert reading_as("town").post(reverse("evidence-look", args=[brought.pk]), {"verdict": "seen"}).status_code == 302
    assert held(Evidence, pk=brought.pk).seen_by == "town"


@pytest.mark.parametrize(
    "file", [b"", b"<html><script>alert(1)</script>", b"\xff\xd8\xff broken"], ids=["empty", "html", "broken"]
)
def test_a_bad_file_is_refused_at_its_form_with_what_was_typed(file: bytes, reading_as: Open, held: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from doudi.delivery.models import Entitlement, Evidence

    one = held(Entitlement, measure=AWARD, place_code=VILLAGE, stage="village_review")
    sent = SimpleUploadedFile("x.jpg", file, "image/jpeg")
    typed = {"kind": "business_seen", "note": "看到了鸡", "file": sent}
    answer = reading_as("village").post(reverse("evidence-bring", args=[one.pk]), typed)
    if file:
        assert answer.status_code == 422
        assert 'value="看到了鸡"' in answer.content.decode()
        assert not held(Evidence, note="看到了鸡")


def test_an_objection_is_recorded_and_answered(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Entitlement, Objection

    one = held(Entitlement, measure="04_village_posts", stage="public_notice", place_code=VILLAGE)
    said = {"way": "in_person", "said": "他不在家", "said_by": ""}
    assert reading_as("village").post(reverse("objection-record", args=[one.pk]), said).status_code == 302
    made = held(Objection, said="他不在家")
    empty = reading_as("county2").post(reverse("objection-answer", args=[made.pk]), {"verdict": "dismissed"})
    assert empty.status_code == 422
    told = {"verdict": "dismissed", "answer": "已核实,在家"}
    assert reading_as("county2").post(reverse("objection-answer", args=[made.pk]), told).status_code == 302
    assert held(Objection, pk=made.pk).state == "dismissed"


def test_granting_a_list_on_the_page(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Grant

    county = reading_as("county")
    assert county.get(reverse("deed-grant")).status_code == 200
    typed = {"measure": "07b_spring_ploughing", "place": "510921110"}
    answer = county.post(reverse("deed-grant"), typed)
    assert answer.status_code == 302, answer.content.decode()
    number = int(answer["Location"].rpartition("=")[2])
    assert (held(Grant, pk=number).granted_by, held(Grant, pk=number).measure) == ("county", "07b_spring_ploughing")
    assert county.get(answer["Location"]).status_code == 200
    assert county.post(reverse("deed-grant"), typed).status_code == 422


def test_what_waits_is_a_line_a_measure_and_stage_with_its_villages(reading_as: Open, held: Any) -> None:
    import re

    page = reading_as("county").get(reverse("deeds")).content.decode()
    rows = [row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if "stage=" in row]
    assert len(rows) == len({re.sub(r"place=\d+", "", re.findall(r'href="\?*[^"]*"', row)[0]) for row in rows})
    for row in rows:
        number = int(re.findall(r'data-label="条数">([\d,]+)<', row)[0].replace(",", ""))
        parts = re.findall(r"</span>\S+ ([\d,]+)</a>", row)
        assert number == sum(int(part.replace(",", "")) for part in parts) > 0


def test_a_relatives_household_leaves_the_queue(reading_as: Open, held: Any) -> None:
    from doudi.delivery.models import Entitlement

    one = held(Entitlement, stage="village_review", measure=AWARD, place_code=VILLAGE)
    village = reading_as("village")
    typed = {"code": one.household.code, "relation": "sibling"}
    assert village.post(reverse("deed-relations"), typed).status_code == 302
    assert village.post(reverse("deed-relations"), typed).status_code == 422
    listed = {"stage": "village_review", "measure": AWARD, "place": VILLAGE, "phase": ""}
    assert f'value="{one.pk}"' not in village.get(reverse("deeds"), listed).content.decode()
    answer = village.post(reverse("deed-act"), {**listed, "id": one.pk, "verdict": "accept"})
    assert answer.status_code == 422
    assert "申报的亲属" in answer.content.decode()


@pytest.mark.parametrize("name", ["entitlement", "notice", "notice-paper", "evidence-file", "plain-sheet"])
@pytest.mark.parametrize("number", ["0", "999999999999999999999", "x", "1;DROP", "１"])
def test_what_is_not_there_is_404(name: str, number: str, reading_as: Open) -> None:
    assert reading_as("county").get(reverse(name, args=[number])).status_code == 404
