"""Migrating without waste: the same tables in less than half the time, for every new home and every test begins so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ProjectState

from doudi.values.collecting import unhurried

_KINDS = ("constraint", "index")


@contextmanager
def lightly() -> Iterator[None]:
    """Within it, a constraint or index added to a model's state does not have the model made anew.

    Django makes the model's class and every related one again after each of them, a third of a migration's time. The
    state is complete as ever; only the class read until the next other change lacks the new constraint, which is put
    in the database by itself and looked up in the state.
    """
    held = {f"add_{kind}": getattr(ProjectState, f"add_{kind}") for kind in _KINDS}
    for name in held:
        setattr(ProjectState, name, _noting("constraints" if "constraint" in name else "indexes"))
    try:
        with unhurried():
            yield
    finally:
        for name, method in held.items():
            setattr(ProjectState, name, method)


def _noting(option: str) -> Any:
    def note(self: ProjectState, app_label: str, model_name: str, made: Any) -> None:
        options = self.models[app_label, model_name].options
        options[option] = [*options[option], made]

    return note
