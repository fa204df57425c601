"""The frame of the phone: public, empty of people, small, and the same for everybody."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import brotli
import pytest
from django.test import Client

from doudi.web import catalogue
from doudi.web.phone import release

SCRIPTS_FIRST = 60 * 1024  # all scripts, as the server sends them (interface notes, section 4)
EVERYTHING_FIRST = 80 * 1024
pytestmark = pytest.mark.django_db
FRAME = ["/m/", "/m/sw.js", "/m/manifest.webmanifest", "/m/words.en.json", "/m/words.zh-hans.json"]


def packed(path: str) -> int:
    """The bytes of an answer as a browser over HTTPS gets them."""
    answer = Client().get(path, headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200, path
    return len(answer.getvalue())


def test_the_first_load_stays_small() -> None:
    scripts = [*release.modules(), *(each.split("?")[0] for each in release.worker_files()), "/m/sw.js"]
    sizes = {path: packed(path) for path in scripts}
    assert len(sizes) > 20
    assert sum(sizes.values()) <= SCRIPTS_FIRST, sizes
    rest = {path: packed(path) for path in ("/m/", "/static/m/m.css", "/static/desk/tokens.css", "/m/words.en.json")}
    assert sum(sizes.values()) + sum(rest.values()) <= EVERYTHING_FIRST, rest


@pytest.mark.parametrize("path", FRAME)
def test_the_frame_asks_for_nobody_and_says_nothing_of_anybody(path: str, county_officer: Any) -> None:
    signed_in = Client()
    signed_in.force_login(county_officer)
    strange = Client().get(path, headers={"Accept-Language": "en"})
    assert strange.status_code == 200
    assert strange.content == signed_in.get(path).content, "the frame is the same for everybody"
    assert not strange.cookies
    assert county_officer.username.encode() not in strange.content


def test_what_lies_below_the_frame_is_not_public() -> None:
    for path in ("/m/x", "/m/sw.json", "/m/words.fr.json", "/m/wordsen"):
        assert Client().get(path).status_code in (302, 404), path


def test_the_worker_puts_away_all_the_page_asks_for() -> None:
    text = Client().get("/m/sw.js").content.decode()
    listed = {
        each["url"]: each["revision"] for each in json.loads(text.split("self.FILES = ")[1].split(";\nimport")[0])
    }
    page = Client().get("/m/").content.decode()
    asked = set(re.findall(r'(?:href|src)="(/[^"]+)"', page)) - {"/m/manifest.webmanifest", "/m/form/"}
    assert asked
    assert asked <= set(listed)
    for path in [path for path in listed if path.endswith(".js")]:
        source = b"".join(Client().get(path).streaming_content).decode()  # type: ignore[attr-defined]
        for name in re.findall(r'^import .*? from "(\.[^"]+)";$|^\} from "(\.[^"]+)";$', source, re.MULTILINE):
            wanted = "/static/vendor/" if "vendor" in "".join(name) else "/static/m/"
            assert wanted + "".join(name).rsplit("/", 1)[-1] in listed


def test_a_changed_file_makes_a_new_release(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Client().get("/m/sw.js").content
    changed = {**release.files(), "m/app.js": "0" * 20}
    monkeypatch.setattr(release, "files", lambda: changed)
    after = Client().get("/m/sw.js").content
    assert before != after
    assert b"0" * 20 in after


def test_every_word_of_the_phone_is_there_in_english() -> None:
    english = Client().get("/m/words.en.json").json()
    assert len(english) > 100
    assert set(english) == set(release.messages())
    assert [text for text, said in english.items() if re.search("[\u4e00-\u9fff]", said)] == []


def test_calls_nested_in_templates_are_collected() -> None:
    source = 'const a = html`<p>${x ? html`<b>${_("甲 %(n)s", { n })}</b>` : _("乙\\"丙")}</p>`; foo._("丁"); a_("戊");'
    assert list(catalogue.of_script(source)) == ["甲 %(n)s", '乙"丙']


def test_no_script_says_chinese_past_the_catalogue() -> None:
    """What a reader sees in the scripts goes through `_("...")`, or it stays Chinese in English."""
    for path in sorted(release.STATIC.glob("m/*.js")):
        code = re.sub(r"^\s*//.*$|\s// .*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
        bare = catalogue.SCRIPT_CALL.sub("", code)
        found = [text for text in re.findall("[^\\s\"'`<>]*[\u4e00-\u9fff]+", bare) if text not in ("中文",)]
        assert found == [], f"{path.name}: {found}"


def test_brotli_gzip_or_plain() -> None:
    path, plain = "/static/m/app.js", (release.STATIC / "m/app.js").read_bytes()
    for accepted, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress), ("br;q=0", bytes), ("", bytes)):
        answer = Client().get(path, headers={"Accept-Encoding": accepted})
        sent = answer.getvalue()
        assert unpack(sent) == plain, accepted
        assert answer.headers["Content-Length"] == str(len(sent))


def test_a_page_about_people_is_not_compressed(client: Client, county_officer: Any) -> None:
    client.force_login(county_officer)
    assert "Content-Encoding" not in client.get("/profile/", headers={"Accept-Encoding": "br"}).headers
