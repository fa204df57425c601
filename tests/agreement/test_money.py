"""A hundred thousand steps of payments and of the ledger, each against its oracle."""

from __future__ import annotations

from typing import Any

import pytest

from tests.funds.conftest import accounts, budget, officials
from tests.funds.machines import Books, Counted, Payments, play

__all__ = ["accounts", "budget", "officials"]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.heavy,
    pytest.mark.timeout(7200),
    pytest.mark.usefixtures("budget", "accounts", "officials"),
]
STEPS = 100_000


@pytest.mark.parametrize("machine", [Payments, Books])
def test_any_order_of_verbs_keeps_every_fen(machine: type[Counted], seeing_county: Any) -> None:
    assert play(machine, STEPS) >= STEPS
