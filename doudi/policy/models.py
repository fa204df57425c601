"""The index of this area's models; each lives in the file of its noun."""

from doudi.policy.decisions import Decision, Standing, Tally
from doudi.policy.deferrals import Deferral
from doudi.policy.drafts import Draft
from doudi.policy.exemptions import Exemption
from doudi.policy.proposals import Proposal
from doudi.policy.runs import Run
from doudi.policy.versions import PackVersion

__all__ = ["Decision", "Deferral", "Draft", "Exemption", "PackVersion", "Proposal", "Run", "Standing", "Tally"]
