"""The index of this area's models; each lives in the file of its noun."""

from doudi.delivery.conflicts import DeclaredRelation
from doudi.delivery.differences import Settlement
from doudi.delivery.entitlements import Entitlement, Grant
from doudi.delivery.evidence import Evidence
from doudi.delivery.notices import Notice, NoticeLine
from doudi.delivery.objections import Objection
from doudi.delivery.steps import Step

__all__ = [
    "DeclaredRelation",
    "Entitlement",
    "Evidence",
    "Grant",
    "Notice",
    "NoticeLine",
    "Objection",
    "Settlement",
    "Step",
]
