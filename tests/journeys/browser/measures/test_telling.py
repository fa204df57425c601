"""A campaign from the form to the door: sent, called, visited, counted by household; counsel asked for and closed."""

from __future__ import annotations

import re

from tests.journeys.browser import steps
from tests.journeys.browser.steps import NARROW, People, Person

TOWN, AWARD = "510921110", "01_livelihood_award"
TITLE = "扶持金找村里登记"


def say(one: Person, words: str, button: str, *, query: str = "") -> str:
    """Say what came of the first of this campaign whose heading has these words; that heading."""
    one.open(f"/telling/queue/{query}")
    box = f"main article.card-box:has(h2:has-text('{words}')):has(strong:has-text('{TITLE}'))"
    heading = str(one.page.locator(f"{box} h2").first.inner_text())
    one.press(button, within=box)
    return heading


def reached(one: Person, campaign: str) -> tuple[int, int]:
    """Households told, and those of the campaign, as its page says."""
    one.open(campaign)
    found = re.search(r"已告知 ([\d,]+) ?/ ([\d,]+) 户", one.text())
    assert found, one.text()[:800]
    told, whole = (int(each.replace(",", "")) for each in found.groups())
    return told, whole


def prepare(county: Person) -> str:
    """From the households not told to a campaign for them, looked at in every form; its address."""
    county.open(f"/telling/untold/?measure={AWARD}&place={TOWN}").follow("给他们做一次宣传")
    assert county.page.locator(f"[name=measure][value='{AWARD}']").is_checked()
    county.fill(
        title=TITLE, text="自主发展产业的,见效后每人100元,打到一卡通。", plain="自己搞种养的每人100元,找村里登记。"
    )
    county.fill(place=TOWN, preset="poor", wait_days="3", until_day="2020-03-20")
    county.page.locator("[name=untold_only]").uncheck()  # those told before as well: there are more of them
    for name in ("sms", "paper"):
        county.page.locator(f"[name=channel][value={name}]").uncheck()
    for name in ("loudspeaker", "picture"):
        county.fill(channel=name)
    county.press("存下来,看各渠道的样子").says("广播稿")
    campaign = re.sub(r"^\w+://[^/]+", "", county.page.url)
    for part, begins in (("audio", b"RIFF"), ("picture", b"\x89PNG"), ("paper", b"%PDF")):
        answer = county.page.request.get(f"{campaign}{part}/")
        assert answer.ok, f"{part}: {answer.status}"
        assert answer.body().startswith(begins)
    return campaign


def test_a_campaign_from_the_form_to_the_door(people: People) -> None:
    county, village, helper = people("county"), people("village"), people("helper")
    campaign = prepare(county)
    county.press("看过了,开始").says("进行中")
    told, whole = reached(county, campaign)
    assert (told, whole > 3) == (0, True)

    say(village, "村村通广播", "播过了")
    say(village, "微信群", "我发过了")
    village.open("/telling/queue/")
    assert TITLE not in village.text()
    assert reached(county, campaign) == (0, whole), "what was played and posted has told nobody yet"
    county.open(f"{campaign}households/").says("已送出,不知是否听到")
    untold = county.open(f"/telling/untold/?measure={AWARD}&place={TOWN}").number(r"([\d,]+) 户还没告知")

    steps.pass_days(county, 3)
    county.open(campaign).press("现在就派给帮扶干部")
    helper.page.set_viewport_size({"width": NARROW, "height": 740})
    paper = helper.page.request.get("/telling/queue/paper/")
    assert paper.body().startswith(b"%PDF")
    say(helper, "帮扶干部电话", "能复述")
    assert reached(county, campaign) == (1, whole)
    fewer = county.open(f"/telling/untold/?measure={AWARD}&place={TOWN}").number(r"([\d,]+) 户还没告知")
    assert fewer <= untold
    say(county, "帮扶干部电话", "没有联系上", query="?channel=call_list")
    assert reached(county, campaign) == (1, whole), "nobody answered"

    steps.pass_days(county, 3)
    county.open(campaign).press("现在就派给帮扶干部")
    heading = say(county, "上门告知", "听到了", query="?channel=door")
    assert reached(county, campaign)[0] == 2
    county.open(f"{campaign}households/?only=reached").says(heading.split()[0])
    county.open(campaign).press("结束,不再发").says("已结束")


def test_counsel_is_asked_for_named_and_closed_by_that_person(people: People) -> None:
    village, town = people("village"), people("town")
    village.open(f"/telling/households/{steps.HOME}/")
    village.fill("#ask-head ~ form", topic="policy", note="想问贷款怎么缓").press(
        "登记", within="section:has(#ask-head)"
    )
    town.open("/telling/counselling/?state=open")
    box = "main article.card-box:has-text('想问贷款怎么缓')"
    town.fill(box, to="town").press("指定", within=box)
    town.open("/telling/counselling/?state=mine")
    town.fill(box, outcome="talked", answer="已说明延期怎么办").press("办结", within=box)
    town.open("/telling/counselling/?state=closed").says("已说明延期怎么办")
    village.open(f"/telling/households/{steps.HOME}/").says("已办结")


def test_a_helper_tells_by_telephone_what_a_household_may_claim(people: People) -> None:
    helper, county = people("helper"), people("county")
    helper.page.set_viewport_size({"width": NARROW, "height": 740})
    helper.open("/telling/untold/")
    before = helper.number(r"其中 ([\d,]+) 户至少一项没告知")
    helper.page.locator("main table tbody th a").first.click()
    helper.page.wait_for_load_state()
    helper.look()
    code = re.findall(r"/telling/households/([\d-]+)/", helper.page.url)[0]
    form = "form:has([name=thing])"
    for box in helper.page.locator(f"{form} [name=thing]").all():
        box.check()
    helper.fill(form, channel="phone", sure="read_back").press("记下来", within=form)
    helper.says("能复述")
    assert helper.open("/telling/untold/").number(r"其中 ([\d,]+) 户至少一项没告知") == before - 1
    name = helper.text("a.who").partition(" · ")[0]
    county.open(f"/telling/households/{code}/").says(name)
