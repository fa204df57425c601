"""A run asked for on a page: a job, whose progress the page shows."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.monitoring import watching
from doudi.policy import findings, running
from doudi.trail import jobs
from doudi.trail.progress import Progress

RUN = "web.desk.progress.run"


def read() -> Progress | None:
    """The last news of the run asked for last; None when none was."""
    return jobs.latest(RUN)


def begin(pack: str | None, *, as_of: date, by: str) -> str:
    """Ask for a run; one that waits or is under way is the answer to everybody who asks meanwhile."""
    news = read()
    if news is not None and news.open:
        return news.key
    return jobs.defer(RUN, by=by, pack=pack, as_of=as_of.isoformat(), actor=by)


@jobs.job(RUN)
def run(key: str, *, pack: str | None, as_of: str, actor: str) -> dict[str, Any]:
    """Decide the county; answers the number of the run."""
    made = running.run(
        pack,
        as_of=date.fromisoformat(as_of),
        by=actor,
        now=timezone.now(),
        key=jobs.command(key),
        progress=lambda said, part: jobs.tell(key, said, part),
    )
    findings.folder_of(made)  # so that nobody waits for the checks
    if made.standing:
        watching.look(
            by=actor, on=made.as_of, run=made, just_run=True,
            progress=lambda said, part: jobs.tell(key, said, part),
        )  # fmt: skip
    return {"run": made.pk}


def words(news: Progress) -> str:
    """What is being done, in the reader's language."""
    known = {
        "": _("正在等候处理"),
        "taking the snapshot": _("正在取事实快照"),
        "deciding": _("正在逐户判断"),
        "comparing sources": _("正在比对来源"),
        "storing": _("正在保存结论"),
        "comparing the copies": _("正在比对各份数据"),
        "disagreements": _("正在记下不一致"),
        "alerts": _("正在查提醒"),
    }
    return known.get(news.said, _("正在逐户判断"))
