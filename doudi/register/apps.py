"""The register as Django knows it."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """The register of households."""

    name = "doudi.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
