"""The index of this area's models; each lives in the file of its noun."""

from doudi.funds.bank_accounts import BankAccount
from doudi.funds.bank_files import BatchFile
from doudi.funds.batches import Batch
from doudi.funds.budgets import Budget
from doudi.funds.ledger import Account, Balance, Entry, Posting
from doudi.funds.payments import Payment
from doudi.funds.reservations import Reservation
from doudi.funds.returns import Return, ReturnRow
from doudi.funds.sources import FundSource

__all__ = [
    "Account",
    "Balance",
    "BankAccount",
    "Batch",
    "BatchFile",
    "Budget",
    "Entry",
    "FundSource",
    "Payment",
    "Posting",
    "Reservation",
    "Return",
    "ReturnRow",
]
