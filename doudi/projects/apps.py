"""The area as Django knows it."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Poverty projects: readiness, progress, money out, and two dates that may not slip silently."""

    name = "doudi.projects"
    label = "projects"
    default_auto_field = "django.db.models.BigAutoField"
