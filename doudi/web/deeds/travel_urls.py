"""The addresses of labour transfer."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.deeds import journeys, openings

PATTERNS: list[URLPattern] = [
    path("deeds/openings/", openings.show_openings, name="transfer-openings"),
    path("deeds/openings/enter/", openings.enter, name="opening-enter"),
    path("deeds/openings/form/", openings.give_form, name="opening-form"),
    path("deeds/openings/bring/", openings.bring, name="opening-bring"),
    path("deeds/openings/sheets/<str:number>/", openings.show_sheet, name="opening-sheet"),
    path("deeds/openings/sheets/<str:number>/accept/", openings.accept_sheet, name="opening-sheet-accept"),
    path("deeds/openings/sheets/<str:number>/discard/", openings.discard_sheet, name="opening-sheet-discard"),
    path("deeds/openings/sheets/<str:number>/refused/", openings.give_refused, name="opening-sheet-refused"),
    path("deeds/openings/matches/<str:number>/", openings.answer, name="match-answer"),
    path("deeds/openings/<str:number>/", openings.show_opening, name="transfer-opening"),
    path("deeds/openings/<str:number>/ask/", openings.ask, name="opening-ask"),
    path("deeds/openings/<str:number>/close/", openings.close, name="opening-close"),
    path("deeds/journeys/", journeys.show_journeys, name="journeys"),
    path("deeds/journeys/arrange/", journeys.arrange, name="journey-arrange"),
    path("deeds/journeys/plan/", journeys.plan, name="journey-plan-make"),
    path("deeds/journeys/plans/<str:number>/", journeys.show_plan, name="journey-plan"),
    path("deeds/journeys/plans/<str:number>/adopt/", journeys.adopt, name="journey-plan-adopt"),
    path("deeds/journeys/plans/<str:number>/discard/", journeys.discard, name="journey-plan-discard"),
    path("deeds/journeys/sheets/<str:number>/", journeys.show_sheet, name="journey-sheet"),
    path("deeds/journeys/sheets/<str:number>/accept/", journeys.accept_sheet, name="journey-sheet-accept"),
    path("deeds/journeys/sheets/<str:number>/discard/", journeys.discard_sheet, name="journey-sheet-discard"),
    path("deeds/journeys/sheets/<str:number>/refused/", journeys.give_refused, name="journey-sheet-refused"),
    path("deeds/journeys/<str:number>/", journeys.show_journey, name="journey"),
    path("deeds/journeys/<str:number>/act/", journeys.act, name="journey-act"),
    path("deeds/journeys/<str:number>/declare/", journeys.declare, name="journey-declare"),
    path("deeds/journeys/<str:number>/paper/", journeys.draw, name="journey-paper"),
    path("deeds/journeys/<str:number>/table/", journeys.give_table, name="journey-table"),
    path("deeds/journeys/<str:number>/bring/", journeys.bring, name="journey-bring"),
]
