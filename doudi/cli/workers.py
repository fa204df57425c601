"""The worker beside the server: a process of its own, started again when it dies, ended with the server."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

REST = 1.0  # seconds before a worker that ended is started again
PATIENCE = 8.0  # seconds a worker has to end by itself


class Worker:
    """A `doudi jobs work` that is always there."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process = _start()
        self._watch = threading.Thread(target=self._keep, name="worker", daemon=True)
        self._watch.start()

    def _keep(self) -> None:
        while not self._ending.is_set():
            self._process.wait()
            if not self._ending.wait(REST):
                self._process = _start()

    def end(self) -> None:
        """Stop it; what it was doing is begun again by the next."""
        self._ending.set()
        self._watch.join(REST)
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _start() -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C is for the server, which ends the worker."""
    return subprocess.Popen([sys.executable, "-m", "doudi", "jobs", "work"], start_new_session=True)


@contextmanager
def beside() -> Iterator[Worker]:
    """A worker for as long as the body lasts."""
    worker = Worker()
    try:
        yield worker
    finally:
        worker.end()
