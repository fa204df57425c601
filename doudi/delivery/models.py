"""The index of this area's models; each lives in the file of its noun."""

from doudi.delivery.allotments import Allotment
from doudi.delivery.attendance import Attendance, PayLine
from doudi.delivery.buyers import Buyer
from doudi.delivery.care_cases import CareCase
from doudi.delivery.conflicts import DeclaredRelation
from doudi.delivery.depots import Depot, Holding, Movement
from doudi.delivery.differences import Settlement
from doudi.delivery.enterprises import Enterprise
from doudi.delivery.entitlements import Entitlement, Grant
from doudi.delivery.evidence import Evidence
from doudi.delivery.goods import Good
from doudi.delivery.hires import Claim
from doudi.delivery.income_sheets import IncomeSheet
from doudi.delivery.insurance_claims import InsuranceClaim
from doudi.delivery.insurance_policies import InsurancePolicy
from doudi.delivery.journey_plans import JourneyPlan
from doudi.delivery.journeys import Journey, Passenger
from doudi.delivery.leavings import LeavingCheck
from doudi.delivery.loans import Loan
from doudi.delivery.matches import Match
from doudi.delivery.notices import Notice, NoticeLine
from doudi.delivery.objections import Objection
from doudi.delivery.openings import Opening
from doudi.delivery.platform_firms import PlatformFirm
from doudi.delivery.platform_orders import OrderList, PlatformOrder
from doudi.delivery.posts import PostHolding
from doudi.delivery.price_bands import PriceBand
from doudi.delivery.purchase_plans import PurchasePlan
from doudi.delivery.purchases import Purchase
from doudi.delivery.steps import Step
from doudi.delivery.stock import Produce

__all__ = [
    "Allotment",
    "Attendance",
    "Buyer",
    "CareCase",
    "Claim",
    "DeclaredRelation",
    "Depot",
    "Enterprise",
    "Entitlement",
    "Evidence",
    "Good",
    "Grant",
    "Holding",
    "IncomeSheet",
    "InsuranceClaim",
    "InsurancePolicy",
    "Journey",
    "JourneyPlan",
    "LeavingCheck",
    "Loan",
    "Match",
    "Movement",
    "Notice",
    "NoticeLine",
    "Objection",
    "Opening",
    "OrderList",
    "Passenger",
    "PayLine",
    "PlatformFirm",
    "PlatformOrder",
    "PostHolding",
    "PriceBand",
    "Produce",
    "Purchase",
    "PurchasePlan",
    "Settlement",
    "Step",
]
