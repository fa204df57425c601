"""The index of this area's models; each lives in the file of its noun."""

from doudi.monitoring.checks import Check
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.follow_ups import FollowUp
from doudi.monitoring.kept_work import KeptWork
from doudi.monitoring.needs import Need
from doudi.monitoring.patrols import PatrolLine
from doudi.monitoring.photos import Photo
from doudi.monitoring.reviews import Review, ReviewStep
from doudi.monitoring.suspicions import Suspicion, SuspicionStep

__all__ = [
    "Check",
    "Dispute",
    "FollowUp",
    "KeptWork",
    "Need",
    "PatrolLine",
    "Photo",
    "Review",
    "ReviewStep",
    "Suspicion",
    "SuspicionStep",
]
