"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.watch import alerts, copies, deciding, files, filing, home, leaving, outlooks

PATTERNS: list[URLPattern] = [
    path("watch/", home.show_watch, name="watch"),
    path("watch/look/", deciding.look, name="watch-look"),
    path("watch/copies/", copies.show_copies, name="watch-copies"),
    path("watch/disagreements/", copies.show_disagreements, name="disagreements"),
    path("watch/disagreements/export/", leaving.export_disagreements, name="disagreements-export"),
    path("watch/disagreements/corrections/", leaving.export_corrections, name="disagreements-corrections"),
    path("watch/disagreements/<str:number>/", copies.show_disagreement, name="disagreement"),
    path("watch/disagreements/<str:number>/decide/", deciding.decide, name="disagreement-decide"),
    path("watch/alerts/", alerts.show_alerts, name="alerts"),
    path("watch/alerts/export/", leaving.export_alerts, name="alerts-export"),
    path("watch/alerts/<str:number>/", alerts.show_alert, name="alert"),
    path("watch/alerts/<str:number>/act/", alerts.act, name="alert-act"),
    path("watch/monitored/", files.show_files, name="monitored"),
    path("watch/monitored/export/", leaving.export_files, name="monitored-export"),
    path("watch/monitored/new/", filing.open_file, name="monitored-new"),
    path("watch/monitored/<str:number>/", files.show_file, name="monitored-file"),
    path("watch/monitored/<str:number>/paper/", filing.paper, name="monitored-paper"),
    path("watch/monitored/<str:number>/write/", filing.write, name="monitored-write"),
    path("watch/monitored/<str:number>/leave/", filing.leave, name="monitored-leave"),
    path("watch/outlook/", outlooks.show_outlooks, name="outlooks"),
    path("watch/outlook/<str:code>/", outlooks.show_outlook, name="outlook"),
]
