"""The addresses of special care."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.deeds import caring, caring_acts, caring_lists

PATTERNS: list[URLPattern] = [
    path("deeds/care/", caring.show_cases, name="care-cases"),
    path("deeds/care/open/", caring_acts.open_all, name="care-open"),
    path("deeds/care/hand/", caring_acts.hand, name="care-hand"),
    path("deeds/care/list/", caring_lists.give_list, name="care-list"),
    path("deeds/care/paper/", caring_lists.draw_list, name="care-paper"),
    path("deeds/care/results/", caring_lists.bring, name="care-results"),
    path("deeds/care/results/<str:number>/", caring_lists.look, name="care-result"),
    path("deeds/care/results/<str:number>/accept/", caring_lists.accept, name="care-result-accept"),
    path("deeds/care/results/<str:number>/discard/", caring_lists.discard, name="care-result-discard"),
    path("deeds/care/results/<str:number>/refused/", caring_lists.refused, name="care-result-refused"),
    path("deeds/care/<str:number>/", caring.show_case, name="care-case"),
    path("deeds/care/<str:number>/act/", caring_acts.act, name="care-act"),
    path("deeds/care/<str:number>/decide/", caring_acts.decide, name="care-decide"),
]
