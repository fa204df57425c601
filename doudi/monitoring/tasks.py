"""Tasks: what is to be done about a household today, each with its reason. There is no table: suppliers are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module

from doudi.access.models import User
from doudi.register.pairings import households_of

# Functions `(household_ids, on) -> list[Task]`, by name so that each noun's file can import `Task` from here; the order
# is that of the list within a day.
SUPPLIERS = (
    "doudi.monitoring.waiting.disputes",
    "doudi.monitoring.kept_reviews.tasks",
    "doudi.monitoring.sent_back.tasks",
    "doudi.monitoring.waiting.deliveries",
    "doudi.monitoring.waiting.follow_ups",
    "doudi.monitoring.alerts.tasks",
    "doudi.monitoring.monitored_files.tasks",
    "doudi.monitoring.looking.questions",
)
DISPUTE, CONFIRM, FOLLOW_UP, QUESTION, RECHECK = "dispute", "confirm", "follow_up", "question", "recheck"
ALERT, DIFFERENCE, NEVER_CHECKED, MONITORED, KEPT = "alert", "difference", "never_checked", "monitored", "kept"
Supplier = Callable[[Sequence[int], date], "list[Task]"]


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `kind` names the supplier's sort, `reason` why it is asked, `due` the day (None: any day).

    `fact` is "kind:id:key" where it is about one fact; `where` names the thing itself ("dispute:12", "alert:3").
    """

    kind: str
    household_id: int
    zh: str
    en: str
    reason_zh: str
    reason_en: str
    due: date | None = None
    fact: str = ""
    where: str = ""


def of_households(
    household_ids: Iterable[int], *, on: date, known: Mapping[str, Sequence[Task]] | None = None
) -> dict[int, list[Task]]:
    """The tasks of each of some households: what is due first, then in the order of the suppliers.

    `known` gives what a supplier, by its name, would answer to who has asked it already.
    """
    ids, given = sorted(set(household_ids)), known or {}
    found: dict[int, list[Task]] = {number: [] for number in ids}
    for name in SUPPLIERS if ids else ():
        for task in given[name] if name in given else _supplier(name)(ids, on):
            found[task.household_id].append(task)
    return {number: sorted(tasks, key=_due) for number, tasks in found.items()}


def of_household(household_id: int, *, on: date) -> list[Task]:
    """The tasks about one household."""
    return of_households([household_id], on=on)[household_id]


def of_helper(user: User, *, on: date) -> Mapping[int, list[Task]]:
    """The tasks about every household a helper stands by on that day."""
    return of_households(households_of(user, on), on=on)


def _supplier(name: str) -> Supplier:
    module, _, function = name.rpartition(".")
    return getattr(import_module(module), function)  # type: ignore[no-any-return]


def _due(task: Task) -> date:
    return task.due or date.max
