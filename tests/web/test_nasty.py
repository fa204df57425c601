"""Bad input on every address and form: a 4xx or a page with a message, never a 5xx."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.test import Client

NASTY = {
    "empty": "",
    "nul": "a\0b",
    "huge int": "9" * 400,
    "beyond bigint": "9223372036854775808",
    "negative": "-1",
    "float": "1e308",
    "nan": "NaN",
    "full-width digits": "12345",
    "invalid date": "2020-02-30",
    "year zero": "0000-01-01",
    "year ten thousand": "10000-01-01",
    "emoji": "😀👩‍👩‍👧",
    "rare character": "𬱖",
    "right to left": "\u202egnp.exe",
    "ten thousand characters": "长" * 10_000,
    "sql": "' OR 1=1; DROP TABLE register_household; --",
    "percent": "%%%_%",
    "backslash": "\\",
    "markup": "<script>alert(1)</script>",
    "template": "{{ settings.SECRET_KEY }}",
    "path": "../../etc/passwd",
    "list": "a,b;c",
    "newline": "a\r\nSet-Cookie: x=1",
    "code of another county": "110101001001",
    "lone surrogate": "\udc80",
}
PARAMETERS = {
    "/": ["measure", "state"],
    "/places/510921110/": ["measure", "state"],
    "/households/": [
        "town",
        "village",
        "group",
        "measure",
        "state",
        "registered",
        "monitored",
        "contested",
        "open",
        "differ",
        "members",
        "band",
        "q",
        "sort",
        "col",
        "page",
        "list",
    ],
    "/households/510921110212-0001/": ["day", "known", "list"],
    "/what-if/": [
        "livelihood_award_per_person",
        "post_age_limit",
        "sales_window_from",
        "no_such_parameter",
        "edit",
        "with",
        "rule.06a_keep_allowance_poor.below_line",
        "rule.x",
    ],
    "/what-if/who/": ["measure", "way", "town", "page", "rule.06a_keep_allowance_poor.below_line"],
    "/what-if/compare/": ["with"],
    "/runs/1/": ["compare"],
    "/runs/1/replay/": ["job"],
    "/runs/compare/": ["a", "b"],
    "/runs/compare/?a=1&b=1&": ["measure", "way", "cause", "place", "page"],
    "/runs/compare/why/": ["a", "b", "subject", "measure"],
    "/measures/01_livelihood_award/": ["place", "state", "page"],
    "/measures/01_livelihood_award/sql/": ["text"],
    "/sign-in/": ["next"],
}
PLACES = [
    "/places/{}/",
    "/places/{}/questions/",
    "/households/{}/",
    "/households/{}/village/",
    "/households/{}/history/",
    "/households/views/{}/remove/",
    "/runs/{}/",
    "/runs/{}/replay/",
    "/runs/compare/why/?a=1&b=1&measure=01_livelihood_award&subject={}",
    "/measures/{}/",
    "/measures/{}/sql/",
    "/measures/01_livelihood_award/why/{}/",
    "/households/{}/why/person/1/01_livelihood_award/",
]


def encoded(word: str) -> str:
    return quote(word.encode("utf-8", "surrogateescape"), safe="")


@pytest.mark.parametrize("kind", NASTY)
@pytest.mark.parametrize("path", PARAMETERS)
def test_no_query_breaks_a_page(county: Client, path: str, kind: str) -> None:
    for name in PARAMETERS[path]:
        status = county.get(
            f"{path}{'' if '?' in path else '?'}{name}={encoded(NASTY[kind])}&{encoded(NASTY[kind])}=1"
        ).status_code
        assert status in (200, 302, 400, 404, 422), (name, status)


@pytest.mark.parametrize("kind", NASTY)
def test_no_address_breaks_a_page(county: Client, kind: str, codes: dict[str, str]) -> None:
    places = [*PLACES, f"/households/{codes['near']}/why/{{}}/1/01_livelihood_award/",
              f"/households/{codes['near']}/why/person/{{}}/01_livelihood_award/",
              f"/households/{codes['near']}/why/person/1/{{}}/"]  # fmt: skip
    for place in places:
        status = county.get(place.format(encoded(NASTY[kind]))).status_code
        assert status in (200, 301, 302, 400, 404, 405), (place, status)


GOOD = {"subject": "household:1", "fact": "monitored", "value": "是", "source": "village", "about": "2020-02-26",
        "key": "00000000-0000-4000-8000-000000000001"}  # fmt: skip


@pytest.mark.parametrize("kind", NASTY)
@pytest.mark.parametrize("field", GOOD)
def test_no_answer_breaks_the_form(county: Client, codes: dict[str, str], field: str, kind: str) -> None:
    body = "&".join(f"{name}={encoded(NASTY[kind] if name == field else value)}" for name, value in GOOD.items())
    answer = county.post(f"/households/{codes['near']}/questions/", body, "application/x-www-form-urlencoded")
    assert answer.status_code == 422, answer.status_code
    assert "field-error" in answer.content.decode() or "notice bad" in answer.content.decode()


@pytest.mark.parametrize("kind", NASTY)
def test_no_form_breaks_the_others(county: Client, kind: str) -> None:
    word = encoded(NASTY[kind])
    for path, names in {
        "/runs/new/": ["as_of"],
        "/what-if/adopt/": ["name", "value", "from_day", "source", "named_by"],
        "/households/views/": ["name", "query", "shared"],
        "/language/": ["language", "next"],
        "/sign-in/": ["username", "password"],
    }.items():
        body = "&".join(f"{name}={word}" for name in names)
        status = county.post(path, body, "application/x-www-form-urlencoded").status_code
        assert status in (302, 400, 422, 429), (path, status)


def test_a_body_that_is_no_form_is_refused(county: Client, codes: dict[str, str]) -> None:
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", "multipart/form-data"):
        answer = county.post(f"/households/{codes['near']}/questions/", b"\x00\xff{", kind)
        assert answer.status_code in (400, 422), kind


def test_too_many_fields_are_refused(county: Client) -> None:
    body = "&".join(f"f{number}=1" for number in range(5_000))
    assert county.post("/runs/new/", body, "application/x-www-form-urlencoded").status_code == 400


def test_another_readers_ids_open_nothing(reading_as: Callable[[str], Client], codes: dict[str, str]) -> None:
    village = reading_as("village")
    for path in (f"/households/{codes['far']}/", f"/households/{codes['far']}/why/household/1/02_farm_purchases/"):
        assert village.get(path).status_code == 404
    assert village.post(f"/households/{codes['far']}/questions/", GOOD).status_code == 404


@pytest.mark.parametrize("address", ["/money/accounts/a%00b/", "/households/a%00b/", "/%00/", "/m/%00"])
def test_an_address_with_a_nul_is_no_page(county: Client, address: str) -> None:
    """No text of the database holds one, so nothing can be asked about it."""
    assert county.get(address).status_code == 404
