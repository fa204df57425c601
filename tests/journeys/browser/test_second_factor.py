"""A real county's first sign-in: led to the authenticator, enrolled, and from then on in with both."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django_otp.oath import totp

from tests.journeys.browser import conftest as browser

PASSWORD = "一个够长的口令-2020"
DIVISIONS = """code12,name,kind,town_code9,town_name
510921110000,鸣凤镇,town,,
510921110212,青杠村,village,510921110,鸣凤镇
"""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a county that is no demonstration is served."""
    if not browser.CHROMIUM:
        pytest.skip("needs Chromium (make browser)")
    folder = tmp_path_factory.mktemp("real")
    surroundings = {**os.environ, "DOUDI_HOME": str(folder / "home")}
    (folder / "places.csv").write_text(DIVISIONS, encoding="utf-8")
    doudi = [sys.executable, "-m", "doudi"]
    begin = ("init", "--county", "510921", "--name", "蓬溪县", "--divisions", str(folder / "places.csv"))
    add = ("account", "add", "wang", "--role", "county_officer", "--place", "510921", "--password-stdin")
    for words in (begin, add):
        done = subprocess.run([*doudi, *words], env=surroundings, input=f"{PASSWORD}\n", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
    port = browser._free_port()
    with (folder / "log").open("w") as out:
        server = subprocess.Popen([*doudi, "serve", "--port", str(port)], env=surroundings, stdout=out, stderr=out)
    try:
        browser._await(f"http://127.0.0.1:{port}/health/", folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def sign_in(page: Any, password: str) -> None:
    page.goto("/sign-in/?next=/households/")
    page.fill("#username", "wang")
    page.fill("#password", password)
    page.click("main form button")
    page.wait_for_url(lambda url: "/sign-in/?" not in url)


def give(page: Any, secret: str, steps: int) -> None:
    """The code an authenticator shows, some half minutes from now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    page.fill("#code", f"{totp(key, drift=steps):06d}")
    page.locator("main form button").first.click()
    page.wait_for_load_state()


def test_a_real_county_signs_in_with_both(county: str, chromium: Any, complaints: list[str]) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 800}, base_url=county, locale="zh-CN")
    page = context.new_page()
    browser._listen(page, complaints, county.removeprefix("http://"))
    sign_in(page, PASSWORD)
    assert "/profile/second-factor/" in page.url
    page.goto("/households/")
    assert "/profile/second-factor/" in page.url, "nothing opens before"
    assert page.locator("img.qr").evaluate("each => each.naturalWidth") > 0
    secret = page.locator("main code").inner_text().replace(" ", "")
    page.fill("#code", "000000")
    page.locator("main form button").click()
    page.locator("#code-error").wait_for()
    assert page.locator("main code").inner_text().replace(" ", "") == secret, "the same secret after a slip"
    give(page, secret, 0)
    kept = page.locator("main ol.grid code").all_inner_texts()
    assert len(set(kept)) == 10
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="抄好了,开始工作").click()
    assert page.goto("/households/").status == 200
    context.close()

    again = chromium.new_context(base_url=county, locale="zh-CN").new_page()
    browser._listen(again, complaints, county.removeprefix("http://"))
    sign_in(again, PASSWORD)
    assert "/sign-in/code/" in again.url
    again.goto("/households/")
    assert "/sign-in/code/" in again.url, "the password alone opens nothing"
    give(again, secret, 1)
    assert again.goto("/households/").status == 200

    third = chromium.new_context(base_url=county, locale="zh-CN").new_page()
    sign_in(third, PASSWORD)
    third.fill("#code", kept[0])
    third.locator("main form button").first.click()
    third.wait_for_url("**/households/**")
    assert complaints == []
