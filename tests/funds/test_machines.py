"""Two thousand steps of payments and of the ledger; `tests/agreement/test_money.py` plays a hundred thousand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.funds.machines import Books, Counted, Payments, play

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("budget", "accounts", "officials")]
STEPS = 2_000


@pytest.mark.parametrize("machine", [Payments, Books])
def test_any_order_of_verbs_keeps_every_fen(machine: type[Counted], seeing_county: Any) -> None:
    assert play(machine, STEPS) >= STEPS
