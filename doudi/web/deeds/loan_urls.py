"""The addresses of small loans: what is due, what is proposed, the banks' tables."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.deeds import loan_banking, loan_proposing, loans

PATTERNS: list[URLPattern] = [
    path("deeds/loans/", loans.show_loans, name="loans"),
    path("deeds/loans/extend/", loan_proposing.extend, name="loan-extend"),
    path("deeds/loans/lend/", loan_proposing.lend, name="loan-lend"),
    path("deeds/loans/bank/", loan_banking.show_bank, name="loan-bank"),
    path("deeds/loans/bank/form/<str:name>/", loan_banking.give_form, name="loan-form"),
    path("deeds/loans/bank/bring/<str:name>/", loan_banking.bring, name="loan-bring"),
    path("deeds/loans/bank/<str:number>/", loan_banking.show_sheet, name="loan-sheet"),
    path("deeds/loans/bank/<str:number>/accept/", loan_banking.take_in, name="loan-sheet-accept"),
    path("deeds/loans/bank/<str:number>/discard/", loan_banking.throw_away, name="loan-sheet-discard"),
    path("deeds/loans/bank/<str:number>/refused/", loan_banking.give_refused, name="loan-sheet-refused"),
]
