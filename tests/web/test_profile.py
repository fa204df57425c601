"""One's own page, in a demonstration: duties, password, and a second factor that is offered."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from doudi.access.users import User


def test_a_demonstration_offers_it(county: Client) -> None:
    assert county.get("/households/").status_code == 200
    assert "演示数据不强制绑定" in county.get("/profile/").content.decode()
    assert "演示数据不强制绑定" in county.get("/profile/second-factor/").content.decode()


def test_the_secret_can_be_typed_and_the_code_scanned(county: Client) -> None:
    page = county.get("/profile/second-factor/").content.decode()
    assert 'src="data:image/svg+xml' in page
    assert re.search(r"<code[^>]*>([A-Z2-7]{4} ){7}[A-Z2-7]{4}</code>", page)


@pytest.mark.parametrize("username", ["county", "town", "village", "helper", "bureau", "auditor", "admin"])
def test_everyone_reads_their_own_duties(reading_as: Callable[[str], Client], username: str) -> None:
    page = reading_as(username).get("/profile/")
    assert page.status_code == 200
    assert "在任" in page.content.decode()


def test_whoever_has_no_duty_has_no_page(reading_as: Callable[[str], Client]) -> None:
    from doudi.trail.commands import carry_out

    with carry_out("test", by="tester"):
        user = User.objects.create(username="nobody", name="无", password="!")
    client = Client()
    client.force_login(user)
    assert client.get("/profile/").status_code == 403
