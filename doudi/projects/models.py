"""The index of this area's models; each lives in the file of its noun."""

from doudi.projects.disbursements import Disbursement
from doudi.projects.preparations import Preparation
from doudi.projects.projects import Project
from doudi.projects.reports import Report
from doudi.projects.slips import Slip
from doudi.projects.starts import Start

__all__ = ["Disbursement", "Preparation", "Project", "Report", "Slip", "Start"]
