"""What a helper does besides the check itself, and what the server says against it: shown, mended, done later."""

from __future__ import annotations

import concurrent.futures
import json
import ssl
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from doudi.web.phone import syncing
from tests.journeys.browser.conftest import PASSWORD
from tests.journeys.browser.offline.conftest import PROCESSES, Served
from tests.journeys.browser.offline.line import Line
from tests.journeys.browser.offline.phone import Phone
from tests.journeys.browser.offline.test_without_signal import picture

Begin = Callable[..., Phone]
TRIES = 5
TURNS = PROCESSES * syncing.AT_ONCE  # batches the server takes in together


def test_a_refused_check_is_shown_and_mended(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    phone.begin(near)
    phone.answer_rest()
    phone.tap("[data-act=next]")
    phone.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    phone.page.locator("text=照片已缩小到").wait_for()
    phone.page.go_back()
    phone.finish("\u202e从聊天里粘来的")  # a mark that turns the text around, which no eye sees
    phone.saved()
    assert "1 条需您确认" in phone.pill("ask")
    phone.page.goto("/m/#/pending")
    assert "没有被接收(1 条)" in phone.page.locator("main").inner_text()
    shown = phone.page.locator("li.card", has=phone.page.locator("[role=alert]"))
    assert "看不见" in shown.locator("[role=alert]").inner_text(), "the server's own reason"
    assert served.ask("told", household=near)["checks"] == []
    shown.locator("button", has_text="改了再交").click()
    phone.page.locator("h1", has_text="核对情况").wait_for()
    assert phone.page.locator(".question input:checked").count() == phone.page.locator(".question").count(), (
        "as answered"
    )
    phone.tap("[data-act=next]")
    phone.page.locator("text=照片已缩小到").wait_for()
    phone.page.fill("#note", "重新打的")
    phone.tap("[data-act=save]")
    phone.saved()
    phone.page.locator("[data-pill=ok], [data-pill=ask]").wait_for()
    kept = served.ask("told", household=near)
    assert kept["notes"] == ["重新打的"]
    (sha,) = kept["photos"]
    phone.send()
    phone.page.locator("[data-pill=ok], [data-pill=ask]").wait_for()
    assert served.ask("photo", sha256=sha), "the photograph went with the mended check"


def test_what_did_not_come_is_followed_and_what_came_is_confirmed(served: Served, line: Line, phone_of: Begin) -> None:
    helper = served.ask("helper", households=1, owed=True)
    phone, near = phone_of(helper["username"]), helper["households"][0]
    line.cut = True
    answer_delivery(phone, near, "没收到")
    assert "1 条待上传" in phone.pill("offline")
    line.cut = False
    phone.send()
    phone.pill("ok")
    owed = commands(line)[-1]["body"]
    assert owed["received"] == "no"
    assert served.ask("state_of", entitlement=owed["id"]) == "delivered"
    phone.page.goto("/m/#/")
    task = phone.page.locator("[data-task=follow_up]")
    task.wait_for()
    assert "农户说没有收到" in task.inner_text()
    answer_delivery(phone, near, "收到了")
    phone.send()
    phone.pill("ok")
    came = commands(line)[-1]["body"]
    assert (came["id"], came["received"]) == (owed["id"], "yes")
    assert served.ask("state_of", entitlement=owed["id"]) == "confirmed"


def answer_delivery(phone: Phone, household: int, words: str) -> None:
    """On the household's card, about the first thing that was handed over."""
    phone.page.goto(f"/m/#/household/{household}")
    phone.page.locator("#paid").first.locator("button", has_text=words).click()
    phone.page.locator("text=已记下,有信号时上传").wait_for()


def commands(line: Line) -> list[dict[str, Any]]:
    """Everything that was handed in, in order."""
    return [each for _path, body, _token in line.sent("/m/api/sync") for each in json.loads(body)["commands"]]


def test_a_follow_up_becomes_a_task_of_its_day(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    phone.page.goto(f"/m/#/household/{near}")
    phone.page.locator("button", has_text="记一次回访").click()
    phone.page.fill("#aside-on", served.ask("county_day"))
    phone.page.fill("#aside-note", "看种子发芽没有")
    phone.page.click("form.aside button.button-main")
    phone.page.locator("text=已记下,有信号时上传").wait_for()
    phone.send()
    phone.pill("ok")
    assert served.ask("told", household=near)["follow_ups"] == 1
    phone.page.goto("/m/#/")
    phone.page.locator("[data-task=follow_up]", has_text="看种子发芽没有").wait_for()


def signed_in(phone: Phone, username: str) -> Any:
    """The desk in that browser, as somebody else of the county."""
    phone.page.goto("/sign-in/")
    phone.page.fill("#username", username)
    phone.page.fill("#password", PASSWORD)
    phone.page.click("main form button")
    phone.page.wait_for_url(lambda url: "/sign-in/" not in url)
    return phone.page


def test_a_wish_to_talk_reaches_the_named_person_and_what_was_told_is_in_the_check(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    phone.begin(near)
    phone.answer_rest()
    phone.tap("[data-act=next]")
    phone.tap("label.key-tick:has-text('想找人谈谈')")
    script = phone.page.locator("details.script").first
    script.locator("summary").click()
    assert len(script.locator("p").inner_text()) > 20, "the words to say are on the telephone"
    phone.tap("label.key-tick:has-text('讲过了')")
    measures = phone.page.locator("fieldset:has-text('可享受、还没告诉过的') label")
    also = min(measures.count(), 1)  # the household may claim something nobody told it of
    if also:
        measures.first.click()
    phone.page.go_back()
    note = f"睡不着 {uuid.uuid4().hex[:6]}"
    phone.finish(note)
    phone.saved()
    phone.pill("ok")
    (told,) = served.ask("told", household=near)["told"]
    assert [each.startswith("measure:") for each in told] == [False, True][: 1 + also]
    assert served.ask("reached", household=near, script=told[0], by=helper["username"]) == ["phone"]
    desk = signed_in(phone_of(), "county")
    desk.goto("/telling/counselling/?state=open")
    asked = desk.locator(".card-box", has_text=note)
    asked.locator("input[name=to]").fill("county2")
    asked.locator("button", has_text="指定").click()
    desk.wait_for_load_state()
    named = signed_in(phone_of(), "county2")
    named.goto("/telling/counselling/?state=mine")
    mine = named.locator(".card-box", has_text=note)
    mine.wait_for()
    mine.locator("input[name=answer]").fill("谈过了")
    mine.locator("button", has_text="办结").click()
    named.wait_for_load_state()
    named.goto("/telling/counselling/?state=closed")
    named.locator(".card-box", has_text=note).wait_for()


def test_a_call_that_is_asked_for_is_answered_without_signal_and_counts_when_it_comes(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    near, title = helper["households"][0], f"领稻种 {uuid.uuid4().hex[:6]}"
    thing = served.ask("campaign", household=near, title=title)
    phone = phone_of(helper["username"])
    phone.page.goto("/m/#/")
    task = phone.page.locator("[data-task=call]", has_text=title).first
    task.wait_for()
    line.cut = True
    phone.page.goto(f"/m/#/household/{near}")
    asked = phone.page.locator("[data-tell]", has_text=title)
    assert "领稻种带上身份证" in asked.inner_text(), "what to say is on the telephone"
    asked.locator("[data-outcome=read_back]").click()
    phone.page.locator("text=已记下,有信号时上传").wait_for()
    asked.wait_for(state="detached")
    phone.restart()
    phone.unlock()
    assert "1 条待上传" in phone.pill("offline"), "it outlives the browser"
    assert served.ask("heard", household=near, thing=thing) == []
    line.cut = False
    phone.send()
    phone.pill("ok")
    assert served.ask("heard", household=near, thing=thing) == [[helper["username"], "read_back"]]
    phone.page.goto(f"/m/#/household/{near}")
    phone.page.locator("[data-act=check]").wait_for()
    assert phone.page.locator("[data-tell]", has_text=title).count() == 0
    assert phone.page.locator("[data-task=call]", has_text=title).count() == 0


@pytest.mark.timeout(600)  # telephones that wait as long as they are told
def test_a_busy_server_is_waited_for(served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]) -> None:
    """Batches that wait for a household somebody else decides have every turn: the next comes again, as it is asked."""
    phone, near = phone_of(helper["username"]), helper["households"][0]
    crowd = served.ask("helper", households=1)
    own = {token for _path, _body, token in line.sent("/m/api/")}
    phone_of(crowd["username"])
    (token,) = {token for _path, _body, token in line.sent("/m/api/") if token} - own
    phone.page.goto("/m/#/")
    with all_turns_taken(served, token, crowd["households"][0]):
        phone.check(near, "人多时填的")
        assert "1 条" in phone.pill("waits")
        assert served.ask("told", household=near)["checks"] == []
    phone.page.locator("[data-pill=ok]").wait_for(timeout=120_000)  # by itself, after the time it was told
    assert served.ask("told", household=near)["notes"] == ["人多时填的"]


@pytest.mark.timeout(600)  # telephones that wait as long as they are told
def test_in_a_crowd_the_card_says_that_it_is_being_decided(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    """What is said while all turns are taken is there at once; the card comes a little later, by itself."""
    phone, near = phone_of(helper["username"]), helper["households"][0]
    crowd = served.ask("helper", households=1)
    own = {token for _path, _body, token in line.sent("/m/api/")}
    phone_of(crowd["username"])
    (token,) = {token for _path, _body, token in line.sent("/m/api/") if token} - own
    deciding = phone.page.locator("[role=status]", has_text="正在重新判定")
    for n in range(TRIES):  # a machine that is slow at this moment asks it to come again instead
        _sent_while_all_turns_are_taken(served, line, phone, near, token, crowd["households"][0], f"拥挤 {n}")
        phone.page.goto("/m/#/")
        phone.pill("ok")
        phone.page.goto(f"/m/#/household/{near}")
        phone.page.locator("[data-act=check]").wait_for()
        if deciding.count():
            break
    else:
        raise AssertionError("it never was a crowd that a turn came free in")
    assert f"拥挤 {n}" in served.ask("told", household=near)["notes"]
    deciding.wait_for(state="detached", timeout=120_000)
    assert served.ask("deciding") == 0


def test_a_card_that_is_still_being_decided_is_asked_after_soon(
    served: Served, phone_of: Begin, helper: dict[str, Any]
) -> None:
    """Many wait: the card that was brought says so, and the next is not five minutes away."""
    phone, (near, other) = phone_of(helper["username"]), helper["households"][:2]
    deciding = phone.page.locator("[role=status]", has_text="正在重新判定")
    served.ask("hold", household=near)
    try:
        served.ask("put_off", household=near)
        phone.check(other, "判定时再填的")  # after it all cards are brought that are otherwise
        phone.page.goto(f"/m/#/household/{near}")
        deciding.wait_for(timeout=60_000)
    finally:
        served.ask("let_go", household=near)
    deciding.wait_for(state="detached", timeout=100_000)


def _sent_while_all_turns_are_taken(
    served: Served, line: Line, phone: Phone, near: int, token: str, held: int, note: str
) -> None:
    """All turns wait for one household; they are let go when the telephone's own batch is at the door."""
    with all_turns_taken(served, token, held):
        before = len(line.sent("/m/api/sync"))
        phone.begin(near)
        phone.change_number("1234")
        phone.answer_rest()
        phone.finish(note)
        phone.saved()
        until = time.monotonic() + 120
        while len(line.sent("/m/api/sync")) == before:
            assert time.monotonic() < until, "the telephone sends by itself"
            time.sleep(0.02)
    until = time.monotonic() + 120
    while note not in served.ask("told", household=near)["notes"]:
        assert time.monotonic() < until, "it is handed in, now or when it was told to come again"
        time.sleep(0.5)


@contextmanager
def all_turns_taken(served: Served, token: str, held: int) -> Iterator[None]:
    """As many batches as are taken in together wait for a household somebody else decides, until the body ends."""
    day = served.ask("county_day")
    served.ask("hold", household=held)
    with concurrent.futures.ThreadPoolExecutor(TURNS) as pool:
        batches = [pool.submit(post, served, token, held, day) for _n in range(TURNS)]
        try:
            until = time.monotonic() + 120
            while served.ask("queued", household=held) < TURNS:
                assert time.monotonic() < until, "the batches are taken in"
                time.sleep(0.1)
            yield
        finally:
            served.ask("let_go", household=held)
        assert [each.result() for each in batches] == ["done"] * TURNS


def post(served: Served, token: str, household: int, day: str) -> str:
    """A follow-up, as somebody with the token sends it straight to the server until it finds a turn."""
    command = {
        "id": str(uuid.uuid4()), "verb": "follow_up", "household": household, "base_version": 0,
        "body": {"on": day, "what": "排队"},
    }  # fmt: skip
    asked = urllib.request.Request(
        f"https://127.0.0.1:{served.port}/m/api/sync",
        json.dumps({"commands": [command]}).encode(),
        {"Content-Type": "application/json", "Authorization": token},
    )
    while True:
        try:
            with urllib.request.urlopen(asked, context=ssl._create_unverified_context(), timeout=300) as answer:
                return str(json.loads(answer.read())["results"][0]["state"])
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise
