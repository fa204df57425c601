"""The home the tests run in: named before anything reads the settings, made when a test first needs the database."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

for _name in ("DOUDI_DATABASE_URL", "DOUDI_OWNER_URL"):
    os.environ.pop(_name, None)

# Playwright keeps an event loop running in the tests' thread; Django would take every query there for a mistake.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

HOME = Path(tempfile.mkdtemp(prefix="doudi-tests-"))
os.environ["DOUDI_HOME"] = str(HOME)
