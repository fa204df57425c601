"""The index of this area's models; each lives in the file of its noun."""

from doudi.trail.audit import Entry
from doudi.trail.commands import Command, Outcome
from doudi.trail.erasures import Erasure
from doudi.trail.forks import Fork
from doudi.trail.heads import Head, Key
from doudi.trail.progress import Progress
from doudi.trail.sealed import Form, Sealed
from doudi.trail.sealing import Leaf

__all__ = ["Command", "Entry", "Erasure", "Fork", "Form", "Head", "Key", "Leaf", "Outcome", "Progress", "Sealed"]
