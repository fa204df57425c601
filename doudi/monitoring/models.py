"""The index of this area's models; each lives in the file of its noun."""

from doudi.monitoring.checks import Check
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.follow_ups import FollowUp
from doudi.monitoring.needs import Need

__all__ = ["Check", "Dispute", "FollowUp", "Need"]
