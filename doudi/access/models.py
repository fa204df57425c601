"""The index of this area's models; each lives in the file of its noun."""

from doudi.access.devices import Device
from doudi.access.duties import Duty
from doudi.access.factors import RecoveryCode
from doudi.access.pairing_codes import PairingCode, WrongCode
from doudi.access.pins import Desk, Pin
from doudi.access.resets import Reset
from doudi.access.reveals import Reveal
from doudi.access.saved_views import SavedView
from doudi.access.users import User

__all__ = [
    "Desk",
    "Device",
    "Duty",
    "PairingCode",
    "Pin",
    "RecoveryCode",
    "Reset",
    "Reveal",
    "SavedView",
    "User",
    "WrongCode",
]
