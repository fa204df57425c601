"""Every address of the application."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("doudi.web.urls"))]

handler400 = "doudi.web.errors.bad_request"
handler403 = "doudi.web.errors.forbidden"
handler404 = "doudi.web.errors.not_found"
handler500 = "doudi.web.errors.failed"
