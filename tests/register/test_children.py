"""Who is a child: by the birth date believed, else by the ID number; and the question keeps nothing of who asks it."""

from __future__ import annotations

import datetime
import gc
import weakref

import pytest

from doudi.register import children
from doudi.values.collecting import unhurried

DAY = datetime.date(2020, 2, 27)


@pytest.mark.django_db
def test_what_asks_for_children_is_let_go_at_once_with_all_it_holds() -> None:
    """Asked by a path of names, Django kept the frames of the whole request, and so the rows of a page, in a cycle."""

    class Rows:
        pass

    def answer() -> weakref.ref[Rows]:
        rows = Rows()
        assert children.among([1, 2], on=DAY) == frozenset()
        return weakref.ref(rows)

    gc.collect()
    with unhurried():
        assert answer()() is None
