"""The telephone without signal: nothing that was saved is lost, and nothing is done twice."""

from __future__ import annotations

import base64
import concurrent.futures
import io
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from tests.journeys.browser.offline.conftest import Served
from tests.journeys.browser.offline.line import Line
from tests.journeys.browser.offline.phone import Phone

Begin = Callable[..., Phone]
SHELLS = """name => caches.open(name).then(kept => kept.keys())
    .then(all => all.filter(each => new URL(each.url).pathname === "/m/").length)"""


def picture() -> bytes:
    """A photo as a telephone takes it: large, and it says where it was taken."""
    image = Image.effect_noise((3000, 4000), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "105.7E 30.7N"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, exif=exif)
    return out.getvalue()


def test_server_killed_and_browser_restarted(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone = phone_of(helper["username"])
    near, far = helper["households"]
    served.stop()
    phone.restart()
    phone.unlock()
    assert phone.page.locator("[data-household]").count() == 2, "the cards are there without a server"
    phone.begin(near)
    phone.answer_rest()
    phone.tap("[data-act=next]")
    phone.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    phone.page.locator("text=照片已缩小到").wait_for()
    phone.page.go_back()
    phone.finish("停电时核查")
    phone.saved()
    phone.check(far, "第二户")
    assert "2 条待上传" in phone.pill("offline")
    phone.restart()
    phone.unlock()
    assert "2 条待上传" in phone.pill("offline")
    assert line.sent("/m/api/sync") == [] or served.ask("told", household=near)["checks"] == []
    served.start()
    phone.send()
    phone.pill("ok")
    kept = served.ask("told", household=near)
    assert kept["notes"] == ["停电时核查"]
    assert served.ask("told", household=far)["notes"] == ["第二户"]
    (sha,) = kept["photos"]
    (_path, photo, _token) = line.sent("/m/api/photo/")[-1]
    assert served.ask("photo", sha256=sha)
    assert len(photo) <= 500 * 1024
    assert b"105.7E" not in photo


def test_lost_replies_make_no_second_check(served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    line.lose.add("/m/api/sync")
    phone.check(near, "回执丢了")
    assert "1 条待上传" in phone.pill("offline")
    assert len(served.ask("told", household=near)["checks"]) == 1, "the server has it"
    phone.restart()
    phone.unlock()
    phone.pill("offline")
    line.lose.clear()
    phone.send()
    phone.pill("ok")
    assert len(served.ask("told", household=near)["checks"]) == 1
    sent = [json.loads(body)["commands"] for _path, body, _token in line.sent("/m/api/sync")]
    assert len(sent) >= 3
    assert all(each == sent[0] for each in sent), "the same id, made before anything was sent"


def post(line: Line, token: str, command: dict[str, Any]) -> str:
    """One command, as somebody with the token sends it."""
    body = json.dumps({"device_at": command["at"], "commands": [command]}).encode()
    asked = urllib.request.Request(
        f"https://127.0.0.1:{line.port}/m/api/sync",
        body,
        {"Content-Type": "application/json", "Authorization": token, "Host": f"127.0.0.1:{line.port}"},
    )
    for _ in range(5):
        try:
            with urllib.request.urlopen(asked, context=ssl._create_unverified_context()) as answer:
                return str(json.loads(answer.read())["results"][0]["state"])
        except urllib.error.HTTPError as refused:  # more at once than it takes: it asks to come again
            if refused.code != 429:
                raise
            time.sleep(float(refused.headers["Retry-After"]))
    raise AssertionError("asked to come again five times")


def test_eight_sends_at_once_are_one_and_a_changed_copy_is_refused(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    phone.check(near, "原话")
    phone.pill("ok")
    _path, body, token = line.sent("/m/api/sync")[-1]
    (command,) = json.loads(body)["commands"]
    assert post(line, token, {**command, "body": {**command["body"], "note": "改过的"}}) == "refused"
    fresh = {**command, "id": "6f1b2a50-7d0c-4a53-9b60-2d7b8c1d9e0f"}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        states = list(pool.map(lambda _n: post(line, token, fresh), range(8)))
    assert states.count("done") == 1, states
    assert set(states) <= {"done", "repeated", "later"}
    kept = served.ask("told", household=near)
    assert (len(kept["checks"]), set(kept["notes"])) == (2, {"原话"})


def test_a_release_with_work_pending_waits_for_the_reader(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    release = phone.page.evaluate("document.documentElement.dataset.release")
    line.cut = True
    phone.check(near, "旧版填的")
    line.release, line.cut = 2, False
    phone.page.evaluate("navigator.serviceWorker.getRegistration('/m/').then(found => found.update()).then(() => true)")
    phone.page.locator("[data-act=update]").wait_for()
    phone.page.goto("/m/#/pending")
    assert phone.page.evaluate("document.documentElement.dataset.release") == release, "it does not take over by itself"
    phone.page.click("[data-act=update]")
    phone.page.wait_for_selector("html[data-release=release2]", state="attached")
    phone.unlock()
    phone.pill("ok")
    assert served.ask("told", household=near)["notes"] == ["旧版填的"]
    names = phone.page.evaluate("caches.keys()")
    assert len(names) == 1
    shells = phone.page.evaluate(SHELLS, names[0])
    assert shells == 1, "the old shell is gone"


def test_a_revoked_phone_keeps_its_work_until_it_is_paired_again(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    line.cut = True
    phone.check(near, "停用前填的")
    served.ask("revoke", username=helper["username"])
    line.cut = False
    phone.nudge()
    assert "1 条待上传" in phone.pill("expired")
    phone.page.goto("/m/#/pending")
    assert served.ask("told", household=near)["checks"] == []
    phone.page.click("a[href='#/pair']")
    phone.page.fill("#code", served.ask("code", username=helper["username"]))
    phone.page.click("form button.button-main")
    phone.pill("ok")
    assert served.ask("told", household=near)["notes"] == ["停用前填的"]


def test_a_household_given_to_another_disappears_and_its_work_is_kept(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, (near, _far) = phone_of(helper["username"]), helper["households"]
    name = phone.page.locator(f"[data-household='{near}'] strong").inner_text()
    before = served.ask("told", household=near)["kept"]
    line.cut = True
    phone.check(near, "转走前填的")
    served.ask("give_away", household=near, to="helper")
    line.cut = False
    phone.send()
    phone.pill("ok")
    phone.page.goto("/m/#/")
    assert phone.page.locator("[data-household]").count() == 1
    assert f"{name} 户已不由您帮扶" in phone.page.inner_text("main")
    assert "由新的帮扶责任人复核" in phone.page.inner_text("main")
    kept = served.ask("told", household=near)
    assert (kept["checks"], kept["kept"]) == ([], before + 1)
    assert name not in phone.holds()


def test_two_phones_and_a_word_of_the_village_on_one_fact(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, other, near = phone_of(helper["username"]), phone_of(helper["username"]), helper["households"][0]
    line.cut = True
    phone.begin(near)
    fact = phone.change_number("5200")
    kind, subject, key = fact.split(":")
    phone.answer_rest((fact,))
    phone.finish("第一部手机")
    phone.saved()
    other.check(near, "第二部手机")
    served.ask("state", household=near, kind=kind, subject=int(subject), fact=key, value="6500")
    line.cut = False
    other.send()
    other.pill("ok")
    phone.send()
    phone.page.locator("[data-pill=ok], [data-pill=ask]").wait_for()
    kept = served.ask("told", household=near)
    assert sorted(kept["notes"]) == ["第一部手机", "第二部手机"], "both checks are there"
    assert phone.pill("ask"), kept
    (dispute,) = kept["disputes"]
    phone.page.goto(f"/m/#/dispute/{dispute['id']}")
    sides = phone.page.locator(".side").all_inner_texts()
    assert len(sides) == 3
    assert "5,200" in sides[1]
    assert "6,500" in sides[2]
    boxes = [each.bounding_box() for each in phone.page.locator("[data-choice]").all()]
    assert [
        phone.page.locator("[data-choice].button-main").count(),
        len({(b["width"], b["height"]) for b in boxes}),
    ] == [0, 1]
    phone.page.click("[data-choice=ask_village]")
    phone.page.wait_for_function("() => location.hash === '#/'")
    phone.send()
    phone.pill("ok")
    assert [each["choice"] for each in served.ask("told", household=near)["disputes"]] == ["ask_village"]


def test_clocks_ten_years_off(served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]) -> None:
    phone, (near, far) = phone_of(helper["username"]), helper["households"]
    for household, year in ((near, 2036), (far, 2016)):
        phone.page.clock.set_system_time(f"{year}-11-26T09:00:00")
        phone.check(household, f"{year} 年的钟")
        phone.pill("ok")
        kept = served.ask("told", household=household)
        assert (kept["notes"], kept["days"]) == ([f"{year} 年的钟"], [served.ask("county_day")])
    line.cut = True
    phone.check(near, "清除前填的")
    phone.page.clock.set_system_time("2036-11-26T09:00:00")
    phone.page.reload()
    phone.unlock()
    phone.page.goto("/m/#/")
    phone.page.locator("text=户资料已从本机清除").wait_for()
    assert phone.page.locator("[data-household]").count() == 0, "what is older than the county allows is gone"
    line.cut = False
    phone.send()
    phone.pill("ok")
    assert "清除前填的" in served.ask("told", household=near)["notes"], "and what waited was not"


def test_a_full_phone_says_so_and_loses_nothing(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(), helper["households"][0]
    phone.limit()
    phone.pair(served.ask("code", username=helper["username"]))
    line.cut = True
    phone.begin(near)
    phone.answer_rest()
    phone.fill_up()
    phone.finish("手机满了")
    assert "没有存下" in phone.page.locator("main .note-bad[role=alert]").last.inner_text()
    assert phone.page.input_value("#note") == "手机满了"
    with phone.page.expect_download() as waiting:
        phone.page.click("[data-act=alone]")
    content = json.loads(waiting.value.path().read_text())
    assert len(content["entries"]) == 1
    assert "手机满了" not in json.dumps(content, ensure_ascii=False)
    phone.make_room()
    phone.page.click("[data-act=save]")
    phone.saved()
    line.cut = False
    phone.send()
    phone.pill("ok")
    assert served.ask("told", household=near)["notes"] == ["手机满了"]


def test_a_forgotten_pin_destroys_no_work(served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    name = phone.page.locator(f"[data-household='{near}'] strong").inner_text()
    line.cut = True
    phone.begin(near)
    phone.answer_rest()
    phone.tap("[data-act=next]")
    phone.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    phone.page.locator("text=照片已缩小到").wait_for()
    phone.page.go_back()
    phone.finish("忘了密码")
    phone.saved()
    held = phone.holds()
    assert name not in held, "without the PIN nobody reads a name"
    assert "忘了密码" not in held
    assert "JFIF" not in held, "and nobody sees the photograph"
    phone.page.reload()
    phone.unlock("246802")
    assert "密码不对" in phone.page.locator("[role=alert]").inner_text()
    phone.page.click("summary")
    file = exported(phone)
    phone.page.click("[data-act=forget]")
    phone.page.locator("text=本机还有 1 条没上交的内容").wait_for()
    content = json.loads(file.read_text())
    assert "忘了密码" not in file.read_text()
    assert base64.b64decode(content["entries"][0]["ct"])
    assert b"JFIF" not in base64.b64decode(content["photos"][0]["ct"])
    served.open_outbox(file)
    kept = served.ask("told", household=near)
    assert kept["notes"] == ["忘了密码"]
    assert served.ask("photo", sha256=kept["photos"][0]), "the photograph is back with its check"
    line.cut = False
    phone.pair(served.ask("code", username=helper["username"]))
    phone.page.goto("/m/#/pending")
    assert "只能用文件上交(1 条)" in phone.page.inner_text("main")
    clear(phone, "这 1 条和它们的 1 张照片只剩导出的文件")
    assert "只能用文件上交" not in phone.page.inner_text("main")
    phone.pill("ok")


def exported(phone: Phone) -> Path:
    """The file of what waits."""
    with phone.page.expect_download() as waiting:
        phone.page.click("[data-act=export]")
    return Path(waiting.value.path())


def clear(phone: Phone, remains: str) -> None:
    """Clear what only the server opens: asked twice, and what remains is said between."""
    phone.page.click("[data-act=clear]")
    assert remains in phone.page.locator("main .note-bad[role=alert]").inner_text()
    phone.page.click("[data-act=clear-sure]")
    phone.page.locator("[data-act=clear-sure]").wait_for(state="detached")


def test_only_what_was_exported_may_be_cleared(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, (near, far) = phone_of(helper["username"]), helper["households"]
    line.cut = True
    phone.check(near, "导出过的")
    phone.page.goto("/m/#/pending")
    first = exported(phone)
    phone.check(far, "没导出过的")
    phone.page.reload()
    phone.page.locator("#pin").wait_for()
    phone.page.click("summary")
    phone.page.click("[data-act=forget]")
    phone.page.locator("text=本机还有 2 条没上交的内容").wait_for()
    clear(phone, "没有导出过的 1 条不清")
    phone.page.locator("text=本机还有 1 条没上交的内容").wait_for()
    assert phone.page.locator("[data-act=clear]").count() == 0, "what never left stays"
    for file in (first, exported(phone)):
        served.open_outbox(file)
    notes = [note for household in (near, far) for note in served.ask("told", household=household)["notes"]]
    assert notes == ["导出过的", "没导出过的"]
