"""The pages of telling everybody: counted live, refused in words, one click to whoever was not told."""

from __future__ import annotations

import html
import io
import re
import wave
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from doudi.access.scope import as_engine
from doudi.outreach.campaigns import Campaign
from doudi.outreach.channels import speech
from doudi.outreach.consents import Consent
from doudi.outreach.counselling import CounsellingRequest
from doudi.outreach.dispatches import Dispatch
from doudi.outreach.reaches import Reach
from doudi.outreach.scripts import ScriptVersion
from doudi.register.households import Household
from doudi.trail import jobs
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
FORM = {
    "title": "小额信贷可以延期", "text": "受疫情影响还不上的,可以申请延期,最多半年。",
    "plain": "还不上贷款的可以缓半年。",
    "place": "510921", "preset": "poor", "channel": ["loudspeaker", "paper"], "measure": ["08a_loan_extension"],
    "from_day": "2020-02-27", "until_day": "2020-03-12", "quiet_from": "21", "quiet_until": "8", "wait_days": "3",
    "heard_days": "0",
}  # fmt: skip


def seen(found: Callable[[], Any]) -> Any:
    with transaction.atomic(), as_engine():
        return found()


def of_state(state: str) -> Campaign:
    return seen(lambda: Campaign.objects.filter(state=state).order_by("-id")[0])


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("reader", "status"),
    [("county", 200), ("town", 200), ("village", 200), ("helper", 200), ("supervisor", 200), ("auditor", 200),
     ("bank", 403), ("admin", 403)],
)  # fmt: skip
def test_the_first_page_is_read_by_whom_it_concerns(reading_as: Open, reader: str, status: int) -> None:
    assert reading_as(reader).get("/telling/").status_code == status


def test_a_campaign_goes_from_the_form_to_the_report(reading_as: Open) -> None:
    county = reading_as("county")
    answer = county.post("/telling/new/", FORM)
    assert answer.status_code == 302, text(answer)
    made = of_state("draft")
    page = text(county.get(answer["Location"]))
    assert "还不上贷款的可以缓半年。" in page
    assert f"/telling/campaigns/{made.pk}/audio/" in page
    assert seen(lambda: Dispatch.objects.filter(campaign=made).count()) == 0
    assert county.post(f"/telling/campaigns/{made.pk}/start/").status_code == 302
    made = of_state("running")
    assert made.households == seen(lambda: made.listeners.count())
    page = text(county.get(f"/telling/campaigns/{made.pk}/"))
    assert "对得上" in page
    assert jobs.drain() > 0
    names = {"loudspeaker": "510921110212", "paper": "510921110212"}
    for channel, place in names.items():
        one = seen(lambda c=channel, p=place: Dispatch.objects.filter(campaign=made, channel=c, place_code=p).first())
        if one is None:
            continue
        village = reading_as("village")
        assert str(one.pk) in text(village.get(f"/telling/queue/?channel={channel}&all=1"))
        assert village.post(f"/telling/queue/{one.pk}/", {"on": "2020-02-27"}).status_code == 302
        reach = seen(lambda k=one.pk: Reach.objects.filter(dispatch=k).first())
        assert (reach.sure, reach.confirmed_by) == ({"paper": "delivered"}.get(channel, "sent"), "village")
        assert village.post(f"/telling/queue/{one.pk}/", {"on": "2020-02-27"}).status_code == 422


