"""The area as Django knows it."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Checking at every household: what was found, what sources disagree on, who must be looked after."""

    name = "doudi.monitoring"
    label = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"
