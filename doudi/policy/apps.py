"""The area as Django knows it."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """Packs, runs, decisions and what is asked and tried around them."""

    name = "doudi.policy"
    label = "policy"
    default_auto_field = "django.db.models.BigAutoField"
