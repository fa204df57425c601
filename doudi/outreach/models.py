"""The index of this area's models; each lives in the file of its noun."""

from doudi.outreach.campaigns import Campaign
from doudi.outreach.consents import Consent
from doudi.outreach.counselling import CounsellingRequest
from doudi.outreach.dispatches import Attempt, Dispatch
from doudi.outreach.gateways import Gateway
from doudi.outreach.listeners import Listener
from doudi.outreach.messages import Message, Version
from doudi.outreach.reaches import Reach
from doudi.outreach.receipts import Receipt
from doudi.outreach.scripts import ScriptVersion

__all__ = [
    "Attempt",
    "Campaign",
    "Consent",
    "CounsellingRequest",
    "Dispatch",
    "Gateway",
    "Listener",
    "Message",
    "Reach",
    "Receipt",
    "ScriptVersion",
    "Version",
]
