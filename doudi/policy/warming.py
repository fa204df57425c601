"""What a process holds of the run in force, made ready before somebody asks and again when another run stands.

Nothing here is anybody's answer: who may see what is asked of the database whenever a page is read.
"""

from __future__ import annotations

from django.db import transaction

from doudi.access.scope import Scope, enter
from doudi.policy import disagreements, household_rolls, movements, what_if
from doudi.policy.listing import corrections
from doudi.policy.runs import Run


def warm() -> int | None:
    """Bring the roll, the differences, the tables of what-if and the last comparison up to now; the run's number.

    None where nothing has been decided yet. Seconds at first, then a few milliseconds unless something moved.
    """
    with transaction.atomic(), enter(Scope()):
        run = Run.objects.standing()
        if run is None:
            return None
        pack = run.pack.pack
        household_rolls.present(run)
        what_if.prepare(run)
        disagreements.find(corrections.SOURCES[0], pack.vocabulary, as_of=run.as_of)
        before = Run.objects.filter(pack_name=run.pack_name, pk__lt=run.pk).order_by("-id").first()
        if before is not None:
            movements.prepare(before, run)
        return run.pk
