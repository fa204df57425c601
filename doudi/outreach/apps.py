"""The area as Django knows it."""

from django.apps import AppConfig


class OutreachConfig(AppConfig):
    """Telling everybody: what is said to whom, through which channel, and whether it arrived."""

    name = "doudi.outreach"
    label = "outreach"
    default_auto_field = "django.db.models.BigAutoField"