@pytest.mark.parametrize(
    ("typed", "says"),
    [({"title": ""}, "没有填"), ({"text": ""}, "正文"), ({"channel": []}, "渠道"), ({"place": "110101"}, "职责范围"),
     ({"place": "x"}, "职责范围"), ({"until_day": "2020-02-30"}, "2020-02-27"), ({"until_day": "2019-02-27"}, "早于"),
     ({"preset": "custom", "rule": "household.pooor"}, "看不懂"), ({"quiet_from": "１"}, "整数"),
     ({"quiet_from": "99"}, "23"), ({"wait_days": "-1"}, "整数"), ({"text": "找990101199001011234"}, "证件号"),
     ({"preset": "custom", "rule": 'household.phone == "1"'}, "职责不能"), ({"until_day": "9999-01-01"}, "不合理")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(reading_as: Open, typed: dict[str, Any], says: str) -> None:
    answer = reading_as("county").post("/telling/new/", {**FORM, **typed})
    assert answer.status_code == 422
    page = text(answer)
    assert says in page
    assert "还不上贷款的可以缓半年。" in page
    assert seen(lambda: Campaign.objects.filter(state="draft").count()) == 0


def test_the_count_follows_the_rule_and_the_place(reading_as: Open) -> None:
    county, town = reading_as("county"), reading_as("town")
    whole = seen(lambda: Household.objects.filter(place_code__startswith="510921").count())
    assert f">{whole:,}<small>" in text(county.get("/telling/count/?place=510921&preset=all"))
    here = seen(lambda: Household.objects.filter(place_code__startswith="510921110").count())
    assert f">{here:,}<small>" in text(town.get("/telling/count/?place=510921110&preset=all"))
    assert "职责范围" in text(town.get("/telling/count/?place=510921&preset=all"))
    assert "看不懂" in text(county.get("/telling/count/?place=510921&preset=custom&rule=household."))
    assert reading_as("village").get("/telling/count/").status_code == 403


def test_a_town_neither_starts_nor_stops_what_is_the_countys(reading_as: Open) -> None:
    reading_as("county").post("/telling/new/", FORM)
    made = of_state("draft")
    town = reading_as("town")
    assert town.get(f"/telling/campaigns/{made.pk}/").status_code == 200
    for act in ("start", "end", "escalate", "send"):
        assert town.post(f"/telling/campaigns/{made.pk}/{act}/").status_code == 404
    assert of_state("draft").pk == made.pk


def test_the_sound_the_picture_and_the_paper_are_there(reading_as: Open) -> None:
    county, made = reading_as("county"), of_state("running")
    sound = county.get(f"/telling/campaigns/{made.pk}/audio/")
    assert sound["Content-Type"] == "audio/wav"
    with wave.open(io.BytesIO(sound.content)) as said:
        assert said.getnframes() / said.getframerate() > 5
    drawn = Image.open(io.BytesIO(county.get(f"/telling/campaigns/{made.pk}/picture/").content))
    assert (drawn.format, drawn.width) == ("PNG", 1080)
    assert county.get(f"/telling/campaigns/{made.pk}/paper/").content[:5] == b"%PDF-"


def test_where_the_machine_cannot_speak_it_says_so_and_what_to_do(
    reading_as: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech.wave.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    answer = reading_as("county").get(f"/telling/campaigns/{of_state('running').pk}/audio/")
    assert answer.status_code == 422
    assert "espeak-ng" in text(answer)


def test_the_square_code_opens_the_text_for_anybody_and_a_draft_for_nobody(reading_as: Open, client: Client) -> None:
    made = of_state("running")
    page = client.get(f"/told/{made.token}/")
    assert page.status_code == 200
    assert made.message.title in text(page)
    assert page["X-Robots-Tag"].startswith("noindex")
    for wrong in ("x", "a" * 500, "%00"):
        assert client.get(f"/told/{wrong}/").status_code == 404
    reading_as("county").post("/telling/new/", FORM)
    assert client.get(f"/told/{of_state('draft').token}/").status_code == 404


def test_who_was_not_told_is_one_click_from_the_overview_and_from_each_measure(reading_as: Open) -> None:
    county = reading_as("county")
    assert "/telling/untold/?place=510921" in text(county.get("/"))
    assert "/telling/untold/?measure=01_livelihood_award" in text(county.get("/measures/01_livelihood_award/"))
    page = text(county.get("/telling/untold/?measure=01_livelihood_award"))
    assert "/exports/new/?list=untold&amp;measure=01_livelihood_award" in page
    for wrong in ("?measure=99_nothing", "?registered=maybe"):
        assert county.get(f"/telling/untold/{wrong}").status_code == 400
    assert county.get("/telling/untold/?place=110101").status_code == 404
    assert county.get("/telling/untold/?page=999999&registered=yes").status_code == 200


def counted(page: str) -> int:
    """How many households the form says it names."""
    return int(re.findall(r'figure-value">([0-9,]+)', page)[0].replace(",", ""))


@pytest.mark.parametrize("registered", ["", "yes", "no"])
def test_a_campaign_for_those_not_told_is_for_exactly_those(reading_as: Open, registered: str) -> None:
    county = reading_as("county")
    query = f"place=510921110&measure=01_livelihood_award&registered={registered}"
    page = text(county.get(f"/telling/untold/?{query}"))
    whole = int(re.findall(r'id="rows-head">([0-9,]+)', page)[0].replace(",", ""))
    found = re.findall(r'href="(/telling/new/[^"]*)"', page)
    if not whole:
        assert not found
        return
    begun = text(county.get(html.unescape(found[0])))
    assert '<option value="510921110" selected>' in begun
    assert 'value="01_livelihood_award" checked' in begun
    assert counted(begun) == whole


def test_of_no_measure_nobody_can_have_been_told(reading_as: Open) -> None:
    county = reading_as("county")
    (begin,) = re.findall(r'href="(/telling/new/[^"]*)"', text(county.get("/telling/untold/?place=510921110")))
    assert "还没有选讲的是哪些措施" in text(county.get(html.unescape(begin)))
    refused = county.post("/telling/new/", {**FORM, "measure": [], "untold_only": "1"})
    assert refused.status_code == 422
    assert "请选措施" in text(refused)
    assert "还不上贷款的可以缓半年。" in text(refused)


def test_an_empty_rule_of_ones_own_does_not_mean_everybody(reading_as: Open) -> None:
    county = reading_as("county")
    said = {**FORM, "preset": "custom", "rule": "  "}
    refused = county.post("/telling/new/", said)
    assert refused.status_code == 422
    assert "规则还空着" in text(refused)
    assert "规则还空着" in text(county.get("/telling/count/", said))


def test_in_quiet_hours_the_page_says_when_the_rest_goes(reading_as: Open) -> None:
    """Pressed at night, *send a round now* sends nothing: the page says from when on it does."""
    county, hour = reading_as("county"), timezone.localtime().hour
    opens = (hour + 2) % 24
    gateway = {"name": "测试", "channel": "sms", "way": "json://127.0.0.1:9/{to}"}
    assert county.post("/telling/gateways/", gateway).status_code == 302
    said = {**FORM, "channel": ["sms"], "quiet_from": str(hour), "quiet_until": str(opens)}
    assert county.post("/telling/new/", said).status_code == 302
    made = of_state("draft")
    assert county.post(f"/telling/campaigns/{made.pk}/start/").status_code == 302
    page = text(county.get(f"/telling/campaigns/{made.pk}/"))
    waits = seen(lambda: Dispatch.objects.filter(campaign=made, state="waiting").exists())
    assert waits
    assert f"{opens:02d}:00 起接着发" in page


def test_an_empty_field_is_named(reading_as: Open) -> None:
    refused = reading_as("county").post("/telling/new/", {**FORM, "title": ""})
    assert refused.status_code == 422
    assert "“标题”没有填" in text(refused)


def test_another_is_made_like_one_before_and_its_rule_is_told_in_words(reading_as: Open) -> None:
    county = reading_as("county")
    answer = county.post("/telling/new/", {**FORM, "sms": "【扶贫办】可延期", "wait_days": "5"})
    made = of_state("draft")
    page = text(county.get(answer["Location"]))
    assert "建档立卡贫困户 <code" in page
    assert f"/telling/new/?like={made.pk}" in page
    again = text(county.get(f"/telling/new/?like={made.pk}"))
    for kept in ("小额信贷可以延期", "还不上贷款的可以缓半年。", "【扶贫办】可延期", 'value="5"'):
        assert kept in again, kept
    assert 'value="08a_loan_extension" checked' in again
    assert '<option value="poor" selected' in again
    for wrong in ("0", "x", "9" * 18):
        assert county.get(f"/telling/new/?like={wrong}").status_code == 200


def test_the_list_of_the_untold_leaves_by_the_one_way(reading_as: Open) -> None:
    from python_calamine import CalamineWorkbook

    county = reading_as("county")
    asked = county.post("/exports/new/?list=untold&place=510921110", {"reason": "派帮扶干部告知", "form": "xlsx"})
    assert asked.status_code == 302, text(asked)
    book = county.get(f"{asked['Location']}file/")
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(b"".join(book.streaming_content))).get_sheet_by_index(0).to_python()
    )
    assert any("可享受而未告知的措施" in str(cell) for row in rows for cell in row)
    refused = county.post("/exports/new/?list=untold&colour=red", {"reason": "看看", "form": "xlsx"})
    assert refused.status_code == 422


def test_a_telling_recorded_by_the_helper_takes_the_household_off_the_list(reading_as: Open) -> None:
    helper = reading_as("helper")
    page = text(helper.get("/telling/untold/"))
    code = page.split("/telling/households/")[1].split("/")[0]
    own = text(helper.get(f"/telling/households/{code}/"))
    things = [part.split('"')[0] for part in own.split('value="measure:')[1:]]
    typed = {"thing": [f"measure:{name}" for name in things], "channel": "phone", "sure": "read_back"}
    assert helper.post(f"/telling/households/{code}/told/", {**typed, "on": RUN_DAY.isoformat()}).status_code == 302
    assert f"/telling/households/{code}/" not in text(helper.get("/telling/untold/"))
    for wrong in ({"channel": "pigeon"}, {"sure": ""}, {"thing": []}, {"on": "2020-02-31"}, {"on": "2030-01-01"}):
        assert helper.post(f"/telling/households/{code}/told/", {**typed, **wrong}).status_code == 422


def test_a_number_to_call_is_masked_and_the_whole_one_costs_a_reason(reading_as: Open) -> None:
    for reader, reveals in (("helper", False), ("town", True)):
        page = text(reading_as(reader).get("/telling/queue/?channel=call_list&all=1"))
        assert "****" in page
        assert ("/reveal/" in page) == reveals


def test_counselling_goes_to_a_named_person_who_closes_it(reading_as: Open) -> None:
    town, village = reading_as("town"), reading_as("village")
    home = seen(lambda: Household.objects.filter(place_code="510921110212").order_by("-code")[0])
    asked = village.post(f"/telling/households/{home.code}/counselling/", {"topic": "worries", "note": "心里发慌"})
    assert asked.status_code == 302
    one = seen(lambda: CounsellingRequest.objects.filter(household=home).order_by("-id")[0])
    assert town.post(f"/telling/counselling/{one.pk}/name/", {"to": "nobody"}).status_code == 422
    assert town.post(f"/telling/counselling/{one.pk}/name/", {"to": "town"}).status_code == 302
    assert village.post(f"/telling/counselling/{one.pk}/close/", {"outcome": "talked"}).status_code == 422
    assert town.post(f"/telling/counselling/{one.pk}/close/", {"outcome": "cured"}).status_code == 422
    assert town.post(f"/telling/counselling/{one.pk}/close/", {"outcome": "talked", "answer": "好"}).status_code == 302
    one = seen(lambda: CounsellingRequest.objects.get(pk=one.pk))
    assert (one.state, one.closed_by) == ("closed", "town")
    for wrong in ({"topic": "fortune"}, {}):
        assert village.post(f"/telling/households/{home.code}/counselling/", wrong).status_code == 422


def test_only_who_sees_a_request_can_be_named_and_they_are_offered(reading_as: Open) -> None:
    from doudi.outreach import counselling
    from doudi.register.pairings import Pairing

    def asked() -> tuple[CounsellingRequest, str, str]:
        here = Pairing.objects.filter(until_day=None, place_code="510921110212").order_by("-household__code")[0]
        made = counselling.ask(here.household_id, topic="other", by="town", on=RUN_DAY)
        mine = here.helper.username
        elsewhere = Pairing.objects.filter(until_day=None).exclude(place_code__startswith="510921110")[0]
        return made, mine, str(elsewhere.helper.username)

    one, mine, strange = seen(asked)
    town = reading_as("town")
    page = text(town.get("/telling/counselling/"))
    for username in (mine, "village", "town"):
        assert f'<option value="{username}">' in page
    assert f'<option value="{strange}">' not in page
    for username in (strange, "bank", "treasurer", "admin"):
        answer = town.post(f"/telling/counselling/{one.pk}/name/", {"to": username})
        assert answer.status_code == 422, username
        assert f'value="{username}"' in text(answer), "what was typed is kept"
    for username in (mine, "village", "county"):
        assert town.post(f"/telling/counselling/{one.pk}/name/", {"to": username}).status_code == 302, username


def test_a_campaign_says_how_it_was_decided_and_by_whom(reading_as: Open) -> None:
    county = reading_as("county")
    made = county.post("/telling/new/", {**FORM, "quiet_from": "0", "quiet_until": "0", "heard_days": "30"})
    page = text(county.get(made.headers["Location"]))
    assert "演示县干部 2020-02-27" in page
    assert "全天都发,没有免打扰时间" in page
    assert "30 天内已告知同样措施的不再发" in page
    under_way = of_state("running")
    page = text(county.get(f"/telling/campaigns/{under_way.pk}/"))
    assert under_way.rule.replace("&&", "&amp;&amp;") in page
    assert f"每天 {under_way.quiet_until} 点到 {under_way.quiet_from} 点之间" in page
    assert under_way.started_at.strftime("%Y-%m-%d") in page


def test_people_are_called_by_their_names(reading_as: Open) -> None:
    town = reading_as("town")
    queue = text(town.get("/telling/queue/?all=1&channel=call_list"))
    by_helpers = Reach.objects.filter(place_code="510921110212", confirmed_by__startswith="helper0")
    told = seen(lambda: by_helpers.select_related("household")[0])
    page = text(town.get(f"/telling/households/{told.household.code}/"))
    assert "helper0" not in queue
    assert told.confirmed_by not in page


def test_what_was_said_in_confidence_is_shown_to_whom_it_concerns(reading_as: Open) -> None:
    from doudi.outreach import counselling

    with transaction.atomic(), as_engine():
        home = Household.objects.filter(place_code="510921110212").order_by("-code")[1]
        counselling.ask(home.pk, note="家丑不可外扬", topic="worries", by="town", on=RUN_DAY)
    assert "家丑不可外扬" in text(reading_as("town").get("/telling/counselling/"))
    assert "家丑不可外扬" not in text(reading_as("village").get("/telling/counselling/"))
    assert "家丑不可外扬" not in text(reading_as("village").get(f"/telling/households/{home.code}/"))


def test_a_wish_told_twice_keeps_both_notes_each_to_whom_it_concerns(reading_as: Open) -> None:
    town, village = reading_as("town"), reading_as("village")
    home = seen(lambda: Household.objects.filter(place_code="510921110212").order_by("-code")[3])
    address = f"/telling/households/{home.code}/counselling/"
    for reader, note in ((town, "夜里睡不着"), (village, "儿子还没回信"), (village, "儿子还没回信"), (village, "")):
        assert reader.post(address, {"topic": "worries", "note": note}).status_code == 302
    one = seen(lambda: CounsellingRequest.objects.get(household=home, topic="worries"))
    assert [(each.by, each.note) for each in one.notes] == [("town", "夜里睡不着"), ("village", "儿子还没回信")]
    assert {each.on for each in one.notes} == {RUN_DAY}
    for page in ("/telling/counselling/", f"/telling/households/{home.code}/"):
        assert "夜里睡不着" in text(town.get(page)), "who reads health hears all"
        assert "儿子还没回信" in text(town.get(page))
        assert "夜里睡不着" not in text(village.get(page))
        assert "儿子还没回信" in text(village.get(page)), "what one wrote oneself"
    town.post(f"/telling/counselling/{one.pk}/name/", {"to": "village"})
    assert "夜里睡不着" in text(village.get("/telling/counselling/")), "who is to call hears all"


def test_a_household_says_it_wants_no_messages(reading_as: Open) -> None:
    village = reading_as("village")
    home = seen(lambda: Household.objects.filter(place_code="510921110212").order_by("-code")[2])
    address = f"/telling/households/{home.code}/consent/"
    for wrong in ({}, {"agrees": "maybe"}, {"agrees": "no", "how": "rumour"},
                  {"agrees": "no", "how": "door", "channel": "loudspeaker"}):  # fmt: skip
        assert village.post(address, wrong).status_code == 422
    assert village.post(address, {"agrees": "no", "how": "door", "channel": "sms"}).status_code == 302
    assert seen(lambda: Consent.objects.filter(household=home).latest("id").agrees) is False


def test_a_gateway_is_typed_once_and_never_shown(reading_as: Open) -> None:
    county = reading_as("county")
    way = "json://user:geheim123@127.0.0.1/{to}"
    assert county.post("/telling/gateways/", {"name": "短信", "channel": "sms", "way": way}).status_code == 302
    assert "geheim123" not in text(county.get("/telling/gateways/"))
    refused = county.post("/telling/gateways/", {"name": "坏", "channel": "sms", "way": "file:///etc/geheim123"})
    assert refused.status_code == 422
    assert "geheim123" not in text(refused)
    assert reading_as("town").get("/telling/gateways/").status_code == 403


def test_scripts_are_versions_with_a_source_or_the_countys_own_draft(reading_as: Open) -> None:
    county = reading_as("county")
    typed = {"name": "prevention", "title_zh": "防护", "title_en": "Prevention", "zh": "少出门。", "en": "Stay in."}
    assert county.post("/telling/scripts/write/", typed).status_code == 302
    newer = {**typed, "zh": "少聚集。", "source_zh": "县指挥部令"}
    assert county.post("/telling/scripts/write/", newer).status_code == 302
    numbers = seen(lambda: list(ScriptVersion.objects.filter(name="prevention").values_list("number", flat=True)))
    assert numbers == [2, 1]
    page = text(county.get("/telling/scripts/"))
    assert "少聚集。" in page
    assert "县指挥部令" in page
    for wrong in ({"name": "Prä vention"}, {"zh": ""}, {"zh": "长" * 401}, {"en": ""}, {"name": ""}):
        assert county.post("/telling/scripts/write/", {**typed, **wrong}).status_code == 422
    assert reading_as("village").post("/telling/scripts/write/", typed).status_code == 403


def test_the_whole_is_there_in_english(reading_as: Open) -> None:
    county = reading_as("county")
    county.post("/language/", {"language": "en", "next": "/"})
    made = of_state("running")
    named = [reverse(name) for name in ("scripts", "gateways", "telling-queue", "counselling", "untold", "telling")]
    for address in (*named, "/telling/new/", f"/telling/campaigns/{made.pk}/"):
        page = county.get(address)
        assert page.status_code == 200
        assert "宣传告知" not in text(page)


def test_a_campaign_by_message_shows_its_towns_and_what_the_gateway_said_of_each(reading_as: Open) -> None:
    from doudi.outreach import receipts

    county = reading_as("county")
    made = seen(lambda: Campaign.objects.filter(channels=["sms"]).latest("id"))
    assert 'id="fold-towns" data-fold open' in text(county.get(f"/telling/campaigns/{made.pk}/"))
    kinds = seen(
        lambda: set(receipts.Receipt.objects.filter(dispatch__campaign=made).values_list("kind", flat=True)),
    )
    assert {"came", "lost"} <= kinds
    pages = range(1, 1 + seen(lambda: made.listeners.count()) // 25 + 1)
    whole = "".join(text(county.get(f"/telling/campaigns/{made.pk}/households/?page={n}")) for n in pages)
    assert "回执:到了手机" in whole
    assert "回执:没有送到手机" in whole
    assert '"谁确认">system' not in whole, "who confirmed is told in words"
