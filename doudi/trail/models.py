"""The index of this area's models; each lives in the file of its noun."""

from doudi.trail.audit import Entry
from doudi.trail.commands import Command, Outcome
from doudi.trail.progress import Progress

__all__ = ["Command", "Entry", "Outcome", "Progress"]
