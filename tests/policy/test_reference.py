"""The reference pages say what the files say."""

from __future__ import annotations

import pytest

from tests.policy.render import ROOT, pages

PAGES = pages()


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_current(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page], "run: make docs"
