"""The index of this area's models; each lives in the file of its noun."""

from doudi.monitoring.agreement_rates import VillageAgreement
from doudi.monitoring.alerts import Alert
from doudi.monitoring.checks import Check
from doudi.monitoring.disagreements import Disagreement
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.file_entries import FileEntry
from doudi.monitoring.follow_ups import FollowUp
from doudi.monitoring.kept_work import KeptWork
from doudi.monitoring.monitored_files import MonitoredFile
from doudi.monitoring.needs import Need
from doudi.monitoring.patrols import PatrolLine
from doudi.monitoring.photos import Photo
from doudi.monitoring.reviews import Review, ReviewStep
from doudi.monitoring.suspicions import Suspicion, SuspicionStep
from doudi.monitoring.watching import Look

__all__ = [
    "Alert",
    "Check",
    "Disagreement",
    "Dispute",
    "FileEntry",
    "FollowUp",
    "KeptWork",
    "Look",
    "MonitoredFile",
    "Need",
    "PatrolLine",
    "Photo",
    "Review",
    "ReviewStep",
    "Suspicion",
    "SuspicionStep",
    "VillageAgreement",
]
