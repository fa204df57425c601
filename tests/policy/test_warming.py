"""A home in which nothing has been decided yet."""

from __future__ import annotations

from doudi.policy import warming


def test_with_nothing_decided_there_is_nothing_to_hold(db: None) -> None:
    assert warming.warm() is None
