"""A worker with jobs that only tests have: `python -m tests.trail.working DATABASE HOST`."""

from __future__ import annotations

import os
import sys
import time

JOB = "trail.tested.count"


def offer() -> None:
    """Make the jobs known."""
    from doudi.places.divisions import Place
    from doudi.trail import jobs
    from doudi.trail.commands import carry_out

    @jobs.job(JOB)
    def count(key: str, *, code: str, rest: float = 0.0) -> dict[str, str]:
        with carry_out("tested.count", by="tester", key=jobs.command(key)) as act:
            Place.objects.create(code=code, name=key, level="county", kind="county")
            for step in range(10):
                jobs.tell(key, "counting", step / 10)
                time.sleep(rest / 10)
            act.result = {"code": code}
        time.sleep(rest / 2)  # killed here, the effect stands and the job is not noted as done
        return {"code": code}


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "doudi.settings"
    import django

    django.setup()
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].settings_dict.update(NAME=sys.argv[1], HOST=sys.argv[2])
    offer()
    from doudi.trail import worker

    worker.run(silent=3.0)
