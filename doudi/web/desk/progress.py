"""How far the run under way has come, in one small file that every server process can read.

A run is one at a time (the database holds the lock); a killed one leaves a line that is no longer renewed.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.policy import running
from doudi.values.refusals import Refusal

STALE = 60  # seconds without news: the process that ran it is gone
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """`state` is under_way, done or failed; `part` goes from 0 to 1; `run` is the finished run's number."""

    state: str
    said: str
    part: float
    at: float
    run: int = 0
    zh: str = ""
    en: str = ""

    @property
    def percent(self) -> int:
        """Whole percent."""
        return round(100 * self.part)

    @property
    def gone(self) -> bool:
        """Said to be under way, but nobody has renewed it."""
        return self.state == "under_way" and time.time() - self.at > STALE

    @property
    def words(self) -> str:
        """What is being done, in the reader's language."""
        known = {
            "taking the snapshot": _("正在取事实快照"),
            "deciding": _("正在逐户判断"),
            "comparing sources": _("正在比对来源"),
            "storing": _("正在保存结论"),
        }
        return known.get(self.said, _("正在逐户判断"))


def _file() -> Path:
    return Path(settings.HOME.runs) / "progress.json"


def read() -> Progress | None:
    """The last news; None when there is none or it cannot be read."""
    try:
        return Progress(**json.loads(_file().read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _tell(progress: Progress) -> None:
    place = _file()
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}")
    draft.write_text(json.dumps(asdict(progress)), "utf-8")
    draft.replace(place)


def begin(pack: str | None, *, as_of: date, by: str) -> threading.Thread:
    """Start a run beside the server; its news is in `read`."""
    _tell(Progress("under_way", "taking the snapshot", 0.0, time.time()))
    thread = threading.Thread(target=_work, args=(pack, as_of, by), name="run", daemon=True)
    thread.start()
    return thread


def _work(pack: str | None, as_of: date, by: str) -> None:
    try:
        made = running.run(pack, as_of=as_of, by=by, now=timezone.now(), progress=_hear)
        _tell(Progress("done", "", 1.0, time.time(), run=made.pk))
    except Refusal as refusal:
        _tell(Progress("failed", "", 0.0, time.time(), zh=refusal.zh, en=refusal.en))
    except Exception:
        log.exception("the run started by %s failed", by)
        _tell(
            Progress(
                "failed",
                "",
                0.0,
                time.time(),
                zh="运行中断,没有保存任何结论。请稍后再试,或告诉系统管理员。",
                en="The run broke off; nothing was stored. Try again later, or tell the system administrator.",
            )
        )
    finally:
        connection.close()


def _hear(said: str, part: float) -> None:
    _tell(Progress("under_way", said, min(1.0, max(0.0, part)), time.time()))
