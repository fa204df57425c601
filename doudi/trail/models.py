"""The index of this area's models; each lives in the file of its noun."""

from doudi.trail.audit import Entry
from doudi.trail.commands import Command, Outcome

__all__ = ["Command", "Entry", "Outcome"]
