"""The application as a web server sees it."""

from __future__ import annotations

import os
import signal
import threading
import time

from django.core.wsgi import get_wsgi_application

from doudi.cli import databases, home
from doudi.cli.cluster import Cluster

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doudi.settings")
application = get_wsgi_application()


def _end_with(parent: int) -> None:
    """When `doudi serve` was killed, stop the database if no one else uses it, and let go of the port."""
    while os.getppid() == parent:
        time.sleep(0.5)
    try:
        if not databases.named():
            Cluster(home.present()).leave()
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


if os.environ.get("DOUDI_SERVED_BY") == str(os.getppid()):
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()

    from doudi.web import warming  # only once Django is ready

    warming.begin()
