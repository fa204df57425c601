"""The area as Django knows it."""

from django.apps import AppConfig


class FundsConfig(AppConfig):
    """Money: sources, budgets, the ledger, payments and what the bank answers."""

    name = "doudi.funds"
    label = "funds"
    default_auto_field = "django.db.models.BigAutoField"
