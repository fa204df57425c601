"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.money import accounts, answers, batches, budgets, home, payments, reconciling

PATTERNS: list[URLPattern] = [
    path("money/", home.show_money, name="money"),
    path("money/budgets/new/", budgets.manage, name="budget-new"),
    path("money/budgets/<str:number>/", budgets.show_budget, name="budget"),
    path("money/budgets/<str:number>/appropriate/", budgets.appropriate, name="budget-appropriate"),
    path("money/payments/", payments.show_payments, name="payments"),
    path("money/payments/check/", payments.check, name="payments-check"),
    path("money/payments/act/", payments.act, name="payments-act"),
    path("money/payments/<str:number>/", payments.show_payment, name="payment"),
    path("money/accounts/<str:code>/", accounts.show_accounts, name="bank-accounts"),
    path("money/batches/", batches.show_batches, name="batches"),
    path("money/batches/make/", batches.make, name="batch-make"),
    path("money/batches/<str:number>/", batches.show_batch, name="batch"),
    path("money/batches/<str:number>/check/", batches.check, name="batch-check"),
    path("money/batches/<str:number>/send/", batches.send, name="batch-send"),
    path("money/batches/<str:number>/give-up/", batches.give_up, name="batch-give-up"),
    path("money/batches/<str:number>/file/", batches.fetch, name="batch-file"),
    path("money/batches/<str:number>/paper/", batches.show_paper, name="batch-paper"),
    path("money/batches/<str:number>/answer/", answers.send_in, name="batch-answer"),
    path("money/returns/<str:number>/", answers.show_return, name="return"),
    path("money/returns/<str:number>/decide/", answers.decide, name="return-decide"),
    path("money/reconciliation/", reconciling.show_reconciliation, name="reconciliation"),
]
