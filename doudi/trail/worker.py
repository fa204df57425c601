"""The worker: takes waiting jobs, two at a time, and takes up again what a worker before it left unfinished."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from asgiref.sync import sync_to_async
from procrastinate import App
from procrastinate.contrib.django import app, connector_params
from procrastinate.jobs import Job, Status
from procrastinate.psycopg_connector import PsycopgConnector

from doudi.trail import jobs

AT_ONCE = 2  # jobs beside each other: a long run does not keep a preview waiting
SILENT = 10.0  # seconds without a sign of life until a worker is taken for dead; it gives one five times as often
GRACE = 5.0  # seconds a job under way has to end when the worker is stopped; it is begun again by the next
CONNECTIONS = 6
log = logging.getLogger(__name__)


def run(silent: float = SILENT) -> None:
    """Work until SIGTERM or Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(silent))


async def _run(silent: float) -> None:
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=CONNECTIONS)
    # The tasks themselves stay with Django's connection: what a job asks for is asked for in its own transaction.
    within = app.with_connector(connector)
    async with within.open_async():
        taking_up = asyncio.create_task(_take_up_stalled(within, silent))
        try:
            await within.run_worker_async(
                concurrency=AT_ONCE,
                delete_jobs="successful",
                update_heartbeat_interval=silent / 5,
                stalled_worker_timeout=silent,
                shutdown_graceful_timeout=GRACE,
            )
        finally:
            taking_up.cancel()


async def _take_up_stalled(within: App, silent: float) -> None:
    """Again and again, put what a dead worker left back among what waits."""
    while True:
        try:
            for stalled in await within.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent):
                await _take_up(within, stalled)
        except Exception:
            log.exception("stalled jobs could not be taken up")
        await asyncio.sleep(silent / 5)


async def _take_up(within: App, stalled: Job) -> None:
    if stalled.attempts + 1 < jobs.TRIES:
        await within.job_manager.retry_job(stalled, retry_at=jobs.AT_ONCE)
        return
    await within.job_manager.finish_job(stalled, status=Status.FAILED, delete_job=False)
    await sync_to_async(jobs.give_up)(jobs.asked(stalled)["key"])
