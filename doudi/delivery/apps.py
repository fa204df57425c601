"""The area as Django knows it."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """From a decision of yes to a fact: entitlements, public notice, and every measure's own deed."""

    name = "doudi.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"
