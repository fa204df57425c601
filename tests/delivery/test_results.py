"""Paid only after the result is seen, nothing while somebody objects: measure 1 from decision to payment."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest

from doudi.values.refusals import Refusal
from tests.delivery.conftest import AWARD, DAY

Granted = Callable[..., list[int]]
VILLAGE = "510921110212"
LATER = DAY + datetime.timedelta(days=7)
pytestmark = pytest.mark.django_db


@pytest.fixture
def money(whole: Any, run: Any) -> Any:
    """A county budget for the award."""
    from doudi.funds import budgets, sources

    with whole():
        source = sources.register("T1", "测试资金", level="county", document="测试1号", on=DAY, by="finance")
        budget = budgets.establish(AWARD, "510921", source, title="扶持金", from_day=DAY, by="finance")
        budgets.appropriate(budget, 1_000_000, document="测试1号", by="finance", on=DAY)
    return budget


@pytest.fixture
def awards(granted: Granted, whole: Any) -> list[int]:
    """The awards of one village, reviewed there, waiting for their notice."""
    from doudi.delivery import grants

    ids = granted(AWARD, VILLAGE)
    with whole():
        grants.advance(ids, "village_review", "accept", by="village", on=DAY)
    return ids


@pytest.fixture
def noticed(awards: list[int], whole: Any) -> list[int]:
    from doudi.delivery import notices

    with whole():
        notices.post(awards, phone="0825-5420000", by="village", on=DAY)
    return awards


def approve(ids: list[int]) -> None:
    from doudi.delivery import grants

    grants.advance(ids, "public_notice", "accept", by="village", on=LATER)
    grants.advance(ids, "town", "accept", by="town", on=LATER)
    grants.advance(ids, "county", "accept", by="county2", on=LATER)


def entitlement(number: int) -> Any:
    from doudi.delivery.models import Entitlement

    return Entitlement.objects.get(pk=number)


def test_a_notice_shows_code_masked_name_item_and_amount_and_nothing_else(awards: list[int], whole: Any) -> None:
    from doudi.delivery import notices
    from doudi.register.persons import Person

    with whole():
        (notice,) = notices.post(awards, phone="0825-5420000", by="village", on=DAY)
        people = Person.objects.in_bulk([entitlement(number).person_id for number in awards])
    shown = notices.shown(notice.token, on=DAY)
    assert shown is not None
    assert (shown.village, shown.town, notice.title_zh) == ("青杠村", "鸣凤镇", "产业就业扶持金")
    assert len(shown.lines) == len(awards)
    names = {line.masked_name for line in shown.lines}
    assert names == {notices.masked(person.name) for person in people.values()}
    assert all("*" in name for name in names)
    assert notice.last_day == DAY + datetime.timedelta(days=6)
    assert notices.shown(notice.token, on=LATER) is None
    assert notices.shown(notice.token, on=DAY - datetime.timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张*"), ("张小三", "张*三"), ("阿依古丽", "阿**丽"), ("张", "张*")]
)
def test_masked_names(name: str, masked: str) -> None:
    from doudi.delivery import notices

    assert notices.masked(name) == masked


def test_the_days_must_have_run(noticed: list[int], whole: Any) -> None:
    from doudi.delivery import grants

    with whole(), pytest.raises(Refusal, match=f"{len(noticed)} whose days have not run"):
        grants.advance(noticed, "public_notice", "accept", by="village", on=LATER - datetime.timedelta(days=1))


def test_not_put_up_is_not_passed(awards: list[int], whole: Any) -> None:
    from doudi.delivery import grants

    with whole(), pytest.raises(Refusal, match=f"{len(awards)} not put up"):
        grants.advance(awards, "public_notice", "accept", by="village", on=LATER)


def test_an_objection_holds_the_notice_until_another_answers_it(noticed: list[int], whole: Any) -> None:
    from doudi.delivery import grants, objections

    with whole():
        said = {"way": "phone", "said": "此人没有搞产业", "on": DAY}
        objection = objections.record(entitlement(noticed[0]), by="town", **said)
        with pytest.raises(Refusal, match="1 with an objection"):
            grants.advance(noticed, "public_notice", "accept", by="village", on=LATER)
        for party in ("town", "village", "county"):
            with pytest.raises(Refusal, match="does not answer it"):
                objections.answer(objection, upheld=False, text="已核实", by=party, on=DAY)
        objections.answer(objection, upheld=False, text="已到户核实,确有养殖", by="county2", on=DAY)
        assert grants.advance(noticed, "public_notice", "accept", by="village", on=LATER) == len(noticed)


def test_paid_only_after_the_result_is_seen_by_another(noticed: list[int], whole: Any, money: Any) -> None:
    from doudi.delivery import evidence, paying

    with whole():
        approve(noticed)
        first = entitlement(noticed[0])
        assert first.state == "approved"
        with pytest.raises(Refusal, match="cannot be paid now"):
            paying.pay([first.pk], by="county", on=LATER)
        brought = evidence.bring(first, "business_seen", "养鸡30只", by="helper", on=LATER)
        with pytest.raises(Refusal, match="by somebody else"):
            evidence.look([brought.pk], seen=True, by="helper", on=LATER)
        assert evidence.look([brought.pk], seen=True, by="village", on=LATER) == 1
        assert entitlement(first.pk).state == "payable"
        assert paying.ready() == [first.pk]
        made = paying.pay([first.pk], by="county", on=LATER)
        assert list(made) == [first.pk]
        assert paying.ready() == []
        with pytest.raises(Refusal, match=r"already|reserved"):
            paying.pay([first.pk], by="county", on=LATER)


def test_an_objection_stops_a_payment_and_a_withdrawal_gives_the_money_back(
    noticed: list[int], whole: Any, money: Any
) -> None:
    from doudi.delivery import entitlements, evidence, objections, paying, reserving
    from doudi.funds.reservations import Reservation

    with whole():
        approve(noticed)
        first = entitlement(noticed[0])
        brought = evidence.bring(first, "business_seen", "养鸡30只", by="helper", on=LATER)
        evidence.look([brought.pk], seen=True, by="village", on=LATER)
        paying.pay([first.pk], by="county", on=LATER)
        objections.record(first, way="letter", said="冒领", by="supervisor", on=LATER)
        assert reserving.standing([first.pk])[first.pk].state == "stopped"
        assert paying.ready() == []
        entitlements.withdraw([first.pk], by="county", on=LATER, reason="查实冒领")
        assert Reservation.objects.get(reference=f"entitlement:{first.pk}").state == "released"
        assert entitlement(first.pk).state == "withdrawn"


def test_nothing_is_approved_beyond_the_budget(noticed: list[int], whole: Any, run: Any) -> None:
    from doudi.delivery.models import Step
    from doudi.funds import budgets, sources

    with whole(), pytest.raises(Refusal, match="has no budget"):
        approve(noticed)
    with whole():
        source = sources.register("T2", "测试资金", level="county", document="测试2号", on=DAY, by="finance")
        budget = budgets.establish(AWARD, "510921", source, title="扶持金", from_day=DAY, by="finance")
        budgets.appropriate(budget, 10_000 * len(noticed) - 1, document="测试2号", by="finance", on=DAY)
        from doudi.delivery import grants

        with pytest.raises(Refusal):
            grants.advance(noticed, "county", "accept", by="county2", on=LATER)
        assert not Step.objects.filter(stage="county").exists()


# -- files of evidence


def picture(size: tuple[int, int] = (3000, 1000), form: str = "JPEG", **more: Any) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **more)
    return out.getvalue()


def test_a_picture_is_kept_small_and_without_what_the_camera_added(noticed: list[int], whole: Any) -> None:
    from PIL import Image

    from doudi.delivery import evidence, files

    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    with whole():
        made = evidence.bring(
            entitlement(noticed[0]), "business_seen", "鸡舍", body=picture(exif=exif), by="helper", on=DAY
        )
    body = files.place_of(made.sha256).read_bytes()
    with Image.open(io.BytesIO(body)) as kept:
        assert max(kept.size) == 2_000
        assert not kept.getexif()
    assert b"SECRET-CAMERA" not in body
    assert made.media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"GIF89a" + b"\0" * 100, "Only JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Only JPEG"),
        (b"\xff\xd8\xff" + b"\0" * 500, "cannot be read|damaged"),
        (b"%PDF-1.4 cut off", "damaged|cannot"),
        (b"x" * 12_000_001, "larger than 12 MB"),
    ],
    ids=["empty", "gif", "svg", "broken", "cut", "large"],
)
def test_what_is_no_evidence_is_refused_in_words(body: bytes, words: str) -> None:
    from doudi.delivery import files

    with pytest.raises(Refusal, match=words):
        files.keep(body)


def test_a_picture_of_endless_pixels_is_refused() -> None:
    from doudi.delivery import files

    with pytest.raises(Refusal, match="damaged or too large"):
        files.keep(picture((9_000, 9_000), "PNG"))
