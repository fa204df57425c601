"""What the state machines of projects have in common: an act succeeds exactly when the model says so."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from doudi.values.refusals import Refusal


class Machine(RuleBasedStateMachine):
    """Counts what was tried, so that a machine which plays nothing is seen."""

    played = 0

    def tried(self, act: Any, expected: bool) -> Any:
        """The act succeeds exactly when the model says so; what is refused leaves nothing."""
        type(self).played += 1
        try:
            with transaction.atomic():
                made = act()
        except Refusal:
            assert not expected, "refused, though the model allows it"
            return None
        assert expected, "done, though the model refuses it"
        return made
